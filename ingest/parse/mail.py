"""Parse EML: the headers people ask for, the body, and the names of the attachments.

Python's own `email` decodes headers and parts; HTML bodies take the path of web pages. unstructured's e-mail
partitioner (0.806 of 8 files) drops the subject and one of two differing bodies.
"""

from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from ingest.parse.encoding import decode
from ingest.parse.text import paragraphs
from ingest.parse.web import document_of
from ingest.types import Attachment, Block, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument

PARSER = "email (standard library)"
SHOWN = ("From", "To", "Cc", "Date", "Subject")
ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


def parse_eml(path: Path) -> ParsedDocument:
    """Return headers as the first block, then the body. Raises EncryptedDocument or BrokenDocument."""
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # saved as UTF-16 by Windows tools
        raw = decode(raw).encode("utf-8")
    message = BytesParser(policy=policy.default).parsebytes(raw)
    if message.get_content_type() in ENCRYPTED:
        raise EncryptedDocument(
            "the message is encrypted", remedy="decrypt it in the mail program, save it and ingest it again"
        )
    if not any(message.get(name) for name in SHOWN):
        raise BrokenDocument(
            "the message has none of the headers From, To, Date and Subject",
            remedy="export it again from the mail program as .eml",
        )
    headers = "\n".join(f"{name}: {_header(message, name)}" for name in SHOWN if _header(message, name))
    subject = _header(message, "Subject")
    attachments = tuple(_attachments(message))
    names = ", ".join(attachment.file_name for attachment in attachments)
    blocks = [Block(kind=Kind.PARAGRAPH, text=headers), *_body(message)]
    if attachments:
        blocks.append(Block(kind=Kind.PARAGRAPH, text=f"Attachments: {names}"))
    return ParsedDocument(
        title=subject, blocks=tuple(blocks), pages=None, parser=PARSER, attachments=attachments
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError):  # the standard library fails on some malformed headers
        return ""


def _body(message: EmailMessage) -> Iterator[Block]:
    """Yield the HTML part, after those paragraphs of the plain part that it does not show."""
    pages = [document_of(part) for part in _contents(message, "text/html")]
    shown = _letters(" ".join(block.text for page in pages for block in page.blocks))
    for part in _contents(message, "text/plain"):
        for block in paragraphs(part):
            if _letters(block.text) not in shown:
                yield block
    for page in pages:
        yield from page.blocks


def _letters(text: str) -> str:
    """Return letters and digits alone: line ends, bullets and marks differ between the two parts of a message."""
    return "".join(filter(str.isalnum, text.lower()))


def _contents(message: EmailMessage, content_type: str) -> list[str]:
    found = []
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                found.append(decode(payload, declared=part.get_content_charset()))
    return found


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.walk():
        name = part.get_filename()
        payload = part.get_payload(decode=True)
        if name and not part.is_multipart():
            content = payload if isinstance(payload, bytes) else b""
            yield Attachment(file_name=" ".join(str(name).split()), content=content)
