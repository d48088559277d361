"""Carry orders into the sandbox and results out of it as JSON that is checked on arrival; never pickled objects.

Attachments follow the JSON as bytes, so that it can be bounded: a byte of JSON may become fourteen of memory.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from ingest.types import Drawing, Look, ParsedDocument, Picture
from retrieval.errors import (
    BrokenDocument,
    DocumentRejected,
    EmptyDocument,
    EncryptedDocument,
    TooLarge,
    UnsupportedType,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# What a parser may say of its document. A name that is not here becomes BrokenDocument: what concerns more than the one
# document (a neighbour that is away, and with it the whole job) is not a parser's to say.
ERRORS: dict[str, type[DocumentRejected]] = {
    kind.__name__: kind
    for kind in (
        BrokenDocument,
        DocumentRejected,
        EmptyDocument,
        EncryptedDocument,
        TooLarge,
        UnsupportedType,
    )
}
LENGTH = struct.Struct(">Q")  # of the JSON that follows; then come the attachments' contents as they are


@dataclass(frozen=True, slots=True)
class Order:
    """Say what to read, where its temporary files go and what it may use.

    With `drawing` a page is drawn instead of the document parsed; with `is_look` it is only looked at.
    """

    path: str
    media_type: str
    file_name: str
    private: str  # directory
    memory_bytes: int
    cpu_s: int
    drawing: Drawing | None = None
    is_look: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Carry an error by name."""

    kind: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Result:
    """Carry a document, a picture, a look or a failure; exactly one is set."""

    document: ParsedDocument | None = None
    picture: Picture | None = None
    look: Look | None = None
    failure: Failure | None = None
    sizes_bytes: tuple[int, ...] = ()  # of the attachments' contents, which do not travel within the JSON


@cache
def orders() -> "TypeAdapter[Order]":
    """Return the codec of orders."""
    from pydantic import TypeAdapter  # heavy: keeps --help under 0.3 s

    return TypeAdapter(Order)


@cache
def results() -> "TypeAdapter[Result]":
    """Return the codec of results."""
    from pydantic import TypeAdapter  # heavy: keeps --help under 0.3 s

    return TypeAdapter(Result)


def packed(result: Result) -> Iterator[bytes]:
    """Yield a result as it travels, piece by piece."""
    contents: list[bytes] = []
    if result.document is not None:
        contents = [one.content for one in result.document.attachments]
        empty = tuple(replace(one, content=b"") for one in result.document.attachments)
        document = replace(result.document, attachments=empty)
        result = replace(result, document=document, sizes_bytes=tuple(map(len, contents)))
    head = results().dump_json(result, exclude_defaults=True)
    yield LENGTH.pack(len(head))
    yield head
    yield from contents


def json_bytes(output: bytes | bytearray) -> int:
    """Return how long the JSON says it is; 0 where not even that has arrived."""
    return int(LENGTH.unpack_from(output)[0]) if len(output) >= LENGTH.size else 0


def unpacked(output: bytes) -> Result:
    """Return the result that travelled. Raises ValueError where it is not whole or not one."""
    end = LENGTH.size + json_bytes(output)
    result = results().validate_json(output[LENGTH.size : end])
    attachments = result.document.attachments if result.document is not None else ()
    sizes = result.sizes_bytes
    if len(sizes) != len(attachments) or min(sizes, default=0) < 0 or end + sum(sizes) != len(output):
        raise ValueError("the attachments are not as long as announced")
    if result.document is None:
        return result
    whole = []
    for attachment, size in zip(attachments, sizes, strict=True):
        whole.append(replace(attachment, content=output[end : end + size]))
        end += size
    return replace(result, document=replace(result.document, attachments=tuple(whole)))
