"""Hold what each accepted format is called, is told by and is read with: the one table that a new format joins.

The gate, the parsers' dispatch and the page images derive theirs from it. A parser is named, not imported, so that
the service knows the table without loading a parser.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.parse.ole import OLE_MAGIC

PDF_MAGIC_WINDOW = 1024  # readers accept a header this far into the file (ISO 32000, implementation notes)
RTF_MAGIC = b"{\\rtf"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # in both orders of bytes, and BigTIFF
MESSAGE_STREAM = "__properties_version1.0".encode("utf-16-le")  # of an OLE container that is a message
MAIL_HEADER = ("From", "To", "Cc", "Date", "Subject")  # of what is kept of a mail, its first block
HTML_TAG = re.compile(r"<\s*(?:!doctype|!--|\?xml|/?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
HEADER_LINE = re.compile(r"^[!-9;-~]+:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Package:
    """Tell a ZIP package by the member that makes it what it claims to be."""

    member: str


@dataclass(frozen=True, slots=True)
class Compound:
    """Tell an OLE file by its streams, of which one is enough."""

    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Tell a file by its own bytes."""

    claimed: str  # "a PDF file"
    is_in: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Text:
    """Tell a text by being text, and by a pattern near its start where it has one."""

    claimed: str = "a text file"
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """Say how a kind of file is called, told and read."""

    extensions: tuple[str, ...]  # lower case, with the dot
    media_type: str
    sign: Package | Compound | Signature | Text
    parser: str  # "module:function"
    has_pages: bool = False  # that can be drawn


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magics)


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_IMAGE = "ingest.parse.image:parse_image"

FORMATS = (
    Format(
        (".pdf",),
        "application/pdf",
        Signature("a PDF file", lambda data: b"%PDF-" in data[:PDF_MAGIC_WINDOW]),
        "ingest.parse.pdf.document:parse_pdf",
        has_pages=True,
    ),
    # The names .docm, .pptm and .xlsm promise macros; files that hold none are read like their siblings.
    Format(
        (".docx", ".docm"),
        f"{_OFFICE}wordprocessingml.document",
        Package("word/document.xml"),
        "ingest.parse.docx:parse_docx",
    ),
    Format(
        (".pptx", ".pptm"),
        f"{_OFFICE}presentationml.presentation",
        Package("ppt/presentation.xml"),
        "ingest.parse.pptx:parse_pptx",
    ),
    Format(
        (".xlsx", ".xlsm"),
        f"{_OFFICE}spreadsheetml.sheet",
        Package("xl/workbook.xml"),
        "ingest.parse.xlsx:parse_xlsx",
    ),
    Format((".odt",), f"{_OPEN}text", Package("content.xml"), "ingest.parse.odt:parse_odt"),
    Format((".odp",), f"{_OPEN}presentation", Package("content.xml"), "ingest.parse.odp:parse_odp"),
    Format((".ods",), f"{_OPEN}spreadsheet", Package("content.xml"), "ingest.parse.ods:parse_ods"),
    Format(
        (".epub",),
        "application/epub+zip",
        Package("META-INF/container.xml"),
        "ingest.parse.epub:parse_epub",
    ),
    Format((".doc",), "application/msword", Compound(("WordDocument",)), "ingest.parse.doc:parse_doc"),
    Format(
        (".ppt",),
        "application/vnd.ms-powerpoint",
        Compound(("PowerPoint Document",)),
        "ingest.parse.ppt:parse_ppt",
    ),
    Format(
        (".xls",), "application/vnd.ms-excel", Compound(("Workbook", "Book")), "ingest.parse.xls:parse_xls"
    ),
    Format(
        (".msg",),
        "application/vnd.ms-outlook",
        Signature("an Outlook message", lambda data: data.startswith(OLE_MAGIC) and MESSAGE_STREAM in data),
        "ingest.parse.msg:parse_msg",
    ),
    Format(
        (".rtf",),
        "application/rtf",
        Signature("an RTF file", _begins(RTF_MAGIC)),
        "ingest.parse.rtf:parse_rtf",
    ),
    Format((".html", ".htm"), "text/html", Text("an HTML page", HTML_TAG), "ingest.parse.html:parse_html"),
    Format((".eml",), "message/rfc822", Text("an e-mail message", HEADER_LINE), "ingest.parse.eml:parse_eml"),
    Format((".md", ".markdown"), "text/markdown", Text(), "ingest.parse.markdown:parse_markdown"),
    Format((".adoc", ".asciidoc", ".asc"), "text/asciidoc", Text(), "ingest.parse.asciidoc:parse_asciidoc"),
    Format((".rst",), "text/x-rst", Text(), "ingest.parse.rst:parse_rst"),
    Format((".txt",), "text/plain", Text(), "ingest.parse.txt:parse_txt"),
    Format((".csv",), "text/csv", Text(), "ingest.parse.csv:parse_csv"),
    Format((".tsv",), "text/tab-separated-values", Text(), "ingest.parse.csv:parse_tsv"),
    Format((".png",), "image/png", Signature("a PNG picture", _begins(PNG_MAGIC)), _IMAGE, has_pages=True),
    Format(
        (".jpg", ".jpeg"),
        "image/jpeg",
        Signature("a JPEG picture", _begins(JPEG_MAGIC)),
        _IMAGE,
        has_pages=True,
    ),
    Format(
        (".tif", ".tiff"),
        "image/tiff",
        Signature("a TIFF picture", _begins(*TIFF_MAGICS)),
        _IMAGE,
        has_pages=True,
    ),
)
BY_EXTENSION = {extension: form for form in FORMATS for extension in form.extensions}
PAGED = frozenset(form.media_type for form in FORMATS if form.has_pages)  # whose pages can be drawn
