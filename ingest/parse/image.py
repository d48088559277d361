"""Parse PNG, JPEG and TIFF: each frame is a scanned page, with boxes in points as on its paper.

Pillow reads headers and pixels. What it may decode is bounded by the headers first (`check_headers`): a picture's
size cannot be told from its bytes.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ingest.parse.ocr import MAX_PIXELS, Scan, read_scans
from ingest.parse.pdf.layout import blocks_of
from ingest.types import Kind, ParsedDocument
from retrieval.errors import BrokenDocument, NotFound, TooLarge, UnsupportedType

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF"}
# What Pillow raises on damaged headers; the warning where warnings are errors.
DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError),
    *(struct.error, UserWarning),
)
MAX_FRAMES = 2_000  # as for pages of a PDF
LONGER_SIDE_POINTS = 842.0  # of A4: what a picture is taken for that does not say how large it is
MAX_HEIGHT_RATIO = 10  # a page taller than that many widths is not shown
DPI_RANGE = (50.0, 2_400.0)  # outside of it the number is made up
MIN_DPI = 200  # below, letters of print are enlarged: tesseract wants them 20 pixels high
ENLARGED_BELOW_PIXELS = 4_000_000  # twice as wide and high they stay below a page at 400 dpi
MAX_SIDE_POINTS = 1_700.0  # of A2; cameras say 72 dpi of pictures that would be metres wide


def check_headers(path: Path) -> None:
    """Return where a picture can be opened and each frame is small enough; nothing is decoded.

    Raises UnsupportedType, BrokenDocument or TooLarge.
    """
    with path.open("rb") as stream, _opened(stream, media_type_of(path)) as picture:
        try:
            for index in range(_frames(picture)):
                picture.seek(index)
                _check_size(picture)
        except DAMAGE as error:
            raise _damaged() from error


def parse_image(path: Path) -> ParsedDocument:
    """Return the text that is read off each frame. Raises Unavailable without tesseract, and as `check_headers`."""
    import PIL  # heavy: keeps --help under 0.3 s

    check_headers(path)
    with path.open("rb") as stream, _opened(stream, media_type_of(path)) as picture:
        count = _frames(picture)
        read = read_scans(_scans(picture, count))
    blocks = blocks_of(list(read.pages))
    return ParsedDocument(
        title=next((b.text for b in blocks[:12] if b.kind is Kind.HEADING and b.level == 1), ""),
        blocks=tuple(blocks),
        pages=count,
        parser=f"Pillow {PIL.__version__} + {read.engine}",
        ocr=read.pages_read,
    )


def drawn_frame(path: Path, number: int, width_px: int) -> tuple["Image", float]:
    """Return the 1-based frame in colour, that wide, and its pixels per point. Raises NotFound, and as above."""
    with path.open("rb") as stream, _opened(stream, media_type_of(path)) as picture:
        if not 1 <= number <= _frames(picture):
            raise NotFound(f"there is no page {number}", remedy="open the original file")
        picture.seek(number - 1)
        _check_size(picture)
        width, height = size_in_points(picture)
        if _is_turned(picture):
            width, height = height, width
        if height > MAX_HEIGHT_RATIO * width:
            raise BrokenDocument("the page has no usable size", remedy="open the original file")
        shown = _on_white(_upright(picture), "RGB").resize(
            (width_px, max(round(width_px * height / width), 1))
        )
    return shown, width_px / width


def media_type_of(path: Path) -> str:
    """Return the media type by the first bytes; originals are stored without an extension."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if head.startswith(b"\xff\xd8\xff") else "image/tiff"


def size_in_points(picture: "Image") -> tuple[float, float]:
    """Return width and height on paper, before it is turned upright."""
    width, height = picture.size
    dpi = picture.info.get("dpi")
    across, down = (float(value) for value in dpi) if isinstance(dpi, tuple) and len(dpi) == 2 else (0.0, 0.0)
    if all(DPI_RANGE[0] <= value <= DPI_RANGE[1] for value in (across, down)):
        size = width * 72 / across, height * 72 / down
        if max(size) <= MAX_SIDE_POINTS:
            return size
    scale = LONGER_SIDE_POINTS / max(width, height)
    return width * scale, height * scale


@contextmanager
def _opened(stream: BinaryIO, media_type: str) -> Iterator["Image"]:
    from PIL import Image, UnidentifiedImageError  # heavy: keeps --help under 0.3 s

    try:
        picture = Image.open(stream, formats=(FORMATS[media_type],))
    except UnidentifiedImageError as error:
        raise UnsupportedType(
            f"the file is not a readable {FORMATS[media_type]} picture",
            remedy="give it the right extension, or save it again in the program that made it",
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except DAMAGE as error:
        raise _damaged() from error
    with picture:
        yield picture


def _frames(picture: "Image") -> int:
    """Return the number of pages: of the frames of an animation or of a stereo camera only the first is one."""
    count = int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
    if count > MAX_FRAMES:
        raise TooLarge(f"the file has more than {MAX_FRAMES} pages", remedy="split it into parts")
    return count


def _check_size(picture: "Image") -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_large()


def _too_large() -> TooLarge:
    return TooLarge(
        f"a picture has more than {MAX_PIXELS // 1_000_000} million pixels",
        remedy="save it smaller: 300 dots per inch are enough to read it",
    )


def _damaged() -> BrokenDocument:
    return BrokenDocument("the picture is damaged", remedy="save it again in the program that made it")


def _scans(picture: "Image", count: int) -> Iterator[tuple[Scan, "Image"]]:
    for index in range(count):
        picture.seek(index)
        _check_size(picture)
        width, height = size_in_points(picture)
        if _is_turned(picture):
            width, height = height, width
        shown = _on_white(_upright(picture), "L")
        is_coarse = shown.width * 72 < MIN_DPI * width and shown.width * shown.height < ENLARGED_BELOW_PIXELS
        if is_coarse:
            shown = shown.resize((2 * shown.width, 2 * shown.height))
        yield Scan(number=index + 1, width=width, height=height), shown


def _is_turned(picture: "Image") -> bool:
    """Say whether the camera lay on its side (EXIF orientation 5 to 8)."""
    return picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)


def _upright(picture: "Image") -> "Image":
    from PIL import ImageOps  # heavy: keeps --help under 0.3 s

    picture.load()
    return ImageOps.exif_transpose(picture)


def _on_white(picture: "Image", mode: str) -> "Image":
    """Return the picture in this mode, what is transparent white, 16 bits a pixel brought to 8."""
    from PIL import Image  # heavy: keeps --help under 0.3 s

    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value / 257)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, coloured).convert(mode)
    return picture.convert("RGB").convert(mode) if picture.mode == "CMYK" else picture.convert(mode)
