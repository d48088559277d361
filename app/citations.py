"""Check each sentence of an answer against the passages it cites, and decide what may be shown. Pure.

A sentence keeps those of its citations that hold, gets one that holds where its own do not, or is called unsupported.
Only numbers of passages the model was given can come out, so a citation cannot be forged.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app import facts, sentences
from app.claims import COGNATE_CHARS, Claim, Similarity, Source
from app.quotable import quotable
from app.types import Sentence, Verdict
from retrieval.types import Passage

_WORD = re.compile(r"[a-z0-9]+")
SHORT_WORD = 4  # letters; shorter words tell little of what a sentence says


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
    checked = (
        _checked(piece, Claim(piece.text, language, question, similarity), sources)
        for piece in sentences.split(answer)
    )
    return tuple(_placed(one, passages) for one in checked)


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


def _placed(sentence: Sentence, passages: Mapping[int, Passage]) -> Sentence:
    """Return the sentence with where in each passage it cites the words stand that are most like its own."""
    return replace(
        sentence,
        phrases=tuple(_phrase(sentence.text, passages[number].text) for number in sentence.citations),
    )


def _phrase(said: str, text: str) -> tuple[int, int]:
    """Return where the sentence, point or row begins and ends that shares the most words, by their first letters."""
    wanted = _stems(said)
    shared = [(len(wanted & _stems(one.text)), one) for one in quotable(text)]
    most, best = max(shared, key=lambda pair: pair[0], default=(0, None))
    return (best.start, best.end) if best is not None and most else (0, 0)


def _stems(text: str) -> set[str]:
    return {
        word[:COGNATE_CHARS]
        for word in _WORD.findall(facts.fold(text))
        if len(word) >= SHORT_WORD or _has_digit(word)
    }


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


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
