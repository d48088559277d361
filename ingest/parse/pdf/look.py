"""Look into a PDF without reading it: how many pages, whether it opens, how many are scans. Runs inside the sandbox."""

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.pdf.document import MAX_UNREADABLE_SHARE, MIN_LETTERS, UNREADABLE, opened
from ingest.types import Look
from retrieval.errors import EncryptedDocument

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

SAMPLED_PAGES = 10  # tell a scanned file from a digital one; a mixed one to about a tenth


def look_at(path: Path) -> Look:
    """Return what a few pages, spread evenly, show. Raises BrokenDocument where the file does not open."""
    try:
        document = opened(path)
    except EncryptedDocument:
        return Look(pages=0, needs_password=True, sampled=0, scanned=0)
    try:
        pages = len(document)
        count = min(pages, SAMPLED_PAGES)
        sample = [index * pages // count for index in range(count)]
        return Look(
            pages=pages,
            needs_password=False,
            sampled=count,
            scanned=sum(_is_scan(document, index) for index in sample),
        )
    finally:
        document.close()


def _is_scan(document: "PdfDocument", index: int) -> bool:
    """Say whether a 0-based page shows something and has no usable text by the parser's limits; hidden words count."""
    try:
        page = document[index]
    except RuntimeError:  # pdfium cannot load this one page of a damaged file; the parser leaves it out
        return False
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    textpage.close()
    unreadable = len(UNREADABLE.findall(text))
    if sum(map(str.isalnum, text)) >= MIN_LETTERS and unreadable <= MAX_UNREADABLE_SHARE * len(text):
        return False
    return next(iter(page.get_objects(max_depth=1)), None) is not None
