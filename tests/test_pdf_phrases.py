"""A phrase is found where its words stand on the page, however they are set, or it is not marked at all."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from pypdf import PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.quotable import quotable
from deploy.sample.render import render
from ingest.chunk import chunks_of
from ingest.parse.draw import MARK, QUIET, draw_page, words_on
from ingest.parse.pdf.document import opened, parse_pdf
from ingest.parse.pdf.phrases import find, folded
from ingest.parse.pdf.words import Place, Word
from ingest.types import Block, Drawing, Kind, Phrase
from retrieval.types import Box
from tests.test_sample import SAMPLE

WIDTH_PX = 1190  # two pixels a point of A4
PAGE = Box(1, 0, 0, *A4)
SCANS = ("note-horaires-atelier-dijon.pdf", "bv-rufbereitschaft.pdf")


def set_out(text: str, *, per_line: int = 6, left: float = 60.0, top: float = 60.0) -> list[Word]:
    """Return words as they stand in lines of so many, each letter six points wide."""
    words, x, line, start = list[Word](), left, 0, 0
    for number, piece in enumerate(text.split()):
        if number and number % per_line == 0:
            x, line = left, line + 1
        y = top + 14 * line
        words.append(Word(piece, start, start + len(piece), x, y, x + 6 * len(piece), y + 11))
        x += 6 * len(piece) + 3
        start += len(piece) + 1
    return words


def within(words: list[Word], places: tuple[Place, ...]) -> str:
    """Return the words that lie in the places, as text."""
    return " ".join(
        word.text
        for word in words
        if any(p[0] <= word.x0 and word.x1 <= p[2] and p[1] <= word.y0 and word.y1 <= p[3] for p in places)
    )


WORDS = some.lists(
    some.text(alphabet="abcdefghäöüßéfi0123456789", min_size=1, max_size=9), min_size=12, max_size=60
)


@given(words=WORDS, cut=some.tuples(some.integers(0, 40), some.integers(3, 12)), per_line=some.integers(2, 8))
def test_what_stands_there_is_found_whole(words: list[str], cut: tuple[int, int], per_line: int) -> None:
    """Any run of a page's words is found, and the marks hold its letters and no other."""
    start = min(cut[0], len(words) - 3)
    phrase = " ".join(words[start : start + cut[1]])
    page = set_out(" ".join(words), per_line=per_line)

    found = find(phrase, page, near=start / len(words))

    assert found.share == 1.0
    assert folded(within(page, found.places)) == folded(phrase)


@given(words=WORDS, spoilt=some.integers(0, 4))
def test_set_otherwise_it_is_found_too(words: list[str], spoilt: int) -> None:
    """Ligatures, capitals, accents apart, marks, and a space that is missing or too much change nothing."""
    phrase = " ".join(words[4:10])
    ways = (
        phrase.replace("fi", "ﬁ"),
        phrase.upper(),
        phrase.replace("ä", "a\u0308").replace("é", "e\u0301"),
        phrase.replace(" ", ", ", 1).replace(" ", " – ", 1),
        phrase.replace(" ", "", 1),
    )
    page = set_out(" ".join([*words[:4], ways[spoilt], *words[10:]]))

    assert folded(within(page, find(phrase, page, near=4 / len(words)).places)) == folded(phrase)


@given(words=WORDS, other=WORDS)
def test_what_is_marked_is_of_the_phrase(words: list[str], other: list[str]) -> None:
    """Where a mark lies, at least half of the phrase's letters stand, whatever else the page holds."""
    phrase, page = " ".join(other), set_out(" ".join(words))

    found = find(phrase, page)

    assert bool(found.places) <= (found.share >= 0.5)
    held = set(map(folded, phrase.split()))
    marked = [w for w in within(page, found.places).split() if folded(w) in held]
    assert not found.places or len(folded(" ".join(marked))) >= 0.5 * len(folded(phrase))


def test_less_than_half_is_not_marked() -> None:
    """A phrase of another page leaves a page without a mark, though some of its words are there."""
    page = set_out("Hotel costs are paid up to 130 euros per night in Germany")
    assert find("Receipts are handed in by post to the travel desk in Germany", page).places == ()
    assert find("", page).places == find("| | |", page).places == find("paid", []).places == ()


