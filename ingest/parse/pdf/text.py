"""Read the words of a PDF page: pdfium's own text order and line breaks, cells asked for by word, not by character."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import degrees
from typing import TYPE_CHECKING

from ingest.parse.pdf.layout import Line
from ingest.parse.pdf.pdfium import Handle, address, pdfium
from ingest.parse.pdf.words import Place, Word, place_of, text_of

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

COLUMN_GAP = 1.8  # line heights between two pieces of one line; a wide word space stays below one
LINE = re.compile(r"[^\r\n\ufffe\x02]+[\ufffe\x02]?")
WORD = re.compile(r"\S+")
BOLD_WEIGHT = 600
MONO_NAMES = ("courier", "mono", "consol", "menlo", "typewriter", "inconsolata", "cmtt", "lettergothic")
HYPHEN = "\ufffe"  # pdfium's mark for a hyphen it takes for a line-end hyphen
TURNED = 1.5  # a word of three letters that is so much higher than wide runs up or down the page
SAMPLE = 12  # words that say which way a page is read


@dataclass(frozen=True, slots=True)
class Frame:
    """Map pdfium's page space (origin bottom left, unrotated) to points from the top left of the page as turned."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int  # clockwise degrees

    @property
    def size(self) -> tuple[float, float]:
        """Return the width and the height as turned."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def place(self, x0: float, y0: float, x1: float, y1: float) -> Place:
        """Return (x0, y0, x1, y1) as turned from left, bottom, right, top in page space."""
        if self.rotation == 0:
            return x0 - self.left, self.top - y1, x1 - self.left, self.top - y0
        if self.rotation == 90:
            return y0 - self.bottom, x0 - self.left, y1 - self.bottom, x1 - self.left
        if self.rotation == 180:
            return self.right - x1, y0 - self.bottom, self.right - x0, y1 - self.bottom
        return self.top - y1, self.right - x1, self.top - y0, self.right - x0

    def lift(self, x0: float, y0: float, x1: float, y1: float) -> Place:
        """Return left, bottom, right, top in page space from a place as turned."""
        if self.rotation == 0:
            return x0 + self.left, self.top - y1, x1 + self.left, self.top - y0
        if self.rotation == 90:
            return y0 + self.left, x0 + self.bottom, y1 + self.left, x1 + self.bottom
        if self.rotation == 180:
            return self.right - x1, y0 + self.bottom, self.right - x0, y1 + self.bottom
        return self.right - y1, self.top - x1, self.right - y0, self.top - x0

    def turned(self, rotation: int) -> "Frame":
        """Return the same page read another way round."""
        return Frame(self.left, self.bottom, self.right, self.top, rotation)


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a line, or a part of it between two wide gaps, with its words."""

    line: Line
    words: tuple[Word, ...]


class TextPage:
    """Read the words and fonts of one page. It must not outlive `raw`."""

    def __init__(self, raw: "PdfTextPage", frame: Frame) -> None:
        self.library = pdfium()
        self.handle: Handle = address(raw.raw)
        count = self.library.count_characters(self.handle)
        self.text = self.library.text(self.handle, count) if count > 0 else ""
        spans = [
            [found.span() for found in WORD.finditer(self.text, *line.span())]
            for line in LINE.finditer(self.text)
        ]
        self.shown = self.text.replace(HYPHEN, "-").replace("\x02", "-")  # both marks are one character, too
        self.frame = frame.turned(self._way_read(spans, frame.rotation))
        self.lines = [[self._word(start, end) for start, end in line] for line in spans]

    def _way_read(self, spans: Sequence[Sequence[tuple[int, int]]], rotation: int) -> int:
        """Return the clockwise turn that makes most of the text upright."""
        words = [span for line in spans for span in line if span[1] - span[0] >= 3]
        step = max(len(words) // SAMPLE, 1)
        ways = Counter(
            round(-degrees(self.library.angle(self.handle, start)) / 90) * 90 % 360
            for start, _ in words[::step]
        )
        if not ways:
            return rotation
        way, votes = ways.most_common(1)[0]
        return way if votes > 0.8 * ways.total() else rotation

    def _word(self, start: int, end: int) -> Word:
        cell = self.library.cell
        left, bottom, right, top = cell(self.handle, start)
        if end - start > 1:
            left_, bottom_, right_, top_ = cell(self.handle, end - 1)
            left, right = min(left, left_), max(right, right_)
            bottom, top = min(bottom, bottom_), max(top, top_)
        return Word(
            self.shown[start:end],
            start,
            end,
            *self.frame.place(left, bottom, right, top),
        )

    def pieces(self, number: int, dropped: frozenset[int]) -> Iterator[Piece]:
        """Yield the lines as pdfium breaks them, cut at column gaps, without the words that start at `dropped`."""
        for words in self.lines:
            kept = [word for word in words if word.start not in dropped] if dropped else words
            for part in _parts(kept):
                piece = self._piece(part, number)
                if piece is not None:
                    yield piece

    def _piece(self, words: tuple[Word, ...], number: int) -> Piece | None:
        text = _cleaned(text_of(words))
        if not text:
            return None
        middle = max(words[len(words) // 3 : 2 * len(words) // 3 + 1], key=lambda word: word.end - word.start)
        is_turned = _is_turned(middle)
        name, is_mono = self.library.font(self.handle, middle.start)
        line = Line(
            text,
            number,
            *place_of(words),
            size=middle.x1 - middle.x0 if is_turned else middle.y1 - middle.y0,
            is_bold=self._is_bold(middle.start, name) and self._is_bold(words[0].start),
            is_mono=is_mono or any(mono in name for mono in MONO_NAMES),
            is_turned=is_turned,
        )
        return Piece(line, words)

    def _is_bold(self, index: int, name: str | None = None) -> bool:
        """Say whether the character is bold, by weight or by the name of its font."""
        if self.library.weight(self.handle, index) >= BOLD_WEIGHT:
            return True
        return "bold" in (self.library.font(self.handle, index)[0] if name is None else name)


def part_of(piece: Piece, words: tuple[Word, ...]) -> Piece:
    """Return a part of a piece: some of its words, in the same letters."""
    if len(words) == len(piece.words):
        return piece
    x0, y0, x1, y1 = place_of(words)
    text = _cleaned(text_of(words))
    return Piece(replace(piece.line, text=text, x0=x0, y0=y0, x1=x1, y1=y1), words)


def _is_turned(word: Word) -> bool:
    return word.end - word.start >= 3 and word.y1 - word.y0 > TURNED * (word.x1 - word.x0)


def _parts(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    part: list[Word] = []
    for word in words:
        if part and word.x0 - part[-1].x1 > COLUMN_GAP * max(word.y1 - word.y0, 6.0):
            yield tuple(part)
            part = []
        part.append(word)
    if part:
        yield tuple(part)


def _cleaned(text: str) -> str:
    """Return a line without control characters."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())
