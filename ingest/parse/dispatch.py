"""Pick the parser of a media type and turn every way a parser fails into an error with a remedy."""

import csv
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

from ingest.parse.asciidoc import parse_asciidoc
from ingest.parse.csv import parse_csv, parse_tsv
from ingest.parse.doc import parse_doc
from ingest.parse.docx import parse_docx
from ingest.parse.eml import parse_eml
from ingest.parse.epub import parse_epub
from ingest.parse.hidden.characters import Scan
from ingest.parse.html import parse_html
from ingest.parse.image import FORMATS, parse_image
from ingest.parse.markdown import parse_markdown
from ingest.parse.msg import parse_msg
from ingest.parse.odp import parse_odp
from ingest.parse.ods import parse_ods
from ingest.parse.odt import parse_odt
from ingest.parse.pdf.document import parse_pdf
from ingest.parse.ppt import parse_ppt
from ingest.parse.pptx import parse_pptx
from ingest.parse.rst import parse_rst
from ingest.parse.rtf import parse_rtf
from ingest.parse.txt import parse_txt
from ingest.parse.xls import parse_xls
from ingest.parse.xlsx import parse_xlsx
from ingest.types import ParsedDocument
from retrieval.errors import BrokenDocument, EmptyDocument, IntramurosError, UnsupportedType

MAX_TITLE_CHARS = 200  # longer ones are a first paragraph set as a title
UNNAMED = "attachment"
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."

PARSERS: dict[str, Callable[[Path], ParsedDocument]] = {
    "application/pdf": parse_pdf,
    f"{OFFICE}wordprocessingml.document": parse_docx,
    f"{OFFICE}presentationml.presentation": parse_pptx,
    f"{OFFICE}spreadsheetml.sheet": parse_xlsx,
    f"{OPEN}text": parse_odt,
    f"{OPEN}presentation": parse_odp,
    f"{OPEN}spreadsheet": parse_ods,
    "application/msword": parse_doc,
    "application/vnd.ms-powerpoint": parse_ppt,
    "application/vnd.ms-excel": parse_xls,
    "application/rtf": parse_rtf,
    "application/epub+zip": parse_epub,
    **dict.fromkeys(FORMATS, parse_image),
    "text/html": parse_html,
    "message/rfc822": parse_eml,
    "application/vnd.ms-outlook": parse_msg,
    "text/markdown": parse_markdown,
    "text/asciidoc": parse_asciidoc,
    "text/x-rst": parse_rst,
    "text/plain": parse_txt,
    "text/csv": parse_csv,
    "text/tab-separated-values": parse_tsv,
}

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