def test_hyphenated_word_is_whole() -> None:
    """A word that a line break has cut in two is found by its whole, and both halves are marked."""
    page = set_out("The Reise- kosten are paid at once.", per_line=2)
    found = find("The Reisekosten are paid", page)
    assert within(page, found.places) == "The Reise- kosten are paid"
    almost = find("all Reisekosten are paid at last", page)
    assert within(page, almost.places) == "Reise- kosten are paid at"


def test_nearest_of_equals_is_taken() -> None:
    """The same sentence twice: the one is marked that stands about where the passage has it."""
    page = set_out("Receipts are kept. " + "Other words stand here. " * 9 + "Receipts are kept.", per_line=4)
    first, last = (find("Receipts are kept.", page, near=near).places for near in (0.1, 0.9))
    assert first[0][1] < last[0][1]


def test_row_of_a_table_is_told_from_its_neighbours() -> None:
    """The row of the phrase is marked across its cells, also where a cell is wrapped, and no other row."""
    rows = [("Germany", "28", "14"), ("France", "53", "36"), ("United", "70", "50"), ("Kingdom", "", "")]
    page = [
        Word(text, 10 * row + column, 10 * row + column + 1, 60 + 150 * column, y, 120 + 150 * column, y + 11)
        for row, cells in enumerate(rows)
        for column, text in enumerate(cells)
        if text
        for y in [100 + 16 * row]
    ]
    assert within(page, find("| France | 53 | 36 |", page).places) == "France 53 36"
    assert find("| France | 53 | 36 |", page).places == ((60, 116, 420, 127),)
    assert within(page, find("| United Kingdom | 70 | 50 |", page).places) == "United 70 50 Kingdom"


def test_cell_hyphenated_below_is_joined() -> None:
    """In a wrapped cell the rest of a word stands in the line below, behind the cells beside it."""
    page = [
        Word("Reise-", 0, 6, 60, 100, 96, 111),
        Word("130", 7, 10, 200, 100, 218, 111),
        Word("kosten", 11, 17, 60, 114, 96, 125),
        Word("Porto", 18, 23, 60, 130, 90, 141),
        Word("4", 24, 25, 200, 130, 206, 141),
    ]
    assert within(page, find("| Reisekosten | 130 |", page).places) == "Reise- 130 kosten"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the rendered documents of the sample company."""
    folder = tmp_path_factory.mktemp("company")
    render(SAMPLE / "sources", folder)
    return folder


@pytest.mark.slow
def test_every_sentence_of_the_sample_is_found_on_its_page(sample: Path) -> None:
    """Of all PDFs with text, each sentence and row that may be quoted is found whole, and its own letters alone."""
    looked_for, missing = 0, []
    for path in sorted(sample.glob("*/*.pdf")):
        if path.name in SCANS:
            continue
        document = opened(path)
        words = {n + 1: words_on(document[n], n + 1)[0] for n in range(len(document))}
        chunks = chunks_of(parse_pdf(path), count_tokens=lambda text: len(text) // 4, budget=256)
        for chunk in chunks:
            for one in quotable(chunk.text):
                phrase = chunk.text[one.start : one.end]
                looked_for += 1
                pages = {box.page: _inside(words[box.page], chunk.boxes, box.page) for box in chunk.boxes}
                found = {page: find(phrase, there, near=0.5) for page, there in pages.items()}
                best = max(found, key=lambda page: found[page].share)
                if folded(within(pages[best], found[best].places)) != folded(phrase.replace("|", " ")):
                    missing.append((path.name, phrase[:60]))
        document.close()
    assert looked_for > 450
    assert missing == []


def _inside(words: list[Word], boxes: tuple[Box, ...], page: int) -> list[Word]:
    return [
        word
        for word in words
        if any(
            box.page == page
            and box.x0 - 2 <= (word.x0 + word.x1) / 2 <= box.x1 + 2
            and box.y0 - 2 <= (word.y0 + word.y1) / 2 <= box.y1 + 2
            for box in boxes
        )
    ]


def drawn(path: Path, *phrases: str, boxes: tuple[Box, ...] = (PAGE,)) -> tuple[Image.Image, int, bool]:
    """Return the picture of the page that holds most of the phrases, which it is, and whether a phrase is marked."""
    pages = tuple(dict.fromkeys(box.page for box in boxes))
    got = draw_page(path, "application/pdf", Drawing(pages, boxes, WIDTH_PX, tuple(map(Phrase, phrases))))
    return Image.open(io.BytesIO(got.png)).convert("RGB"), got.page, got.has_phrase


def is_marked(picture: Image.Image, x: float, y: float) -> bool:
    """Say whether the page is yellow at a place in points from the top left."""
    return picture.getpixel((round(2 * x), round(2 * y))) == MARK


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Return a PDF with a heading, two sentences in two columns, and a turned second page."""
    path = tmp_path / "page.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 11)
    for number, line in enumerate(("Hotel costs are reimbursed up to", "130 euros per night in Germany.")):
        canvas.drawString(60, A4[1] - 100 - 16 * number, line)
    for number, line in enumerate(("Receipts go to the travel desk", "within four weeks of the trip.")):
        canvas.drawString(330, A4[1] - 100 - 16 * number, line)
    canvas.showPage()
    canvas.setFont("Helvetica", 11)
    canvas.rotate(90)  # runs up the page, which is shown turned clockwise
    canvas.drawString(100, -120, "Meals are paid by the day, not by the receipt.")
    canvas.showPage()
    canvas.save()
    writer = PdfWriter(clone_from=path)
    writer.pages[1].rotate(90)
    writer.write(path)
    return path


