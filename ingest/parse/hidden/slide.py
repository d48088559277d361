"""Say where the shapes of a slide lie, what they are filled with, and what they take from layout and master. Pure.

Source: ECMA-376 part 1, 19.3.1 (slides and placeholders), 20.1.7 (places), 20.1.4.1 (a theme's fills).
"""

import math
from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.drawingml import Scheme, colour_in, paint_of
from ingest.parse.hidden.sight import Fill, Paint
from ingest.parse.ooxml import attribute, child, children, descendants, local

Box = tuple[float, float, float, float]  # left, top, right, bottom, in EMU

FIRST_BACKGROUND = 1001  # number of the first of the theme's background fills (20.1.4.2.3, bgRef)
KINDS = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}  # of placeholders on the master
TEXT_STYLES = {"title": "titleStyle", "body": "bodyStyle"}  # others follow otherStyle (19.3.1.51)
GROUPS = ("grpSp", "AlternateContent", "Choice")


@dataclass(slots=True)
class Stage:
    """Remember what was painted where, in the order of drawing."""

    drawn: list[tuple[Box | None, Paint]] = field(default_factory=list)

    def draw(self, box: Box | None, paint: Paint) -> None:
        """Paint a place; None is a place that is not known."""
        if paint is not Fill.NOTHING:
            self.drawn.append((box, paint))

    def below(self, box: Box | None) -> Paint:
        """Return what was painted last behind a place: unknown where it does not lie on it as a whole."""
        for place, paint in reversed(self.drawn):
            if box is None or place is None:
                return Fill.UNKNOWN
            if place[0] < box[2] and box[0] < place[2] and place[1] < box[3] and box[1] < place[3]:
                holds = (
                    place[0] <= box[0] and place[1] <= box[1] and box[2] <= place[2] and box[3] <= place[3]
                )
                return paint if holds else Fill.UNKNOWN
        return Fill.NOTHING


@dataclass(frozen=True, slots=True)
class Slide:
    """Hold a slide with what it is based on; `models` are its layout and the layout's master, where it has them."""

    root: etree._Element
    models: tuple[etree._Element, ...]
    theme: etree._Element | None
    scheme: Scheme
    size: tuple[float, float]  # width and height in EMU, 0 where not known

    def is_off(self, box: Box) -> bool:
        """Say whether a place lies beyond the edges as a whole."""
        width, height = self.size
        is_known = width > 0 and height > 0
        return is_known and (box[2] <= 0 or box[3] <= 0 or box[0] >= width or box[1] >= height)

    def background(self) -> Paint | None:
        """Return what the slide, or else its layout, or else its master is painted with."""
        for root in (self.root, *self.models):
            found = child(child(root, "cSld"), "bg")
            if found is not None:
                plain = paint_of(child(found, "bgPr"), self.scheme)
                return plain or self._themed(child(found, "bgRef"), "bgFillStyleLst", FIRST_BACKGROUND)
        return None

    def fill(self, shape: etree._Element) -> Paint:
        """Return what a shape is filled with, by itself, by its style, or by what it is the placeholder of."""
        own = paint_of(child(shape, "spPr"), self.scheme)
        if own is not None:
            return own
        reference = child(child(shape, "style"), "fillRef")
        if reference is not None:
            return self._themed(reference, "fillStyleLst", 1)
        paints = (paint_of(child(model, "spPr"), self.scheme) for model in self.patterns(shape))
        return next((paint for paint in paints if paint is not None), Fill.NOTHING)

    def font(self, shape: etree._Element) -> etree._Element | None:
        """Return the element that holds the colour of a drawn shape's text (20.1.4.1.17)."""
        return child(child(shape, "style"), "fontRef")

    def styles(self, shape: etree._Element) -> list[etree._Element]:
        """Return the lists of text styles a shape inherits from, nearest first."""
        patterns = self.patterns(shape)
        found = [child(child(pattern, "txBody"), "lstStyle") for pattern in patterns]
        place = _placeholder(shape)
        if place is not None and self.models:
            kind = KINDS.get(place.get("type", ""), place.get("type", ""))
            found.append(child(child(self.models[-1], "txStyles"), TEXT_STYLES.get(kind, "otherStyle")))
        return [style for style in found if style is not None]

    def patterns(self, shape: etree._Element) -> list[etree._Element]:
        """Return the shapes of layout and master that a placeholder follows, nearest first."""
        place = _placeholder(shape)
        found: list[etree._Element] = []
        if place is None:
            return found
        index, kind = place.get("idx", ""), place.get("type", "")
        for number, model in enumerate(self.models):
            for other in descendants(model, "sp", skip=frozenset({"Fallback"})):
                its = _placeholder(other)
                if its is None:
                    continue
                its_kind = its.get("type", "")
                is_same = KINDS.get(its_kind, its_kind) == KINDS.get(kind, kind)
                if (number == 0 and index and its.get("idx", "") == index) or (
                    is_same and not (number == 0 and index)
                ):
                    found.append(other)
                    break
        return found

    def stage(self) -> Stage:
        """Return what layout and master paint before the slide's own shapes; placeholders there are patterns only."""
        stage = Stage()
        for model in reversed(self.models):
            for shape in descendants(model, "sp", "pic", "graphicFrame", skip=frozenset({"Fallback"})):
                if _placeholder(shape) is None:
                    paint = self.fill(shape) if local(shape) == "sp" else Fill.UNKNOWN
                    stage.draw(box_of(self, shape), paint)
        return stage

    def _themed(self, reference: etree._Element | None, name: str, first: int) -> Paint:
        """Return the fill of the theme's list that a reference numbers, in the reference's colour."""
        number = int(attribute(reference, "idx") or "0") if reference is not None else 0
        if reference is None or number < first:
            return Fill.NOTHING
        fills = None if self.theme is None else next(descendants(self.theme, name, skip=frozenset()), None)
        listed = [] if fills is None else list(fills)
        is_plain = number - first < len(listed) and local(listed[number - first]) == "solidFill"
        return colour_in(reference, self.scheme) if is_plain else Fill.UNKNOWN


