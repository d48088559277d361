"""Say whether the letters of an RTF file are seen, by what its control words say of them and of their ground. Pure.

Source: RTF 1.9.1, "Font (Character) Formatting Properties" (v, cf, cb, highlight, chcbpat, fs, charscalex, up, dn),
"Paragraph Formatting Properties" and "Paragraph Shading" (cbpat, li, posx), "Table Definitions" (clcbpat, trrh), "Word
97 Through Word 2007 RTF for Drawing Objects" (shpleft, fHidden, fillColor). `webhidden` is set on the page numbers of
every table of contents and hides nothing in print. A shade is a number in the table of colours, 0 = none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.parse.hidden.colour import WHITE, Colour
from ingest.parse.hidden.sight import TINY_POINTS, Fill, Paint, ground_of, is_lost

HALF_POINTS, TWIPS = 2, 20  # to a point
MIN_PERCENT = 10  # of a letter's width
MAX_RAISED = 2_000  # half-points off the line: more than any page is high
FAR, MAX_PAGE = 14_400, 31_680  # twips: beyond any margin on the left, beyond the widest page on the right
SHADES = ("cb", "highlight", "chcbpat")
PLACES = ("li", "lin", "posx", "posnegx", "posy", "posnegy")
ROWS = ("trowd", "clcbpat", "clshdng", "trrh", "cellx")  # what defines a row
SIDES = ("shpleft", "shptop", "shpright", "shpbottom")
DRAWING = ("shp", "shpinst", *SIDES)
ON = "1"


@dataclass(frozen=True, slots=True)
class Letters:
    """Hold how letters look; a group's end takes it back."""

    is_hidden: bool = False
    is_tiny: bool = False
    is_pressed: bool = False
    is_raised: bool = False
    is_mixed: bool = False  # shaded with a pattern of two colours
    colour: int | None = None  # in the table of colours; None = that of the reader's program
    shade: int = 0

    def changed(self, word: str, number: int | None) -> "Letters":
        """Return the look after a control word."""
        amount = number or 0
        if word in ("v", "spv"):
            look = replace(self, is_hidden=number != 0)
        elif word == "cf":
            look = replace(self, colour=amount)
        elif word in SHADES:
            look = replace(self, shade=amount)
        elif word == "chshdng":
            look = replace(self, is_mixed=bool(amount))
        elif word == "fs":
            look = replace(self, is_tiny=number is not None and number < TINY_POINTS * HALF_POINTS)
        elif word == "charscalex":
            look = replace(self, is_pressed=number is not None and number < MIN_PERCENT)
        else:
            look = replace(self, is_raised=abs(amount) > MAX_RAISED) if word in ("up", "dn") else self
        return look


@dataclass(frozen=True, slots=True)
class Stand:
    """Hold where a paragraph stands and on what; the control word pard takes it back."""

    shade: int = 0
    is_mixed: bool = False
    is_off: bool = False

    def changed(self, word: str, number: int | None) -> "Stand":
        """Return the stand after a control word."""
        if word == "cbpat":
            return replace(self, shade=number or 0)
        if word == "shading" or (
            word == "itap" and (number or 0) > 1
        ):  # a table within one: its cells come later
            return replace(self, is_mixed=bool(number))
        if word in PLACES:
            return replace(self, is_off=self.is_off or not -FAR <= (number or 0) <= MAX_PAGE)
        return self


PLAIN = Letters()  # what a document begins with


@dataclass(slots=True)
class Row:
    """Hold the shades of a row's cells, as its definition gives them before the text."""

    cells: list[tuple[int, bool]] = field(default_factory=list)  # shade, whether a pattern mixes it
    shade: int = 0
    is_mixed: bool = False
    is_low: bool = False

    def take(self, word: str, number: int | None) -> None:
        """Take a control word of the definition of a row."""
        if word == "trowd":
            self.cells, self.is_low = [], False
        elif word == "clcbpat":
            self.shade = number or 0
        elif word == "clshdng":
            self.is_mixed = bool(number)
        elif word == "trrh":  # negative: exactly so high
            self.is_low = -TINY_POINTS * TWIPS < (number or 0) < 0
        elif word == "cellx":
            self.cells.append((self.shade, self.is_mixed))
            self.shade, self.is_mixed = 0, False

    def paint(self, cell: int, colours: "Colours") -> Paint:
        """Return what is behind the text of a cell."""
        if cell >= len(self.cells):
            return Fill.UNKNOWN
        shade, is_mixed = self.cells[cell]
        return Fill.UNKNOWN if is_mixed else colours.paint(shade)


@dataclass(slots=True)
class Shape:
    """Hold where a drawing lies, and the properties that its names and values give."""

    sides: dict[str, int] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    @property
    def is_away(self) -> bool:
        """Say whether the drawing is hidden or lies off the page."""
        sides = [self.sides.get(side, 0) for side in SIDES]
        is_off = sides[2] < -FAR or sides[3] < -FAR or sides[0] > MAX_PAGE or sides[1] > MAX_PAGE
        return is_off or self.named.get("fHidden") == ON

    @property
    def paint(self) -> Paint:
        """Return the colour of the fill, red in the lowest byte; a drawing that says nothing may lie on anything."""
        colour = self.named.get("fillColor", "")
        is_plain = self.named.get("fillType", "0") == "0" and self.named.get("fFilled", ON) == ON
        if not (is_plain and colour.isdecimal()):
            return Fill.UNKNOWN
        number = int(colour[:10])
        return (number & 255, number >> 8 & 255, number >> 16 & 255)


def drawn(shape: Shape | None, word: str, number: int | None) -> Shape:
    """Return the drawing being read after a control word: a new one, or the one around the text with its place."""
    if shape is None or word == "shp":
        shape = Shape()
    if word in SIDES:
        shape.sides[word] = number or 0
    return shape


@dataclass(slots=True)
class Colours:
    """Hold the table of colours; an entry without parts is the reader's program's own."""

    table: list[Colour | None] = field(default_factory=list)

    def paint(self, shade: int) -> Paint:
        """Return what a shade paints."""
        found = self.table[shade] if 0 < shade < len(self.table) else None
        return found or Fill.NOTHING

    def ink(self, number: int | None) -> Colour | None:
        """Return a colour of letters, None where the reader's program chooses one that is seen."""
        return self.table[number] if number is not None and 0 <= number < len(self.table) else None


def is_unseen(letters: Letters, stand: Stand, behind: Sequence[Paint], colours: Colours) -> bool:
    """Say whether letters are not seen; `behind` is what cell, drawing or page paint, nearest first."""
    if letters.is_hidden or letters.is_tiny or letters.is_pressed or letters.is_raised or stand.is_off:
        return True
    own = [Fill.UNKNOWN if one.is_mixed else colours.paint(one.shade) for one in (letters, stand)]
    return is_lost(colours.ink(letters.colour), ground_of([*own, *behind, WHITE]))
