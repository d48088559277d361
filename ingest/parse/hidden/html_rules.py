"""Say why an element, or the text in it, is not seen: a table of rules, one for each way of hiding. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from ingest.parse.hidden.colour import FAINT, is_unreadable, paints_in
from ingest.parse.hidden.css import Declared
from ingest.parse.hidden.css_declarations import TURNS
from ingest.parse.hidden.css_values import SCREEN_HEIGHT_PX, SCREEN_PX, Ruler, length_px
from ingest.parse.hidden.html_look import Shown

TINY_PX = 2.0  # letters and boxes of two pixels show nothing; layouts close gaps with one
FAR_OUT_PX = 500  # farther left or up than a short text is wide
FAR_BACK_PX = 2_000  # columns that float are pulled back by a page's width
FAR_OFF_PX = 3 * SCREEN_PX  # wide tables are two screens wide
OWN_WIDTH_PX = 100  # what a share of an element's own size counts: a whole screen is at least ten of it
ALMOST_ALL = 0.98  # of a box that is cut away
PLACED = ("absolute", "fixed")
FUNCTION = re.compile(r"(?<![a-z0-9-])([a-z0-9-]+)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
ANGLES = {"deg": 1.0, "grad": 0.9, "turn": 360.0, "rad": 57.29578}
ANGLE = re.compile(r"(-?[\d.]+)(deg|grad|turn|rad)")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")


class Hiding(Enum):
    """Say why text is not seen."""

    SWITCHED = auto()  # something may show it later
    OUT_OF_SIGHT = auto()
    LIKE_ITS_GROUND = auto()


@dataclass(frozen=True, slots=True)
class Box:
    """Hold what decides whether an element is seen."""

    declared: Declared
    ruler: Ruler
    parent_display: str
    is_cell: bool  # of a table, which makes it as large as what it holds

    def px(self, name: str, full_px: float = SCREEN_PX) -> float | None:
        """Return a length that is declared; None where it is not, or not known."""
        ruler = Ruler(self.ruler.em_px, self.ruler.rem_px, full_px)
        return length_px(self.declared[name], ruler) if name in self.declared else None


def box_hiding(box: Box) -> Hiding | None:
    """Say why nothing in an element is seen, whatever stands in it."""
    if not box.declared:
        return None
    return next((why for why, holds in RULES if holds(box)), None)


def text_hiding(here: Shown) -> Hiding | None:
    """Say why text is not seen where all of this holds for it."""
    if not here.is_visible or here.opacity < FAINT:
        return Hiding.SWITCHED
    if here.size_px <= TINY_PX or here.indent_px <= -FAR_OUT_PX:
        return Hiding.OUT_OF_SIGHT
    paints = (here.letters, *here.outline)
    if all(paint and is_unreadable(paint.faded(here.opacity), here.paper) for paint in paints):
        return Hiding.LIKE_ITS_GROUND
    return None


def _is_switched_off(box: Box) -> bool:
    """CSS Display 3, section 2.6; CSS Containment 2, section 4; mso-hide is Outlook's."""
    said = box.declared.get
    return said("display") == "none" or said("content-visibility") == "hidden" or said("mso-hide") == "all"


def _is_clipped(box: Box) -> bool:
    """CSS Masking 1, section 5: `clip` counts for what is placed absolutely, its sides from top and left."""
    found = FUNCTION.fullmatch(box.declared.get("clip", ""))
    if not found or box.declared.get("position") not in PLACED:
        return False
    sides = [length_px(side, box.ruler) for side in found[2].replace(",", " ").split()]
    if len(sides) != 4:
        return False
    top, right, bottom, left = sides
    return _is_thin(top, bottom) or _is_thin(left, right)


def _is_thin(start: float | None, end: float | None) -> bool:
    return end is not None and end - (start or 0.0) <= TINY_PX


def _is_cut_to_nothing(box: Box) -> bool:
    """CSS Shapes 1, section 3: a shape without area shows nothing."""
    found = FUNCTION.match(box.declared.get("clip-path", ""))
    if not found:
        return False
    name, inside = found[1], found[2].split(" round ")[0].split(" at ")[0]
    words = inside.replace(",", " ").split()
    if name == "inset" and 1 <= len(words) <= len(TURNS):
        shares = [length_px(word, Ruler(full_px=1)) if word.endswith("%") else 0.0 for word in words]
        top, right, bottom, left = (shares[turn] or 0.0 for turn in TURNS[len(words) - 1])
        return top + bottom >= ALMOST_ALL or left + right >= ALMOST_ALL
    if name in ("circle", "ellipse"):
        radii = [length_px(word, replace(box.ruler, full_px=OWN_WIDTH_PX)) for word in words]
        return any(radius is not None and radius <= TINY_PX / 2 for radius in radii)
    return name == "polygon" and _area(inside) <= TINY_PX


def _area(corners: str) -> float:
    """Return the area of a polygon whose corners are written x y, x y; lengths and shares count alike."""
    points = [
        [float(number) for number in NUMBER.findall(corner)[:2]]
        for corner in corners.split(",")
        if "calc" not in corner
    ]
    points = [point for point in points if len(point) == 2]
    if len(points) != len(corners.split(",")):
        return SCREEN_PX
    following = points[1:] + points[:1]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, following, strict=True))) / 2


