"""What an attacker with a place in the share tried: each attempt shows nothing to anybody who may not see it."""

import stat
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from app.cli.ingesting import place_files
from ingest.database import utc_now
from ingest.draft import Draft, Progress, Result
from ingest.jobs import SYNC, Order
from ingest.schema import documents
from ingest.sources import FolderSource
from ingest.sources.folder import ReadersOf
from ingest.sources.rules import Rule, readers_by
from ingest.types import Cancelled, State
from retrieval.errors import BrokenDocument, IndexUnavailable
from tests.house import House
from tests.test_attachments import a_mail
from tests.test_importing import LEAVE, aged, found

BOARD_FIRST = partial(readers_by, (Rule("board/**", ("group:board",)), Rule("**", ("group:hr",))))
BROKEN = b"\x7fELF" + bytes(range(200))


@pytest.fixture
def folder(folder: Path) -> Path:
    """Give a share that is empty but for the board's folder."""
    (folder / "board").mkdir()
    return folder


def sync(house: House, folder: Path, readers_of: ReadersOf) -> None:
    """Mirror the folder."""
    source = FolderSource(folder, readers_of=readers_of)
    order = Order(SYNC, "hr", source.name, tuple(source.files()), "root", forget_vanished=True)
    house.services.jobs.place(order, now=utc_now())
    house.work()


def to(*readers: str) -> ReadersOf:
    """Return a rule that names these readers."""
    return lambda _key: readers


def test_link_does_not_carry_a_file_to_other_readers(house: House, folder: Path) -> None:
    """A link in a public folder to a board paper is not the board paper for the public."""
    aged(folder / "board" / "merger.txt", "The merger with Acme closes on 3 May.")
    (folder / "lunch.txt").symlink_to("board/merger.txt")

    sync(house, folder, BOARD_FIRST)

    assert found(house, "merger with Acme", "hr") == []
    assert found(house, "merger with Acme", "board")


def test_wider_readers_wait_for_the_new_content(house: House, folder: Path) -> None:
    """A file opened to more people and broken at the same time does not show its old content to them."""
    aged(folder / "plan.txt", "Dismissal list: Miller and Jones.")
    sync(house, folder, to("group:hr"))
    aged(folder / "plan.txt", BROKEN)

    sync(house, folder, to("group:hr", "group:finance"))

    assert found(house, "dismissal list", "finance") == []
    assert found(house, "dismissal list", "hr")

    aged(folder / "plan.txt", "Canteen plan for everybody.")
    sync(house, folder, to("group:hr", "group:finance"))

    assert found(house, "canteen plan", "finance")
    assert found(house, "dismissal list miller", "finance") == ["Canteen plan for everybody."]


def test_narrower_readers_take_effect_although_the_file_is_broken(house: House, folder: Path) -> None:
    """Who lost the right loses it at once, whatever became of the file."""
    aged(folder / "plan.txt", "Dismissal list: Miller and Jones.")
    sync(house, folder, to("group:hr", "group:finance"))
    aged(folder / "plan.txt", BROKEN)

    sync(house, folder, to("group:hr"))

    assert found(house, "dismissal list", "finance") == []


def test_revocation_reaches_attachments_after_a_fault(house: House, folder: Path) -> None:
    """An index that was away while readers were revoked leaves no attachment open in the database."""
    aged(folder / "m.eml", a_mail(("leave.txt", LEAVE.encode())))
    sync(house, folder, to("group:hr", "group:finance"))
    house.services.index.close()
    mail = house.document("m.eml")
    with pytest.raises(IndexUnavailable):
        house.services.pipeline.readership.narrow(mail, ("group:hr",))

    assert house.services.catalog.readers(house.document("leave.txt")) == ("group:hr",)


def test_name_full_of_wildcards_moves_only_its_own_attachments(house: House, folder: Path) -> None:
    """A renamed mail called `%` does not take the attachments of another one with it."""
    aged(folder / "board" / "m.eml", a_mail(("pay.txt", b"Secret: salaries of the board.")))
    aged(folder / "%.eml", a_mail(("leave.txt", LEAVE.encode())))
    sync(house, folder, BOARD_FIRST)
    before = {d.id: d.key for d in house.services.catalog.listed() if d.key.startswith("board/")}

    (folder / "%.eml").rename(folder / "x.eml")
    sync(house, folder, BOARD_FIRST)

    assert {d.id: d.key for d in house.services.catalog.listed() if d.id in before} == before
    assert not any("Secret" in text for text in found(house, "salaries of the board", "hr"))
    assert LEAVE in found(house, "annual leave in Kassel", "hr")


def test_original_has_neither_rights_nor_owner_of_its_source(house: House, folder: Path) -> None:
    """A setuid file that everybody may write is kept as a file that only the service may read."""
    aged(folder / "tool.txt", LEAVE)
    (folder / "tool.txt").chmod(0o6777)

    sync(house, folder, to("group:hr"))

    version = house.services.catalog.get(house.document("tool.txt")).visible_version_id or ""
    assert stat.S_IMODE(house.services.originals.path(version).stat().st_mode) == 0o600


def test_worker_that_lost_its_lease_changes_nothing(house: House, folder: Path) -> None:
    """What another worker owns by now is neither shown, settled, set aside nor deleted by the first."""
    aged(folder / "leave.txt", LEAVE)
    [file] = FolderSource(folder, readers_of=to("group:hr")).files()
    pipeline = house.services.pipeline
    draft = pipeline.read(file, collection_id="hr", progress=Progress(owner="first"))
    assert isinstance(draft, Draft)
    with house.services.engine.begin() as connection:
        connection.execute(update(documents).values(worker="second"))

    with pytest.raises(Cancelled):
        pipeline.publish([draft])
    pipeline.discard([draft], is_final=True)

    held = house.services.catalog.get(draft.document)
    assert (held.state, held.visible_version_id) == (State.PARSING, None)
    assert house.services.attempts.is_owned(draft.document, "second")


def test_file_is_set_aside_by_the_bytes_that_were_read(house: House, folder: Path) -> None:
    """A file that was read half copied is read again when it is whole, although nobody asks."""
    aged(folder / "report.txt", BROKEN)
    [file] = FolderSource(folder, readers_of=to("group:hr")).files()
    slow = folder / "elsewhere"
    slow.write_bytes(BROKEN)
    half_copied = replace(file, path=slow)
    result = house.services.pipeline.read(half_copied, collection_id="hr", progress=Progress())
    assert isinstance(result, Result)
    aged(folder / "report.txt", LEAVE)

    sync(house, folder, to("group:hr"))

    assert found(house, "annual leave")


def test_name_that_looks_like_an_attachment_loses_no_file(house: House, folder: Path) -> None:
    """A file named on the command line is never deleted from the share, whatever its name; this one is refused."""
    file = folder / "a\x1fb.txt"
    aged(file, LEAVE)

    with pytest.raises(BrokenDocument, match="character"):
        place_files(house.services.settings, [file], collection="hr", readers=())
    house.work()

    assert file.read_text(encoding="utf-8") == LEAVE
