"""Say how Word shows a run and what stands behind it, with all that styles add. Pure.

Source: ECMA-376 part 1, 17.7.2 (the order of defaults, table, paragraph and character styles and direct formatting),
17.7.3 (switches of several styles cancel out), 17.3.2.6 (colours), 17.3.5 and 17.18.78 (shading), 17.18.40 (highlight).
"""

from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.colour import Colour, colour_of, relit
from ingest.parse.hidden.drawingml import Scheme
from ingest.parse.hidden.sight import Fill, Paint
from ingest.parse.ooxml import attribute, child, children, descendants, is_on

MAX_CHAIN = 20  # styles based on styles; a hostile file bases two on each other
SWITCHES = ("vanish", "specVanish")
THEME_NAMES = {
    "background1": "lt1", "text1": "dk1", "background2": "lt2", "text2": "dk2", "light1": "lt1", "dark1": "dk1",
    "light2": "lt2", "dark2": "dk2", "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip
HIGHLIGHTS = {  # those that CSS calls otherwise
    "darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000",
    "darkYellow": "808000", "darkGray": "808080", "lightGray": "C0C0C0", "green": "00FF00",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inherited:
    """Hold what a run takes from its styles: elements by name, those of the nearest style, and what is switched on."""

    elements: dict[str, etree._Element]
    switched: frozenset[str]


@dataclass(slots=True)
class Looks:
    """Hold a document's styles and colours."""

    scheme: Scheme
    styles: dict[str, etree._Element] = field(default_factory=dict)
    defaults: tuple[etree._Element | None, etree._Element | None] = (None, None)  # of runs, of paragraphs
    usual: str = ""  # the style of paragraphs that name none
    known: dict[tuple[str, str, str], Inherited] = field(default_factory=dict)

    def chain(self, name: str) -> list[etree._Element]:
        """Return a style and those it is based on, nearest first."""
        found: list[etree._Element] = []
        while name in self.styles and self.styles[name] not in found and len(found) < MAX_CHAIN:
            found.append(self.styles[name])
            name = value_of(child(found[-1], "basedOn"))
        return found

    def inherited(self, character: str, paragraph: str, table: str) -> Inherited:
        """Return what runs of these styles inherit."""
        key = (character, paragraph or self.usual, table)
        if key not in self.known:
            chains = [[child(style, "rPr") for style in self.chain(name)] for name in key]
            elements: dict[str, etree._Element] = {}
            for properties in [*(one for chain in chains for one in chain), self.defaults[0]]:
                for item in [] if properties is None else properties:
                    elements.setdefault(etree.QName(item).localname, item)
            switched = frozenset(name for name in SWITCHES if self._is_switched(chains, name))
            self.known[key] = Inherited(elements, switched)
        return self.known[key]

    def _is_switched(self, chains: list[list[etree._Element | None]], name: str) -> bool:
        if is_on(child(self.defaults[0], name)):
            return True
        switches = [[found for one in chain if (found := child(one, name)) is not None] for chain in chains]
        return sum(is_on(found[0]) for found in switches if found) % 2 == 1

    def paragraph(self, properties: etree._Element | None, name: str) -> etree._Element | None:
        """Return a paragraph's own property, or else that of its styles or the defaults."""
        chain = self.chain(value_of(child(properties, "pStyle")) or self.usual)
        levels = [properties, *(child(style, "pPr") for style in chain), self.defaults[1]]
        return next((found for one in levels if (found := child(one, name)) is not None), None)

    def does_shade(self, table: str) -> bool:
        """Say whether a table's style shades it, or some of its rows or columns."""
        return any(
            self.shading(shade) is not Fill.NOTHING
            for style in self.chain(table)
            for shade in descendants(style, "shd", skip=frozenset({"rPr"}))
        )

    def ink(self, colour: etree._Element | None) -> Colour | None:
        """Return a text's colour; None where there is none or Word chooses one that is seen."""
        return None if colour is None else self._shade(colour, "val", "themeColor", "theme")

    def shading(self, shade: etree._Element | None) -> Paint:
        """Return what a shading paints; a pattern mixes two colours."""
        pattern = "nil" if shade is None else attribute(shade, "val") or "clear"
        if shade is None or pattern == "nil":
            return Fill.NOTHING
        if pattern == "clear":
            return self._shade(shade, "fill", "themeFill", "themeFill") or Fill.NOTHING
        full = self._shade(shade, "color", "themeColor", "theme") if pattern == "solid" else None
        return full or Fill.UNKNOWN

    def _shade(self, element: etree._Element, plain: str, themed: str, change: str) -> Colour | None:
        name = attribute(element, themed) or ""
        shade = self.scheme.get(THEME_NAMES.get(name, name))
        if shade is None:
            return colour_of(attribute(element, plain))
        lighter, darker = (_share(attribute(element, f"{change}{kind}")) for kind in ("Tint", "Colour"))
        return relit(shade, lighter * darker, (1 - lighter) * darker)


def looks_of(styles: etree._Element | None, scheme: Scheme) -> Looks:
    """Return the looks that the part of styles describes."""
    if styles is None:
        return Looks(scheme)
    named = {name: style for style in children(styles, "style") if (name := attribute(style, "styleId"))}
    usual = next(
        (name for name, style in named.items()
         if attribute(style, "type") == "paragraph" and attribute(style, "default") in ("1", "true", "on")), "",
    )  # fmt: skip
    defaults = child(styles, "docDefaults")
    runs = child(child(defaults, "rPrDefault"), "rPr")
    return Looks(scheme, named, (runs, child(child(defaults, "pPrDefault"), "pPr")), usual)


def highlight(element: etree._Element | None) -> Paint:
    """Return what a text marker paints."""
    name = value_of(element)
    if name in ("", "none"):
        return Fill.NOTHING
    return colour_of(HIGHLIGHTS.get(name, name.lower())) or Fill.UNKNOWN


def value_of(element: etree._Element | None) -> str:
    """Return the attribute val, "" where there is none."""
    return "" if element is None else attribute(element, "val") or ""


def _share(text: str | None) -> float:
    """Return a share that is written as two hexadecimal digits; all of it where none is."""
    try:
        return int(text or "FF", 16) / 255
    except ValueError:
        return 1.0
