"""Compare an answer with what the same question gets today. Pure.

What an earlier release did not record is not compared: nothing is known to have changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.provenance import Entry, Making, PassageRead, Standing
from app.types import Sentence

NO_WORDS: Final = "other words"


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one thing that is other than it was, for people."""

    what: str
    then: str
    now: str


def changes(then: Entry, now: Entry, *, with_words: bool) -> tuple[Change, ...]:
    """Return what differs: rights, model and prompt, passages, outcome, sentences; names and words only where asked."""
    found = [
        *_rights(then, now, with_name=with_words),
        *_makings(then, now),
        *_passages(then, now),
        Change("outcome", then.answer.outcome, now.answer.outcome),
        Change("language", then.answer.language, now.answer.language),
        *_sentences(then.answer.sentences, now.answer.sentences, with_words=with_words),
    ]
    return tuple(change for change in found if change.then != change.now)


def _rights(then: Entry, now: Entry, *, with_name: bool) -> Iterator[Change]:
    yield Change(
        "read as", ", ".join(then.read_as(with_name=with_name)), ", ".join(now.read_as(with_name=with_name))
    )
    yield Change("collections", ", ".join(then.collections), ", ".join(now.collections))
    known = then.provenance.earlier_turns, now.provenance.earlier_turns
    if None not in known:
        yield Change("earlier turns", str(known[0]), str(known[1]))


def _makings(then: Entry, now: Entry) -> Iterator[Change]:
    yield Change("model", then.answer.model or "none", now.answer.model or "none")
    before, after = then.provenance.making, now.provenance.making
    if before is None or after is None:
        return
    yield Change("weights", before.weights or "not known", after.weights or "not known")
    yield Change("prompt version", before.prompt_version, after.prompt_version)
    yield Change("sampling", _sampling(before), _sampling(after))


def _sampling(making: Making) -> str:
    return f"temperature {making.temperature:g}, at most {making.max_tokens} tokens"


def _passages(then: Entry, now: Entry) -> Iterator[Change]:
    """Yield each number under which another passage was read; a gone document says so."""
    before, after = ({one.number: one for one in entry.passages} for entry in (then, now))
    for number in sorted(before.keys() | after.keys()):
        first, second = before.get(number), after.get(number)
        if first is None or second is None or first.chunk_id != second.chunk_id:
            yield Change(f"passage [{number}]", _passage(first), _passage(second))


def _passage(read: PassageRead | None) -> str:
    if read is None:
        return "none"
    name = read.title or f"document {read.document_id}"
    page = f", page {read.page}" if read.page else ""
    standing = "" if read.standing is Standing.THERE else f": {read.standing}"
    return f"{name}{page}{standing} (passage {read.chunk_id})"


def _sentences(
    then: tuple[Sentence, ...], now: tuple[Sentence, ...], *, with_words: bool
) -> Iterator[Change]:
    for place in range(max(len(then), len(now))):
        first, second = (sentences[place : place + 1] for sentences in (then, now))
        if first == second:
            continue
        left, right = (
            "".join(_sentence(one, with_words=with_words) for one in some) for some in (first, second)
        )
        if left == right:  # only the words differ, and they are not to be shown
            right = f"{right}, in {NO_WORDS}"
        yield Change(f"sentence {place + 1}", left or "none", right or "none")


def _sentence(one: Sentence, *, with_words: bool) -> str:
    facts = f"{one.verdict}, cites {', '.join(map(str, one.citations)) or 'nothing'}"
    return f"{one.text} ({facts})" if with_words else facts
