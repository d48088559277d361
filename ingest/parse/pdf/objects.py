"""Read what a PDF page draws besides text: the lines that rule tables, filled areas and pictures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.parse.pdf.pdfium import (
    BEZIER_TO,
    FORM,
    IMAGE,
    MOVE_TO,
    PATH,
    SHADING,
    TEXT,
    Handle,
    Rect,
    address,
    pdfium,
)
from ingest.parse.pdf.ruling import Rules
from ingest.parse.pdf.text import Frame
from ingest.parse.pdf.words import Place

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_OBJECTS = 30_000  # a page; maps have more, and no table
MAX_SEGMENTS = 400  # a path; a grid of 60 by 60 lines has 240
MAX_RULES = 4_000  # a page; more are a drawing
MAX_DEPTH = 4  # forms within forms
THIN = 2.5  # points; a wider bar is an area
MIN_RULE = 4.0  # points; shorter strokes are dots of dotted lines and parts of signs
BOX_SEGMENTS = 5  # a rectangle with its closing line; a shape of more does not fill the box around it
MIN_AREA_HEIGHT = 4.0  # points; what is lower cannot lie behind text
Matrix = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """Hold something that covers what was drawn before it."""

    place: Place
    order: int  # among the page's objects
    colour: (
        tuple[int, int, int] | None
    )  # None = not one colour: a picture, a gradient, a shape not filling its box
    is_picture: bool = False  # or a gradient


@dataclass(slots=True)
class Drawn:
    """Hold what was found on a page; `texts` are the handles of the text objects with their order."""

    rules: Rules = field(default_factory=Rules)
    areas: list[Area] = field(default_factory=list)
    texts: dict[Handle, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Return whether the page shows nothing."""
        return not (self.areas or self.texts or self.rules)

    @property
    def pictures(self) -> list[Place]:
        """Return the places of pictures."""
        return [area.place for area in self.areas if area.is_picture]


def drawn_on(page: "PdfPage", frame: Frame) -> Drawn:
    """Return what the page draws, in the frame's places. A page with too many objects is read in part."""
    return _Reader(frame).read(address(page.raw))


class _Reader:
    def __init__(self, frame: Frame) -> None:
        self.library = pdfium()
        self.frame = frame
        self.order = 0
        self.drawn = Drawn()

    def read(self, page: Handle) -> Drawn:
        count, at = self.library.count_objects(page), self.library.object_at
        self._walk((at(page, index) for index in range(min(count, MAX_OBJECTS))), None, 0)
        return self.drawn

    def _walk(self, things: Iterator[Handle], matrix: Matrix | None, depth: int) -> None:
        type_of, texts = self.library.type_of, self.drawn.texts
        for thing in things:
            self.order += 1
            kind = type_of(thing)
            if kind == TEXT:
                texts[thing] = self.order
            elif kind == PATH:
                self._path(thing, matrix)
            elif kind in (IMAGE, SHADING):
                self._cover(thing, matrix)
            elif kind == FORM and depth < MAX_DEPTH and self.order < MAX_OBJECTS:
                own = self.library.matrix(thing)
                inner = _product(own, matrix) if own and matrix else own or matrix
                count, at = self.library.count_in_form(thing), self.library.object_in_form
                self._walk((at(thing, index) for index in range(min(count, MAX_OBJECTS))), inner, depth + 1)

    def _place(self, rect: Rect, matrix: Matrix | None) -> Place:
        if matrix is not None:
            corners = [_moved(x, y, matrix) for x in (rect[0], rect[2]) for y in (rect[1], rect[3])]
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            rect = (min(xs), min(ys), max(xs), max(ys))
        return self.frame.place(*rect)

    def _cover(self, thing: Handle, matrix: Matrix | None) -> None:
        rect = self.library.bounds(thing)
        if rect is not None:
            self.drawn.areas.append(Area(self._place(rect, matrix), self.order, None, is_picture=True))

    def _path(self, path: Handle, matrix: Matrix | None) -> None:
        rules = self.drawn.rules
        rect = self.library.bounds(path)
        if rect is None or len(rules) > MAX_RULES:
            return
        x0, y0, x1, y1 = place = self._place(rect, matrix)
        width, height = x1 - x0, y1 - y0
        if height <= THIN or width <= THIN:
            if max(width, height) >= MIN_RULE and any(self.library.draw_mode(path)):
                rules.add(x0, y0, x1, y1)
            return
        is_filled, is_stroked = self.library.draw_mode(path)
        if is_filled and height >= MIN_AREA_HEIGHT:
            colour = self.library.fill(path)
            if colour is not None and colour[3] > 200:  # nearly opaque
                is_box = self.library.count_segments(path) <= BOX_SEGMENTS
                self.drawn.areas.append(Area(place, self.order, colour[:3] if is_box else None))
        if is_stroked or (is_filled and self.library.count_segments(path) > 5):
            self._strokes(path, matrix)

    def _strokes(self, path: Handle, matrix: Matrix | None) -> None:
        """Add the upright and level segments of a path; a path with a curve is a drawing."""
        count = self.library.count_segments(path)
        if not 2 <= count <= MAX_SEGMENTS:
            return
        own = self.library.matrix(path)
        to_page = _product(own, matrix) if own and matrix else own or matrix
        for points in self._strings(path, count):
            places = []
            for point in points:
                x, y = _moved(*point, to_page) if to_page else point
                places.append(self.frame.place(x, y, x, y)[:2])
            for (x0, y0), (x1, y1) in pairwise(places):
                left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
                is_straight = right - left <= 0.5 or bottom - top <= 0.5
                if is_straight and max(right - left, bottom - top) >= MIN_RULE:
                    self.drawn.rules.add(left, top, right, bottom)

    def _strings(self, path: Handle, count: int) -> Iterator[list[tuple[float, float]]]:
        """Yield the points of each connected part; nothing where a part is curved."""
        library = self.library
        points: list[tuple[float, float]] = []
        for index in range(count):
            segment = library.segment_at(path, index)
            kind = library.segment_type(segment)
            if kind == BEZIER_TO:
                return
            if kind == MOVE_TO and points:
                yield points
                points = []
            points.append(library.point(segment))
            if library.is_closing(segment):
                points.append(points[0])
        if points:
            yield points


def _product(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that moves by `first`, then by `second`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
