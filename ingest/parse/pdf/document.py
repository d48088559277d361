"""Parse PDF: words with boxes through pypdfium2, pages without usable text through OCR, then tables and layout.

pdfium's own text order and line breaks are taken where they make sense; boxes are asked for by word, not by
character, because a call into the library costs as much as the work it does. Tables, columns, forms and hidden text
are told apart from what it gives: about 120 pages/s on one core of 19 real PDFs (filings, reports, protocols), where
its plain text alone comes at several hundred (`intramuros bench ingest`).
"""

import re
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ingest.parse.hidden.passage import is_text
from ingest.parse.hidden.pdf import hidden_words, is_off
from ingest.parse.ocr import Scan, drawn, read_scans
from ingest.parse.pdf.active import active_content
from ingest.parse.pdf.forms import Note, notes_on, with_notes, with_notes_on_scan
from ingest.parse.pdf.furniture import without_furniture
from ingest.parse.pdf.layout import Page, Titles, blocks_of, plain
from ingest.parse.pdf.objects import drawn_on
from ingest.parse.pdf.reading_order import in_reading_order
from ingest.parse.pdf.tables import page_of
from ingest.parse.pdf.text import Frame, TextPage
from ingest.types import Block, Finding, FindingKind, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument, TooLarge
from retrieval.types import Box

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MAX_PAGES = 2_000  # of the upload gate
MAX_TITLES = 5_000  # of an outline
MIN_LETTERS = 12  # fewer on a page that shows something: a scan with a stamped page number
MAX_UNREADABLE_SHARE = 0.3  # of characters that are replacement or private-use: the font has no text mapping
UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")  # replacement character and private use
PDFIUM_LOCK = Lock()  # pdfium is not thread-safe; in the sandbox there is one thread anyway


@dataclass(slots=True)
class _Read:
    """Gather what the pages hold."""

    pages: list[Page] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    scan_notes: dict[int, list[Note]] = field(default_factory=dict)  # by page
    turned: dict[int, tuple[Frame, Frame]] = field(default_factory=dict)  # as read and as shown, by page
    hidden_words: int = 0
    hidden_pages: int = 0
    words_beyond: int = 0  # the page's edges


def parse_pdf(path: Path) -> ParsedDocument:
    """Return the document's blocks with pages and boxes. Raises EncryptedDocument, BrokenDocument or TooLarge."""
    with PDFIUM_LOCK:
        document = opened(path)
        try:
            if len(document) > MAX_PAGES:
                raise TooLarge(
                    f"the file has {len(document)} pages, more than {MAX_PAGES}", remedy="split it into parts"
                )
            found = _read(document)
            title, titles = _title(document), _titles(document)
            read = read_scans(drawn(document, found.scans)) if found.scans else None
        finally:
            document.close()
    pages = found.pages
    if read:
        replaced = {
            page.number: with_notes_on_scan(page, found.scan_notes[page.number]) for page in read.pages
        }
        pages = [replaced.get(page.number, page) for page in pages]
    blocks = _as_shown(blocks_of(without_furniture(pages), titles), found)
    return ParsedDocument(
        title=title or _first_heading(blocks),
        blocks=tuple(blocks),
        pages=len(pages),
        parser=f"intramuros-pdf 2 (pypdfium2 {version('pypdfium2')})" + (f" + {read.engine}" if read else ""),
        ocr=read.pages_read if read else (),
        findings=(*_hidden(found), *active_content(path)),
    )


def opened(path: Path) -> "PdfDocument":
    """Return an open pypdfium2 document; the caller closes it. Raises EncryptedDocument or BrokenDocument."""
    import pypdfium2  # heavy: keeps --help under 0.3 s

    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise EncryptedDocument(
                "the PDF is protected by a password", remedy="remove the password and ingest it again"
            ) from error
        raise BrokenDocument(
            "the PDF is damaged and cannot be opened", remedy="print it to PDF again and ingest that"
        ) from error


def _title(document: "PdfDocument") -> str:
    title = " ".join(str(document.get_metadata_value("Title") or "").split())
    # Programs that print to PDF put file names there ("Microsoft Word - draft2.docx"), which name nothing.
    is_file_name = title.lower().startswith("microsoft ") or title.lower().endswith(
        (".doc", ".docx", ".pdf", ".indd")
    )
    is_number = not any(letter.isalpha() for letter in title)
    return (
        "" if is_file_name or is_number or title.lower() in ("untitled", "unbenannt", "anonymous") else title
    )


