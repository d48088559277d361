"""A job whose documents break off: each is repeated with a pause, none pays for another, the job goes on."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from ingest.database import utc_now
from ingest.importing import Import
from ingest.items import Item
from ingest.jobs import INGEST, Order
from ingest.schema import documents
from ingest.sources import FolderSource
from ingest.types import Accepted, ParsedDocument, State
from retrieval.errors import ParserStopped, Unavailable
from retrieval.sparse import SparseEncoder
from retrieval.types import SparseVector
from tests.fakes import ScriptedModel
from tests.house import House, PlainParser, open_house
from tests.test_importing import LEAVE, PAY, aged

NEXT_YEAR = "2027-11-24T00:00:00.000+00:00"


class Pauses(threading.Event):
    """Be a cancellation that never comes, and write down how long was waited for it instead of waiting."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.lengths: list[float] = []
        self._then = then

    def wait(self, timeout: float | None = None) -> bool:
        """Write down the pause; do what happens in it."""
        if timeout:
            self.lengths.append(timeout)
            self._then()
        return self.is_set()


class Faulty(SparseEncoder):
    """Do something, then stumble, over texts with a word."""

    def __init__(self, word: str, then: Callable[[], None] = lambda: None) -> None:
        self._word, self._then = word, then

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Stumble, or do as ever."""
        if self._word in text:
            self._then()
            raise ZeroDivisionError
        return super().encode_passage(text, language)


class LosingItsLease(PlainParser):
    """Crash every time; at the third another worker has the document."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.crashes = 0

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Crash."""
        self.crashes += 1
        if self.crashes == 3:
            lease(self._house, "other", NEXT_YEAR)
        raise ParserStopped(f"'{file_name}' crashed its parser", remedy="split it")


def lease(house: House, worker: str | None, until: str | None) -> None:
    """Give all documents to a worker."""
    with house.services.engine.begin() as connection:
        connection.execute(update(documents).values(worker=worker, leased_until=until))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house whose share holds two files."""
    opened = open_house(tmp_path / "data", ScriptedModel())
    (tmp_path / "share").mkdir()
    aged(tmp_path / "share" / "leave.txt", LEAVE)
    aged(tmp_path / "share" / "pay.txt", PAY)
    yield opened
    opened.services.close()


def an_import(
    house: House, folder: Path, cancelled: threading.Event, encoder: SparseEncoder | None = None
) -> Import:
    """Return the import of a folder, published through this encoder."""
    source = FolderSource(folder, readers_of=lambda _key: ("group:hr",))
    order = Order(INGEST, "hr", source.name, tuple(source.files()), "root")
    job = house.services.jobs.get(house.services.jobs.place(order, now=utc_now()))
    desk = house.services.worker("first").desk
    if encoder is not None:
        indexer = replace(desk.pipeline.indexer, encoder=encoder)
        desk = replace(desk, pipeline=replace(desk.pipeline, indexer=indexer))
    return Import(desk, job, "first", cancelled)


def items(house: House, work: Import) -> dict[str, Item]:
    """Return the job's files by name."""
    return {item.file_name: item for item in house.services.items.of(work.job.id)}


def test_stumbling_at_publication_is_repeated_after_a_pause(house: House, tmp_path: Path) -> None:
    """As after a crash of the parser: twice, and longer the second time."""
    pauses = Pauses()
    work = an_import(house, tmp_path / "share", pauses, Faulty("25th"))

    work.run()

    assert pauses.lengths == [0.5, 1.0]
    assert items(house, work)["leave.txt"].state is State.VISIBLE
    assert (items(house, work)["pay.txt"].state, items(house, work)["pay.txt"].attempts) == (
        State.QUARANTINED,
        3,
    )


def test_batch_that_breaks_while_the_job_stops_charges_nobody(house: House, tmp_path: Path) -> None:
    """Which of them was at fault cannot be found out any more; none has an attempt less."""
    pauses = Pauses()
    work = an_import(house, tmp_path / "share", pauses, Faulty("25th", pauses.set))

    work.run()

    assert {(item.state, item.attempts) for item in items(house, work).values()} == {(State.FOUND, 0)}


def test_lease_lost_at_the_last_attempt_ends_no_job(house: House, tmp_path: Path) -> None:
    """The document is waited for like any that another worker holds, then set aside; the others come in."""
    parser = LosingItsLease(house)
    (tmp_path / "share" / "pay.txt").unlink()
    house.parse_with(parser)
    pauses = Pauses(lambda: lease(house, None, None) if parser.crashes == 3 else None)
    work = an_import(house, tmp_path / "share", pauses)

    work.run()

    assert len(pauses.lengths) == 3
    assert items(house, work)["leave.txt"].state is State.QUARANTINED


def test_halt_is_no_cancellation(house: House, tmp_path: Path) -> None:
    """An index that is away ends the import with its reason; the event from outside is not touched."""
    cancelled = threading.Event()
    work = an_import(house, tmp_path / "share", cancelled)
    house.services.index.close()

    with pytest.raises(Unavailable):
        work.run()

    assert (work.halted.is_set(), cancelled.is_set()) == (True, False)
    assert {item.attempts for item in items(house, work).values()} == {0}


def test_log_names_the_document(house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each end and each fault of ours has the id under which the document is listed, and no name."""
    work = an_import(house, tmp_path / "share", Pauses(), Faulty("25th"))

    with caplog.at_level(logging.INFO, "intramuros.ingest"):
        work.run()

    told = [(record.message, record.__dict__["fields"]) for record in caplog.records]
    broke = {fields["document_id"] for message, fields in told if message == "document_broke"}
    settled = {fields["document_id"] for message, fields in told if message == "document_settled"}
    assert broke == {house.document("pay.txt")}
    assert settled == {house.document("pay.txt"), house.document("leave.txt")}
    assert "leave.txt" not in str(told)
