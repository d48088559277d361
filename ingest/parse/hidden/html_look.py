"""Work out how text looks in an element of a page: what it inherits and what is declared for it. Pure.

Source: CSS Cascading and Inheritance 4, section 7 (which properties inherit); HTML, section 15 (what browsers add, and
what the old attributes say).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from ingest.parse.hidden.colour import BLACK, WHITE, Colour, Paint, ground_of, paint_of, paints_in
from ingest.parse.hidden.css import Declared
from ingest.parse.hidden.css_values import EM_PX, Ruler, is_value, length_px, size_px, substituted

FILTER = re.compile(r"\bopacity\(\s*([\d.]+(?:e-?\d+)?%?)\s*\)")
FONT_SIZES = ("10px", "13px", "16px", "18px", "24px", "32px", "48px")  # of <font size=1> to 7
LINK, MARKED = "#0000ee", "#ffff00"  # what browsers give to links and to <mark>
DARK: Colour = (18, 18, 18)  # the ground that browsers give to a dark page
MAX_COLOUR_CHARS = 40  # of an attribute; the longest name has 20
MAX_VARIABLES = 5_000  # the largest design systems define 3,000


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold what is in force for the text of an element."""

    ink: Paint | None  # of the letters; None: not known
    paper: Colour | None  # what lies behind them; None: a picture, or not known
    fill: str = "currentcolor"  # paints letters in the place of ink
    outline: tuple[
        Paint | None, ...
    ] = ()  # what else draws them: shadows, strokes, a background cut to their shape
    size_px: float = EM_PX
    root_px: float = EM_PX
    opacity: float = 1.0
    indent_px: float = 0.0
    display: str = "block"
    is_visible: bool = True
    is_animated: bool = False  # what starts faded may be brought in
    is_switched: bool = False  # the pointer or a ticked box may show it
    is_linked: bool = False
    variables: Mapping[str, str] | None = None

    @property
    def ruler(self) -> Ruler:
        """Return what lengths are measured by."""
        return Ruler(self.size_px, self.root_px)

    @property
    def letters(self) -> Paint | None:
        """Return what the inside of letters is painted with."""
        return self.ink if self.fill == "currentcolor" else paint_of(self.fill)


def at_root(declared: Declared, *, is_whole: bool) -> Shown:
    """Return what holds before anything is declared; nothing is known where a sheet lies elsewhere."""
    scheme = declared.get("color-scheme", "").split()
    is_dark = "dark" in scheme and "light" not in scheme
    if not is_whole:
        return Shown(ink=None, paper=None)
    return Shown(ink=Paint(WHITE if is_dark else BLACK, 1.0), paper=DARK if is_dark else WHITE)


def computed(element: etree._Element, declared: Declared, above: Shown) -> tuple[Declared, Shown]:
    """Return an element's declarations, with those of old attributes and with variables replaced.

    What is no value once its variables are replaced counts as not declared. The second part is `above` with the
    element's own variables.
    """
    hints = _hints(element, is_plain=above.ink is not None)
    if not declared:
        return hints, above
    own = {name: value for name, value in declared.items() if name.startswith("--")}
    variables: Mapping[str, str] = above.variables or {}
    if own and len(variables) + len(own) <= MAX_VARIABLES:
        variables = {**variables, **own}
    said = dict(hints)
    for name, value in declared.items():
        told = substituted(value, variables) if "var(" in value else value
        if told is not None and not name.startswith("--") and (told is value or is_value(name, told)):
            said[name] = told
    return said, replace(above, variables=variables) if own else above


def inherit(above: Shown, declared: Declared, *, is_trusted: bool) -> Shown:
    """Return how text looks in an element; `is_trusted` is false where a sheet elsewhere may colour it."""
    if not declared:
        return above if is_trusted else replace(above, ink=None, paper=None)
    ink = _ink(declared.get("color"), above, is_trusted=is_trusted)
    zoom = _share(declared.get("zoom"))
    size_px = (_size(declared.get("font-size"), above) or 0.0) * zoom
    is_animated = above.is_animated or declared.get("animation-name", "none") != "none"
    here = replace(
        above,
        ink=ink,
        fill=_inherited(declared.get("-webkit-text-fill-color"), above.fill, first="currentcolor"),
        size_px=size_px,
        opacity=above.opacity * (1.0 if is_animated else _opacity(declared)),
        display=declared.get("display", "block"),
        is_visible=_inherited(declared.get("visibility"), "", first="visible") == "visible"
        if declared.get("visibility") not in (None, "inherit", "unset")
        else above.is_visible,
        is_animated=is_animated,
    )
    here = replace(
        here, outline=_outline(declared, above, ink), indent_px=_indent(declared, above, here.ruler)
    )
    return replace(here, paper=_paper(declared, above.paper, ink, is_trusted=is_trusted))


