"""What hangs on a mail comes in as documents of its own, with the mail's readers, and no deeper than archives may."""

from email.message import EmailMessage
from pathlib import Path
from random import Random
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.cli.ingesting import place_removals
from ingest.attachments import keys_inside
from ingest.database import utc_now
from ingest.jobs import INGEST, JobState, Order
from ingest.types import UPLOAD, Attachment, Origin, SourceFile
from tests.house import House
from tests.test_importing import LEAVE, PAY, aged, found, sync


def a_mail(*attachments: tuple[str, bytes]) -> bytes:
    """Return a message with attachments."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Minutes", "anna@example.com", "ben@example.com"
    message.set_content("See what is attached.")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_attachments_are_documents_of_their_own(house: House, folder: Path) -> None:
    """They are found by the mail's readers, follow its readers and its versions, and go when it goes."""
    aged(folder / "minutes.eml", a_mail(("leave.txt", LEAVE.encode()), ("tool.exe", b"MZ")))

    job = sync(house, folder)

    assert {d.file_name for d in house.services.catalog.listed()} == {"minutes.eml", "leave.txt"}
    assert house.services.jobs.get(job).failed == 0
    assert found(house, "annual leave in Kassel")[0] == LEAVE

    sync(house, folder, ("group:finance",))

    assert found(house, "annual leave in Kassel", "hr") == []
    assert LEAVE in found(house, "annual leave in Kassel", "finance")

    aged(folder / "minutes.eml", a_mail(("pay.txt", PAY.encode())))
    sync(house, folder, ("group:finance",))

    assert {d.file_name for d in house.services.catalog.listed()} == {"minutes.eml", "pay.txt"}

    (folder / "minutes.eml").unlink()
    sync(house, folder)

    assert house.services.catalog.listed() == ()
    assert house.services.index.count() == 0
    assert list(house.services.settings.site.uploads_dir.iterdir()) == []


def test_mails_within_mails_end_at_the_third(house: House, folder: Path) -> None:
    """Nesting beyond three levels is not followed, whatever is in it."""
    inner = a_mail(("deep.txt", b"too deep"))
    for level in range(4):
        inner = a_mail((f"level{level}.eml", inner))
    aged(folder / "outer.eml", inner)

    sync(house, folder)

    names = {d.file_name for d in house.services.catalog.listed()}
    assert len(names) == 4
    assert "deep.txt" not in names


def test_hostile_attachment_name_stays_a_name(house: House, folder: Path, tmp_path: Path) -> None:
    """A name that climbs out of its folder writes nothing there."""
    name = "../../../../../../../../../.." + str(tmp_path / "planted.txt")
    aged(folder / "evil.eml", a_mail((name, LEAVE.encode())))

    sync(house, folder)

    assert not (tmp_path / "planted.txt").exists()
    assert found(house, "annual leave in Kassel")


def test_attachment_stays_the_document_it_was(house: House, folder: Path) -> None:
    """Whatever is taken away or put before it, an attachment keeps its id: answers that cite it still open it."""
    aged(folder / "m.eml", a_mail(("pay.txt", PAY.encode()), ("leave.txt", LEAVE.encode())))
    sync(house, folder)
    before = house.document("leave.txt")
    cited = house.services.catalog.get(before).visible_version_id
    aged(folder / "m.eml", a_mail(("leave.txt", LEAVE.encode())))

    sync(house, folder)

    assert house.document("leave.txt") == before
    assert house.services.catalog.get(before).visible_version_id == cited
    assert {d.file_name for d in house.services.catalog.listed()} == {"m.eml", "leave.txt"}
    assert found(house, "annual leave in Kassel").count(LEAVE) == 1


def test_twins_are_two_documents(house: House, folder: Path) -> None:
    """The same file attached twice is two attachments; taking one away leaves the other."""
    twin = ("leave.txt", LEAVE.encode())
    aged(folder / "m.eml", a_mail(twin, twin))
    sync(house, folder)
    twins = {d.id for d in house.services.catalog.listed() if d.file_name == "leave.txt"}
    aged(folder / "m.eml", a_mail(twin))

    sync(house, folder)

    assert len(twins) == 2
    assert house.document("leave.txt") in twins
    assert len(house.services.catalog.listed()) == 2


ATTACHMENTS = st.lists(
    st.builds(Attachment, st.text(max_size=300), st.binary(max_size=2)), max_size=12, unique=False
)


@given(ATTACHMENTS, st.randoms())
def test_keys_follow_from_the_attachments_alone(attachments: list[Attachment], dice: Random) -> None:
    """No two are the same, their order does not matter, and taking one away renames no other."""
    keys = keys_inside("a/m.eml", attachments)
    shuffled = list(attachments)
    dice.shuffle(shuffled)

    assert len(set(keys)) == len(keys)
    assert sorted(keys) == sorted(keys_inside("a/m.eml", shuffled))
    assert set(keys_inside("a/m.eml", attachments[1:])) <= set(keys)
    assert all(key.startswith("a/m.eml\x1f") and key.count("\x1f") == 1 for key in keys)


def test_copy_is_kept_until_it_is_shown(house: House, folder: Path) -> None:
    """An attachment in quarantine can be tried again: its bytes are in the spool, and go with it."""
    aged(folder / "m.eml", a_mail(("bad.pdf", b"%PDF-1.7 nothing"), ("leave.txt", LEAVE.encode())))

    sync(house, folder)

    spool = house.services.settings.site.uploads_dir
    assert [copy.read_bytes() for copy in spool.iterdir()] == [b"%PDF-1.7 nothing"]
    house.services.pipeline.forget(house.document("m.eml"))
    assert list(spool.iterdir()) == []


def test_removal_of_an_upload_is_a_job_that_ends_well(house: House, tmp_path: Path) -> None:
    """Its copy is deleted, and nothing besides."""
    spooled = house.services.settings.site.uploads_dir / uuid4().hex
    spooled.parent.mkdir(exist_ok=True)
    spooled.write_bytes(b"%PDF-1.7 nothing")
    file = SourceFile(UPLOAD, "anna/a.pdf", spooled, "a.pdf", ("user:anna",), origin=Origin.COPY)
    house.services.jobs.place(Order(INGEST, "hr", UPLOAD, (file,), "anna"), now=utc_now())
    house.work()

    [job] = place_removals(house.services.settings, [house.document("a.pdf")])
    house.work()

    assert house.services.jobs.get(job).state is JobState.DONE
    assert not spooled.exists()
    assert house.services.catalog.listed() == ()
