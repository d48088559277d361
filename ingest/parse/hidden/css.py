"""Work out what a page's own styles say of each element: its sheets and attributes, in the order of the cascade.

tinycss2 parses and cssselect matches; only what decides whether text is seen is kept. A screen 1,280 pixels wide is
assumed. Source: CSS Cascading and Inheritance 4, Media Queries 4. What depends on something else (another condition,
a sheet that lies elsewhere) is told as unknown, so that nothing visible is taken for hidden.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import tinycss2
from cssselect import HTMLTranslator, SelectorError, parse
from lxml import etree
from tinycss2.ast import AtRule, Node, QualifiedRule

Declared = dict[str, str]
Rank = tuple[bool, bool, tuple[int, int, int], int]  # important, written on the element, specificity, order

BARE = {"skip_comments": True, "skip_whitespace": True}
GROUPS = ("media", "supports", "layer", "container", "scope")  # rules that hold others
UNKNOWN = "unknown"  # the value of a property that depends on what is not known here
KEPT = frozenset({
    "display", "visibility", "content-visibility", "mso-hide", "opacity", "filter", "transform", "scale", "clip",
    "clip-path", "overflow", "overflow-x", "overflow-y", "height", "width", "max-height", "max-width", "font",
    "font-size", "position", "left", "top", "right", "bottom", "text-indent", "color", "background",
    "background-color", "background-image", "animation", "animation-name",
})  # fmt: skip
SWITCHES = frozenset(
    {"display", "visibility", "opacity", "height", "max-height", "left", "clip", "transform"}
)
SWITCHED = re.compile(r":(?:hover|focus|active|target|checked)|\[open\]", re.IGNORECASE)
LONG_NAMES = {
    "font": "font-size",
    "background": "background-color",
    "animation": "animation-name",
}  # of shorthands
SIZE_IN_FONT = re.compile(
    r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%)?)(?=\s|/)"
)  # of the shorthand: 12px/1.4 serif
PLAIN = re.compile(r"[^(\[\\]*")  # selectors of tags, classes and ids only
NAME = re.compile(r"[.#][\w-]+")
MEDIA = re.compile(r"(?:only\s+)?(all|screen|print|speech)?\s*(?:\band\b)?\s*((?:\(.*\))?)", re.DOTALL)
WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*([\d.]+)(px|em|rem)\s*\)")
SCREEN_PX, EM_PX = 1_280, 16  # a window on an office's screen; the size of text that browsers start with
MAX_SELECTORS = 5_000  # the largest sheets of real pages have 3,000 that matter here
MAX_MATCHES = 1_000_000  # of elements, over all selectors
MAX_WORK = (
    20_000_000  # of which a million take a second or less; 3,000 selectors of a page of 2,000 elements take 6
)
SIBLINGS = re.compile(
    r"~(?!=)|\+(?!\s*\d)"
)  # combinators that look at each pair of siblings; not [a~=b], 2n+1
PAIRS_OF_PLACES = (
    100  # pairs that a place among siblings (:nth-child) counts in the time a combinator takes for one
)
VISITS_OF_DESCENT = 20  # as above, of what lies below an element
MAX_MEDIA_CHARS = 1_024  # the longest on real pages have 200


@dataclass(slots=True)
class Styles:
    """Hold what is declared for each element.

    `is_complete` is false where a sheet lies elsewhere or was not understood: it may colour any background.
    `is_switched` is true where text comes and goes with the pointer, a link or a box that is ticked.
    """

    declared: Mapping[etree._Element, Declared]
    is_complete: bool
    is_switched: bool

    def of(self, element: etree._Element) -> Declared:
        """Return the element's own declarations; nothing is inherited."""
        return self.declared.get(element, {})


def styles_of(root: etree._Element) -> Styles:
    """Return the styles of an HTML tree; ask before its sheets are taken out."""
    cascade = _Cascade(root, names=_names(root), size=_size(root))
    for sheet in root.iter("style"):
        applies = _applies(sheet.get("media") or "")
        if applies is not False:
            cascade.read(tinycss2.parse_stylesheet(sheet.text or "", **BARE), is_known=applies is True)
    for element in root.iter(etree.Element):
        if element.get("style"):
            declared = list(_declarations(tinycss2.parse_blocks_contents(element.get("style"), **BARE)))
            cascade.put([element], declared, specificity=(0, 0, 0), is_inline=True)
    is_complete = cascade.is_complete and root.find(".//link[@rel='stylesheet']") is None
    return Styles(cascade.declared(), is_complete, cascade.is_switched)


@dataclass(frozen=True, slots=True)
class _Size:
    """Say what a selector costs on a page, at most."""

    elements: int
    pairs: int  # of siblings
    levels: int  # each element's depth, added up

    def work(self, selector: str) -> int:
        """Return what it takes to look for all that a selector matches, in looks at one element."""
        pairs = self.pairs * len(SIBLINGS.findall(selector))
        pairs += self.pairs // PAIRS_OF_PLACES * selector.count(":")
        descents = self.levels // VISITS_OF_DESCENT * len(selector.split())
        return self.elements + pairs + descents


