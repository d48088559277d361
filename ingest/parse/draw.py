"""Draw a page of a PDF or of a picture with marks over it. Runs inside the sandbox, as parsing does."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.image import FORMATS, drawn_frame
from ingest.parse.pdf.document import opened
from ingest.types import Drawing
from retrieval.errors import BrokenDocument, NotFound

if TYPE_CHECKING:
    from PIL.Image import Image

MARK = (255, 214, 0)  # marker-pen yellow, multiplied so that black letters stay black
MARGIN_POINTS = 2.0  # the marks of letters with ascenders would touch the box otherwise
MAX_HEIGHT_RATIO = 10  # a page taller than that many widths is a hostile one


def draw_page(path: Path, media_type: str, drawing: Drawing) -> bytes:
    """Return the page as PNG. Raises NotFound for a page that is not there, and what opening the file raises."""
    from PIL import Image, ImageChops, ImageDraw  # heavy: keeps --help under 0.3 s

    if media_type in FORMATS:
        picture, scale = drawn_frame(path, drawing.page, drawing.width_px)
    else:
        picture, scale = _drawn_page(path, drawing)
    marks = Image.new("RGB", picture.size, (255, 255, 255))
    pen = ImageDraw.Draw(marks)
    for box in drawing.boxes:
        if box.page == drawing.page:
            corners = (
                box.x0 - MARGIN_POINTS,
                box.y0 - MARGIN_POINTS,
                box.x1 + MARGIN_POINTS,
                box.y1 + MARGIN_POINTS,
            )
            left, top, right, bottom = (value * scale for value in corners)
            if left < right and top < bottom:
                pen.rectangle((left, top, right, bottom), fill=MARK)
    stream = io.BytesIO()
    ImageChops.multiply(picture, marks).save(stream, format="PNG")
    return stream.getvalue()


def _drawn_page(path: Path, drawing: Drawing) -> tuple["Image", float]:
    """Return the page of a PDF in colour and its pixels per point."""
    document = opened(path)
    try:
        if not 1 <= drawing.page <= len(document):
            raise NotFound(f"there is no page {drawing.page}", remedy="open the original file")
        page = document[drawing.page - 1]
        width, height = page.get_size()
        if width <= 0 or height > MAX_HEIGHT_RATIO * width:
            raise BrokenDocument("the page has no usable size", remedy="open the original file")
        scale = drawing.width_px / width
        return page.render(scale=scale).to_pil().convert("RGB"), scale
    finally:
        document.close()
