"""Find the words of a PDF page that no reader sees: invisible, in the colour of the ground, tiny or off the page.

The invisible text that OCR lays over a scanned page is what the reader sees there, so it stays.
"""

from collections.abc import Iterable

from ingest.parse.pdf.objects import Area, Drawn
from ingest.parse.pdf.pdfium import INVISIBLE, Handle
from ingest.parse.pdf.text import TextPage
from ingest.parse.pdf.words import Word

TINY_HEIGHT = 1.4  # points; the cell of a letter set in one point
TINY_ADVANCE = 1.2  # points a letter; a font without a height of its own is told by its width
SCAN_SHARE = 0.4  # of the page that pictures cover where invisible words are those of a scan
NEAR = 24  # of 765, the sum of the differences of red, green and blue: no eye tells them apart
OPAQUE = 12  # of 255; text that is less so is not seen
FILLED = (0, 4)  # text render modes without an outline; 4 also clips
WHITE = (255, 255, 255)
Colour = tuple[int, int, int]  # red, green, blue, 0..255


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
        self.known: dict[Handle, Colour | bool] = {}
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
        painted = self.known.get(thing)
        if painted is None:
            painted = self.known[thing] = self._painted(thing)
        if painted is False or painted is True:
            return painted and not (self.is_scan and self._on_picture(word))
        ground = self._ground(word, self.drawn.texts.get(thing, 1 << 30))
        return ground is not None and _distance(painted, ground) <= NEAR

    def _painted(self, thing: Handle) -> Colour | bool:
        """Return the colour where it may be the ground's, else whether the text is not painted at all."""
        mode = self.library.render_mode(thing)
        if mode == INVISIBLE:
            return True
        if mode not in FILLED:  # an outline shows, whatever it is filled with
            return False
        fill = self.library.fill(thing)
        if fill is None:
            return False
        if fill[3] <= OPAQUE:
            return True
        colour = fill[:3]
        if colour not in self.blends:
            self.blends[colour] = any(_distance(colour, ground) <= NEAR for ground in self.grounds)
        return colour if self.blends[colour] else False

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


def _distance(one: Colour, other: Colour) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
