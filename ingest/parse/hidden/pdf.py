"""Find the words of a PDF page that no reader sees: invisible, in the colour of the ground, tiny or off the page.

The invisible text that OCR lays over a scanned page is what the reader sees there, so it stays.
"""

from collections.abc import Iterable
from enum import Enum

from ingest.parse.hidden.colour import FAINT, WHITE, Colour, alike
from ingest.parse.pdf.objects import Area, Drawn
from ingest.parse.pdf.pdfium import INVISIBLE, Handle
from ingest.parse.pdf.text import TextPage
from ingest.parse.pdf.words import Word

TINY_HEIGHT = 1.4  # points; the cell of a letter set in one point
TINY_ADVANCE = 1.2  # points a letter; a font without a height of its own is told by its width
SCAN_SHARE = 0.4  # of the page that pictures cover where invisible words are those of a scan
OPAQUE = 255  # as pdfium counts opacity
FILLED = (0, 4)  # text render modes without an outline; 4 also clips


class Paint(Enum):
    """Say what becomes of a text by its paint alone."""

    SHOWN = "shown"
    UNSEEN = "unseen"
    BLENDING = "blending"  # in a colour that some ground of the page has: the ground behind each word decides


def hidden_words(text: TextPage, drawn: Drawn) -> list[Word]:
    """Return the words that are in the page's text and not on the page as shown."""
    size = text.frame.size
    judge = _Judge(text, drawn, size[0] * size[1])
    return [
        word
        for line in text.lines
        for word in line
        if _is_tiny(word) or is_off(word, size) or judge.hides(word)
    ]


def _is_tiny(word: Word) -> bool:
    return word.y1 - word.y0 <= TINY_HEIGHT and word.x1 - word.x0 <= TINY_ADVANCE * (word.end - word.start)


def is_off(word: Word, size: tuple[float, float]) -> bool:
    """Say whether a word stands beyond the page's edges, as the neighbour's does where a spread was cut in two."""
    width, height = size
    return word.x1 <= 0 or word.y1 <= 0 or word.x0 >= width or word.y0 >= height


class _Judge:
    """Ask each text object once how it is painted."""

    def __init__(self, text: TextPage, drawn: Drawn, size: float) -> None:
        self.text = text
        self.drawn = drawn
        self.library = text.library
        self.known: dict[Handle, Paint] = {}
        self.colours: dict[Handle, Colour] = {}
        covered = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in drawn.pictures)
        self.is_scan = covered >= SCAN_SHARE * size
        self.grounds = {area.colour for area in drawn.areas if area.colour} | {WHITE}
        self.blends: dict[Colour, bool] = {}  # whether a colour may be that of some ground

    def hides(self, word: Word) -> bool:
        """Say whether the first or the last letter of a word cannot be seen."""
        first = self.library.object_of_character(self.text.handle, word.start)
        if first and self._hides(word, first):
            return True
        if word.end - word.start == 1:
            return False
        last = self.library.object_of_character(self.text.handle, word.end - 1)
        return bool(last) and last != first and self._hides(word, last)

    def _hides(self, word: Word, thing: Handle) -> bool:
        paint = self.known.get(thing)
        if paint is None:
            paint = self.known[thing] = self._painted(thing)
        if paint is Paint.SHOWN:
            return False
        if paint is Paint.UNSEEN:
            return not (self.is_scan and self._on_picture(word))
        ground = self._ground(word, self.drawn.texts.get(thing, 1 << 30))
        return ground is not None and alike(self.colours[thing], ground)

    def _painted(self, thing: Handle) -> Paint:
        """Return what the paint alone says, and keep the colour where that is not enough."""
        mode = self.library.render_mode(thing)
        if mode == INVISIBLE:
            return Paint.UNSEEN
        fill = self.library.fill(thing) if mode in FILLED else None
        if fill is None:  # an outline shows, whatever it is filled with
            return Paint.SHOWN
        if fill[3] < FAINT * OPAQUE:
            return Paint.UNSEEN
        colour = self.colours[thing] = fill[:3]
        if colour not in self.blends:
            self.blends[colour] = any(alike(colour, ground) for ground in self.grounds)
        return Paint.BLENDING if self.blends[colour] else Paint.SHOWN

    def _on_picture(self, word: Word) -> bool:
        x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in self.drawn.pictures)

    def _ground(self, word: Word, order: int) -> Colour | None:
        """Return the colour that a word stands on, None on a picture."""
        x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        below = _topmost(area for area in self.drawn.areas if area.order < order and _holds(area, x, y))
        return below.colour if below else WHITE


def _topmost(areas: Iterable[Area]) -> Area | None:
    return max(areas, key=lambda area: area.order, default=None)


def _holds(area: Area, x: float, y: float) -> bool:
    x0, y0, x1, y1 = area.place
    return x0 <= x <= x1 and y0 <= y <= y1
