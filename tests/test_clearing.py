"""Clear up beside workers that are at work: what is somebody's stays, what is nobody's goes."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from ingest.clearing import SPOOL_AGE, STAGED_AGE, Clearing
from ingest.database import stamp, utc_now
from ingest.runs import Worker
from ingest.schema import documents, versions
from ingest.types import State
from tests.fakes import ScriptedModel
from tests.house import House, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document."""
    opened = open_house(tmp_path / "data", ScriptedModel())
    opened.bring_in(tmp_path / "a", "handbook", leave="# Leave\n\nThere are 28 days of leave.\n")
    yield opened
    opened.services.close()


def clearing_of(house: House, *, later: timedelta = timedelta(), is_alone: bool = False) -> Clearing:
    """Return one of several workers that clears up, some time from now."""
    worker: Worker = house.services.worker("janitor")
    return Clearing(worker.jobs, worker.desk, "janitor", lambda: utc_now() + later, is_alone)


def leave_version_over(house: House) -> tuple[str, str]:
    """Leave a version that is not shown, as a kill between writing and showing does; return document and version."""
    services = house.services
    document = house.document("leave.md")
    with services.engine.begin() as connection:
        shown = (
            connection.execute(select(versions).where(versions.c.document_id == document)).mappings().one()
        )
        other = {**shown, "id": "00000000-0000-4000-8000-000000000001"}
        connection.execute(insert(versions).values(other))
    return document, other["id"]


def hold(house: House, document: str, *, until: datetime, state: State = State.PARSING) -> None:
    """Let another worker have a document."""
    with house.services.engine.begin() as connection:
        connection.execute(
            update(documents)
            .where(documents.c.id == document)
            .values(worker="other", leased_until=stamp(until), state=state)
        )


def held_by(house: House, document: str) -> str | None:
    """Return who has a document."""
    with house.services.engine.connect() as connection:
        return connection.execute(select(documents.c.worker).where(documents.c.id == document)).scalar()


def test_version_that_nobody_shows_goes_and_the_shown_one_stays(house: House) -> None:
    """What is left over is forgotten, and the document is free again and shows what it showed."""
    document, version = leave_version_over(house)
    before = set(house.services.index.chunk_ids())
    clearing_of(house).run()
    assert version not in house.services.versions.of_document(document)
    assert house.services.versions.visible(document) is not None
    assert set(house.services.index.chunk_ids()) == before
    assert held_by(house, document) is None


def test_version_of_a_worker_stays(house: House) -> None:
    """Another worker's version, not shown yet, is no leftover; nor is it taken while this one looks."""
    document, version = leave_version_over(house)
    hold(house, document, until=utc_now() + timedelta(seconds=30))
    clearing_of(house).run()
    assert version in house.services.versions.of_document(document)
    assert held_by(house, document) == "other"


def test_half_forgotten_document_goes_once_nobody_is_at_it(house: House) -> None:
    """Right after it was hidden another worker may be forgetting it; a minute later nobody is."""
    document = house.document("leave.md")
    house.services.catalog.hide(document)
    clearing_of(house).run()
    assert house.services.catalog.listed()
    clearing_of(house, later=timedelta(seconds=61)).run()
    assert house.services.catalog.listed() == ()
    assert house.services.index.count() == 0


def test_document_that_comes_back_meanwhile_is_not_deleted(house: House) -> None:
    """A half forgotten document that a worker has taken up again lives on."""
    document = house.document("leave.md")
    house.services.catalog.hide(document)
    hold(house, document, until=utc_now() + timedelta(seconds=120), state=State.FORGOTTEN)
    clearing_of(house, later=timedelta(seconds=61)).run()
    assert [one.id for one in house.services.catalog.listed()] == [document]


def test_copies_go_when_nobody_can_be_at_them(house: House, tmp_path: Path) -> None:
    """Beside other workers a staged copy has hours and an upload one; alone, a staged copy is waste at once."""
    source = tmp_path / "a" / "leave.md"
    long_ago = utc_now() - timedelta(days=400)
    os.utime(source, (long_ago.timestamp(), long_ago.timestamp()))  # the copy takes this date over
    staged = house.services.originals.stage(source)
    spooled = house.services.settings.site.uploads_dir / "left"
    spooled.parent.mkdir(parents=True, exist_ok=True)
    spooled.write_text("x")
    clearing_of(house).run()
    assert staged.exists()
    assert spooled.exists()
    clearing_of(house, later=SPOOL_AGE + timedelta(minutes=1)).run()
    assert staged.exists()
    assert not spooled.exists()
    clearing_of(house, later=STAGED_AGE + timedelta(minutes=1)).run()
    assert not staged.exists()
    again = house.services.originals.stage(source)
    clearing_of(house, is_alone=True).run()
    assert not again.exists()


def test_worker_clears_up_again_after_an_hour(house: House) -> None:
    """What is too young at the start goes later, without a restart."""
    moment = [utc_now()]
    stop = threading.Event()
    worker = replace(house.services.worker("one"), clock=lambda: moment[0], is_alone=False)
    house.services.catalog.hide(house.document("leave.md"))
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    pause = threading.Event()
    try:
        for _ in range(100):
            moment[0] += timedelta(minutes=2)
            if not house.services.catalog.listed():
                break
            pause.wait(0.2)
    finally:
        stop.set()
        thread.join()
    assert house.services.catalog.listed() == ()
