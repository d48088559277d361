"""Write out what the ledger holds of answers: one whole, or all that used a document, line by line."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.cli.shell import foreign, write_json
from app.provenance import JUDGED, Entry, PassageRead, Standing, Usage
from app.records import Records, open_existing
from app.reopening import Today
from app.settings import Settings
from app.types import Sentence
from retrieval.errors import InvalidRequest, NotFound

UNKNOWN = "not on record"
CLOSED = "a document that this account may not read"
UNNAMED = dict.fromkeys(("title", "file_name", "page", "dated"))
LEGEND = (
    "cited: a sentence that is shown rests on it; read: it was among the passages, no sentence shown cites it"
)


@dataclass(frozen=True, slots=True)
class Words:
    """Hold the words that whoever looks may read; None are those of somebody else's answer, or of nobody's look."""

    question: str | None
    sentences: tuple[Sentence, ...]
    passages: dict[int, str]  # by number, as cited
    sees_titles: bool = (
        True  # of all passages: whoever runs the server, not an account that is looked through
    )

    @property
    def is_askers(self) -> bool:
        """Return whether the words of question and answer are shown."""
        return self.question is not None

    def names(self, number: int) -> bool:
        """Return whether the document of the passage with this number is named."""
        return self.sees_titles or number in self.passages


def show_answer(settings: Settings, answer_id: str, *, user: str | None, as_json: bool) -> None:
    """Write an answer's entry, with the words that `user` may read. Raises NotFound, DatabaseUnavailable."""
    with _records(settings) as records:
        entry = records.ledger.entry(answer_id)
        if user is not None:
            records.audit.acts_as(user, answer=answer_id)
        words = words_for(records, entry, user)
    if as_json:
        write_json(_as_json(entry, words))
    else:
        sys.stdout.write("\n".join(_lines(entry, words)) + "\n")


def list_using(settings: Settings, named: str, *, since: str, passage: str | None, as_json: bool) -> None:
    """Write the answers that used a document, one a line. Raises NotFound, InvalidRequest, DatabaseUnavailable."""
    first_day = _day(since)
    with _records(settings) as records:
        document = _document(records, named)
        found = records.ledger.using(document, passage=passage, since=first_day)
        for line in _json_lines(found) if as_json else _usage_lines(found):
            sys.stdout.write(line + "\n")


def words_for(records: Records, entry: Entry, user: str | None) -> Words:
    """Return the words of an entry that this account may read today; the answer's own only to whoever asked.

    Raises NotFound where there is no such account.
    """
    if user is None:
        return Words(None, (), {})
    person = records.accounts.person(user)
    today = Today(records.passages, person.reader())
    passages = {number: one.text for number, one in today.sources(entry.chunk_ids).items()}
    if person.id != entry.user:
        return Words(None, (), passages, sees_titles=False)
    sentences = today.answer(entry.answer, entry.chunk_ids).sentences
    return Words(entry.question, sentences, passages, sees_titles=False)


@contextmanager
def _records(settings: Settings) -> Iterator[Records]:
    """Give the records of the house, running or not: neither index nor models are opened."""
    records = open_existing(settings)
    try:
        yield records
    finally:
        records.engine.dispose()


def _document(records: Records, named: str) -> str:
    """Return the id of the document people mean, also of one that is gone and that some answer still names."""
    try:
        return records.catalog.find(named).id
    except NotFound:
        if next(records.ledger.using(named), None) is None:
            raise
        return named


def _day(since: str) -> str:
    try:
        return since and date.fromisoformat(since).isoformat()
    except ValueError as error:
        raise InvalidRequest(
            f"--since {since!r} names no day", remedy="write year, month and day: 2026-03-01"
        ) from error


def _usage_lines(found: Iterator[Usage]) -> Iterator[str]:
    yield f"{'answer':36}  {'when':29}  {'asker':32}  {'outcome':16}  used"
    count = 0
    for one in found:
        count += 1
        numbers = ", ".join(map(str, one.numbers))
        used = f"{'cited' if one.is_cited else 'read'} [{numbers}]"
        yield f"{one.answer_id:36}  {one.answered_at:29}  {one.asker or UNKNOWN:32}  {one.outcome:16}  {used}"
    yield f"answers that used it: {count}"
    if count:
        yield LEGEND


def _json_lines(found: Iterator[Usage]) -> Iterator[str]:
    """Yield a JSON array piece by piece: a document in use for years has more answers than memory should hold."""
    opening = "["
    for one in found:
        yield opening + json.dumps(asdict(one))
        opening = ","
    yield "[]" if opening == "[" else "]"


