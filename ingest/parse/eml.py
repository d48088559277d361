"""Parse mail: the headers people ask for, the body, and the attached files as documents of their own.

Python's own `email` decodes headers and parts; HTML bodies take the path of web pages. unstructured's e-mail
partitioner (0.806 of 8 files) drops the subject and one of two differing bodies. A message within the message is an
attachment; a picture that the body shows, as signatures do, is none.
"""

import mimetypes
from collections.abc import Iterator, Sequence
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from pathlib import Path

from ingest.formats import MAIL_HEADER
from ingest.parse.encoding import decode
from ingest.parse.html import document_of
from ingest.parse.txt import paragraphs
from ingest.types import Attachment, Block, Finding, FindingKind, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument

PARSER = "email (standard library)"
ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
READABLE = ("text/plain", "text/html")
AS_WRITTEN = policy.default.clone(refold_source="none")  # folding again fails on malformed headers
MAX_ATTACHMENTS = 200  # people attach a dozen; an archive attached file by file is sent as one
MAX_PARTS = 1_000  # looked at; the bodies come first
MAX_ATTACHED_BYTES = 128 * 1024 * 1024  # in Base64 they still fit into what the sandbox hands back
MAX_NAME_CHARS = 200  # of an attachment named after its subject


def parse_eml(path: Path) -> ParsedDocument:
    """Return headers as the first block, then the body. Raises EncryptedDocument or BrokenDocument."""
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # saved as UTF-16 by Windows tools
        raw = decode(raw).encode("utf-8")
    return document_of_mail(raw, parser=PARSER)


def document_of_mail(raw: bytes, *, parser: str) -> ParsedDocument:
    """Return the document of a message in Internet form, as `parser` names itself. Raises as `parse_eml`."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    if message.get_content_type() in ENCRYPTED:
        raise EncryptedDocument(
            "the message is encrypted", remedy="decrypt it in the mail program, save it and ingest it again"
        )
    if not any(message.get(name) for name in MAIL_HEADER):
        raise BrokenDocument(
            "the message has none of the headers From, To, Date and Subject",
            remedy="export it again from the mail program as .eml",
        )
    headers = "\n".join(f"{name}: {_header(message, name)}" for name in MAIL_HEADER if _header(message, name))
    every_part = list(_parts(message))
    parts = every_part[:MAX_PARTS]
    attachments, findings = _bounded(
        [part for part in parts if _is_attached(part, parts)], beyond=len(every_part) - len(parts)
    )
    pages = [document_of(part) for part in _contents(parts, "text/html")]
    blocks = [Block(kind=Kind.PARAGRAPH, text=headers), *_body(_contents(parts, "text/plain"), pages)]
    if attachments:
        names = ", ".join(attachment.file_name for attachment in attachments)
        blocks.append(Block(kind=Kind.PARAGRAPH, text=f"Attachments: {names}"))
    return ParsedDocument(
        title=_header(message, "Subject"),
        blocks=tuple(blocks),
        pages=None,
        parser=parser,
        attachments=attachments,
        findings=(*findings, *(finding for page in pages for finding in page.findings)),
    )


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError):  # the standard library fails on some malformed headers
        return ""


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts that hold something; a message within is one part, its own parts are not yielded."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        for part in message.iter_parts() if isinstance(message, EmailMessage) else ():
            yield from _parts(part)
    else:
        yield message


def _body(plain: Sequence[str], pages: Sequence[ParsedDocument]) -> Iterator[Block]:
    """Yield the HTML part, after those paragraphs of the plain part that it does not show."""
    shown = _letters(" ".join(block.text for page in pages for block in page.blocks))
    for part in plain:
        for block in paragraphs(part):
            letters = _letters(block.text)
            # Without a letter it is a rule of dashes, or a row of characters nobody sees, to be found out later.
            if letters not in shown or not (letters or block.text.isascii()):
                yield block
    for page in pages:
        yield from page.blocks


def _letters(text: str) -> str:
    """Return letters and digits alone: line ends, bullets and marks differ between the two parts of a message."""
    return "".join(filter(str.isalnum, text.lower()))


def _contents(parts: Sequence[Message], content_type: str) -> list[str]:
    return [
        decode(_content(part), declared=part.get_content_charset())
        for part in parts
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment"
    ]


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _is_attached(part: Message, parts: Sequence[Message]) -> bool:
    """Say whether a part is a file of its own: neither the body nor a picture within it."""
    disposition = part.get_content_disposition()
    if part.get_content_type() in READABLE and disposition != "attachment":
        return False
    content_id = _header(part, "Content-ID").strip("<>")
    if part.get_content_maintype() == "image" and content_id:
        # Some programs give files that hang on a message an id too; then the body does not show it.
        shown = f"cid:{content_id}".encode()
        pages = (other for other in parts if other.get_content_type() == "text/html")
        return disposition == "attachment" and not any(shown in _content(page) for page in pages)
    return disposition == "attachment" or bool(part.get_filename()) or _is_message(part)


def _is_message(part: Message) -> bool:
    return part.get_content_type() in ("message/rfc822", "message/global")


def _attachment(part: Message) -> Attachment:
    """Return the file; a message within the message as .eml, named after its subject where it has no name."""
    name = " ".join(str(part.get_filename() or "").split())
    if _is_message(part):
        inner = next((one for one in part.get_payload() if isinstance(one, Message)), None)
        content = _content(part) if inner is None else _as_written(inner)
        subject = "" if inner is None else _header(inner, "Subject")[:MAX_NAME_CHARS]
        name = name or subject or "message"
        return Attachment(file_name=name if name.lower().endswith(".eml") else f"{name}.eml", content=content)
    ending = mimetypes.guess_extension(part.get_content_type()) or ".bin"
    return Attachment(file_name=name or f"attachment{ending}", content=_content(part))


def _as_written(message: Message) -> bytes:
    """Return the bytes of a message within another; empty where its headers cannot be written again."""
    try:
        return message.as_bytes(policy=AS_WRITTEN)
    except (ValueError, LookupError, AttributeError, TypeError):  # malformed beyond what the library writes
        return b""


def _bounded(found: Sequence[Message], *, beyond: int) -> tuple[tuple[Attachment, ...], tuple[Finding, ...]]:
    """Return the attachments within the bounds, and a finding for what is left out or empty.

    `beyond` counts the parts that were not even looked at.
    """
    kept: list[Attachment] = []
    size_bytes = 0
    for part in found[:MAX_ATTACHMENTS]:
        attachment = _attachment(part)
        size_bytes += len(attachment.content)
        if attachment.content and size_bytes <= MAX_ATTACHED_BYTES:
            kept.append(attachment)
    missing = len(found) - len(kept) + beyond
    if not missing:
        return tuple(kept), ()
    detail = f"attachments that are empty, or beyond {MAX_ATTACHMENTS} files or {MAX_ATTACHED_BYTES >> 20} MB"
    return tuple(kept), (Finding(FindingKind.LEFT_OUT, missing, detail),)
