"""Hold what pictures of pages become: text with boxes where it stands, in the languages it is written in."""

import io
from pathlib import Path

import pytest
import reportlab
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageDraw, ImageFont

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.draw import draw_page
from ingest.parse.image import check_headers, drawn_frame, size_in_points
from ingest.parse.ocr import Scan, is_blank, read_scans
from ingest.types import Drawing, ParsedDocument
from retrieval.errors import DocumentRejected, EmptyDocument, NotFound, TooLarge, UnsupportedType
from retrieval.types import Box

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"  # Pillow's own has no Ü
ENGLISH = "Travel by train is paid\nby the company in full when\nthe journey was approved."
GERMAN = "Für Dienstreisen gewährt die\nGesellschaft Übernachtungsgeld\nin Höhe der Auslagen, fünf Tage."


def page(text: str, *, size: tuple[int, int] = (1240, 600), paper: int = 255, ink: int = 0) -> Image.Image:
    """Return a grey page at 150 dpi with this text."""
    picture = Image.new("L", size, paper)
    ImageDraw.Draw(picture).multiline_text(
        (100, 100), text, font=ImageFont.truetype(FONT, 44), fill=ink, spacing=24
    )
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a picture file."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def read(data: bytes, folder: Path, name: str) -> ParsedDocument:
    """Return the document through the gate, as the pipeline does."""
    path = folder / "stored"
    path.write_bytes(data)
    return parse(path, inspect(path, name, limits=Limits()).media_type, name)


def text_of(document: ParsedDocument) -> str:
    """Return all text, lines and blocks joined."""
    return " ".join(" ".join(block.text for block in document.blocks).split())


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.jpeg"), ("TIFF", "a.tif")])
def test_picture_is_read(tmp_path: Path, kind: str, name: str) -> None:
    """A picture of a page is read, with its page, its confidence, and boxes in points where the text stands."""
    document = read(saved(page(ENGLISH), kind, dpi=(150, 150)), tmp_path, name)

    assert "Travel by train is paid by the company in full" in text_of(document)
    assert document.pages == 1
    assert [one.page for one in document.ocr] == [1]
    assert document.ocr[0].confidence > 80
    left, top = 100 * 72 / 150, 100 * 72 / 150
    box = document.blocks[0].boxes[0]
    assert box.page == 1
    assert box.x0 == pytest.approx(left, abs=4)
    assert box.y0 == pytest.approx(top, abs=10)
    assert box.x1 < 1240 * 72 / 150
    assert "tesseract" in document.parser


def test_frames_are_pages(tmp_path: Path) -> None:
    """Each frame of a TIFF is a page; a blank one has no text, and is a page all the same."""
    frames = [page("First page of the report"), page(""), page("Third page of the report")]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:], dpi=(150, 150))

    document = read(data, tmp_path, "a.tiff")

    assert document.pages == 3
    assert {block.page for block in document.blocks} == {1, 3}
    assert [one.confidence > 0 for one in document.ocr] == [True, False, True]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_picture_is_read(tmp_path: Path, turn: int) -> None:
    """A page that lies on its side or its head is read, with boxes on the page as it is shown."""
    picture = page(ENGLISH).rotate(turn, expand=True)

    document = read(saved(picture, "PNG", dpi=(150, 150)), tmp_path, "a.png")

    assert "Travel by train" in text_of(document)
    for box in (box for block in document.blocks for box in block.boxes):
        assert 0 <= box.x0 < box.x1 <= picture.width * 72 / 150 + 1
        assert 0 <= box.y0 < box.y1 <= picture.height * 72 / 150 + 1


