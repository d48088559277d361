"""Say what a paper is made of, whatever draws it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """Begin a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Hold a paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """Hold a list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a table. `widths` are shares of the line, one a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Hold what is said of one thing: a title, and rows of a name and its value."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """Ask for what only the company knows, and leave room for it. A paper with one is a draft."""

    ask: str


Way = Literal["inside", "machine", "tls", "plain"]


@dataclass(frozen=True, slots=True)
class Box:
    """Draw a rectangle, `y` downwards, with lines of text in it, the first of them bold."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    is_ours: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """Draw a straight line, with words above its right end."""

    x1: float
    y1: float
    x2: float
    y2: float
    way: Way
    label: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold a drawing; `alt` says it in words."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    alt: str


Block = Heading | Text | Points | Table | Card | Blank | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """Hold a paper. `name` is that of its files."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold what stands on every paper of a pack."""

    language: str
    site: str
    made: str  # when, from what
    ask: str  # what stands above every blank
    page: str  # "page {number}"
    papers: tuple[tuple[str, str], ...]  # names and titles of all, in order
