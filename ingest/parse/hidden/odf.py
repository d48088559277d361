"""Say whether a text of an OpenDocument file is seen: by its styles, those around it, and its ground. Pure.

Source: OpenDocument 1.3 part 3, 16.2 (styles and what they are derived from), 20.7 and 20.8 (display), 20.180 and
20.183 (colour and size), 19.839 (is-hidden), 20.119 (fills). Text on a picture, a gradient or an open frame is taken
as seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.colour import FAINT, WHITE, colour_of
from ingest.parse.hidden.sight import TINY_POINTS, Fill, Paint, ground_of, is_lost
from ingest.parse.ooxml import attribute, child, children, descendants, local

Properties = dict[str, str]  # by local name

MAX_CHAIN = 20  # styles derived from styles
LENGTH = re.compile(r"(-?[\d.]+)(pt|pc|in|cm|mm|px|%)")
POINTS = {"pt": 1.0, "pc": 12.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "px": 0.75}
FAMILIES = {
    "span": "text", "a": "text", "p": "paragraph", "h": "paragraph", "table-cell": "table-cell",
    "table-row": "table-row", "table": "table", "section": "section",
}  # fmt: skip
SHAPES = (
    "frame",
    "custom-shape",
    "rect",
    "ellipse",
    "polygon",
    "path",
    "caption",
    "line",
    "connector",
    "circle",
)
TEXT = "text-properties"
BODIES = ("text", "spreadsheet", "presentation")
TRUE = ("true", "1", "ooow:true", "ooow:1", "ooow:1==1")  # conditions that hold always
FAR_POINTS = 720.0  # left of where the text begins: beyond any margin
MAX_PAGE_POINTS = 22 * 72.0


@dataclass(slots=True)
class Looks:
    """Hold what each style says, its parents' words included, and what pages are painted with."""

    styles: dict[tuple[str, str], etree._Element] = field(default_factory=dict)  # by family and name
    defaults: dict[str, etree._Element] = field(default_factory=dict)
    page: Paint = WHITE
    slides: dict[etree._Element, Paint] = field(default_factory=dict)
    known: dict[tuple[str, str], dict[str, Properties]] = field(default_factory=dict)

    def properties(self, family: str, name: str) -> dict[str, Properties]:
        """Return a style's properties by kind ("text-properties", ...); what is nearest wins."""
        key = (family, name)
        if key not in self.known:
            self.known[key] = {}
            names: list[str] = []
            while name and name not in names and len(names) < MAX_CHAIN:
                names.append(name)
                style = self.styles.get((family, name), self.styles.get(("", name)))
                _add(self.known[key], style)
                name = "" if style is None else attribute(style, "parent-style-name") or ""
        return self.known[key]

    def is_unseen(self, element: etree._Element) -> bool:
        """Say whether the text that stands in a paragraph or span itself is not seen."""
        levels = list(self._levels(element))
        texts = [kinds.get(TEXT, {}) for _, kinds in levels]
        texts.append(_text_default(self.defaults))
        if _first(texts, "display") == "none":
            return True
        size = _size([words["font-size"] for words in texts if "font-size" in words])
        scale = _percent(_first(texts, "text-scale"))
        if (size is not None and size < TINY_POINTS) or (scale is not None and scale < FAINT):
            return True
        if any(_is_off(kinds.get("paragraph-properties", {})) for _, kinds in levels):
            return True
        # A colour that the program chooses is seen; LibreOffice writes an opacity of 0 % beside it.
        chosen = next((words for words in texts if "color" in words or "use-window-font-color" in words), {})
        if chosen.get("use-window-font-color") == "true":
            return False
        opacity = _percent(chosen.get("opacity") if chosen else _first(texts, "opacity"))
        if opacity is not None and opacity < FAINT:
            return True
        return is_lost(colour_of(chosen.get("color")), ground_of(self._behind(levels)))

    def is_switched_off(self, element: etree._Element) -> bool:
        """Say whether a section, or a paragraph that holds a field for that, is hidden."""
        if local(element) in ("p", "h"):
            fields = descendants(element, "hidden-paragraph", skip=frozenset(SHAPES))
            return any(attribute(one, "is-hidden") == "true" for one in fields)
        display, is_hidden = attribute(element, "display"), attribute(element, "is-hidden")
        if display == "condition":
            condition = (attribute(element, "condition") or "").strip().replace(" ", "")
            return is_hidden == "true" or (is_hidden is None and condition in TRUE)
        return display == "none"

    def _levels(self, element: etree._Element) -> Iterator[tuple[etree._Element, dict[str, Properties]]]:
        """Yield an element and those around it with their properties, from the innermost."""
        for place in (element, *element.iterancestors()):
            name = local(place)
            if name in BODIES:
                return
            style = attribute(place, "style-name") or ""
            if name in FAMILIES:
                yield place, self.properties(FAMILIES[name], style)
            elif name in SHAPES:
                family = "graphic" if ("graphic", style) in self.styles else "presentation"
                yield place, self.properties(family, style)

    def _behind(self, levels: list[tuple[etree._Element, dict[str, Properties]]]) -> Iterator[Paint]:
        for place, kinds in levels:
            if local(place) in SHAPES:
                yield self.fill(kinds, place)
                slide = next(
                    (above for above in place.iterancestors() if local(above) in ("page", "notes")), None
                )
                yield Fill.UNKNOWN if slide is None else self.slide(slide)
                continue
            for kind, words in kinds.items():
                if kind != TEXT or local(place) in ("span", "a", "p", "h"):
                    yield painted(words.get("background-color"))
        yield self.page

    def fill(self, kinds: dict[str, Properties], shape: etree._Element) -> Paint:
        """Return what a shape is filled with."""
        words = kinds.get("graphic-properties", {})
        if child(shape, "image") is not None or words.get("fill") in ("bitmap", "gradient", "hatch"):
            return Fill.UNKNOWN
        if words.get("fill") == "solid":
            return colour_of(words.get("fill-color")) or Fill.UNKNOWN
        return painted(words.get("background-color"))

    def slide(self, slide: etree._Element) -> Paint:
        """Return what an open shape on a slide stands on: unknown where anything else is painted there."""
        if slide not in self.slides:
            master = self.styles.get(("master-page", attribute(slide, "master-page-name") or ""))
            drawn = [one for root in (slide, master) if root is not None for one in self._drawn(root)]
            self.slides[slide] = Fill.UNKNOWN if drawn else self._background(slide, master)
        return self.slides[slide]

    def _drawn(self, root: etree._Element) -> Iterator[Paint]:
        for shape in descendants(root, *SHAPES, skip=frozenset({"notes"})):
            for _, kinds in self._levels(shape):
                paint = self.fill(kinds, shape)
                if paint is not Fill.NOTHING:
                    yield paint
                break

    def _background(self, slide: etree._Element, master: etree._Element | None) -> Paint:
        for root in (slide, master):
            name = "" if root is None else attribute(root, "style-name") or ""
            words = self.properties("drawing-page", name).get("drawing-page-properties", {})
            if words.get("fill", "none") != "none":
                shade = colour_of(words.get("fill-color")) if words["fill"] == "solid" else None
                return shade or Fill.UNKNOWN
        return WHITE


