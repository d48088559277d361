"""Parse HTML into blocks through unstructured, after taking out what a reader does not see or read.

unstructured is used because it is as good as our own walk would be (macro snippet recall 0.964 on 23 files, the
missing share being a page whose expected text is itself damaged) and costs 7 ms a page.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lxml import etree
from lxml import html as lxml_html

from ingest.parse.encoding import decode
from ingest.parse.hidden.html import drop_hidden, page_of
from ingest.parse.html_partition import Element, partition_html, version
from ingest.parse.html_tables import square
from ingest.parse.table import table_block
from ingest.types import Block, Finding, Kind, ParsedDocument

# Never text of the page: code, navigation, controls. The footer stays: imprint and version are asked for.
UNREAD = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "svg",
    "iframe",
    "object",
    "button",
    "select",
    "dialog",
)
UNSPOKEN = "//*[@aria-hidden='true']"  # shown, but says nothing: icons, ornaments
RENAMED = {
    "summary": "p",
    "details": "div",
    "dt": "p",
    "dd": "p",
    "main": "div",
}  # unstructured drops the former
KINDS = {"ListItem": Kind.LIST_ITEM, "CodeSnippet": Kind.CODE, "FigureCaption": Kind.CAPTION}
GRID_MAX_CHARS = 2_000  # a table of data with tables in its cells; what lays out a page holds more
MARK = "\u2060"  # unstructured drops paragraphs of one character; this one, which nobody sees, makes it two
MAX_DEPTH = 200  # of nested elements; unstructured recurses, and real pages stay below 60


def parse_html(path: Path) -> ParsedDocument:
    """Return the page's blocks in order. Raises whatever lxml or unstructured raise."""
    return document_of(decode(path.read_bytes()))


def document_of(markup: str) -> ParsedDocument:
    """Return the blocks of HTML held as text."""
    root, findings = _clean(markup)
    if root is None:
        return ParsedDocument(title="", blocks=(), pages=None, parser=version())
    title = " ".join((root.findtext(".//title") or "").split())
    readable = etree.tostring(root, encoding="unicode", method="html")
    blocks = tuple(block for element in partition_html(readable) for block in _blocks(element))
    if not title:
        title = next((block.text for block in blocks if block.kind is Kind.HEADING and block.level == 1), "")
    return ParsedDocument(title=title, blocks=blocks, pages=None, parser=version(), findings=findings)


def _clean(markup: str) -> tuple[etree._Element | None, tuple[Finding, ...]]:
    """Return the tree without unread and hidden elements, no deeper than the partitioner can go."""
    if not markup.strip():
        return None, ()
    parser = lxml_html.HTMLParser(no_network=True, remove_comments=True, encoding="utf-8", huge_tree=True)
    root = lxml_html.document_fromstring(
        markup.encode("utf-8", "replace"), parser=parser, ensure_head_body=True
    )
    page = page_of(root)
    for element in [*root.iter(*UNREAD), *_unspoken(root)]:
        if element.getparent() is not None:
            element.drop_tree()
    findings = drop_hidden(root, page)
    for element in root.iter(*RENAMED):
        element.tag = RENAMED[str(element.tag)]
    for element in list(root.iter("table")):
        if element.find(".//table") is None or element.find(".//th") is not None:
            continue
        if _is_grid(element):
            _level(element)
        else:
            # A table that only lays out a page: take its frame away, keep what is inside.
            _unframe(element)
    square(root)
    _flatten(root)
    _keep_letters(root)
    return root, findings


def _unspoken(root: etree._Element) -> list[etree._Element]:
    """Return what is shown but says nothing; a formula beside its twin for screen readers is what a reader sees."""
    formulas = {place for math in root.iter("math") for place in islice(math.iterancestors(), 2)}
    return [element for element in root.xpath(UNSPOKEN) if element.getparent() not in formulas]


def _keep_letters(root: etree._Element) -> None:
    """Make paragraphs of one character two long: unstructured would drop them."""
    for element in root.iter("p", "div"):
        if len(element) == 0 and len((element.text or "").strip()) == 1:
            element.text = f"{(element.text or '').strip()}{MARK}"


def _is_grid(table: etree._Element) -> bool:
    """Return whether a table that holds others is one of data: rows of equally many cells, and no long text."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    widths = {len(row.findall("td")) for row in rows}
    is_even = len(rows) > 1 and len(widths) == 1 and min(widths) > 1
    return is_even and len(" ".join(" ".join(table.itertext()).split())) <= GRID_MAX_CHARS


def _level(table: etree._Element) -> None:
    """Make the tables within a table the text of its cells."""
    for inner in list(table.iter("table"))[1:]:
        for below in list(inner.iter("table", "tbody", "thead", "tfoot", "tr", "td")):
            below.tag = "span"
            below.tail = f" {below.tail or ''}"


def _unframe(table: etree._Element) -> None:
    table.tag = "div"
    for below in list(table.iter("tr", "td", "tbody", "thead")):
        if next((a for a in below.iterancestors("table")), None) is None:
            below.tag = "div"


def _flatten(root: etree._Element) -> None:
    """Replace whatever is nested deeper than MAX_DEPTH by its text."""
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    for element in level:
        text = " ".join(element.itertext())
        tail = element.tail
        element.clear()
        element.text, element.tail = text, tail


def _blocks(element: Element) -> Iterator[Block]:
    if element.category == "Table":
        block = _table(element)
        if block:
            yield block
        return
    text = element.text.strip()
    if len(text) == 2:  # elsewhere the character hides something, and is looked for later
        text = text.removesuffix(MARK)
    if not text:
        return
    if element.is_heading:
        yield Block(kind=Kind.HEADING, text=" ".join(text.split()), level=element.depth + 1)
    else:
        yield Block(kind=KINDS.get(element.category, Kind.PARAGRAPH), text=text)


def _table(element: Element) -> Block | None:
    if not element.html:
        return Block(kind=Kind.PARAGRAPH, text=element.text) if element.text.strip() else None
    root = lxml_html.fragment_fromstring(element.html, create_parent="div")
    rows = [
        [" ".join(" ".join(cell.itertext()).split()) for cell in row.iter("td", "th")]
        for row in root.iter("tr")
    ]
    if len(rows) == 1 and len([cell for cell in rows[0] if cell]) == 1:
        return Block(kind=Kind.PARAGRAPH, text=element.text.strip())
    return table_block(rows)
