"""Work out what a page's own styles say of each element: its sheets and attributes, in the order of the cascade.

tinycss2 parses and cssselect matches; only what decides whether text is seen is kept. What depends on a condition that
is not known here is kept apart, so that nothing visible is taken for hidden.
Source: CSS Cascading and Inheritance 5, Selectors 4, CSS Nesting 1.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

import tinycss2
from cssselect import SelectorError, parse
from lxml import etree
from tinycss2.ast import AtRule, Node, QualifiedRule

from ingest.parse.hidden.css_conditions import media_applies, supports_applies
from ingest.parse.hidden.css_cost import MAX_WORK, Size, size_of
from ingest.parse.hidden.css_declarations import Declaration, declarations
from ingest.parse.hidden.css_selectors import MAX_SELECTOR_CHARS, TRANSLATOR, names_of, selectors_of, within
from ingest.parse.hidden.css_values import is_unparsable

Declared = Mapping[str, str]
# Important, on the element, layer, specificity, order.
Rank = tuple[bool, bool, int, tuple[int, int, int], int]

BARE = {"skip_comments": True, "skip_whitespace": True}
SWITCHES = frozenset(
    {"display", "visibility", "opacity", "height", "max-height", "left", "clip", "clip-path", "transform"}
)
STATE = re.compile(r":(?:hover|focus(?:-within|-visible)?|active|target|checked)\b|\[open\]", re.IGNORECASE)
SET = re.compile(r":checked|\[open\]", re.IGNORECASE)  # what a page may bring along
ANY_STATE = ":nth-child(n)"  # what is true of every element
PAINTS = frozenset({"color", "background-color", "background-image"})
PLAIN = re.compile(r"[^(\[\\]*")  # selectors of tags, classes and ids only
NAME = re.compile(r"[.#][\w-]+")
DATA_SHEET = re.compile(r"data:text/css[^,]*?(;base64)?,(.*)", re.DOTALL | re.IGNORECASE)
CLEAR = ("none", "transparent", "inherit", "initial", "unset")
UNLAYERED = 1_000_000  # above every layer
MAX_SELECTORS = 5_000  # the largest sheets of real pages have 3,000 that matter here
MAX_MATCHES = 1_000_000  # of elements, over all selectors


@dataclass(frozen=True, slots=True)
class Styles:
    """Hold what is declared for each element.

    `known` counts what surely applies, `possible` also what depends on a condition that is not known.
    `is_whole` is false where a sheet lies elsewhere: it may colour any background. `is_understood` is false where the
    page's own sheets were not all read. `switched` are elements that come and go with the pointer, a link or a box that
    is ticked; `overlaid` those with something painted before or behind their content by ::before or ::after.
    """

    known: Mapping[etree._Element, Declared]
    possible: Mapping[etree._Element, Declared]
    is_whole: bool
    is_understood: bool
    switched: frozenset[etree._Element]
    overlaid: frozenset[etree._Element]


def styles_of(root: etree._Element) -> Styles:
    """Return the styles of an HTML tree; ask before its sheets are taken out."""
    cascade = _Cascade(root, names=names_of(root), size=size_of(root))
    is_whole = True
    for element in root.iter("style", "link"):
        text = element.text or "" if element.tag == "style" else _linked(element)
        applies = media_applies(element.get("media") or "")
        if text is None:
            is_whole = False
        elif applies is not False:
            cascade.sheet(text, is_known=applies is True)
    for element in root.iter(etree.Element):
        written = element.get("style")
        if written and not is_unparsable(written):
            declared = list(declarations(tinycss2.parse_blocks_contents(written, **BARE)))
            cascade.put([element], declared, _Place(is_inline=True))
    return cascade.styles(is_whole=is_whole)


def _linked(link: etree._Element) -> str | None:
    """Return the text of a sheet that a link holds itself, nothing if it links no sheet, None if it lies elsewhere."""
    if "stylesheet" not in (link.get("rel") or "").lower().split():
        return ""
    found = DATA_SHEET.fullmatch((link.get("href") or "").strip())
    if not found:
        return None
    text = unquote(found[2])
    try:
        return b64decode(text).decode("utf-8", "replace") if found[1] else text
    except NotBase64:
        return ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Say where a declaration stands, and by that how strong it is."""

    is_known: bool = True  # it surely applies
    is_inline: bool = False
    layer: int = UNLAYERED
    layer_name: str = ""
    specificity: tuple[int, int, int] = (0, 0, 0)
    parents: tuple[str, ...] = ()  # selectors of the rules around it

    def rank(self, order: int, *, is_important: bool) -> Rank:
        """Return what a declaration here is compared by; among the important, earlier layers are stronger."""
        layer = -self.layer if is_important else self.layer
        return (is_important, self.is_inline, layer, self.specificity, order)


