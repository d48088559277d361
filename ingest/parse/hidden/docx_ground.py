"""Say what stands behind a paragraph of a DOCX: shading, cells, boxes, shapes on its page, the page itself. Pure.

Source: ECMA-376 part 1, 17.4.32 (cells), 17.2.1 with 17.15.1.25 (a page's colour, shown only where a setting says so),
20.4.2.3 (drawings that float over or behind the text). Where a page ends is told by its breaks, set and last drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.colour import WHITE, alike, colour_of
from ingest.parse.hidden.docx_looks import Looks, value_of
from ingest.parse.hidden.drawingml import paint_of
from ingest.parse.hidden.sight import Fill, Paint
from ingest.parse.ooxml import attribute, child, descendants, is_on, local

UNREAD = frozenset({"Fallback", "del", "moveFrom"})
MIN_WIDTH, MIN_HEIGHT = (
    1_000_000,
    150_000,
)  # EMU, 28 by 4 mm: smaller drawings are logos that no line is set on
MIN_SIDE = 3_000_000  # EMU, 8 cm: of what a header lays behind whole pages
SHAPES = ("shape", "rect", "roundrect", "oval", "group")  # of VML
OFF = ("f", "false", "0")


@dataclass(slots=True)
class Ground:
    """Tell what a part of the document lays behind each of its paragraphs."""

    looks: Looks
    page: Paint = WHITE
    covered: frozenset[etree._Element] = (
        frozenset()
    )  # paragraphs on whose page a picture or shape may lie behind
    tables: dict[etree._Element, tuple[str, bool]] = field(
        default_factory=dict
    )  # its style, whether that shades

    def behind(self, paragraph: etree._Element) -> Iterator[Paint]:
        """Yield what is painted behind a run's own shading, nearest first."""
        yield self.looks.shading(self.looks.paragraph(child(paragraph, "pPr"), "shd"))
        is_on_page = True
        for above in paragraph.iterancestors():
            name = local(above)
            if name == "tc":
                yield self.looks.shading(child(child(above, "tcPr"), "shd"))
            elif name == "tbl":
                yield Fill.UNKNOWN if self._table(above)[1] else Fill.NOTHING
                yield self.looks.shading(child(child(above, "tblPr"), "shd"))
            elif name == "txbxContent":
                yield self._box(above)
                is_on_page = False
        if is_on_page and self._topmost(paragraph) in self.covered:
            yield Fill.UNKNOWN
        yield self.page

    def table_style(self, paragraph: etree._Element) -> str:
        """Return the style of the table around a paragraph, "" outside of one."""
        table = next((above for above in paragraph.iterancestors() if local(above) == "tbl"), None)
        return "" if table is None else self._table(table)[0]

    def _table(self, table: etree._Element) -> tuple[str, bool]:
        if table not in self.tables:
            style = value_of(child(child(table, "tblPr"), "tblStyle"))
            self.tables[table] = (style, self.looks.does_shade(style))
        return self.tables[table]

    def _topmost(self, paragraph: etree._Element) -> etree._Element:
        """Return the paragraph of the text itself: one in a box hangs on another."""
        above = [place for place in paragraph.iterancestors() if local(place) == "p"]
        return above[-1] if above else paragraph

    def _box(self, content: etree._Element) -> Paint:
        """Return what a text box is filled with; an open one may lie on anything."""
        for above in content.iterancestors():
            name = local(above)
            if name == "wsp":
                paint = paint_of(child(above, "spPr"), self.looks.scheme)
                return paint if isinstance(paint, tuple) else Fill.UNKNOWN
            if name in SHAPES:
                is_filled = (above.get("filled") or "t") not in OFF and child(above, "fill") is None
                return (colour_of(above.get("fillcolor")) if is_filled else None) or Fill.UNKNOWN
        return Fill.UNKNOWN


def ground_of_document(
    root: etree._Element, settings: etree._Element | None, headers: list[etree._Element], looks: Looks
) -> Ground:
    """Return the ground of the document's main part; `headers` are what its pages repeat."""
    page: Paint = WHITE
    background = child(root, "background")
    if background is not None and is_on(child(settings, "displayBackgroundShape")):
        page = (
            Fill.UNKNOWN
            if len(background)
            else looks.ink(background) or colour_of(attribute(background, "color")) or WHITE
        )
    if any(
        _is_behind(drawing, looks, MIN_SIDE, MIN_SIDE) for header in headers for drawing in _drawings(header)
    ):
        page = Fill.UNKNOWN
    return Ground(looks, page, frozenset(_covered(root, looks)))


def _covered(root: etree._Element, looks: Looks) -> Iterator[etree._Element]:
    """Yield the paragraphs that share their page with a picture or shape that may lie behind them."""
    pages: list[list[etree._Element]] = [[]]
    dark: set[int] = set()
    marks = ("p", "br", "lastRenderedPageBreak", "sectPr", "anchor", *SHAPES)
    for item in descendants(root, *marks, skip=UNREAD | {"txbxContent"}):
        name = local(item)
        if name == "p":
            pages[-1].append(item)
        elif name in ("lastRenderedPageBreak", "sectPr") or (
            name == "br" and attribute(item, "type") == "page"
        ):
            # What stands before and after the break within a paragraph is the same paragraph.
            pages.append(pages[-1][-1:])
        elif name in ("anchor", *SHAPES) and _is_behind(item, looks, MIN_WIDTH, MIN_HEIGHT):
            dark.add(len(pages) - 1)
    for number in dark:
        yield from pages[number]


def _drawings(root: etree._Element) -> Iterator[etree._Element]:
    return descendants(root, "anchor", *SHAPES, skip=UNREAD)


def _is_behind(drawing: etree._Element, looks: Looks, width: int, height: int) -> bool:
    """Say whether a floating drawing is large and painted, and not just white."""
    if local(drawing) != "anchor":
        style = (drawing.get("style") or "").replace(" ", "")
        is_picture = next(descendants(drawing, "imagedata", "fill", skip=frozenset()), None) is not None
        colour = colour_of(drawing.get("fillcolor"))
        is_dark = colour is not None and not alike(colour, WHITE)
        return "position:absolute" in style and (is_picture or is_dark or local(drawing) == "group")
    extent = child(drawing, "extent")
    size = [] if extent is None else [extent.get("cx") or "", extent.get("cy") or ""]
    if (
        not all(side.isdigit() for side in size)
        or len(size) < 2
        or int(size[0]) < width
        or int(size[1]) < height
    ):
        return False
    for shape in descendants(drawing, "pic", "wsp", skip=UNREAD):
        paint = paint_of(child(shape, "spPr"), looks.scheme)
        is_styled = paint is None and child(child(shape, "style"), "fillRef") is not None
        is_coloured = isinstance(paint, tuple) and not alike(paint, WHITE)
        if local(shape) == "pic" or is_styled or is_coloured or paint is Fill.UNKNOWN:
            return True
    return False
