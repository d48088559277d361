"""Hold what PDF pages turn into: blocks in order with headings, pages and boxes."""

import io
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.ocr import turned_back
from ingest.parse.pdf.document import parse_pdf
from ingest.parse.pdf.hyphens import joined
from ingest.parse.pdf.layout import Line, Page, blocks_of
from ingest.types import Block, Kind
from retrieval.errors import BrokenDocument, EncryptedDocument

WIDTH, HEIGHT = A4


def drawn(path: Path, *pages: Callable[[Canvas], None]) -> Path:
    """Draw pages and return the file."""
    canvas = Canvas(str(path), pagesize=A4)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def write(
    canvas: Canvas, x: float, top: float, text: str, *, size: float = 10, font: str = "Helvetica"
) -> None:
    """Write a line whose baseline is `top` points below the page's upper edge."""
    canvas.setFont(font, size)
    canvas.drawString(x, HEIGHT - top, text)


def with_password(source: Path, *, user: str, owner: str) -> Path:
    """Return an encrypted copy."""
    writer = PdfWriter(clone_from=source)
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-128")
    target = source.with_name("locked.pdf")
    with target.open("wb") as stream:
        writer.write(stream)
    return target


def policy(canvas: Canvas) -> None:
    """Draw a page with a title, two headings, paragraphs and a list."""
    canvas.setTitle("Travel policy")
    write(canvas, 72, 130, "Travel policy", size=22)
    write(canvas, 72, 180, "Booking", size=15)
    write(canvas, 72, 204, "Every journey is booked through the travel office, which also keeps the rail-")
    write(canvas, 72, 216, "way tickets. Hotels cost at most 120 euros a night.")
    write(canvas, 72, 240, "A second paragraph stands apart from the first one by some space.")
    write(canvas, 72, 270, "Exceptions", font="Helvetica-Bold")
    write(canvas, 72, 294, "• The board decides.")
    write(canvas, 72, 306, "• The works council is heard.")


def test_blocks_of_a_page(tmp_path: Path) -> None:
    """Headings get levels by size and weight, hyphenated words become whole, list items stand alone."""
    document = parse_pdf(drawn(tmp_path / "a.pdf", policy))

    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        (Kind.HEADING, 1, "Travel policy"),
        (Kind.HEADING, 2, "Booking"),
        (
            Kind.PARAGRAPH,
            0,
            (
                "Every journey is booked through the travel office, which also keeps the railway tickets. "
                "Hotels cost at most 120 euros a night."
            ),
        ),
        (Kind.PARAGRAPH, 0, "A second paragraph stands apart from the first one by some space."),
        (Kind.HEADING, 3, "Exceptions"),
        (Kind.LIST_ITEM, 0, "• The board decides."),
        (Kind.LIST_ITEM, 0, "• The works council is heard."),
    ]
    assert (document.title, document.pages, document.ocr) == ("Travel policy", 1, ())


@pytest.mark.parametrize("given", ["(anonymous)", "untitled", "Microsoft Word - draft2.docx", "2024-03"])
def test_title_that_a_program_gave_is_none(tmp_path: Path, given: str) -> None:
    """A list of documents that are all called "(anonymous)" helps nobody: the first heading names them."""

    def page(canvas: Canvas) -> None:
        canvas.setTitle(given)
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 760, "Forklift rates")
        canvas.setFont("Helvetica", 11)
        for line in range(8):
            canvas.drawString(72, 720 - 14 * line, "The daily rate holds for every forklift of the hall.")

    assert parse_pdf(drawn(tmp_path / "rates.pdf", page)).title == "Forklift rates"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_box_is_where_the_ink_is(tmp_path: Path, rotation: int) -> None:
    """A block's box, in points from the top left of the page as shown, holds all the ink of its text."""

    def turned(canvas: Canvas) -> None:
        write(canvas, 90, 300, "A line whose place is known", size=14)
        canvas.setPageRotation(rotation)

    path = drawn(tmp_path / "a.pdf", turned)
    (block,) = parse_pdf(path).blocks
    (box,) = block.boxes
    page = pypdfium2.PdfDocument(path)[0]
    ink = Image.eval(page.render(scale=1, grayscale=True).to_pil(), lambda value: 255 - value).getbbox()

    assert ink is not None
    assert box.x0 - 2 <= ink[0]
    assert box.y0 - 2 <= ink[1]
    assert ink[2] <= box.x1 + 2
    assert ink[3] <= box.y1 + 2
    assert (box.x1 - box.x0) * (box.y1 - box.y0) < 3 * (ink[2] - ink[0]) * (ink[3] - ink[1])


