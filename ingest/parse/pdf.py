"""Parse PDF: lines with boxes through pypdfium2, pages without usable text through OCR, then the layout rules.

pdfium's own text order and line breaks are taken as they are; boxes are asked for by line, not by character,
because a call into the library costs as much as the work it does. A line that spans columns is cut at its gaps.
Tables come out row by row as text; they are not yet recognised as tables.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from ingest.parse.layout import Line, Page, blocks_of
from ingest.parse.ocr import Scan, drawn, read_scans
from ingest.types import Block, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument, TooLarge

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage
    from pypdfium2.raw import FPDF_TEXTPAGE

MAX_PAGES = 2_000  # of the upload gate
MIN_LETTERS = 12  # fewer on a page that shows something: a scan with a stamped page number
MAX_UNREADABLE_SHARE = 0.3  # of characters that are replacement or private-use: the font has no text mapping
COLUMN_GAP = 1.8  # line heights between two pieces of one line; a wide word space stays below one
UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")  # replacement character and private use
LINE = re.compile(r"[^\r\n\ufffe\x02]+[\ufffe\x02]?")
WORD = re.compile(r"\S+")
BOLD_WEIGHT = 600
HYPHEN = "\ufffe"  # pdfium's mark for a hyphen it takes for a line-end hyphen
PDFIUM_LOCK = Lock()  # pdfium is not thread-safe; in the sandbox there is one thread anyway


@dataclass(frozen=True, slots=True)
class _Frame:
    """Map pdfium's page space (origin bottom left, unrotated) to points from the top left of the page as shown."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int  # clockwise degrees

    @property
    def size(self) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def place(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        """Return (x0, y0, x1, y1) as shown from left, bottom, right, top in page space."""
        if self.rotation == 90:
            return y0 - self.bottom, x0 - self.left, y1 - self.bottom, x1 - self.left
        if self.rotation == 180:
            return self.right - x1, y0 - self.bottom, self.right - x0, y1 - self.bottom
        if self.rotation == 270:
            return self.top - y1, self.right - x1, self.top - y0, self.right - x0
        return x0 - self.left, self.top - y1, x1 - self.left, self.top - y0


def parse_pdf(path: Path) -> ParsedDocument:
    """Return the document's blocks with pages and boxes. Raises EncryptedDocument, BrokenDocument or TooLarge."""
    with PDFIUM_LOCK:
        document = opened(path)
        try:
            if len(document) > MAX_PAGES:
                raise TooLarge(
                    f"the file has {len(document)} pages, more than {MAX_PAGES}", remedy="split it into parts"
                )
            pages, scans = _pages(document)
            title = _title(document)
            read = read_scans(drawn(document, scans)) if scans else None
        finally:
            document.close()
    if read:
        replaced = {page.number: page for page in read.pages}
        pages = [replaced.get(page.number, page) for page in pages]
    blocks = blocks_of(pages)
    return ParsedDocument(
        title=title or _first_heading(blocks),
        blocks=tuple(blocks),
        pages=len(pages),
        parser=f"pypdfium2 {version('pypdfium2')}" + (f" + {read.engine}" if read else ""),
        ocr=read.pages_read if read else (),
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


def _pages(document: "PdfDocument") -> tuple[list[Page], list[Scan]]:
    pages: list[Page] = []
    scans: list[Scan] = []
    for index in range(len(document)):
        try:
            page = document[index]
        except RuntimeError:  # pdfium cannot load this one page of a damaged file; the others stand
            pages.append(Page(index + 1, 595, 842, ()))
            continue
        left, bottom, right, top = page.get_cropbox()
        frame = _Frame(left, bottom, right, top, rotation=page.get_rotation())
        lines = _lines(page, index + 1, frame)
        width, height = frame.size
        if _is_scan(page, lines):
            scans.append(Scan(number=index + 1, width=width, height=height))
            lines = []
        pages.append(Page(index + 1, width, height, tuple(lines)))
        page.close()
    return pages, scans


def _is_scan(page: "PdfPage", lines: list[Line]) -> bool:
    import pypdfium2.raw as pdfium  # heavy: keeps --help under 0.3 s

    text = "".join(line.text for line in lines)
    letters = sum(map(str.isalnum, text))
    unreadable = len(UNREADABLE.findall(text))
    if letters >= MIN_LETTERS and unreadable <= MAX_UNREADABLE_SHARE * len(text):
        return False
    return bool(pdfium.FPDFPage_CountObjects(page.raw))


def _lines(page: "PdfPage", number: int, frame: _Frame) -> list[Line]:
    """Return the page's lines as pdfium breaks them, cut at column gaps."""
    textpage = page.get_textpage()
    reader = _TextPage(textpage.raw)
    lines: list[Line] = []
    for start, end in reader.spans():
        for words in reader.pieces(start, end):
            line = reader.line(words, number, frame)
            if line:
                lines.append(line)
    textpage.close()
    return lines


class _Word(NamedTuple):
    """Hold a word's [start, end) among the page's characters and its cell in page space."""

    start: int
    end: int
    left: float
    bottom: float
    right: float
    top: float


class _TextPage:
    """Read characters, boxes and fonts of one text page through as few library calls as possible."""

    def __init__(self, raw: "FPDF_TEXTPAGE") -> None:
        import pypdfium2.raw as pdfium  # heavy: keeps --help under 0.3 s

        self.pdfium = pdfium
        self.raw = raw
        self.text = self._characters()
        self.cell = pdfium.FS_RECTF()
        self.name = ctypes.create_string_buffer(128)
        self.flags = ctypes.c_int()

    def _characters(self) -> str:
        """Return one character for each of pdfium's character indices."""
        count = self.pdfium.FPDFText_CountChars(self.raw)
        if count <= 0:
            return ""
        buffer = (ctypes.c_ushort * (count + 1))()
        written = self.pdfium.FPDFText_GetText(self.raw, 0, count, buffer) - 1
        text = bytes(buffer)[: 2 * written].decode("utf-16-le", "replace")
        if written == count == len(text):
            return text
        # Some characters have no code or need two units: the bulk text is shifted against the indices.
        codes = (self.pdfium.FPDFText_GetUnicode(self.raw, index) for index in range(count))
        return "".join(
            chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " " for code in codes
        )

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield [start, end) of each line; a line-end hyphen belongs to its line."""
        for found in LINE.finditer(self.text):
            yield found.span()

    def pieces(self, start: int, end: int) -> Iterator[list[_Word]]:
        """Yield the words of a line, parted where a gap is too wide to be a word space."""
        piece: list[_Word] = []
        for found in WORD.finditer(self.text, start, end):
            word = self.word(found.start(), found.end())
            if piece and word.left - piece[-1].right > COLUMN_GAP * max(word.top - word.bottom, 6.0):
                yield piece
                piece = []
            piece.append(word)
        if piece:
            yield piece

    def word(self, start: int, end: int) -> _Word:
        """Return the cell of a word: as high as its font, not as its ink."""
        ask, raw, cell = self.pdfium.FPDFText_GetLooseCharBox, self.raw, self.cell
        ask(raw, start, cell)
        left, bottom, right, top = cell.left, cell.bottom, cell.right, cell.top
        if end - start > 1:
            ask(raw, end - 1, cell)
            left, right = min(left, cell.left), max(right, cell.right)
            bottom, top = min(bottom, cell.bottom), max(top, cell.top)
        return _Word(start, end, left, bottom, right, top)

    def line(self, words: list[_Word], number: int, frame: _Frame) -> Line | None:
        """Return the line that these words make, or None where it shows nothing."""
        text = _cleaned(self.text[words[0].start : words[-1].end])
        if not text:
            return None
        place = frame.place(
            min(word.left for word in words),
            min(word.bottom for word in words),
            max(word.right for word in words),
            max(word.top for word in words),
        )
        middle = max(words[len(words) // 3 : 2 * len(words) // 3 + 1], key=lambda word: word.end - word.start)
        return Line(
            text,
            number,
            *place,
            size=middle.top - middle.bottom,
            is_bold=self._is_bold(words[0].start, middle.start),
        )

    def _is_bold(self, *indices: int) -> bool:
        """Say whether the characters at all indices are bold, by weight or by the name of their font."""
        for index in indices:
            if self.pdfium.FPDFText_GetFontWeight(self.raw, index) >= BOLD_WEIGHT:
                continue
            self.pdfium.FPDFText_GetFontInfo(self.raw, index, self.name, 128, self.flags)
            if b"bold" not in self.name.value.lower():
                return False
        return True


def _cleaned(text: str) -> str:
    """Return a line without control characters, pdfium's hyphen mark as a hyphen."""
    text = text.replace(HYPHEN, "-").replace("\x02", "-")
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())
