"""The backlog passes every draft on once, in order, and never holds more than it may."""

import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from ingest.backlog import Backlog
from ingest.draft import NOBODY, Draft
from ingest.types import Accepted, Chunk, Origin, ParsedDocument, SourceFile
from ingest.versions import NewVersion

FREE = threading.Event()


class Asked(threading.Event):
    """Tell that somebody asked whether the work is given up; who has no room asks before they wait."""

    def __init__(self) -> None:
        super().__init__()
        self.was_asked = threading.Event()

    def is_set(self) -> bool:
        """Tell, and answer."""
        self.was_asked.set()
        return super().is_set()


def a_draft(number: int, chunks: int) -> Draft:
    """Return a draft of so many chunks."""
    parsed = ParsedDocument(title="T", blocks=(), pages=None, parser="test")
    pieces = tuple(Chunk(n, "text", (), "en", None, (), 1) for n in range(chunks))
    accepted = Accepted("text/plain", 1, "0" * 64)
    version = NewVersion(str(number), accepted, parsed, "embedder", pieces, {}, "2026-01-01")
    file = SourceFile("folder:/srv", str(number), Path("/srv"), str(number), (), origin=Origin.LISTED)
    return Draft(str(number), "hr", file, version, Path("/nowhere"), NOBODY)


@given(some.lists(some.integers(min_value=1, max_value=40), max_size=30))
def test_every_draft_is_passed_on_once_and_in_order(sizes: list[int]) -> None:
    """However large they are and however they are batched; a batch is over its bound only by a single draft."""
    backlog = Backlog(max_chunks=10_000, batch_chunks=25, gather_s=0)
    for number, size in enumerate(sizes):
        assert backlog.put(a_draft(number, size), is_stopping=FREE.is_set)
    taken: list[str] = []
    while len(taken) < len(sizes):
        batch = backlog.take()
        total = sum(len(draft.version.chunks) for draft in batch)
        assert batch
        assert total <= 25 or len(batch) == 1
        taken += [draft.document for draft in batch]

    assert taken == [str(number) for number in range(len(sizes))]


def test_reader_waits_while_there_is_no_room() -> None:
    """A full backlog holds back whoever reads, until the publisher has taken something."""
    backlog = Backlog(max_chunks=10, batch_chunks=20, gather_s=0)  # a batch has room for both drafts
    backlog.put(a_draft(0, 8), is_stopping=FREE.is_set)
    asked = Asked()
    waiting = threading.Thread(
        target=backlog.put, args=(a_draft(1, 8),), kwargs={"is_stopping": asked.is_set}
    )
    waiting.start()
    assert asked.was_asked.wait(30)

    first = backlog.take()
    waiting.join(30)
    second = backlog.take()

    assert [[draft.document for draft in batch] for batch in (first, second)] == [["0"], ["1"]]


def test_document_larger_than_the_backlog_has_it_to_itself() -> None:
    """It is let in when nothing else is there, instead of waiting for ever."""
    backlog = Backlog(max_chunks=10, batch_chunks=5, gather_s=0)

    assert backlog.put(a_draft(0, 500), is_stopping=FREE.is_set)
    assert len(backlog.take()) == 1


def test_given_up_work_is_not_taken_in() -> None:
    """Once the job is given up nothing is added, and nobody waits for room."""
    backlog = Backlog(max_chunks=10, batch_chunks=5, gather_s=0)
    backlog.put(a_draft(0, 10), is_stopping=FREE.is_set)

    assert not backlog.put(a_draft(1, 10), is_stopping=lambda: True)
    assert [draft.document for draft in backlog.drain()] == ["0"]