@dataclass(slots=True)
class _Cascade:
    root: etree._Element
    names: frozenset[str]
    size: Size
    found: dict[etree._Element, list[tuple[Rank, str, str, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    layers: dict[str, int] = field(default_factory=dict)
    switched: set[etree._Element] = field(default_factory=set)
    placed: set[etree._Element] = field(default_factory=set)  # with a ::before or ::after that is positioned
    painted: set[etree._Element] = field(default_factory=set)  # with one that has a background
    is_understood: bool = True
    is_conditional: bool = False  # something depends on what is not known
    selectors: int = 0
    matches: int = 0
    work: int = 0

    def styles(self, *, is_whole: bool) -> Styles:
        """Return each element's declarations: of two for one property, the one of the higher rank."""
        ordered = {element: sorted(found) for element, found in self.found.items()}
        known = {
            element: {name: value for _, name, value, is_known in found if is_known}
            for element, found in ordered.items()
        }
        possible = known
        if self.is_conditional:
            possible = {
                element: {name: value for _, name, value, _ in found} for element, found in ordered.items()
            }
        overlaid = frozenset(self.placed & self.painted)
        return Styles(known, possible, is_whole, self.is_understood, frozenset(self.switched), overlaid)

    def sheet(self, text: str, *, is_known: bool) -> None:
        """Take a sheet."""
        if is_unparsable(text):
            self.is_understood = False
        else:
            self.read(tinycss2.parse_stylesheet(text, **BARE), _Place(is_known=is_known))

    def read(self, rules: Iterable[Node], place: _Place) -> None:
        """Take rules, be they a sheet's or nested in another."""
        for rule in rules:
            if isinstance(rule, QualifiedRule):
                self.rule(rule, place)
            elif isinstance(rule, AtRule):
                self.group(rule, place)

    def group(self, rule: AtRule, place: _Place) -> None:
        """Take a rule that holds others."""
        name, prelude = rule.lower_at_keyword, tinycss2.serialize(rule.prelude).strip()
        applies: bool | None = True
        if name == "import":
            self.is_understood = False
        elif name == "media":
            applies = media_applies(prelude)
        elif name == "supports":
            applies = supports_applies(rule.prelude)
        elif name == "layer":
            place = self.layered(prelude, place)
        elif name in ("container", "scope"):
            applies = None
        else:
            return
        if rule.content is None or applies is False:
            return
        inner = replace(place, is_known=place.is_known and applies is True)
        content = tinycss2.parse_blocks_contents(rule.content, **BARE)
        for parent in place.parents:
            self.select(parent, list(declarations(content)), inner)
        self.read(content, inner)

    def layered(self, prelude: str, place: _Place) -> _Place:
        """Return the place within a layer; layers are as strong as they are late to be named."""
        names = [f"{place.layer_name}.{name.strip()}" for name in prelude.split(",")]
        if not prelude:
            names = [f"{place.layer_name}.#{len(self.layers)}"]
        for name in names:
            self.layers.setdefault(name, len(self.layers))
        return replace(place, layer=self.layers[names[-1]], layer_name=names[-1])

    def rule(self, rule: QualifiedRule, place: _Place) -> None:
        """Take one rule for all that its selectors match, and the rules nested in it."""
        content = tinycss2.parse_blocks_contents(rule.content, **BARE)
        declared = list(declarations(content))
        selectors = [within(text, place.parents) for text in selectors_of(rule.prelude)]
        if declared:
            for selector in selectors:
                self.select(selector, declared, place)
        if any(isinstance(node, QualifiedRule | AtRule) for node in content):
            self.read(content, replace(place, parents=tuple(selectors)))

    def select(self, text: str, declared: list[Declaration], place: _Place) -> None:
        """Declare for all that one selector matches."""
        if PLAIN.fullmatch(text) and not self.names.issuperset(NAME.findall(text)):
            return  # most rules of real sheets are for other pages
        is_state = STATE.search(text) is not None and ":not(" not in text
        if is_state and not any(name in SWITCHES for name, _, _ in declared):
            return
        self.selectors += 1
        try:
            self.admit(text)
            if not is_state or SET.search(text):
                for matched, at in self.matched(text, place, declared):
                    self.put(matched, declared, at)
            if is_state:
                for matched, _ in self.matched(STATE.sub(ANY_STATE, text), place, declared):
                    self.switched.update(matched)
        except SelectorError:
            self.is_understood &= not any(name in PAINTS for name, _, _ in declared)

    def admit(self, text: str) -> None:
        """Raise SelectorError where a search would take too long; a cheaper selector may still be looked for."""
        work = self.size.work(text)
        is_within = self.selectors <= MAX_SELECTORS and self.matches <= MAX_MATCHES
        if not is_within or len(text) > MAX_SELECTOR_CHARS or self.work + work > MAX_WORK:
            raise SelectorError(text)
        self.work += work

    def matched(
        self, text: str, place: _Place, declared: list[Declaration]
    ) -> Iterator[tuple[list[etree._Element], _Place]]:
        """Yield the elements a selector matches; what it says of ::before and ::after is noted, not yielded."""
        for selector in parse(text):
            if selector.pseudo_element is None:
                found = self.root.xpath(TRANSLATOR.selector_to_xpath(selector))
                yield found, replace(place, specificity=selector.specificity())
            elif str(selector.pseudo_element) in ("before", "after"):
                said = {name: value for name, value, _ in declared}
                is_placed = said.get("position") in ("absolute", "fixed")
                is_painted = any(said.get(name, "none") not in CLEAR for name in PAINTS - {"color"})
                if is_placed or is_painted:
                    selector.pseudo_element = None
                    found = self.root.xpath(TRANSLATOR.selector_to_xpath(selector))
                    self.placed.update(found if is_placed else ())
                    self.painted.update(found if is_painted else ())

    def put(self, elements: Iterable[etree._Element], declared: list[Declaration], place: _Place) -> None:
        """Declare for each element; of equal ranks the later one holds."""
        self.is_conditional |= not place.is_known
        for element in elements:
            self.matches += 1
            found = self.found[element]
            for name, value, important in declared:
                found.append((place.rank(len(found), is_important=important), name, value, place.is_known))
