"""Read what the styles of OpenDocument files mean for structure: names, what is hidden, numbered lists. Pure."""

from dataclasses import dataclass

from lxml import etree

from ingest.parse.ooxml import attribute, children, descendants, local

MAX_NESTING = 20  # frames within tables within sections; a hostile file nests thousands
LETTERS = 26  # of a list numbered a, b, c


@dataclass(frozen=True, slots=True)
class Styles:
    """Say what the names of styles mean for structure."""

    parents: dict[str, str]
    hidden: frozenset[str]
    numbered: dict[tuple[str, int], str]  # list style and 1-based level: "1", "a" or "A"

    def chain(self, name: str) -> list[str]:
        """Return the style and what it is derived from, nearest first."""
        names: list[str] = []
        while name and name not in names and len(names) < MAX_NESTING:
            names.append(name)
            name = self.parents.get(name, "")
        return names


def styles_of(roots: list[etree._Element]) -> Styles:
    """Return what the styles in these parts mean; later parts win."""
    parents: dict[str, str] = {}
    hidden: set[str] = set()
    numbered: dict[tuple[str, int], str] = {}
    for style in (
        s for root in roots for s in descendants(root, "style", "list-style", skip=frozenset({"body"}))
    ):
        name = attribute(style, "name") or ""
        if local(style) == "style":
            parents[name] = attribute(style, "parent-style-name") or ""
            if any(attribute(below, "display") in ("none", "false") for below in style):
                hidden.add(name)
        for level in children(style, "list-level-style-number"):
            form, number = attribute(level, "num-format") or "", attribute(level, "level") or ""
            if form in ("1", "a", "A") and number.isdecimal():
                numbered[name, int(number)] = form
    return Styles(parents, frozenset(hidden), numbered)


def numeral(count: int, form: str) -> str:
    """Return what stands before a list's item of this number."""
    if form == "1" or count > LETTERS:
        return f"{count}. "
    return f"{chr(ord(form) + count - 1)}. "