def test_furniture_goes(tmp_path: Path) -> None:
    """Running headers, footers and page numbers are not text; what differs from page to page is."""

    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            write(canvas, 72, 40, "Meridian Corp. - internal")
            write(canvas, 72, 400, f"The text of page {number} speaks of something, number {number}.")
            write(canvas, 280, 810, f"Page {number} of 4")

        return draw

    document = parse_pdf(drawn(tmp_path / "a.pdf", *(page(number) for number in range(1, 5))))

    text = "\n".join(block.text for block in document.blocks)
    assert "Meridian" not in text
    assert " of 4" not in text
    assert [block.page for block in document.blocks] == [1, 2, 3, 4]


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    """Two columns set one after the other keep their order, and a sentence runs on from one into the next."""

    def page(canvas: Canvas) -> None:
        for line in range(8):
            write(canvas, 60, 200 + 12 * line, f"left column line {line} goes on and on,")
        for line in range(8):
            write(canvas, 320, 200 + 12 * line, f"right column line {line} goes on and on,")

    document = parse_pdf(drawn(tmp_path / "a.pdf", page))

    text = " ".join(block.text for block in document.blocks)
    assert text.index("left column line 7") < text.index("right column line 0")


def test_password(tmp_path: Path) -> None:
    """A PDF that needs a password is an EncryptedDocument; one that only forbids copying is read."""
    source = drawn(tmp_path / "a.pdf", policy)
    with pytest.raises(EncryptedDocument):
        parse_pdf(with_password(source, user="secret", owner="secret"))

    assert len(parse_pdf(with_password(source, user="", owner="secret")).blocks) == 7


def test_damaged(tmp_path: Path) -> None:
    """A PDF without structure is a BrokenDocument."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"nothing" * 100)

    with pytest.raises(BrokenDocument):
        parse_pdf(path)


def scanned(turn: int = 0) -> Callable[[Canvas], None]:
    """Return a page that is only a picture of text, turned clockwise."""
    picture = Image.new("L", (1700, 2200), 255)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(44)
    lines = [
        "The invoice of the supplier arrived in March.",
        "Payment is due within thirty days of receipt.",
        "Questions go to the accounting department.",
        "Every payment needs two signatures of managers.",
        "The original stays in the archive for ten years.",
    ]
    for number, line in enumerate(lines):
        pen.text((200, 300 + 90 * number), line, fill=0, font=font)
    stream = io.BytesIO()
    picture.rotate(-turn, expand=True).save(stream, format="PNG")
    width, height = (WIDTH, HEIGHT) if turn in (0, 180) else (HEIGHT, WIDTH)

    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(io.BytesIO(stream.getvalue())), 0, 0, width, height)

    return draw


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90, 180])
def test_scan_is_read(tmp_path: Path, turn: int) -> None:
    """A page without text is read by OCR, however it lies; its confidence is kept and its boxes are on the page."""
    document = parse_pdf(drawn(tmp_path / "scan.pdf", scanned(turn)))

    text = " ".join(block.text for block in document.blocks)
    assert "invoice of the supplier arrived in March" in text
    assert [page.page for page in document.ocr] == [1]
    assert document.ocr[0].confidence > 70
    width, height = (WIDTH, HEIGHT) if turn in (0, 180) else (HEIGHT, WIDTH)
    boxes = [box for block in document.blocks for box in block.boxes]
    assert all(0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height for box in boxes)


@pytest.mark.parametrize(
    ("turn", "found"),
    [(0, (10, 20, 30, 25)), (90, (20, 170, 25, 190)), (180, (70, 175, 90, 180)), (270, (75, 10, 80, 30))],
)
def test_turned_box(turn: int, found: tuple[int, int, int, int]) -> None:
    """A box found on a turned picture is put back to where it is on the page of 100 by 200 pixels."""
    assert turned_back((10, 20, 30, 25), turn, (100, 200)) == found


def test_line_ends() -> None:
    """A hyphen at a line's end goes where a word goes on in lower case, and stays before a capital."""
    assert joined(["a rail-", "way to Baden-", "Baden and", "back"]) == "a railway to Baden- Baden and back"


def test_paragraph_goes_on_over_the_page() -> None:
    """A sentence cut by a page break is one block with a box on each page."""
    first = Line("The board meets every month and its members", 1, 70, 700, 400, 710, 10)
    second = Line("write a report about each meeting.", 2, 70, 200, 400, 210, 10)

    (block,) = blocks_of([Page(1, 595, 842, (first,)), Page(2, 595, 842, (second,))])

    assert isinstance(block, Block)
    assert [box.page for box in block.boxes] == [1, 2]
