"""Find where on a page text may stand on something other than the background of the elements around it.

Source: CSS 2.2, appendix E (what is positioned is painted over, or behind, what is not); CSS Positioned Layout 3,
section 2.1 (it is laid out in the nearest positioned element around it).
"""

from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.css import CLEAR, Declared, Styles

PICTURES = ("img", "picture", "video", "canvas", "object", "svg", "iframe")
LAID = ("absolute", "fixed")


@dataclass(frozen=True, slots=True)
class Layers:
    """Hold the elements within which something else than their own background is painted.

    In those of `anything` it may lie behind all text, in those of `picture` behind text that is positioned itself.
    """

    anything: set[etree._Element] = field(default_factory=set)
    picture: set[etree._Element] = field(default_factory=set)


def layers_of(root: etree._Element, styles: Styles) -> Layers:
    """Return where layers lie; ask before pictures are taken out."""
    layers = Layers(anything=set(styles.overlaid))
    for element in root.iter(etree.Element):
        declared = styles.possible.get(element, {})
        is_laid = declared.get("position") in LAID
        if element.tag in PICTURES:
            _mark(element, styles, layers, is_behind_all=is_laid)
        elif element.tag in ("col", "colgroup") and (_is_painted(declared) or element.get("bgcolor")):
            layers.anything.update(list(element.iterancestors("table"))[:1])
        elif is_laid and (_is_painted(declared) or not styles.is_whole):
            _mark(element, styles, layers, is_behind_all=True)
    return layers


def _mark(element: etree._Element, styles: Styles, layers: Layers, *, is_behind_all: bool) -> None:
    """Mark what is around a painted element, up to the one that it is laid out in."""
    for place in element.iterancestors():
        marked = layers.anything if is_behind_all else layers.picture
        position = styles.possible.get(place, {}).get("position", "static")
        if place in marked:
            return
        marked.add(place)
        if position in LAID and not is_behind_all:
            is_behind_all = True  # a picture in a layer makes the layer a picture
        elif position != "static":
            return


def _is_painted(declared: Declared) -> bool:
    return any(declared.get(f"background-{part}", "none") not in CLEAR for part in ("color", "image"))