def properties_of(shape: etree._Element) -> etree._Element | None:
    """Return a shape's own name, number and switches (20.1.2.2.8)."""
    return next((found for part in shape if (found := child(part, "cNvPr")) is not None), None)


def box_of(slide: Slide, shape: etree._Element) -> Box | None:
    """Return where a shape lies on the slide, None where neither it nor its pattern says so."""
    transform = _transform(shape)
    if transform is None:
        found = [_transform(pattern) for pattern in slide.patterns(shape)]
        transform = next((one for one in found if one is not None), None)
    box = None if transform is None else _placed(transform, "off", "ext")
    for group in shape.iterancestors():
        if box is not None and local(group) == "grpSp":
            box = _outward(box, _transform(group))
    return box if box is None or transform is None else _turned(box, attribute(transform, "rot"))


def _placeholder(shape: etree._Element) -> etree._Element | None:
    for part in shape:
        found = child(child(part, "nvPr") if local(part).startswith("nv") else None, "ph")
        if found is not None:
            return found
    return None


def _transform(shape: etree._Element) -> etree._Element | None:
    own = child(shape, "xfrm")
    parts = children(shape, "spPr", "grpSpPr")
    return (
        own
        if own is not None
        else next((x for part in parts if (x := child(part, "xfrm")) is not None), None)
    )


def _placed(transform: etree._Element, corner: str, extent: str) -> Box | None:
    start, size = child(transform, corner), child(transform, extent)
    try:
        left, top = (
            (float(attribute(start, side) or "") for side in "xy") if start is not None else (0.0, 0.0)
        )
        width, height = (
            (float(attribute(size, side) or "") for side in ("cx", "cy")) if size is not None else (0.0, 0.0)
        )
    except ValueError:
        return None
    return (left, top, left + width, top + height) if start is not None and size is not None else None


def _outward(box: Box, transform: etree._Element | None) -> Box | None:
    """Return a place within a group as a place of what is around it (20.1.7.5)."""
    if transform is None:
        return box
    outer, inner = _placed(transform, "off", "ext"), _placed(transform, "chOff", "chExt")
    if outer is None or inner is None:
        return box
    across, down = (
        (outer[side + 2] - outer[side]) / (inner[side + 2] - inner[side])
        if inner[side + 2] > inner[side]
        else 1.0
        for side in (0, 1)
    )
    x0, y0 = outer[0] + (box[0] - inner[0]) * across, outer[1] + (box[1] - inner[1]) * down
    return (x0, y0, x0 + (box[2] - box[0]) * across, y0 + (box[3] - box[1]) * down)


def _turned(box: Box, angle: str | None) -> Box:
    """Return a place that holds the shape however it is turned round its middle."""
    if angle in (None, "", "0"):
        return box
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    reach = math.hypot(box[2] - box[0], box[3] - box[1]) / 2
    return (x - reach, y - reach, x + reach, y + reach)
