"""What hangs on a mail comes in as documents of its own, with the mail's readers, and no deeper than archives may."""

from email.message import EmailMessage
from pathlib import Path

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
