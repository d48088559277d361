"""Check each sentence of an answer against the passages it cites, and decide what may be shown. Pure.

A sentence keeps those of its citations that hold, gets one that holds where its own do not, or is called unsupported.
Only numbers of passages the model was given can come out, so a citation cannot be forged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app import sentences
from app.claims import Claim, Similarity, Source
from app.types import Sentence, Verdict
from retrieval.types import Passage


def check(
    answer: str,
    passages: Mapping[int, Passage],
    *,
    language: str,
    question: str = "",
    similarity: Similarity | None = None,
) -> tuple[Sentence, ...]:
    """Return the answer's sentences, each with the citations that hold and a verdict.

    `passages` maps the numbers the model was shown to what it was shown; no other number survives.
    """
    sources = {number: Source(passage) for number, passage in passages.items()}
    return tuple(
        _checked(piece, Claim(piece.text, language, question, similarity), sources)
        for piece in sentences.split(answer)
    )


def compose(answer: str, checked: Sequence[Sentence]) -> str:
    """Return the text that may be shown: sentences that hold, with their marks; "" where no claim holds.

    An unsupported sentence is left out of the text even where others hold: marked but visible it would still be read as
    a fact. A lead-in goes too when nothing it introduces is left.
    """
    pairs = list(zip(sentences.split(answer), checked, strict=True))
    if not any(sentence.verdict in (Verdict.SUPPORTED, Verdict.REPAIRED) for _, sentence in pairs):
        return ""
    kept = [pair for pair in pairs if pair[1].verdict is not Verdict.UNSUPPORTED]
    shown = [
        piece.lead + sentences.with_marks(sentence.text, sentence.citations)
        for index, (piece, sentence) in enumerate(kept)
        if not _introduces_nothing(pairs, kept, index)
    ]
    return "".join(shown).strip()


def _checked(piece: sentences.Piece, claim: Claim, sources: Mapping[int, Source]) -> Sentence:
    cited = tuple(number for number in piece.citations if number in sources)
    if claim.is_empty:
        return Sentence(piece.text, (), Verdict.NOT_A_CLAIM)
    holding = tuple(number for number in cited if claim.holds(sources[number], is_cited=True))
    if holding:
        return Sentence(piece.text, holding, Verdict.SUPPORTED)
    if len(cited) > 1 and claim.holds(_joined([sources[number] for number in cited]), is_cited=True):
        return Sentence(piece.text, cited, Verdict.SUPPORTED)
    others = [
        number for number in sources if number not in cited and claim.holds(sources[number], is_cited=False)
    ]
    if others:
        best = max(others, key=lambda number: (claim.overlap(sources[number]), -number))
        return Sentence(piece.text, (best,), Verdict.REPAIRED)
    return Sentence(piece.text, (), Verdict.UNSUPPORTED)


def _joined(parts: Sequence[Source]) -> Source:
    passage = replace(parts[0].passage, text="\n".join(part.text for part in parts))
    return Source(passage)


def _introduces_nothing(
    pairs: Sequence[tuple[sentences.Piece, Sentence]],
    kept: Sequence[tuple[sentences.Piece, Sentence]],
    index: int,
) -> bool:
    """Return whether a lead-in ("You need:") lost the sentence right after it and would now introduce another."""
    piece, sentence = kept[index]
    if sentence.verdict is not Verdict.NOT_A_CLAIM or not sentence.text.endswith(":"):
        return False
    place = next(number for number, pair in enumerate(pairs) if pair[0] is piece)
    following = pairs[place + 1 : place + 2]
    is_last = index + 1 == len(kept)
    return is_last or (
        bool(following)
        and following[0][1].verdict is Verdict.UNSUPPORTED
        and not kept[index + 1][0].lead.strip()
    )
