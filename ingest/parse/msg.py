"""Parse MSG, Outlook's own form of a message, by turning it into Internet form first (MS-OXMSG, MS-OXPROPS).

olefile reads the container. A message within the message, which python-oxmsg does not hand out, becomes an EML.
Text in RTF alone is not read: Outlook stores it as plain text too.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.eml import ENCRYPTED, MAX_ATTACHED_BYTES, MAX_ATTACHMENTS, document_of_mail
from ingest.parse.encoding import decode
from ingest.types import ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument

if TYPE_CHECKING:
    from olefile import OleFileIO

MAX_DEPTH = 8  # messages within messages that are turned; deeper ones are not read anyway
SUBJECT, CLASS, HEADERS, BODY, HTML, SUBMITTED = 0x0037, 0x001A, 0x007D, 0x1000, 0x1013, 0x0039
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
RECIPIENT_KIND, NAME, ADDRESS, SMTP = 0x0C15, 0x3001, 0x3003, 0x39FE
DATA, LONG_NAME, SHORT_NAME, MIME_TYPE, CONTENT_ID, CODE_PAGE = 0x3701, 0x3707, 0x3704, 0x370E, 0x3712, 0x3FFD
TEXT_TYPES, BINARY_TYPE, MESSAGE_TYPE = ("001F", "001E"), "0102", "000D"
RECIPIENTS = {1: "To", 2: "Cc"}
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)  # of Windows' clock, which counts tenths of a microsecond
SEALED_CLASS = re.compile(r"^IPM\.Note\.(?:SMIME$|Secure)|\.rpmsg", re.IGNORECASE)
SEALED_TYPES = (*ENCRYPTED, "application/pgp-encrypted", "application/x-microsoft-rpmsg-message")
SEALED = "decrypt it in the mail program, save it and ingest it again"


def parse_msg(path: Path) -> ParsedDocument:
    """Return headers as the first block, then the body. Raises EncryptedDocument or BrokenDocument."""
    import olefile  # heavy: keeps --help under 0.3 s

    with path.open("rb") as stream, olefile.OleFileIO(stream) as container:
        storages = sorted(tuple(entry) for entry in container.listdir(streams=False, storages=True))
        message = _turned(_Storage(container, tuple(storages)), 0)
    return document_of_mail(message.as_bytes(), parser=f"olefile {olefile.__version__}")


@dataclass(frozen=True, slots=True)
class _Storage:
    """Read the properties of a message, a recipient or an attachment."""

    container: "OleFileIO"
    storages: tuple[tuple[str, ...], ...]  # of the whole container, sorted
    place: tuple[str, ...] = ()

    def below(self, start: str) -> Iterator["_Storage"]:
        """Yield the storages right below whose names begin so."""
        depth = len(self.place)
        for entry in self.storages:
            if len(entry) == depth + 1 and entry[:depth] == self.place and entry[depth].startswith(start):
                yield _Storage(self.container, self.storages, entry)

    def size(self, key: int, kind: str) -> int:
        name = self._name(key, kind)
        return self.container.get_size(name) if self.container.exists(name) else -1

    def binary(self, key: int) -> bytes:
        return self._stream(self._name(key, BINARY_TYPE))

    def text(self, key: int) -> str:
        wide, narrow = (self._stream(self._name(key, kind)) for kind in TEXT_TYPES)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        page = self.number(CODE_PAGE)
        return decode(narrow, declared=f"cp{page}" if page else None).rstrip("\0") if narrow else ""

    def number(self, key: int) -> int:
        """Return an integer or a time from the table of fixed properties; 0 where there is none."""
        table = self._stream("/".join((*self.place, "__properties_version1.0")))
        # The header of the table is 32 bytes at the top, 24 in a message within, 8 elsewhere: all multiples of 8.
        start = 32 if not self.place else 24 if self.place[-1].startswith("__substg1.0_3701") else 8
        for place in range(start, len(table) - 15, 16):
            kind, number, _, value = struct.unpack_from("<HHIQ", table, place)
            if number == key:
                return int(value) if kind == 0x0040 else int(value & 0xFFFFFFFF)
        return 0

    def _name(self, key: int, kind: str) -> str:
        return "/".join((*self.place, f"__substg1.0_{key:04X}{kind}"))

    def _stream(self, name: str) -> bytes:
        if not self.container.exists(name) or self.container.get_type(name) != 2:
            return b""
        if self.container.get_size(name) > MAX_ATTACHED_BYTES:  # streams may share sectors and claim any size
            raise BrokenDocument("a part claims more than the file can hold", remedy="save the message again")
        with self.container.openstream(name) as stream:
            return bytes(stream.read())


def _turned(storage: _Storage, depth: int) -> Message:
    """Return the message in Internet form. Raises EncryptedDocument."""
    _refuse_sealed(storage)
    message = MIMEMultipart("mixed")
    for name, value in _headers(storage):
        if value:
            line = " ".join(value.split())
            message[name] = line if line.isascii() else Header(line, "utf-8").encode()
    bodies = MIMEMultipart("alternative")
    html = storage.binary(HTML)
    for text, kind in ((storage.text(BODY), "plain"), (decode(html) if html else storage.text(HTML), "html")):
        if text.strip():
            bodies.attach(MIMEText(text.encode("utf-8", "replace").decode(), kind, "utf-8"))
    message.attach(bodies)
    left_bytes = MAX_ATTACHED_BYTES
    for index, attached in enumerate(storage.below("__attach_version1.0_")):
        left_bytes -= max(attached.size(DATA, BINARY_TYPE), 0)
        if index > MAX_ATTACHMENTS or left_bytes < 0:
            break
        part = _attached(attached, depth)
        if part is not None:
            message.attach(part)
    return message


def _refuse_sealed(storage: _Storage) -> None:
    types = [attached.text(MIME_TYPE).lower() for attached in storage.below("__attach_version1.0_")]
    declared = storage.text(HEADERS).lower()
    if (
        SEALED_CLASS.search(storage.text(CLASS))
        or any(kind in SEALED_TYPES for kind in types)
        or any(f"content-type: {kind}" in declared for kind in ENCRYPTED)
    ):
        raise EncryptedDocument("the message is encrypted", remedy=SEALED)


def _headers(storage: _Storage) -> Iterator[tuple[str, str]]:
    sender = storage.text(SENDER_SMTP) or storage.text(SENDER_ADDRESS)
    yield "From", _person(storage.text(SENDER_NAME), sender)
    people: dict[str, list[str]] = {"To": [], "Cc": []}
    for one in storage.below("__recip_version1.0_"):
        kind = RECIPIENTS.get(one.number(RECIPIENT_KIND))
        if kind:
            people[kind].append(_person(one.text(NAME), one.text(SMTP) or one.text(ADDRESS)))
    for kind, names in people.items():
        yield kind, ", ".join(filter(None, names))
    with suppress(OverflowError):  # a time that no calendar has
        ticks = storage.number(SUBMITTED)
        yield "Date", format_datetime(EPOCH + timedelta(microseconds=ticks // 10)) if ticks else ""
    yield "Subject", storage.text(SUBJECT)


def _person(name: str, address: str) -> str:
    """Return `Name <address>`; an address of Exchange's own kind ("/o=...") says nothing to a reader."""
    shown = address if "@" in address else ""
    name = " ".join(name.split())
    return (
        formataddr((name, shown)) if name and shown.isascii() and shown and name != shown else name or shown
    )


def _attached(storage: _Storage, depth: int) -> Message | None:
    """Return an attachment as a part; None where it holds nothing or lies too deep."""
    name = storage.text(LONG_NAME) or storage.text(SHORT_NAME) or storage.text(NAME)
    inner = next(storage.below(f"__substg1.0_{DATA:04X}{MESSAGE_TYPE}"), None)
    part: Message
    if inner is not None:
        if depth >= MAX_DEPTH:
            return None
        try:
            part = MIMEMessage(_turned(inner, depth + 1))
        except EncryptedDocument:  # the message around it can be read
            return None
        name = name and f"{name.removesuffix('.msg')}.eml"
    else:
        kind = storage.text(MIME_TYPE).lower()
        part = MIMEApplication(storage.binary(DATA))
        content_id = storage.text(CONTENT_ID)
        if content_id and (kind.startswith("image/") or not kind):
            part.replace_header("Content-Type", kind or "image/png")
            part["Content-ID"] = f"<{' '.join(content_id.split())}>"
            part["Content-Disposition"] = "inline"
            return part
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", " ".join(name.split())))
    return part
