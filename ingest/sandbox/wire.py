"""Carry orders into the sandbox and results out of it as JSON that is checked on arrival; never pickled objects."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ingest.types import Drawing, Look, ParsedDocument
from retrieval.errors import (
    BrokenDocument,
    DocumentRejected,
    EmptyDocument,
    EncryptedDocument,
    IntramurosError,
    NotFound,
    TooLarge,
    Unavailable,
    UnsupportedType,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# What a parser may raise. A name that is not here is not an error of ours and becomes BrokenDocument.
ERRORS: dict[str, type[IntramurosError]] = {
    kind.__name__: kind
    for kind in (
        BrokenDocument,
        DocumentRejected,
        EmptyDocument,
        EncryptedDocument,
        NotFound,
        TooLarge,
        Unavailable,
        UnsupportedType,
    )
}


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
    picture: str | None = None  # PNG in Base64
    look: Look | None = None
    failure: Failure | None = None


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
