"""Say which cells of a workbook look like nothing: of their fill's colour, tiny, or of an empty number format.

Source: ECMA-376 part 1, 18.8.3 and 18.8.19 (colours, by number, theme and tint), 18.8.22 (fonts), 18.8.31 (number
formats, whose fourth section is that of text), 18.4.4 (runs of rich text).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import ZipFile

from ingest.parse.hidden.colour import BLACK, WHITE, Colour, colour_of, relit
from ingest.parse.hidden.drawingml import Scheme, scheme_of
from ingest.parse.hidden.sight import TINY_POINTS, Fill, Paint, ground_of, is_lost
from ingest.parse.ooxml import attribute, descendants, relations, tree

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.styles import Font
    from openpyxl.styles.colors import Color

THEME_ORDER = (
    "lt1",
    "dk1",
    "lt2",
    "dk2",
    *(f"accent{number}" for number in range(1, 7)),
    "hlink",
    "folHlink",
)
SYSTEM_INK, SYSTEM_PAPER = 64, 65  # numbers that mean the window's own colours
SECTIONS = 4  # of a number format: positive, negative, zero, text
QUOTED = re.compile(r'"[^"]*"')
UNPRINTED = re.compile(r'""|"\s+"|\[[^\]]*\]|[_*\\].|\s')  # colours, conditions, padding


PALETTE_SIZE = 64  # colours by number, which a workbook may replace (18.8.27)


@dataclass(frozen=True, slots=True)
class _Look:
    ink: Paint
    fill: Paint
    is_tiny: bool
    is_blank: bool  # text under this number format is not shown
    is_odd: bool  # not seen, unless something else is behind it


@dataclass(slots=True)
class Looks:
    """Remember how each of a workbook's styles looks; a workbook has few, and many cells."""

    scheme: Scheme
    palette: tuple[Colour | None, ...]
    known: dict[int, _Look] = field(default_factory=dict)

    def shown(self, cell: "ReadOnlyCell", value: object, is_painted: Callable[[], bool]) -> object:
        """Return a cell's value, or its rich text, without what is not seen of it; None where nothing is.

        `is_painted` says whether something else than the fill may stand behind the cell.
        """
        key = id(cell.style_array)  # the workbook keeps it; its fonts and fills take ten times as long
        look = self.known.get(key)
        if look is None:
            look = self.known[key] = self._look(cell)
        if not (look.is_odd or isinstance(value, list)):  # rich text is a list of texts and runs
            return value
        ground = Fill.UNKNOWN if is_painted() else ground_of([look.fill])
        is_unseen = look.is_tiny or is_lost(look.ink, ground)
        if look.is_blank or not isinstance(value, list):
            return None if look.is_blank or is_unseen else value
        parts = [
            part if isinstance(part, str) else part.text
            for part in value
            if not (is_unseen if isinstance(part, str) else self._is_unseen_run(part.font, look, ground))
        ]
        return "".join(parts) or None

    def _look(self, cell: "ReadOnlyCell") -> _Look:
        font, fill = cell.font, cell.fill
        pattern = getattr(fill, "fill_type", None)
        behind: Paint = Fill.NOTHING
        if pattern is not None and pattern != "none":
            behind = self._paint(fill.fgColor, WHITE) if pattern == "solid" else Fill.UNKNOWN
        ink = self._paint(font.color, BLACK)
        is_tiny = font.sz is not None and font.sz < TINY_POINTS
        is_empty = is_blank(cell.number_format or "")
        is_odd = is_tiny or is_empty or is_lost(ink, ground_of([behind]))
        return _Look(ink=ink, fill=behind, is_tiny=is_tiny, is_blank=is_empty, is_odd=is_odd)

    def _is_unseen_run(self, font: "Font", look: _Look, ground: Paint) -> bool:
        """Say whether a run of rich text is not seen; what it does not say is as the cell says."""
        is_tiny = look.is_tiny if font.sz is None else font.sz < TINY_POINTS
        ink = look.ink if font.color is None else self._paint(font.color, BLACK)
        return is_tiny or is_lost(ink, ground)

    def _paint(self, colour: "Color | None", automatic: Colour) -> Paint:
        shade: Colour | None = None
        if colour is None or colour.type == "auto":
            return automatic
        if colour.type == "rgb":
            shade = colour_of(str(colour.rgb)[-6:])
        elif colour.type == "theme" and 0 <= colour.theme < len(THEME_ORDER):
            shade = self.scheme.get(THEME_ORDER[colour.theme])
        elif colour.type == "indexed" and colour.indexed in (SYSTEM_INK, SYSTEM_PAPER):
            shade = BLACK if colour.indexed == SYSTEM_INK else WHITE
        elif colour.type == "indexed" and 0 <= colour.indexed < len(self.palette):
            shade = self.palette[colour.indexed]
        return Fill.UNKNOWN if shade is None else tinted(shade, colour.tint)


def looks_of(package: ZipFile, workbook: str) -> Looks:
    """Return the looks of a package's cells. Raises XMLSyntaxError."""
    parts = {relation.kind: relation.target for relation in relations(package, workbook).values()}
    theme, styles = (tree(package, parts[kind]) if kind in parts else None for kind in ("theme", "styles"))
    replaced = [] if styles is None else list(descendants(styles, "rgbColor", skip=frozenset()))
    codes = [attribute(item, "rgb") or "" for item in replaced[:PALETTE_SIZE]]
    from openpyxl.styles.colors import COLOR_INDEX  # heavy: keeps --help under 0.3 s

    codes += COLOR_INDEX[len(codes) : PALETTE_SIZE]
    return Looks(scheme_of(theme), tuple(colour_of(code[-6:]) for code in codes))


def tinted(colour: Colour, tint: float) -> Colour:
    """Return a colour made lighter or darker by a share from -1 to 1 (18.8.19)."""
    return relit(colour, 1 + tint, 0.0) if tint < 0 else relit(colour, 1 - tint, tint)


def is_blank(number_format: str) -> bool:
    """Say whether a number format shows nothing of a text. An empty section for zero alone is ordinary."""
    sections = QUOTED.sub(lambda found: found.group().replace(";", ""), number_format).split(";")
    return len(sections) >= SECTIONS and not UNPRINTED.sub("", sections[SECTIONS - 1])