def _as_json(entry: Entry, words: Words) -> dict[str, Any]:
    answer, marks = entry.answer, entry.provenance
    shown = {sentence.text for sentence in words.sentences}
    return {
        "id": entry.id,
        "answered_at": entry.answered_at,
        "asker": marks.asker,
        "question": words.question,
        "earlier_turns": marks.earlier_turns,
        "principals": entry.read_as(with_name=words.is_askers),
        "collections": entry.collections,
        "only": None if marks.only is None else asdict(marks.only),
        "outcome": answer.outcome,
        "language": answer.language,
        "sentences": [
            {
                "verdict": one.verdict,
                "citations": one.citations,
                "text": one.text if one.text in shown else None,
            }
            for one in answer.sentences
        ],
        "passages": [
            {
                **asdict(one),
                **({} if words.names(one.number) else UNNAMED),
                "text": words.passages.get(one.number),
            }
            for one in entry.passages
        ],
        "model": answer.model,
        "making": marks.making and asdict(marks.making),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "dropped": answer.dropped,
        "timings_ms": answer.timings_ms,
        "notice": answer.notice if words.is_askers else None,
        "feedback": entry.feedback,
    }


def _lines(entry: Entry, words: Words) -> Iterator[str]:
    answer = entry.answer
    for name, value in _facts(entry, is_askers=words.is_askers):
        yield f"{name + ':':18} {value}"
    yield f"{'question:':18} {words.question or 'its words are shown to whoever asked, with --as'}"
    yield "sentences:"
    shown = {sentence.text for sentence in words.sentences}
    for number, one in enumerate(answer.sentences, start=1):
        cites = ", ".join(map(str, one.citations)) or "-"
        yield f"  {number}. {one.verdict}, cites {cites}" + (
            f": {foreign(one.text)}" if one.text in shown else ""
        )
    yield "passages:"
    for passage in entry.passages:
        yield f"  [{passage.number}] {place_of(passage) if words.names(passage.number) else CLOSED}"
        yield f"      document {passage.document_id}, passage {passage.chunk_id}"
        yield f"      SHA-256 of what was read: {passage.sha256 or UNKNOWN}"
        if text := words.passages.get(passage.number):
            yield "      " + foreign(" ".join(text.split()))


def _facts(entry: Entry, *, is_askers: bool) -> Iterator[tuple[str, object]]:
    answer, marks = entry.answer, entry.provenance
    yield "answer", entry.id
    yield "when", entry.answered_at
    yield "asker", marks.asker or UNKNOWN
    # A notice may repeat words of the question.
    notice = f" ({answer.notice})" if answer.notice and is_askers else ""
    yield "outcome", f"{answer.outcome}, in {answer.language}{notice}"
    yield "read as", ", ".join(entry.read_as(with_name=is_askers))
    yield "collections", ", ".join(entry.collections) or "none"
    if marks.only:
        yield (
            "only documents",
            ", ".join(f"{name} {value}" for name, value in asdict(marks.only).items() if value),
        )
    yield "earlier turns", UNKNOWN if marks.earlier_turns is None else marks.earlier_turns
    yield "model", answer.model or "none was asked"
    yield from _making(entry)
    stages = ", ".join(f"{name} {ms:.0f}" for name, ms in answer.timings_ms.items())
    yield "milliseconds", stages
    if answer.dropped:
        yield "did not fit", ", ".join(answer.dropped)
    if entry.feedback:
        yield "feedback", entry.feedback


def _making(entry: Entry) -> Iterator[tuple[str, object]]:
    making, answer = entry.provenance.making, entry.answer
    if making is None:
        yield "model's use", "not on record" if answer.prompt_tokens else "the model wrote nothing"
        return
    yield "weights", making.weights or "not installed here, so not known"
    yield "prompt version", making.prompt_version
    yield "sampling", f"temperature {making.temperature:g}, at most {making.max_tokens} tokens"
    if JUDGED in answer.timings_ms:
        yield "tokens", "one for each quotation that was judged"
        return
    written = "an unknown number" if answer.completion_tokens is None else answer.completion_tokens
    yield "tokens", f"{answer.prompt_tokens} read, {written} written"


def place_of(passage: PassageRead) -> str:
    """Return where a passage stands, for people: title, file, page, version's date, and what became of it."""
    if passage.standing is Standing.GONE:
        return "a document that is gone"
    page = f", page {passage.page}" if passage.page else ""
    dated = f", of {passage.dated}" if passage.dated else ""
    return foreign(f"{passage.title} ({passage.file_name}{page}{dated}): {passage.standing}")
