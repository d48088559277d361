"""Draw a page of a PDF or of a picture with marks over it. Runs inside the sandbox, as parsing does.

Marked are the phrases of a passage where their words are found on the page, the passage itself by a line beside it
then; where they are not, and on pages that only OCR could read, the whole passage.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.hidden.pdf import hidden_words
from ingest.parse.image import FORMATS, drawn_frame
from ingest.parse.pdf.document import opened
from ingest.parse.pdf.objects import drawn_on
from ingest.parse.pdf.phrases import find
from ingest.parse.pdf.reading_order import in_reading_order
from ingest.parse.pdf.text import Frame, TextPage
from ingest.parse.pdf.words import Place, Word
from ingest.types import Drawing, Picture
from retrieval.errors import BrokenDocument, NotFound

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

MARK = (255, 214, 0)  # marker-pen yellow, multiplied so that black letters stay black
QUIET = (222, 184, 92)  # of the line beside a passage whose phrase is marked
LINE_POINTS = 1.6  # wide
LINE_GAP_POINTS = 8.0  # between the line and the passage
MARGIN_POINTS = 2.0  # the marks of letters with ascenders would touch the box otherwise
MAX_HEIGHT_RATIO = 10  # a page taller than that many widths is a hostile one
PNG_LEVEL = 1  # of zlib's nine: a page of text comes a third larger, and in a quarter of the time


@dataclass(frozen=True, slots=True)
class _Marks:
    """Hold the places of phrases on a page, and how many of their letters were found."""

    places: tuple[Place, ...] = ()
    letters: float = 0.0


def draw_page(path: Path, media_type: str, drawing: Drawing) -> Picture:
    """Return the page as PNG. Raises NotFound for a page that is not there, and what opening the file raises."""
    if media_type in FORMATS:
        page, marks = drawing.pages[0], _Marks()
        shown, scale = drawn_frame(path, page, drawing.width_px)
    else:
        page, marks, shown, scale = _drawn_page(path, drawing)
    boxes = [(box.x0, box.y0, box.x1, box.y1) for box in drawing.boxes if box.page == page]
    marked = _marked(shown, marks.places or boxes, scale)
    if marks.places:
        _draw_lines(marked, boxes, scale)
    first = min(marks.places or boxes, key=lambda place: place[1], default=None)
    stream = io.BytesIO()
    marked.save(stream, format="PNG", compress_level=PNG_LEVEL)
    return Picture(
        png=stream.getvalue(),
        page=page,
        width_points=drawing.width_px / scale,
        has_phrase=bool(marks.places),
        mark_at=(first[0] * scale / shown.width, first[1] * scale / shown.height) if first else None,
    )


def _marked(picture: "Image", places: Sequence[Place], scale: float) -> "Image":
    from PIL import Image, ImageChops, ImageDraw  # heavy: keeps --help under 0.3 s

    marks = Image.new("RGB", picture.size, (255, 255, 255))
    pen = ImageDraw.Draw(marks)
    for x0, y0, x1, y1 in places:
        corners = (x0 - MARGIN_POINTS, y0 - MARGIN_POINTS, x1 + MARGIN_POINTS, y1 + MARGIN_POINTS)
        left, top, right, bottom = (value * scale for value in corners)
        if left < right and top < bottom:
            pen.rectangle((left, top, right, bottom), fill=MARK)
    return ImageChops.multiply(picture, marks)


def _draw_lines(picture: "Image", boxes: Sequence[Place], scale: float) -> None:
    """Draw a line on the left of each part of the passage, onto the picture itself."""
    from PIL import ImageDraw  # heavy: keeps --help under 0.3 s

    pen = ImageDraw.Draw(picture)
    for x0, y0, _, y1 in boxes:
        right = max(x0 - LINE_GAP_POINTS, LINE_POINTS) * scale
        if y0 < y1:
            pen.rectangle((right - LINE_POINTS * scale, y0 * scale, right, y1 * scale), fill=QUIET)


def _drawn_page(path: Path, drawing: Drawing) -> tuple[int, _Marks, "Image", float]:
    """Return which page of a PDF is drawn, its marks, its picture in colour and its pixels per point."""
    document = opened(path)
    try:
        there = [page for page in drawing.pages if 1 <= page <= len(document)]
        if not there:
            raise NotFound(f"there is no page {drawing.pages[0]}", remedy="open the original file")
        marks = {number: _marks_on(document, number, drawing) for number in there}
        number = max(there, key=lambda one: marks[one].letters)  # the first of equals
        page = document[number - 1]
        width, height = page.get_size()
        if width <= 0 or height > MAX_HEIGHT_RATIO * width:
            raise BrokenDocument("the page has no usable size", remedy="open the original file")
        scale = drawing.width_px / width
        return number, marks[number], page.render(scale=scale).to_pil().convert("RGB"), scale
    finally:
        document.close()


def _marks_on(document: "PdfDocument", number: int, drawing: Drawing) -> _Marks:
    boxes = [(box.x0, box.y0, box.x1, box.y1) for box in drawing.boxes if box.page == number]
    if not drawing.phrases or not boxes:
        return _Marks()
    words, read, shown = words_on(document[number - 1], number)
    inside = [word for word in words if any(_is_in(_as_shown(word[3:], read, shown), box) for box in boxes)]
    places: list[Place] = []
    letters = 0.0
    for phrase in drawing.phrases:
        found = find(phrase.text, inside, near=phrase.place)
        places += [_as_shown(place, read, shown) for place in found.places]
        letters += found.share * len(phrase.text) if found.places else 0.0
    return _Marks(tuple(places), letters)


def words_on(page: "PdfPage", number: int) -> tuple[list[Word], Frame, Frame]:
    """Return the words that a reader sees, in reading order, and the frames of the page as read and as shown."""
    left, bottom, right, top = page.get_cropbox()
    shown = Frame(left, bottom, right, top, rotation=page.get_rotation())
    textpage = page.get_textpage()
    try:
        text = TextPage(textpage, shown)
        hidden = frozenset(word.start for word in hidden_words(text, drawn_on(page, text.frame)))
        pieces = in_reading_order(list(text.pieces(number, hidden)), text.frame.size[0])
    finally:
        textpage.close()
    return [word for piece in pieces for word in piece.words], text.frame, shown


def _as_shown(place: Place, read: Frame, shown: Frame) -> Place:
    return place if read.rotation == shown.rotation else shown.place(*read.lift(*place))


def _is_in(place: Place, box: Place) -> bool:
    x, y = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    within_x = box[0] - MARGIN_POINTS <= x <= box[2] + MARGIN_POINTS
    return within_x and box[1] - MARGIN_POINTS <= y <= box[3] + MARGIN_POINTS