def _first_heading(blocks: list[Block]) -> str:
    return next((block.text for block in blocks[:12] if block.kind is Kind.HEADING and block.level == 1), "")


def _titles(document: "PdfDocument") -> Titles:
    """Return the headings that the outline names, with their levels, by page and text."""
    titles: dict[tuple[int, str], int] = {}
    for number, mark in enumerate(document.get_toc()):
        if number >= MAX_TITLES:
            break
        target = mark.get_dest()
        index = target.get_index() if target else None
        text = plain(mark.get_title())
        if index is not None and text:
            titles.setdefault((index + 1, text), mark.level + 1)
    return titles


def _read(document: "PdfDocument") -> _Read:
    found = _Read()
    if document.get_formtype():
        document.init_forms()
    for index in range(len(document)):
        try:
            page = document[index]
        except RuntimeError:  # pdfium cannot load this one page of a damaged file; the others stand
            found.pages.append(Page(index + 1, 595, 842, ()))
            continue
        _read_page(document, page, index + 1, found)
        page.close()
    return found


def _read_page(document: "PdfDocument", page: "PdfPage", number: int, found: _Read) -> None:
    left, bottom, right, top = page.get_cropbox()
    shown = Frame(left, bottom, right, top, rotation=page.get_rotation())
    textpage = page.get_textpage()
    text = TextPage(textpage, shown)
    drawn_here = drawn_on(page, text.frame)
    hidden = hidden_words(text, drawn_here)
    within = [word.text for word in hidden if not is_off(word, text.frame.size)]
    found.words_beyond += len(hidden) - len(within)
    if is_text("".join(within)):
        found.hidden_words += len(within)
        found.hidden_pages += 1
    pieces = list(text.pieces(number, frozenset(word.start for word in hidden)))
    textpage.close()
    frame = text.frame
    is_scan = _is_scan("".join(piece.line.text for piece in pieces), is_empty=drawn_here.is_empty)
    if is_scan:
        frame, pieces = shown, []  # OCR reads the page as it is shown
    notes = notes_on(page, document.formenv, frame)
    if is_scan:
        width, height = shown.size
        found.scans.append(Scan(number=number, width=width, height=height))
        found.scan_notes[number] = notes
    pieces = with_notes(in_reading_order(pieces, frame.size[0]), notes, number)
    found.pages.append(page_of(number, frame.size, pieces, drawn_here.rules))
    if frame.rotation != shown.rotation:
        found.turned[number] = (frame, shown)


def _is_scan(text: str, *, is_empty: bool) -> bool:
    letters = sum(map(str.isalnum, text))
    unreadable = len(UNREADABLE.findall(text))
    if letters >= MIN_LETTERS and unreadable <= MAX_UNREADABLE_SHARE * len(text):
        return False
    return not is_empty


def _hidden(found: _Read) -> list[Finding]:
    findings: list[Finding] = []
    if found.hidden_words:
        detail = f"words that the page does not show, on {found.hidden_pages} page(s)"
        findings.append(Finding(kind=FindingKind.HIDDEN_TEXT, count=found.hidden_words, detail=detail))
    if found.words_beyond:  # printers cut spreads in two and leave the neighbour's text: nobody hides there
        detail = "words beyond the edges of their page"
        findings.append(Finding(kind=FindingKind.LEFT_OUT, count=found.words_beyond, detail=detail))
    return findings


def _as_shown(blocks: list[Block], found: _Read) -> list[Block]:
    """Return the blocks with the boxes of pages that are read turned put back to where they are shown."""
    if not found.turned:
        return blocks
    return [replace(block, boxes=tuple(_box_as_shown(box, found) for box in block.boxes)) for block in blocks]


def _box_as_shown(box: Box, found: _Read) -> Box:
    if box.page not in found.turned:
        return box
    read, shown = found.turned[box.page]
    x0, y0, x1, y1 = (round(value, 1) for value in shown.place(*read.lift(box.x0, box.y0, box.x1, box.y1)))
    return Box(page=box.page, x0=x0, y0=y0, x1=x1, y1=y1)
