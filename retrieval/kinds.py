"""Tell kinds of documents apart as people do, by media type. Pure data."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Name a kind of document as people tell them apart."""

    PDF = "pdf"
    PRESENTATION = "presentation"
    SPREADSHEET = "spreadsheet"
    LETTER = "document"  # of a word processor
    MAIL = "e-mail"
    WEB_PAGE = "web page"
    IMAGE = "image"
    TEXT = "text"


_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."
MEDIA_TYPES: Final[Mapping[Kind, tuple[str, ...]]] = {  # or how they begin
    Kind.PDF: ("application/pdf",),
    Kind.PRESENTATION: (f"{_OFFICE}presentationml", f"{_OPEN}presentation", "application/vnd.ms-powerpoint"),
    Kind.SPREADSHEET: (
        f"{_OFFICE}spreadsheetml", f"{_OPEN}spreadsheet", "application/vnd.ms-excel", "text/csv",
        "text/tab-separated-values",
    ),
    Kind.LETTER: (
        f"{_OFFICE}wordprocessingml", f"{_OPEN}text", "application/msword", "application/rtf", "text/rtf",
    ),
    Kind.MAIL: ("message/rfc822", "application/vnd.ms-outlook"),
    Kind.WEB_PAGE: ("text/html", "application/xhtml"),
    Kind.IMAGE: ("image/",),
    Kind.TEXT: ("text/plain", "text/markdown", "text/asciidoc", "text/x-rst"),
}  # fmt: skip


def kind_of(media_type: str) -> Kind | None:
    """Return the kind of document of a media type, None where people have no word for it."""
    return next((kind for kind, types in MEDIA_TYPES.items() if media_type.startswith(types)), None)