def test_page_shows_the_phrase_strong_and_the_passage_quietly(page: Path) -> None:
    """The sentence is yellow on both of its lines, the column beside it is not; a line runs beside the passage."""
    box = Box(1, 60, 85, 540, 125)
    picture, _, has_phrase = drawn(page, "Hotel costs are reimbursed up to 130 euros", boxes=(box,))
    assert has_phrase
    assert is_marked(picture, 59, 97)
    assert is_marked(picture, 59, 113)
    assert not is_marked(picture, 328, 97)
    assert not is_marked(picture, 200, 113), "what follows the phrase in its line"
    assert picture.getpixel((2 * 51, 2 * 105)) == QUIET


def test_page_without_the_phrase_shows_the_passage(page: Path) -> None:
    """Where less than half of the phrase is found, the passage is marked as a whole, as without a phrase."""
    box = Box(1, 60, 85, 540, 125)
    unfound, _, has_phrase = drawn(page, "Nothing of this stands on any page of it", boxes=(box,))
    assert not has_phrase
    assert is_marked(unfound, 300, 97)
    assert unfound.tobytes() == drawn(page, boxes=(box,))[0].tobytes()


def test_page_that_holds_the_phrase_is_drawn(page: Path) -> None:
    """A passage that goes on overleaf opens on the page its phrase is on; there the page is turned as it is read."""
    turned = Box(2, 0, 0, A4[1], A4[0])
    picture, number, has_phrase = drawn(page, "Meals are paid by the day", boxes=(PAGE, turned))
    assert (number, has_phrase) == (2, True)
    assert picture.width > picture.height
    yellow = [
        (x, y)
        for x in range(0, picture.width, 3)
        for y in range(0, picture.height, 3)
        if picture.getpixel((x, y)) == MARK
    ]
    width = WIDTH_PX / A4[1]
    assert yellow
    assert {90 < x / width < 260 and 100 < y / width < 125 for x, y in yellow} == {True}


def test_hidden_copy_of_the_phrase_is_not_marked(tmp_path: Path) -> None:
    """White letters that say the same are no place to point at."""
    path = tmp_path / "hidden.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFillGray(1)
    canvas.drawString(60, A4[1] - 60, "The archive code is Quince.")
    canvas.setFillGray(0)
    canvas.drawString(60, A4[1] - 300, "The archive code is Quince.")
    canvas.save()
    picture, _, has_phrase = drawn(path, "The archive code is Quince.")
    assert has_phrase
    assert is_marked(picture, 59, 297)
    assert not is_marked(picture, 59, 57)


def test_marked_text_is_what_was_parsed(page: Path) -> None:
    """The words come in the order the parser reads them: column by column."""
    blocks: tuple[Block, ...] = parse_pdf(page).blocks
    document = opened(page)
    words = [word.text for word in words_on(document[0], 1)[0]]
    document.close()
    read = " ".join(block.text for block in blocks if block.page == 1 and block.kind is not Kind.TABLE)
    assert " ".join(words) == read