def test_camera_on_its_side(tmp_path: Path) -> None:
    """A photo that says how the camera was held is a page as a person sees it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(page(ENGLISH).rotate(90, expand=True), "JPEG", exif=exif, dpi=(150, 150))

    document = read(data, tmp_path, "a.jpg")

    assert "Travel by train" in text_of(document)
    assert max(box.x1 for block in document.blocks for box in block.boxes) > 600 * 72 / 150


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_kinds_of_pixels(tmp_path: Path, mode: str) -> None:
    """Black and white, grey, palette, colour, transparency and 16 bits are read alike."""
    grey = page(ENGLISH)
    if mode == "I;16":
        picture = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    elif mode.endswith("A"):
        picture = Image.new(mode, grey.size, 0)
        picture.putalpha(grey.point(lambda value: 255 - value))  # black letters on nothing
    else:
        picture = grey.convert(mode)

    assert "Travel by train" in text_of(read(saved(picture, "PNG"), tmp_path, "a.png"))


def test_other_language_on_a_later_page(tmp_path: Path) -> None:
    """A page in another language than the pages before keeps its own letters."""
    frames = [page(ENGLISH), page(ENGLISH), page(GERMAN), page(GERMAN)]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:], dpi=(150, 150))

    text = text_of(read(data, tmp_path, "a.tif"))

    assert text.count("Übernachtungsgeld") == 2
    assert text.count("in Höhe der Auslagen, fünf Tage") == 2


def test_blank_pages_are_told_from_faint_ones() -> None:
    """Paper, dirt and the noise of a scanner are blank; three letters, faint or white on black, are not."""
    dirty = page("")
    for place in range(40):
        dirty.putpixel((place * 31, place * 14), 0)
    noisy = Image.effect_noise((1240, 600), 12).point(lambda value: 110 + value)

    assert all(is_blank(picture) for picture in (page(""), page("", paper=0), dirty, noisy))
    assert not is_blank(page("abc"))
    assert not is_blank(page("abc", ink=190))
    assert not is_blank(page("abc", paper=0, ink=255))


def test_blank_pages_are_cheap() -> None:
    """Blank pages are not shown to tesseract: a thousand of them take seconds, not minutes."""
    blank = page("", size=(620, 876))

    reading = read_scans((Scan(number + 1, 298, 421), blank) for number in range(1_000))

    assert {one.confidence for one in reading.pages_read} == {0.0}
    assert len(reading.pages) == 1_000


def test_picture_without_text(tmp_path: Path) -> None:
    """A picture on which nothing can be read is an empty document with a remedy."""
    with pytest.raises(EmptyDocument):
        read(saved(page(""), "PNG"), tmp_path, "a.png")


def test_size_on_paper() -> None:
    """The resolution says how large a page is; where it is missing or made up, the page is taken for A4."""
    picture = Image.new("L", (1000, 2000))
    for dpi in (None, (0, 0), (1, 1), (72, 72)):
        picture.info = {"dpi": dpi} if dpi else {}
        assert size_in_points(picture) == pytest.approx((421, 842))
    picture.info = {"dpi": (200, 100)}
    assert size_in_points(picture) == pytest.approx((360, 1440))


def test_page_with_marks(tmp_path: Path) -> None:
    """The page of a picture is drawn as wide as asked, yellow where a box is; there is no page 2."""
    path = tmp_path / "stored"
    path.write_bytes(saved(Image.new("RGB", (400, 200), "white"), "PNG", dpi=(72, 72)))

    drawn = draw_page(path, "image/png", Drawing((1,), (Box(1, 100, 50, 200, 100),), 800))
    picture = Image.open(io.BytesIO(drawn.png))

    assert picture.size == (800, 400)
    assert picture.getpixel((300, 150)) == (255, 214, 0)
    assert picture.getpixel((100, 150)) == (255, 255, 255)
    assert drawn_frame(path, 1, 800)[1] == pytest.approx(2.0, rel=0.01)
    with pytest.raises(NotFound):
        draw_page(path, "image/png", Drawing((2,), (), 800))


def test_picture_with_more_pixels_than_allowed(tmp_path: Path) -> None:
    """A picture of more than 50 million pixels is refused before any frame of it is decoded, by its name."""
    large = saved(Image.new("1", (10_000, 5_001)), "PNG")
    second = Image.new("1", (10_000, 5_001))
    frames = saved(Image.new("1", (10, 10)), "TIFF", save_all=True, append_images=[second])

    for data, name in ((large, "a.png"), (frames, "a.tif")):
        with pytest.raises(TooLarge, match=rf"'{name}': .* 50 million pixels"):
            read(data, tmp_path, name)
        with pytest.raises(TooLarge):
            check_headers(tmp_path / "stored")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_what_is_no_picture(tmp_path: Path, name: str) -> None:
    """Neither text nor a picture of another kind passes under a picture's name."""
    for data in (b"no picture at all", saved(page("abc"), "GIF"), b"\x89PNG\r\n\x1a\n", b"II*\0"):
        with pytest.raises(DocumentRejected):
            read(data, tmp_path, name)
    with pytest.raises(UnsupportedType):
        read(saved(page("abc"), "GIF"), tmp_path, name)


@given(
    cut=some.integers(0, 4_000), flips=some.lists(some.tuples(some.integers(0, 3_999), some.integers(0, 255)))
)
def test_any_header(cut: int, flips: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """However a picture is damaged, the gate and the check of its headers give a type or a refusal."""
    path = tmp_path_factory.getbasetemp() / "picture"
    for kind, name in (("PNG", "a.png"), ("JPEG", "a.jpg"), ("TIFF", "a.tif")):
        data = bytearray(saved(Image.new("L", (60, 60), 90), kind))
        for place, value in flips:
            data[place % len(data)] = value
        path.write_bytes(bytes(data[: max(cut, 1)]))
        try:
            inspect(path, name, limits=Limits())
            check_headers(path)
        except DocumentRejected as refusal:
            assert refusal.remedy  # noqa: PT017  (either outcome is right)
