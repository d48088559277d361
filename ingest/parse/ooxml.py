"""Read the parts of an OOXML package (DOCX, PPTX, XLSX) safely, by local names.

Every XML part of every format (OpenDocument and EPUB too) passes `xml`: entities are not expanded, no DTD or XInclude
is followed, nothing is fetched, and what nests deeper than 256 elements is refused by libxml2.

Local names make the Strict variant (other namespaces, which python-docx refuses) the same as the Transitional one.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zipfile import ZipFile

from lxml import etree

OFF = ("0", "false", "off")  # of a switch (ECMA-376 part 1, 22.9.2.7); without a value it is on
CAMEL_CHART = re.compile(r"^([a-z]+)(?:3D)?Chart$")  # barChart, line3DChart


@dataclass(frozen=True, slots=True)
class Relation:
    """Hold one relation of a part: `kind` is the last word of its type, `target` a member of the package."""

    kind: str  # "slide", "notesSlide", "comments", "chart", ...
    target: str


def tree(package: ZipFile, member: str) -> etree._Element | None:
    """Return the root of a member, or None where the package has no such member. Raises XMLSyntaxError."""
    return xml(package.read(member)) if member in package.NameToInfo else None


def xml(data: bytes) -> etree._Element:
    """Return the root of XML that may be hostile. Raises XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def walk(package: ZipFile, member: str, *names: str) -> Iterator[etree._Element]:
    """Yield the elements of a large member with these local names as they end; each is forgotten when the next comes.

    Safe as `xml`. Raises XMLSyntaxError.
    """
    if member not in package.NameToInfo:
        return
    with package.open(member) as stream:
        tags = tuple(f"{{*}}{name}" for name in names)
        for _, element in etree.iterparse(
            stream, events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False
        ):
            yield element
            element.clear()


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; "" of a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """Return the value of the attribute with this local name."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """Return the direct children with one of these local names."""
    return [child for child in element if local(child) in names]


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """Return the first direct child of this local name."""
    found = [] if element is None else children(element, name)
    return found[0] if found else None


def descendants(element: etree._Element, *names: str, skip: frozenset[str]) -> Iterator[etree._Element]:
    """Yield descendants with these local names in document order, not entering any element named in `skip`."""
    for below in element:
        name = local(below)
        if name in skip:
            continue
        if name in names:
            yield below
        yield from descendants(below, *names, skip=skip)


def is_on(switch: etree._Element | None, name: str = "val") -> bool:
    """Return whether an element that switches something is there and not switched off by its attribute."""
    return switch is not None and (attribute(switch, name) or "true").lower() not in OFF


def relations(package: ZipFile, part: str) -> dict[str, Relation]:
    """Return the internal relations of a part by id."""
    folder, name = posixpath.split(part)
    root = tree(package, posixpath.join(folder, "_rels", f"{name}.rels"))
    found: dict[str, Relation] = {}
    for element in [] if root is None else root:
        target = element.get("Target", "")
        if element.get("TargetMode") == "External" or not target:
            continue
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found[element.get("Id", "")] = Relation(element.get("Type", "").rpartition("/")[2], path)
    return found


def chart_rows(package: ZipFile, member: str) -> tuple[str, list[list[str]]]:
    """Return a chart's title with its kind, and its cached data: a header of series names, then one row a category."""
    root = tree(package, member)
    if root is None:
        return "", []
    title = " ".join(
        "".join(paragraph.itertext()).strip()
        for heading in descendants(root, "title", skip=frozenset({"plotArea"}))
        for paragraph in descendants(heading, "p", skip=frozenset())
    )
    kinds = dict.fromkeys(
        local(item) for area in descendants(root, "plotArea", skip=frozenset()) for item in area
    )
    names = [CAMEL_CHART.sub(r"\1 chart", name).capitalize() for name in kinds if name.endswith("Chart")]
    title = " ".join([*([f"{title}:"] if title else []), ", ".join(names)])
    series = list(descendants(root, "ser", skip=frozenset()))
    labels = [_cached(child(item, "tx")) for item in series]
    categories = _cached(child(series[0], "cat")) if series else []
    values = [_cached(child(item, "val")) for item in series]
    header = ["", *(" ".join(name) for name in labels)]
    length = max([len(categories), *(len(column) for column in values)], default=0)
    rows = [[_at(categories, row), *(_at(column, row) for column in values)] for row in range(length)]
    return title, [header, *rows] if rows else []


def _cached(element: etree._Element | None) -> list[str]:
    if element is None:
        return []
    return [value.text or "" for value in descendants(element, "v", skip=frozenset({"f"}))]


def _at(column: list[str], row: int) -> str:
    return column[row] if row < len(column) else ""
