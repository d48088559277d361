"""Read scanned pages through tesseract: lines with boxes in points and the confidence of the words.

The first page with text is read in all installed languages, the others in those found so far and English: a page in
five languages takes about twice the time of a page in two. A page that turns out to be mostly in another language
than the one it was read in first is read again, and so is one that is read badly. A blank page is not shown to
tesseract at all.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.parse.pdf.layout import Line, Page
from ingest.types import OcrPage
from retrieval.errors import Unavailable
from retrieval.language import detect

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument

DPI = 300  # what tesseract's models are trained for
MAX_PIXELS = 50_000_000  # of the upload gate; a larger page is rendered smaller
LANGUAGES = {"en": "eng", "de": "deu", "fr": "fra", "it": "ita", "es": "spa"}
POOR_CONFIDENCE = 55  # mean of a page below which it may be upside down; upright scans reach 80 to 96
MIN_WORD_CONFIDENCE = 20  # below it tesseract reads dirt
MIN_PAGE_LETTERS = 3  # fewer are specks
DOUBTFUL_CONFIDENCE = 75  # mean of a page below which another language may be the reason
MIN_GAIN = 2.0  # of the mean; less is chance
MIN_LANGUAGE_CHARS = 60  # shorter paragraphs are names and numbers, of any language
BLANK_REDUCTION = 4  # 300 dpi to 75: specks of dust vanish in the mean, letters do not
INK_CONTRAST = 32  # shades of 256 from the paper; the noise of a scanner stays below
MIN_INK_PIXELS = 30  # at 75 dpi: about three letters of 10 points
TIMEOUT_S = 60  # a page; the sandbox bounds the document
MISSING = (
    "install it with: apt-get install tesseract-ocr tesseract-ocr-deu tesseract-ocr-fra tesseract-ocr-ita"
)
MISSING += " tesseract-ocr-spa"


@dataclass(frozen=True, slots=True)
class Scan:
    """Name a page to read, with its size in points as shown."""

    number: int  # 1-based
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold what was read, how surely, and the engine with its version."""

    pages: tuple[Page, ...]
    pages_read: tuple[OcrPage, ...]
    engine: str


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    confidence: float
    line: tuple[int, int, int]  # block, paragraph, line
    left: int  # pixels of the turned picture
    top: int
    right: int
    bottom: int


def read_scans(scans: Iterable[tuple[Scan, "Image"]]) -> Reading:
    """Return the lines of these pages, each given with its picture in grey, and how surely they were read.

    One picture is held at a time. Raises Unavailable without tesseract.
    """
    engine, installed = _engine()
    reader = _Reader(installed)
    pages: list[Page] = []
    read: list[OcrPage] = []
    for scan, picture in scans:
        words, turn = ([], 0) if is_blank(picture) else reader.words(picture)
        pages.append(_page(scan, words, turn, picture.size))
        read.append(OcrPage(page=scan.number, confidence=round(_mean(words), 1)))
    return Reading(pages=tuple(pages), pages_read=tuple(read), engine=engine)


def drawn(document: "PdfDocument", scans: Sequence[Scan]) -> Iterator[tuple[Scan, "Image"]]:
    """Yield these pages of an open pypdfium2 document with their pictures."""
    for scan in scans:
        page = document[scan.number - 1]
        scale = min(DPI / 72, (MAX_PIXELS / max(scan.width * scan.height, 1.0)) ** 0.5)
        picture = page.render(scale=scale, grayscale=True).to_pil()
        page.close()
        yield scan, picture


def is_blank(picture: "Image") -> bool:
    """Say whether a grey picture shows nothing: less that differs from its paper than a few letters would."""
    small = picture.reduce(BLANK_REDUCTION) if min(picture.size) > 8 * BLANK_REDUCTION else picture
    shades = small.histogram()
    paper = max(range(256), key=shades.__getitem__)
    ink = sum(shades[: max(paper - INK_CONTRAST, 0)]) + sum(shades[paper + INK_CONTRAST + 1 :])
    return ink < MIN_INK_PIXELS


class _Reader:
    """Read pages in as few languages as their document needs, the one most of a page is written in first.

    The order matters: read as English first, "für" becomes "fur" although German is among the languages.
    """

    def __init__(self, installed: Sequence[str]) -> None:
        self.installed = list(installed)
        self.known: list[str] = []  # found so far, that of the last page first
        self.trusts_confidence = True  # False once all languages read a bad page no better

    def words(self, picture: "Image") -> tuple[list[_Word], int]:
        """Return the words and the clockwise turn (degrees) that made them readable."""
        languages = self._order(self.known) if self.known else self.installed
        words, turn = _upright_words(picture, "+".join(languages))
        found = [name for name, _ in _languages(words).most_common() if name in self.installed]
        is_bad = self.trusts_confidence and bool(words) and _mean(words) < DOUBTFUL_CONFIDENCE
        if found and found[0] != languages[0]:
            again, turn_again = _upright_words(picture, "+".join(self._order(found)))
            if _mean(again) > _mean(words) - MIN_GAIN:
                words, turn = again, turn_again
        elif is_bad and len(languages) < len(self.installed):
            again, turn_again = _upright_words(picture, "+".join(self.installed))
            self.trusts_confidence = _mean(again) > _mean(words) + MIN_GAIN
            if self.trusts_confidence:
                words, turn = again, turn_again
        self.known = [*found, *(name for name in self.known if name not in found)]
        return words, turn

    def _order(self, first: Sequence[str]) -> list[str]:
        """Return these languages, then the others known, then English, which is everywhere."""
        others = [*self.known, *(name for name in self.installed if name == "eng")]
        return [*first, *(name for name in dict.fromkeys(others) if name not in first)]


