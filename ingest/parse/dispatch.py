"""Pick the parser of a media type and turn every way a parser fails into an error with a remedy."""

import csv
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from zipfile import BadZipFile

from ingest.formats import FORMATS
from ingest.parse.hidden.characters import Scan
from ingest.types import ParsedDocument
from retrieval.errors import BrokenDocument, EmptyDocument, IntramurosError, Unavailable, UnsupportedType

MAX_TITLE_CHARS = 200  # longer ones are a first paragraph set as a title
UNNAMED = "attachment"
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _named(parser: str) -> Callable[[Path], ParsedDocument]:
    """Return the function that "module:function" names; one that refuses where its library is not installed."""
    module, _, name = parser.partition(":")
    try:
        found: Callable[[Path], ParsedDocument] = getattr(import_module(module), name)
    except ModuleNotFoundError as missing:
        return partial(_refused, missing.name)
    return found


def _refused(library: str | None, _path: Path) -> ParsedDocument:
    """Refuse to parse in a process that only answers and draws: its image carries none of the parsers' libraries."""
    raise Unavailable(
        f"this process cannot read documents: {library} is not installed",
        remedy="leave documents to a worker (`ingest.beside_api`), or install intramuros[ingest]",
    )


# All are imported here, before documents are forked from the process that has them.
PARSERS = {form.media_type: _named(form.parser) for form in FORMATS}

# What the parsers' libraries raise on damaged input. lxml's XMLSyntaxError is a SyntaxError; pypdfium2's
# PdfiumError a RuntimeError; UnicodeError a ValueError. MemoryError is not here: the sandbox answers for it.
VENDOR_ERRORS = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    csv.Error,
    struct.error,
    zlib.error,
)


def parse(path: Path, media_type: str, file_name: str) -> ParsedDocument:
    """Return the document's title and blocks in reading order. Raises DocumentRejected kinds and Unavailable."""
    parser = PARSERS.get(media_type)
    if parser is None:
        raise UnsupportedType(
            f"'{file_name}' is {media_type}, which has no parser", remedy="convert it to PDF"
        )
    try:
        document = parser(path)
    except IntramurosError as error:
        raise type(error)(f"'{file_name}': {error.message}", remedy=error.remedy) from error
    except VENDOR_ERRORS as error:
        raise BrokenDocument(
            f"'{file_name}' is damaged: its parser stopped with {type(error).__name__}",
            remedy="open it in the program that made it, save it again and ingest it again",
        ) from error
    document = _storable(document, file_name)
    if not document.blocks:
        raise EmptyDocument(
            f"'{file_name}' holds no text",
            remedy="check that it is the right file; pictures without text are not kept",
        )
    return document


def _storable(document: ParsedDocument, file_name: str) -> ParsedDocument:
    """Return the document without characters no database takes or nobody sees, and without empty blocks.

    It is never without a title. What was hidden is added to its findings.
    """
    scan = Scan()
    scan.clean(file_name)
    title = (
        " ".join(scan.clean(_clean(document.title)).split())
        or Path(file_name).stem.replace("_", " ").strip()
        or file_name
    )
    blocks = (
        replace(
            block,
            text=scan.clean(_clean(block.text)).strip(),
            html=Scan().clean(_clean(block.html)) if block.html else None,  # says the same as the text
        )
        for block in document.blocks
    )
    return replace(
        document,
        title=Scan().clean(_clean(title))[:MAX_TITLE_CHARS],
        blocks=tuple(block for block in blocks if block.text),
        attachments=tuple(
            replace(one, file_name=scan.clean(_clean(one.file_name)).strip() or UNNAMED)
            for one in document.attachments
        ),
        findings=(*document.findings, *scan.findings()),
    )


def _clean(text: str) -> str:
    """Return `text` without control characters (PostgreSQL refuses NUL) and lone surrogates (UTF-8 refuses them)."""
    return UNSTORABLE.sub("", text)
