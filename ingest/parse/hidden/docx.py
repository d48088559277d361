"""Take out runs of a DOCX that it holds but does not show, judged by their formatting and that of their styles.

Hidden are runs that vanish, hidden rows and rows of no height, frames and indents off the page, letters below two
points or pressed to nothing, and ink like the ground: the run's or the paragraph's shading, the cell's, the box's,
the page's. White is seen where a table's style, a picture or a shape on the same page may stand behind it.
`webHidden` is no hiding: Word sets it on the page numbers of every table of contents (ECMA-376 part 1, 17.3.2.44),
and print shows them.
"""

from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.docx_ground import Ground
from ingest.parse.hidden.docx_looks import Inherited, Looks, highlight, value_of
from ingest.parse.hidden.passage import is_text
from ingest.parse.hidden.sight import TINY_POINTS, Fill, ground_of, is_lost
from ingest.parse.ooxml import attribute, child, children, descendants, is_on, local

UNREAD = frozenset({"Fallback", "del", "moveFrom"})  # what the parser does not read
HALF_POINTS = 2  # to a point (17.3.2.38)
TWIPS = 20  # to a point
MIN_PERCENT = 10  # of a letter's width (17.3.2.43); Word offers 33 as its smallest
MAX_RAISED = 2_000  # half-points above the line (17.3.2.24): more than any page is high
MAX_PAGE = 31_680  # twips, 22 inches: the widest page that Word makes (17.6.13)
FAR = 14_400  # twips left of where the text begins: beyond any margin
# Share of transparency, of 100,000, from which a letter is not seen ([MS-ODRAWXML] 2.2, alpha).
CLEAR = 95_000
VISIBILITY_OFF = "visibility:hidden"  # of VML


def drop_unseen_runs(root: etree._Element, looks: Looks, ground: Ground) -> int:
    """Take what is not seen out of a part of a DOCX; return how many passages of text that were."""
    judge = _Judge(looks, ground)
    gone: dict[etree._Element, list[str]] = {}  # by paragraph: a row of letters may be one run each
    for run in list(descendants(root, "r", skip=UNREAD)):
        paragraph = next((above for above in run.iterancestors() if local(above) == "p"), None)
        if paragraph is None:
            continue
        is_whole = judge.is_away(run, paragraph)
        if not is_whole and not judge.is_lost(run, paragraph):
            continue
        letters = children(run, "t", "sym")
        gone.setdefault(paragraph, []).append("".join(letter.text or "" for letter in letters))
        # A drawing is shown whatever the colour or size of the run that it hangs on.
        for item in [run] if is_whole else letters:
            above = item.getparent()
            if above is not None:
                above.remove(item)
    return sum(is_text("".join(texts)) for texts in gone.values())


@dataclass(slots=True)
class _Judge:
    looks: Looks
    ground: Ground
    places: dict[etree._Element, bool] = field(
        default_factory=dict
    )  # paragraphs: whether they are out of sight

    def is_away(self, run: etree._Element, paragraph: etree._Element) -> bool:
        """Say whether a run vanishes, or stands where nothing is seen."""
        if paragraph not in self.places:
            self.places[paragraph] = self._is_off(paragraph)
        if self.places[paragraph]:
            return True
        inherited = self._inherited(run, paragraph)
        for name in ("vanish", "specVanish"):
            own = next(
                (found for one in children(run, "rPr") if (found := child(one, name)) is not None), None
            )
            if is_on(own) or (own is None and name in inherited.switched):
                return True
        return False

    def is_lost(self, run: etree._Element, paragraph: etree._Element) -> bool:
        """Say whether a run's letters are too small or too like what is behind them."""
        elements = dict(self._inherited(run, paragraph).elements)
        for properties in children(run, "rPr"):
            elements |= {local(item): item for item in properties}
        if _is_below(elements.get("sz"), TINY_POINTS * HALF_POINTS) or _is_below(
            elements.get("w"), MIN_PERCENT
        ):
            return True
        if _is_below(elements.get("fitText"), TINY_POINTS * TWIPS):
            return True
        if abs(_amount(value_of(elements.get("position"))) or 0) > MAX_RAISED:
            return True
        fill = elements.get("textFill")
        if _is_clear(fill) and not _is_outlined(elements.get("textOutline")):
            return True
        ink = self.looks.ink(elements.get("color"))
        if ink is None or (fill is not None and child(fill, "noFill") is None):
            return False  # a fill of Word 2010 wins over the colour
        own = [highlight(elements.get("highlight")), self.looks.shading(elements.get("shd"))]
        if all(paint is Fill.NOTHING for paint in own):
            own = list(self.ground.behind(paragraph))
        return is_lost(ink, ground_of(own))

    def _inherited(self, run: etree._Element, paragraph: etree._Element) -> Inherited:
        styles = [
            value_of(found) for one in children(run, "rPr") if (found := child(one, "rStyle")) is not None
        ]
        own = value_of(child(child(paragraph, "pPr"), "pStyle"))
        return self.looks.inherited(styles[0] if styles else "", own, self.ground.table_style(paragraph))

    def _is_off(self, paragraph: etree._Element) -> bool:
        properties = child(paragraph, "pPr")
        frame = self.looks.paragraph(properties, "framePr")
        if frame is not None and (_is_out(frame, "x", "w") or _is_out(frame, "y", "h")):
            return True
        indent = self.looks.paragraph(properties, "ind")
        if indent is not None and any(_is_out(indent, side, "") for side in ("left", "start")):
            return True
        return any(_hides(above) for above in paragraph.iterancestors())


def _hides(above: etree._Element) -> bool:
    """Say whether a row, a drawing or a shape around a paragraph is not shown."""
    name = local(above)
    if name == "tr":
        properties = child(above, "trPr")
        height = child(properties, "trHeight")
        is_exact = height is not None and attribute(height, "hRule") == "exact"
        return is_on(child(properties, "hidden")) or (is_exact and _is_below(height, TINY_POINTS * TWIPS))
    if name in ("anchor", "inline"):
        described = child(above, "docPr")
        return described is not None and (described.get("hidden") or "0") in ("1", "true")
    style = above.get("style") or ""
    return name in ("shape", "rect", "roundrect", "oval") and VISIBILITY_OFF in style.replace(" ", "")


def _is_out(element: etree._Element, start: str, extent: str) -> bool:
    """Say whether a place in twips begins beyond the page, or ends before it."""
    place = _amount(attribute(element, start))
    length = _amount(attribute(element, extent)) if extent else None
    if place is None:
        return False
    return place > MAX_PAGE or place < -FAR - (length or 0)


def _is_clear(fill: etree._Element | None) -> bool:
    """Say whether a fill of Word 2010 paints nothing; its alpha is a share of transparency."""
    if fill is None or child(fill, "noFill") is not None:
        return fill is not None
    alphas = [_amount(value_of(item)) for item in descendants(fill, "alpha", skip=frozenset())]
    return bool(alphas) and all(alpha is not None and alpha >= CLEAR for alpha in alphas)


def _is_outlined(line: etree._Element | None) -> bool:
    return line is not None and child(line, "noFill") is None and len(line) > 0


def _is_below(element: etree._Element | None, limit: float) -> bool:
    amount = _amount(value_of(element))
    return amount is not None and amount < limit


def _amount(text: str | None) -> float | None:
    try:
        return float((text or "").removesuffix("%").removesuffix("pt"))
    except ValueError:
        return None