def _languages(words: Sequence[_Word]) -> Counter[str]:
    """Return in which languages, by tesseract's names, how many letters of the paragraphs are written."""
    paragraphs: dict[tuple[int, int], list[str]] = {}
    for word in words:
        paragraphs.setdefault(word.line[:2], []).append(word.text)
    found: Counter[str] = Counter()
    for paragraph in paragraphs.values():
        text = " ".join(paragraph)
        if len(text) >= MIN_LANGUAGE_CHARS:
            found[LANGUAGES.get(detect(text), "")] += len(text)
    found.pop("", None)
    return found


def _mean(words: Sequence[_Word]) -> float:
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def _engine() -> tuple[str, list[str]]:
    import pytesseract  # heavy: keeps --help under 0.3 s

    os.environ.setdefault(
        "OMP_THREAD_LIMIT", "1"
    )  # tesseract's threads cost more than they bring on few cores
    try:
        version = str(pytesseract.get_tesseract_version())
        known = set(pytesseract.get_languages(config=""))
    except (pytesseract.TesseractNotFoundError, OSError, SystemExit) as error:
        raise Unavailable(
            "it is scanned, and tesseract is not installed on this machine", remedy=MISSING
        ) from error
    installed = [name for name in LANGUAGES.values() if name in known]
    if not installed:
        raise Unavailable("it is scanned, and tesseract has no language data", remedy=MISSING)
    return f"tesseract {version.splitlines()[0]}", installed


def _upright_words(picture: "Image", languages: str) -> tuple[list[_Word], int]:
    """Return the words and the clockwise turn (degrees) that made them readable."""
    first = _orientation(picture)
    best: tuple[float, list[_Word], int] | None = None
    for turn in [first, *(other for other in (0, 180, 90, 270) if other != first)]:
        words = list(_words(picture.rotate(-turn, expand=True) if turn else picture, languages))
        weight = sum(word.confidence * len(word.text) for word in words)
        mean = weight / max(sum(len(word.text) for word in words), 1)
        if best is None or weight > best[0]:
            best = (weight, words, turn)
        if mean >= POOR_CONFIDENCE or not words:
            break
    return (best[1], best[2]) if best else ([], 0)


def _orientation(picture: "Image") -> int:
    """Return the clockwise turn that tesseract thinks makes the page upright; 0 where it cannot tell."""
    import pytesseract  # heavy: keeps --help under 0.3 s

    try:
        found = pytesseract.image_to_osd(
            picture,
            config="--dpi 300 -c min_characters_to_try=8",
            output_type=pytesseract.Output.DICT,
            timeout=TIMEOUT_S,
        )
    except (pytesseract.TesseractError, RuntimeError, ValueError, KeyError):  # too few characters on the page
        return 0
    return int(found["rotate"]) % 360


def _words(picture: "Image", languages: str) -> Iterator[_Word]:
    import pytesseract  # heavy: keeps --help under 0.3 s

    data = pytesseract.image_to_data(
        picture, lang=languages, config="--dpi 300", output_type=pytesseract.Output.DICT, timeout=TIMEOUT_S
    )
    for index, text in enumerate(data["text"]):
        confidence = float(data["conf"][index])
        if text.strip() and confidence >= MIN_WORD_CONFIDENCE:
            left, top = int(data["left"][index]), int(data["top"][index])
            yield _Word(
                text=text.strip(),
                confidence=confidence,
                line=(data["block_num"][index], data["par_num"][index], data["line_num"][index]),
                left=left,
                top=top,
                right=left + int(data["width"][index]),
                bottom=top + int(data["height"][index]),
            )


def _page(scan: Scan, words: Sequence[_Word], turn: int, pixels: tuple[int, int]) -> Page:
    """Return the page as the layout wants it: lines upright for the rules, on a page turned the same way."""
    lines: dict[tuple[int, int, int], list[_Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    letters = sum(len(word.text) for word in words)
    found = (
        tuple(_line(scan, group, turn, pixels) for group in lines.values())
        if letters >= MIN_PAGE_LETTERS
        else ()
    )
    return Page(number=scan.number, width=scan.width, height=scan.height, lines=found)


def _line(scan: Scan, words: Sequence[_Word], turn: int, pixels: tuple[int, int]) -> Line:
    x0, y0 = min(word.left for word in words), min(word.top for word in words)
    x1, y1 = max(word.right for word in words), max(word.bottom for word in words)
    scale = scan.width / max(pixels[0], 1)
    x0, y0, x1, y1 = turned_back((x0, y0, x1, y1), turn, pixels)
    heights = sorted(word.bottom - word.top for word in words)
    return Line(
        text=" ".join(word.text for word in words),
        page=scan.number,
        x0=x0 * scale,
        y0=y0 * scale,
        x1=x1 * scale,
        y1=y1 * scale,
        # Letters' heights vary with what is in a line; a coarse grid keeps noise from looking like headings.
        size=max(round(heights[len(heights) // 2] * scale / 3) * 3.0, 3.0),
    )


def turned_back(
    box: tuple[int, int, int, int], turn: int, pixels: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Return a box found on a picture turned clockwise by `turn` in the pixels (width, height) of the unturned one."""
    x0, y0, x1, y1 = box
    width, height = pixels
    if turn == 90:
        return y0, height - x1, y1, height - x0
    if turn == 180:
        return width - x1, height - y1, width - x0, height - y0
    if turn == 270:
        return width - y1, x0, width - y0, x1
    return box