def _is_masked(box: Box) -> bool:
    """CSS Masking 1, section 7: a mask that is clear all over."""
    paints = paints_in(box.declared.get("mask-image", ""))
    return bool(paints) and all(paint.alpha < FAINT for paint in paints)


def _is_shrunk(box: Box) -> bool:
    """CSS Transforms 1 and 2: scaled to nothing, turned on edge, or a matrix without area."""
    for name, inside in _transforms(box):
        words = inside.replace(",", " ").split()
        if name.startswith("scale") and name != "scalez":
            if any(abs(_number(word)) < FAINT for word in words[:2]):
                return True
        elif name in ("rotatex", "rotatey"):
            if abs(_degrees(inside) % 180 - 90) < 1:
                return True
        elif name == "matrix" and len(words) == 6:
            a, b, c, d = (_number(word) for word in words[:4])
            if abs(a * d - b * c) < FAINT * FAINT:
                return True
    zoom = box.px("zoom", 1)
    return zoom is not None and 0 <= zoom < FAINT and box.declared["zoom"] != "0"


def _transforms(box: Box) -> list[tuple[str, str]]:
    """Return the functions of `transform`, and `scale`, `rotate` and `translate` as such."""
    found: list[tuple[str, str]] = FUNCTION.findall(box.declared.get("transform", ""))
    found += [(name, box.declared[name]) for name in ("scale", "translate") if name in box.declared]
    axis, _, angle = box.declared.get("rotate", "").partition(" ")
    return [*found, (f"rotate{axis}", angle)]


def _number(word: str) -> float:
    value = length_px(word, Ruler(full_px=1))
    return 1.0 if value is None else value


def _degrees(text: str) -> float:
    found = ANGLE.fullmatch(text.strip())
    try:
        return float(found[1]) * ANGLES[found[2]] if found else 0.0
    except ValueError:  # two points
        return 0.0


def _is_cut_off(box: Box) -> bool:
    """CSS Overflow 3: a box without height or width cuts off what it holds, unless something else makes it larger."""
    said = box.declared.get
    is_cut = any(
        said(f"overflow-{axis}", "visible") not in ("visible", "inherit", "initial") for axis in "xy"
    )
    is_item = "flex" in box.parent_display or "grid" in box.parent_display
    if not is_cut or box.is_cell or said("display", "").startswith(("table", "inline-table")):
        return False
    if is_item and (said("flex", "none") not in ("none", "0") or said("flex-grow", "0") != "0"):
        return False
    return _is_flat(box, "height", ("top", "bottom")) or _is_flat(box, "width", ("left", "right"))


def _is_flat(box: Box, side: str, ends: tuple[str, str]) -> bool:
    sizes = [box.px(side), box.px(f"max-{side}")]
    grown = [box.px(f"min-{side}"), *(box.px(f"padding-{end}") for end in ends)]
    is_grown = any(size is not None and size > TINY_PX for size in grown)
    return not is_grown and any(size is not None and size <= TINY_PX for size in sizes)


def _is_far_out(box: Box) -> bool:
    """CSS Positioned Layout 3, CSS Box 4, CSS Transforms 1: moved so far that it lies outside of the window."""
    position = box.declared.get("position", "static")
    is_placed = position in PLACED
    across, down = _moved(box)
    if "float" not in box.declared or is_placed:
        across += (box.px("margin-left") or 0.0) + (box.px("padding-left") or 0.0)
    if position != "static":
        across += box.px("left") or 0.0
        full_px = SCREEN_HEIGHT_PX if position == "fixed" else 0.0
        tops = (box.px("top", full_px) or 0.0, box.px("bottom", full_px) or 0.0)
        down += min(tops)
        if "left" not in box.declared and (box.px("right") or 0.0) <= -FAR_OUT_PX and is_placed:
            return True
    is_moved = position != "static" or _moved(box) != (0.0, 0.0)
    back = FAR_OUT_PX if is_moved else FAR_BACK_PX
    return across <= -back or across >= FAR_OFF_PX or (is_moved and down <= -FAR_OUT_PX)


def _moved(box: Box) -> tuple[float, float]:
    """Return how far transforms move a box to the right and down."""
    across = down = 0.0
    ruler = Ruler(box.ruler.em_px, box.ruler.rem_px, OWN_WIDTH_PX)
    for name, inside in _transforms(box):
        steps = [length_px(step.strip(), ruler) or 0.0 for step in re.split(r"[,\s]+", inside.strip())]
        if name in ("translate", "translatex", "translate3d"):
            across += steps[0]
        if name == "translatey":
            down += steps[0]
        elif name in ("translate", "translate3d") and len(steps) > 1:
            down += steps[1]
        elif name == "matrix" and len(steps) == 6:
            across, down = across + steps[4], down + steps[5]
    return across, down


RULES: tuple[tuple[Hiding, Callable[[Box], bool]], ...] = (
    (Hiding.SWITCHED, _is_switched_off),
    (Hiding.SWITCHED, _is_clipped),
    (Hiding.SWITCHED, _is_cut_to_nothing),
    (Hiding.SWITCHED, _is_masked),
    (Hiding.SWITCHED, _is_shrunk),
    (Hiding.SWITCHED, _is_cut_off),
    (Hiding.OUT_OF_SIGHT, _is_far_out),
)