def _hints(element: etree._Element, *, is_plain: bool) -> dict[str, str]:
    """Return what attributes from before CSS, and browsers by themselves, say of an element: the weakest of all."""
    said: dict[str, str] = {}
    if element.get("hidden") is not None:
        said["display"] = "none"
    if element.get("bgcolor"):
        said["background-color"] = _full(element.get("bgcolor"))
    if element.get("background"):
        said["background-image"] = "url()"
    if element.tag == "font":
        if element.get("color"):
            said["color"] = _full(element.get("color"))
        size = re.fullmatch(r"\s*([+-]?)(\d)\s*", element.get("size") or "")
        if size:
            step = int(size[2]) if not size[1] else 3 + int(size[1] + size[2])
            said["font-size"] = FONT_SIZES[max(1, min(step, 7)) - 1]
    elif element.tag == "body" and element.get("text"):
        said["color"] = _full(element.get("text"))
    elif element.tag == "mark" and is_plain:
        said |= {"background-color": MARKED, "color": "#000000"}
    elif element.tag == "a" and element.get("href") and is_plain:
        said["color"] = LINK
    return said


def _full(colour: str) -> str:
    """Return a colour of an old attribute as CSS writes it."""
    name = colour.strip().lower()[:MAX_COLOUR_CHARS]
    return f"#{name}" if re.fullmatch(r"[0-9a-f]{6}|[0-9a-f]{3}", name) else name


def _inherited(value: str | None, above: str, *, first: str) -> str:
    """Return the value of a property that inherits; CSS Cascade 5, section 7.3."""
    if value is None or value in ("inherit", "unset", "revert"):
        return above
    return first if value == "initial" else value


def _ink(value: str | None, above: Shown, *, is_trusted: bool) -> Paint | None:
    if value is None:
        return above.ink if is_trusted else None
    told = _inherited(value, "currentcolor", first="black")
    return above.ink if told == "currentcolor" else paint_of(told)


def _size(value: str | None, above: Shown) -> float:
    told = _inherited(value, "", first="medium")
    size = size_px(told, above.ruler) if told else above.size_px
    return above.size_px if size is None else size


def _opacity(declared: Declared) -> float:
    """Return an element's own opacity; CSS Color 4, section 3.2, and Filter Effects 1."""
    shares = [declared.get("opacity"), *FILTER.findall(declared.get("filter", ""))]
    product = 1.0
    for share in shares:
        product *= min(1.0, _share(share))
    return product


def _share(text: str | None) -> float:
    """Return a share written as a number, in percent or as a calculation; 1 where it is none of them."""
    share = length_px(text, Ruler(full_px=1)) if text else None
    return 1.0 if share is None else max(0.0, share)


def _outline(declared: Declared, above: Shown, ink: Paint | None) -> tuple[Paint | None, ...]:
    """Return what draws letters beside their fill; CSS Text Decoration 3, Compatibility, CSS Backgrounds 4."""
    names = ("text-shadow", "-webkit-text-stroke", "background-clip")
    if not any(name in declared for name in names):
        return above.outline
    found: list[Paint | None] = []
    for name in names[:2]:
        value = declared.get(name, "none")
        if not value.startswith(("none", "0 ", "0px ")) or (name == "text-shadow" and value != "none"):
            found += paints_in(value) or ([ink] if value not in ("none", "0", "inherit") else [])
    if "text" in declared.get("background-clip", ""):
        clipped = [declared.get(f"background-{part}", "none") for part in ("color", "image")]
        shade = _laid(clipped[0], clipped[1], None, ink)
        found.append(Paint(shade, 1.0) if shade else None)
    return tuple(found)


def _indent(declared: Declared, above: Shown, ruler: Ruler) -> float:
    """Return how far the first line is moved; padding and margin move it back. CSS Text 3, section 7.1."""
    value = _inherited(declared.get("text-indent"), "", first="0")
    if not value:
        return above.indent_px
    parts = (value.split()[0], declared.get("padding-left", ""), declared.get("margin-left", ""))
    return sum(length_px(part, ruler) or 0.0 for part in parts if part)


def _paper(declared: Declared, below: Colour | None, ink: Paint | None, *, is_trusted: bool) -> Colour | None:
    """Return what lies behind the letters of an element."""
    colour, image = declared.get("background-color"), declared.get("background-image")
    if "inset" in declared.get("box-shadow", "") or (colour is None and not is_trusted):
        return None
    if "text" in declared.get("background-clip", ""):
        return below
    return _laid(colour or "none", image or "none", below, ink)


def _laid(colour: str, image: str, below: Colour | None, ink: Paint | None) -> Colour | None:
    if "currentcolor" in colour:
        below = ink.over(below) if ink else None
    return ground_of(image, ground_of(colour, below, is_picture=False), is_picture=True)
