"""Take out text that a page of HTML holds but does not show, and tell how often that was so.

Judged by the styles that the page itself brings, in its sheets and on its elements. Colour counts only where the
background is known. What a page switches on with a script, the pointer or a ticked box (menus, notices, texts for
screen readers) is left out without a word: of 59 news pages 17 do that, and none hides text otherwise. Text that is
hidden only if a condition holds that is not known here is told, and stays.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

from lxml import etree

from ingest.parse.hidden.css import Declared, Styles, styles_of
from ingest.parse.hidden.html_layers import Layers, layers_of
from ingest.parse.hidden.html_look import Shown, at_root, computed, inherit
from ingest.parse.hidden.html_rules import Box, Hiding, box_hiding, text_hiding
from ingest.parse.hidden.passage import hidden_text, is_text
from ingest.types import Finding

Part = Literal["all", "text", "tail"]  # of an element: with what it holds, before its first child, behind it
Place = tuple[etree._Element, Part]  # noqa: SLF001  (lxml has no other name for it)

# What `computed` and the cascade go by; Markdown brings none of it, and is read a sixth faster without the way down.
CAN_HIDE = etree.XPath("boolean(//style|//link|//font|//@style|//@hidden|//@bgcolor|//@background|//@text)")
MAX_LABEL_CHARS = 40
MIN_SCATTERED = 10  # letters that are hidden one by one
# A page that starts faded, invisible or aside is brought in by its script; how it is coloured goes for all of it.
OF_PAGE = frozenset({"color", "-webkit-text-fill-color", "background-color", "background-image", "font-size"})


@dataclass(frozen=True, slots=True)
class Page:
    """Say what a page brings that can change how its elements look."""

    styles: Styles
    layers: Layers
    is_scripted: bool


@dataclass(frozen=True, slots=True)
class World:
    """Say what is taken to apply of what a page declares."""

    page: Page
    declared: Mapping[etree._Element, Declared]
    is_whole: bool  # no sheet elsewhere colours anything


def page_of(root: etree._Element) -> Page | None:
    """Return what this page brings, None where nothing of it could hide text; ask before sheets are taken out."""
    if not CAN_HIDE(root):
        return None
    styles = styles_of(root)
    return Page(styles, layers_of(root, styles), is_scripted=root.find(".//script") is not None)


def drop_hidden(root: etree._Element, page: Page | None) -> tuple[Finding, ...]:
    """Take text that is not shown out of an HTML tree; return a finding where it says something."""
    if page is None:
        return ()
    styles = page.styles
    surely = _unseen(root, World(page, styles.known, styles.is_whole and styles.is_understood))
    maybe = surely
    if styles.possible is not styles.known or not styles.is_understood:
        maybe = _unseen(root, World(page, styles.possible, styles.is_whole))
    told = [_text(place) for place, is_told in (surely | maybe).items() if is_told]
    _drop(surely.keys() & maybe.keys())
    count = sum(map(is_text, told))
    scattered = "".join(told)
    return hidden_text(count or int(sum(map(str.isalnum, scattered)) >= MIN_SCATTERED))


def _unseen(root: etree._Element, world: World) -> dict[Place, bool]:
    """Return the places whose text is not seen, each with whether that is to be told, in one way down the tree."""
    found: dict[Place, bool] = {}
    waiting = [(root, at_root(world.declared.get(root, {}), is_whole=world.is_whole))]
    while waiting:
        element, above = waiting.pop()
        here, why = _look(element, above, world)
        if why:
            found[element, "all"] = _is_told((element, "all"), why, here, world.page)
            continue
        texts = [place for place in _texts(element) if _text(place).strip()]
        why = text_hiding(here) if texts or element.tag == "img" else None
        if element.tag == "img" and why not in (None, Hiding.OUT_OF_SIGHT):
            found[element, "all"] = False  # a picture's description is drawn as the text around it would be
        if why:
            found |= {place: _is_told(place, why, here, world.page) for place in texts}
        waiting += [(child, here) for child in element if isinstance(child.tag, str) and child.tag != "head"]
    return found


def _look(element: etree._Element, above: Shown, world: World) -> tuple[Shown, Hiding | None]:
    """Return how text looks in an element, and why nothing in it is seen."""
    layers, own = world.page.layers, world.declared.get(element, {})
    declared, around = computed(element, own, above)
    is_page = element.tag in ("html", "body")
    if is_page:
        declared = {name: value for name, value in declared.items() if name in OF_PAGE}
    is_over_picture = element.getparent() in layers.picture and declared.get("position", "static") != "static"
    if is_over_picture or element.getparent() in layers.anything:
        around = replace(around, paper=None)
    is_trusted = world.is_whole or not (element.get("class") or element.get("id"))
    here = inherit(around, declared, is_trusted=is_trusted)
    if element in layers.anything and here.paper is not None:
        here = replace(here, paper=None)
    if element.tag == "html":
        here = replace(here, root_px=here.size_px)
    if element.tag == "a" and not here.is_linked:
        here = replace(here, is_linked=True)
    if element in world.page.styles.switched and not here.is_switched:
        here = replace(here, is_switched=True)
    is_cell = element.tag in ("td", "th") and element.getparent().tag == "tr"
    box = Box(declared, here.ruler, above.display, is_cell=is_cell)
    return here, None if is_page else box_hiding(box)


def _texts(element: etree._Element) -> Iterator[Place]:
    """Yield the places of text that look as this element says."""
    yield element, "text"
    for child in element:
        yield child, "tail"


def _text(place: Place) -> str:
    element, part = place
    if part == "all":
        return "".join(element.itertext())
    return (element.text if part == "text" else element.tail) or ""


def _is_told(place: Place, why: Hiding, here: Shown, page: Page) -> bool:
    """Say whether somebody should know; no menu, no name of an icon, no formula written twice."""
    if why is Hiding.SWITCHED and (page.is_scripted or here.is_switched):
        return False
    if here.is_linked and len(" ".join(_text(place).split())) <= MAX_LABEL_CHARS:
        return False  # what a link is called where an icon stands for it
    return place[1] != "all" or not _is_spoken_formula(place[0])


def _is_spoken_formula(element: etree._Element) -> bool:
    """Say whether an element says to a screen reader what the formula beside it shows, as KaTeX writes it."""
    return element.find(".//math") is not None and any(
        beside.get("aria-hidden") == "true" for beside in element.getparent()
    )


def _drop(places: AbstractSet[Place]) -> None:
    for element, part in places:
        if part == "text":
            element.text = None
        elif part == "tail":
            element.tail = None
    for element, part in places:
        if part == "all":
            element.drop_tree()