@dataclass(slots=True)
class _Cascade:
    root: etree._Element
    names: frozenset[str]
    size: _Size
    found: dict[etree._Element, list[tuple[Rank, str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    is_complete: bool = True
    is_switched: bool = False
    selectors: int = 0
    matches: int = 0
    work: int = 0

    def declared(self) -> dict[etree._Element, Declared]:
        """Return each element's declarations: of two for one property, the one of the higher rank."""
        return {
            element: {name: value for _, name, value in sorted(found)}
            for element, found in self.found.items()
        }

    def read(self, rules: Iterable[Node], *, is_known: bool) -> None:
        """Take a sheet's rules; what stands under a condition that is not known makes values unknown."""
        for rule in rules:
            if isinstance(rule, QualifiedRule):
                self.rule(rule, is_known=is_known)
            elif not isinstance(rule, AtRule):
                continue
            elif rule.lower_at_keyword == "import":
                self.is_complete = False
            elif rule.lower_at_keyword in GROUPS:
                is_media = rule.lower_at_keyword == "media"
                applies = _applies(tinycss2.serialize(rule.prelude)) if is_media else None
                if applies is not False:
                    inner = tinycss2.parse_rule_list(rule.content or [], **BARE)
                    self.read(inner, is_known=is_known and applies is True)

    def rule(self, rule: QualifiedRule, *, is_known: bool) -> None:
        """Take one rule for all that its selectors match."""
        content = tinycss2.parse_blocks_contents(rule.content, **BARE)
        self.is_complete &= not any(isinstance(node, QualifiedRule) for node in content)  # nested: not read
        declared = [
            (name, value if is_known else UNKNOWN, important)
            for name, value, important in _declarations(content)
        ]
        if not declared:
            return
        text = tinycss2.serialize(rule.prelude)
        if SWITCHED.search(text):
            self.is_switched |= any(name in SWITCHES for name, _, _ in declared)
        else:
            # Where a bracket may hold a comma, the list is parsed as a whole.
            for selector in text.split(",") if PLAIN.fullmatch(text) else [text]:
                self.select(selector, declared)

    def select(self, text: str, declared: list[tuple[str, str, bool]]) -> None:
        """Declare for all that the selectors match."""
        if PLAIN.fullmatch(text) and not self.names.issuperset(NAME.findall(text)):
            return  # most rules of real sheets are for other pages
        self.selectors += 1
        work = self.size.work(text)
        if (
            self.selectors > MAX_SELECTORS
            or self.matches > MAX_MATCHES
            or self.work + work > MAX_WORK  # a cheaper one may still be looked for
        ):
            self.is_complete = False
            return
        self.work += work
        try:
            for selector in parse(text):
                if selector.pseudo_element is None:
                    matched = self.root.xpath(HTMLTranslator().selector_to_xpath(selector))
                    self.put(matched, declared, specificity=selector.specificity(), is_inline=False)
        except SelectorError:
            self.is_complete = False

    def put(
        self,
        elements: Iterable[etree._Element],
        declared: list[tuple[str, str, bool]],
        *,
        specificity: tuple[int, int, int],
        is_inline: bool,
    ) -> None:
        """Declare for each element; of equal ranks the later one holds."""
        for element in elements:
            self.matches += 1
            found = self.found[element]
            for name, value, important in declared:
                found.append(((important, is_inline, specificity, len(found)), name, value))


def _size(root: etree._Element) -> _Size:
    elements = pairs = levels = 0
    depth = -1
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += 1
            elements += 1
            levels += depth
            pairs += len(element) ** 2
        else:
            depth -= 1
    return _Size(elements, pairs, levels)


def _names(root: etree._Element) -> frozenset[str]:
    """Return the classes and ids on the page as selectors write them: .class, #id."""
    classes = (f".{name}" for held in root.xpath("//@class") for name in held.split())
    return frozenset((*classes, *(f"#{held}" for held in root.xpath("//@id"))))


def _declarations(content: Iterable[Node]) -> Iterator[tuple[str, str, bool]]:
    """Yield name, value in lower case, and whether it is important, of what matters here."""
    for node in content:
        if node.type != "declaration" or not (node.lower_name in KEPT or node.name.startswith("--")):
            continue
        value = tinycss2.serialize([part for part in node.value if part.type != "comment"]).strip().lower()
        name = LONG_NAMES.get(node.lower_name, node.lower_name)
        if node.lower_name == "font":
            size = SIZE_IN_FONT.search(value)
            value = size[1] if size else UNKNOWN
        yield name, value, node.important


def _applies(media: str) -> bool | None:
    """Say whether a media query holds for the assumed screen; None where that is not known."""
    if len(media) > MAX_MEDIA_CHARS:
        return None
    # Blanks are one each: what matches any number of them in several places tries every way to share them out.
    answers = [_holds(" ".join(query.split()).lower()) for query in media.split(",")]
    return True if True in answers else None if None in answers else False


def _holds(query: str) -> bool | None:
    parts = MEDIA.fullmatch(query)
    if parts is None:
        return None
    if parts[1] in ("print", "speech"):
        return False
    widths = WIDTH.findall(parts[2])
    if WIDTH.sub("", parts[2]).replace("and", "").strip():
        return None
    sizes = [(side, float(size) * (1 if unit == "px" else EM_PX)) for side, size, unit in widths]
    return all(size <= SCREEN_PX if side == "min" else size >= SCREEN_PX for side, size in sizes)