def looks_of(roots: list[etree._Element]) -> Looks:
    """Return the looks that the styles in these parts describe; later parts win."""
    looks = Looks()
    for root in roots:
        for style in descendants(root, "style", "default-style", "master-page", skip=frozenset({"body"})):
            if local(style) == "default-style":
                looks.defaults[attribute(style, "family") or ""] = style
                continue
            family = attribute(style, "family") if local(style) == "style" else local(style)
            looks.styles[family or "", attribute(style, "name") or ""] = style
        for layout in descendants(root, "page-layout-properties", skip=frozenset({"body"})):
            has_picture = any(len(item.attrib) for item in children(layout, "background-image"))
            is_plain = attribute(layout, "fill") in (None, "none", "solid") and not has_picture
            paint = painted(attribute(layout, "background-color") or attribute(layout, "fill-color"))
            if not is_plain or paint not in (Fill.NOTHING, WHITE):
                looks.page = Fill.UNKNOWN  # some pages are painted, and which ones is not told
    for kinds in [looks.properties(*key) for key in looks.styles if key[0] == "graphic"]:
        if kinds.get("graphic-properties", {}).get("run-through") == "background":
            looks.page = Fill.UNKNOWN  # a picture lies behind some text
    return looks


def painted(name: str | None) -> Paint:
    """Return what a background colour paints."""
    if name in (None, "", "transparent", "none"):
        return Fill.NOTHING
    return colour_of(name) or Fill.UNKNOWN


def points(text: str | None) -> float | None:
    """Return a length in points, None where it is none."""
    found = LENGTH.fullmatch(text or "")
    try:
        return float(found[1]) * POINTS[found[2]] if found else None
    except (KeyError, ValueError):
        return None


def _add(kinds: dict[str, Properties], style: etree._Element | None) -> None:
    for held in [] if style is None else style:
        words = kinds.setdefault(local(held), {})
        for key, value in held.attrib.items():
            words.setdefault(str(key).rpartition("}")[2], str(value))


def _text_default(defaults: dict[str, etree._Element]) -> Properties:
    kinds: dict[str, Properties] = {}
    _add(kinds, defaults.get("paragraph"))
    return kinds.get(TEXT, {})


def _first(levels: list[Properties], name: str) -> str | None:
    return next((words[name] for words in levels if name in words), None)


def _size(sizes: list[str]) -> float | None:
    """Return a size in points; one in percent is a share of the size around it."""
    share = 1.0
    for size in sizes:
        percent = _percent(size)
        if percent is None:
            found = points(size)
            return None if found is None else found * share
        share *= percent
    return None


def _percent(text: str | None) -> float | None:
    found = LENGTH.fullmatch(text or "")
    try:
        return float(found[1]) / 100 if found and found[2] == "%" else None
    except ValueError:
        return None


def _is_off(words: Properties) -> bool:
    """Say whether a paragraph begins beyond the page."""
    place = points(words.get("margin-left"))
    return place is not None and (place < -FAR_POINTS or place > MAX_PAGE_POINTS)
