"""Hold what mail becomes: what is written in it, and the files that hang on it."""

import struct
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.gate import Limits, inspect
from ingest.parse import eml
from ingest.parse.dispatch import parse
from ingest.types import FindingKind, ParsedDocument
from retrieval.errors import BrokenDocument, DocumentRejected, EncryptedDocument, UnsupportedType
from tests.compound import Tree, compound

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
OUTLOOK = "application/vnd.ms-outlook"


def letter(subject: str = "Travel") -> EmailMessage:
    """Return a message with a plain body."""
    message = EmailMessage()
    message["From"] = "Anna Müller <anna@example.com>"
    message["To"] = "bob@example.com"
    message["Subject"] = subject
    message.set_content("Travel is paid by the company.")
    return message


def read(data: bytes, folder: Path, name: str = "letter.eml") -> ParsedDocument:
    """Return the document through the gate, as the pipeline does."""
    path = folder / "stored"
    path.write_bytes(data)
    return parse(path, inspect(path, name, limits=Limits()).media_type, name)


def texts(document: ParsedDocument) -> str:
    """Return all text of a document."""
    return "\n".join(block.text for block in document.blocks)


def test_attachments_come_along(tmp_path: Path) -> None:
    """A file that hangs on a message is handed out with its name and bytes, and named in the text."""
    message = letter()
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Spesen März.pdf")
    message.add_attachment("a;b", subtype="csv", filename="table.csv")

    document = read(message.as_bytes(), tmp_path)

    assert [(one.file_name, one.content) for one in document.attachments] == [
        ("Spesen März.pdf", b"%PDF-1.7"),
        ("table.csv", b"a;b\n"),
    ]
    assert "Attachments: Spesen März.pdf, table.csv" in texts(document)
    assert document.findings == ()


def test_message_within_is_an_attachment(tmp_path: Path) -> None:
    """A forwarded message is an .eml of its own, named after its subject; its text and files stay with it."""
    inner = letter("Old rules")
    inner.set_content("Meals are not paid.")
    inner.add_attachment(b"x", maintype="application", subtype="zip", filename="deep.zip")
    outer = letter()
    outer.add_attachment(inner)

    document = read(outer.as_bytes(), tmp_path)
    again = read(document.attachments[0].content, tmp_path)

    assert [one.file_name for one in document.attachments] == ["Old rules.eml"]
    assert "Meals" not in texts(document)
    assert "Meals are not paid." in texts(again)
    assert [one.file_name for one in again.attachments] == ["deep.zip"]


def test_pictures_of_the_body_are_none(tmp_path: Path) -> None:
    """A signature's logo is no attachment; a photo that was attached is one, whatever ids the program gave it."""
    message = letter()
    message.add_alternative('<p>Travel is paid.</p><img src="cid:logo@x">', subtype="html")
    message.get_payload()[1].add_related(PICTURE, "image", "png", cid="<logo@x>", filename="logo.png")  # type: ignore[union-attr,index]
    message.add_attachment(PICTURE, "image", "png", cid="<f_123>", filename="damage.png")

    assert [one.file_name for one in read(message.as_bytes(), tmp_path).attachments] == ["damage.png"]


def test_attachment_without_a_name(tmp_path: Path) -> None:
    """A file without a name gets one by its type."""
    message = letter()
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf")

    assert [one.file_name for one in read(message.as_bytes(), tmp_path).attachments] == ["attachment.pdf"]


def test_attachments_are_bounded(tmp_path: Path) -> None:
    """Beyond the bound attachments are left out, and a finding says how many."""
    message = letter()
    for number in range(eml.MAX_ATTACHMENTS + 7):
        message.add_attachment(b"x", maintype="application", subtype="zip", filename=f"{number}.zip")

    document = read(message.as_bytes(), tmp_path)

    assert len(document.attachments) == eml.MAX_ATTACHMENTS
    assert [(one.kind, one.count, one.needs_review) for one in document.findings] == [
        (FindingKind.LEFT_OUT, 7, False)
    ]


def test_message_in_utf_16(tmp_path: Path) -> None:
    """A message saved as UTF-16 is read like any other."""
    assert "Travel is paid by the company." in texts(read(letter().as_string().encode("utf-16"), tmp_path))


@given(lines=some.lists(some.sampled_from([
    "Content-Type: multipart/mixed; boundary=a", "--a", "--a--", "Content-Type: message/rfc822", "",
    "Content-Disposition: attachment; filename*=x''%", "Content-Transfer-Encoding: base64", "=?x?q?=", "From: @,;<",
    "Subject: a", "Content-ID: <", "Content-Type: image/png; name=\"\udcff\"", "text \udc80",
]), max_size=25))  # fmt: skip
def test_any_message(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """However broken a message is, it is read or refused."""
    data = "\n".join(["Subject: x", *lines, "text"]).encode("utf-8", "surrogateescape")
    try:
        document = read(data, tmp_path_factory.getbasetemp())
    except DocumentRejected as refusal:
        assert refusal.remedy  # noqa: PT017  (either outcome is right)
    else:
        assert all(one.content and one.file_name for one in document.attachments)


def fixed(*properties: tuple[int, int, int], header: int = 32) -> bytes:
    """Return a table of properties of fixed length: type, number, value."""
    return bytes(header) + b"".join(
        struct.pack("<HHIQ", kind, key, 6, value) for kind, key, value in properties
    )


def outlook_tree(*, header: int = 32, **attached: Tree) -> dict[str, bytes | Tree]:
    """Return the storages of a message of Anna to Bob, with attachments."""

    def wide(text: str) -> bytes:
        return text.encode("utf-16-le")

    sent = (datetime(2026, 3, 5, 9, 30, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()
    return {
        "__properties_version1.0": fixed((0x40, 0x0039, int(sent) * 10**7), header=header),
        "__substg1.0_001A001F": wide("IPM.Note"),
        "__substg1.0_0037001F": wide("Reisekosten"),
        "__substg1.0_0C1A001F": wide("Müller, Anna"),
        "__substg1.0_5D01001F": wide("anna@example.com"),
        "__substg1.0_1000001F": wide("Reisen werden bezahlt.\r\n\r\nEssen nicht."),
        "__recip_version1.0_#00000000": {
            "__properties_version1.0": fixed((3, 0x0C15, 1), header=8),
            "__substg1.0_3001001F": wide("Bob"),
            "__substg1.0_39FE001F": wide("bob@example.com"),
        },
        **{f"__attach_version1.0_#{number:08X}": tree for number, tree in enumerate(attached.values())},
    }


def outlook_file(name: str, content: bytes, **more: bytes) -> Tree:
    """Return the storage of an attached file; `more` adds streams, e.g. `_3712001F`."""
    return {
        "__substg1.0_3707001F": name.encode("utf-16-le"),
        "__substg1.0_37010102": content,
        **{f"__substg1.0{key}": value for key, value in more.items()},
    }


def test_outlook_message(tmp_path: Path) -> None:
    """A message saved by Outlook has its headers, body and attachments, like any other."""
    logo = outlook_file("logo.png", PICTURE, _3712001F="logo@x".encode("utf-16-le"))
    tree = outlook_tree(report=outlook_file("Bericht ä.pdf", b"%PDF-" + bytes(9000)), logo=logo)

    document = read(compound(tree), tmp_path, "letter.msg")

    assert document.title == "Reisekosten"
    assert document.blocks[0].text.splitlines()[0] == 'From: "Müller, Anna" <anna@example.com>'
    assert "To: Bob <bob@example.com>" in texts(document)
    assert "Date: Thu, 05 Mar 2026 09:30:00 +0000" in texts(document)
    assert "Reisen werden bezahlt.\nEssen nicht." in texts(document)
    assert [(one.file_name, one.content) for one in document.attachments] == [
        ("Bericht ä.pdf", b"%PDF-" + bytes(9000))
    ]
    assert document.parser.startswith("olefile")


def test_outlook_message_within(tmp_path: Path) -> None:
    """A message within an Outlook message is handed out as .eml, with its own attachments in it."""
    inner = outlook_tree(header=24, deep=outlook_file("deep.zip", b"PK"))
    outer = outlook_tree(
        note={"__substg1.0_3001001F": "Alt".encode("utf-16-le"), "__substg1.0_3701000D": inner}
    )

    attached = read(compound(outer), tmp_path, "outer.msg").attachments
    again = read(attached[0].content, tmp_path)

    assert [one.file_name for one in attached] == ["Alt.eml"]
    assert "Essen nicht." in texts(again)
    assert "Date: Thu, 05 Mar 2026" in texts(again)
    assert [one.file_name for one in again.attachments] == ["deep.zip"]


@pytest.mark.parametrize(
    "change",
    [
        {"__substg1.0_001A001F": "IPM.Note.SMIME".encode("utf-16-le")},
        {"__substg1.0_007D001E": b"Content-Type: multipart/encrypted; boundary=a\n"},
        {"__attach_version1.0_#00000000": outlook_file("a", b"x", _370E001E=b"application/pkcs7-mime")},
    ],
    ids=["class", "header", "attachment"],
)
def test_encrypted_outlook_message(tmp_path: Path, change: dict[str, bytes | Tree]) -> None:
    """An encrypted Outlook message is refused as such, by its class, its headers or what it carries."""
    with pytest.raises(EncryptedDocument):
        read(compound({**outlook_tree(), **change}), tmp_path, "sealed.msg")


def test_what_is_no_outlook_message(tmp_path: Path) -> None:
    """Neither text nor another OLE file passes for a message; a torn one is broken."""
    with pytest.raises(UnsupportedType):
        read(b"From: a\n\ntext", tmp_path, "a.msg")
    with pytest.raises(UnsupportedType):
        read(compound({"WordDocument": b"x"}), tmp_path, "b.msg")
    with pytest.raises(BrokenDocument):
        read(compound(outlook_tree())[:-512], tmp_path, "c.msg")
