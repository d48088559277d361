"""Parse reStructuredText into blocks through docutils, which reads this one file and nothing else.

Directives that insert files or raw output are switched off. Sphinx's directives and roles, which docutils does not
know, keep their text: what stands in an unknown directive is read in its turn. A page takes about 5 ms.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.encoding import decode
from ingest.parse.table import table_block
from ingest.types import Block, Kind, ParsedDocument

if TYPE_CHECKING:
    from docutils import nodes

SETTINGS = {
    "file_insertion_enabled": False,  # no include, no csv-table or raw from files
    "raw_enabled": False,  # no raw output
    "_disable_config": True,  # no docutils.conf of the machine
    "report_level": 5,  # a person's slip in the markup is no error here
    "halt_level": 6,  # above the gravest
    "line_length_limit": 1_000_000,  # the default refuses documents with long lines
    "smart_quotes": False,
    "syntax_highlight": "none",
    "doctitle_xform": True,
    "input_encoding": "unicode",
}
MAX_NESTING = 5  # unknown directives within unknown directives
UNKNOWN_ROLE = re.compile(r":[\w:.+-]{1,60}:`([^`]{1,1000})`|`([^`]{1,1000})`:[\w:.+-]{1,60}:")
TARGET = re.compile(r"\s*<[^<>]{0,500}>$")
DIRECTIVE = re.compile(r"\.\. ([\w:.+-]{1,60})::[ \t]*(.*)$")
OPTION = re.compile(r"\s*:[\w-]{1,60}:(?:\s|$)")
CODE = (
    "code-block",
    "sourcecode",
    "literalinclude",
    "highlight",
    "doctest",
    "testcode",
    "testoutput",
    "productionlist",
)
UNREAD = ("toctree", "index", "raw", "tabularcolumns", "currentmodule", "module", "automodule", "include")
ADMONITIONS = ("attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning")
UNSEEN = ("comment", "substitution_definition", "target", "raw", "meta", "pending")
HEADINGS = ("title", "subtitle", "rubric", "caption")
VERBATIM = ("literal_block", "doctest_block", "math_block")
PROSE = ("paragraph", "line", "attribution", "term")


def parse_rst(path: Path) -> ParsedDocument:
    """Return the document's blocks in order."""
    from docutils import __version__  # heavy: keeps --help under 0.3 s

    blocks = tuple(_read(decode(path.read_bytes()), level=0, depth=0))
    title = next((block.text for block in blocks if block.kind is Kind.TITLE), "")
    return ParsedDocument(title=title, blocks=blocks, pages=None, parser=f"docutils {__version__}")


def _read(text: str, *, level: int, depth: int) -> Iterator[Block]:
    """Yield the blocks of markup; `level` is that of the heading it stands below."""
    from docutils.core import publish_doctree  # heavy: keeps --help under 0.3 s

    tree = publish_doctree(text, settings_overrides={**SETTINGS, "doctitle_xform": depth == 0})
    yield from _inside(tree, level, depth)


def _inside(node: "nodes.Element", level: int, depth: int) -> Iterator[Block]:
    from docutils import nodes  # heavy: keeps --help under 0.3 s

    for item in node.children:
        if isinstance(item, nodes.Element):
            yield from _blocks(item, level, depth)


def _blocks(node: "nodes.Element", level: int, depth: int) -> Iterator[Block]:
    """Yield the blocks of one node of the tree; a node that only holds others is what they are."""
    name = node.tagname
    if name in UNSEEN:
        return
    if name in PROSE:
        yield Block(kind=Kind.PARAGRAPH, text=_text(node))
    elif name in HEADINGS:
        yield _heading(node, name, level)
    elif name in VERBATIM:
        yield Block(kind=Kind.CODE, text=node.astext())
    elif name in ADMONITIONS:
        yield from _labelled(name.upper(), _inside(node, level, depth))
    elif name in SHAPED:
        yield from SHAPED[name](node, level, depth)
    else:
        yield from _inside(node, level + (name == "section"), depth)


def _heading(node: "nodes.Element", name: str, level: int) -> Block:
    text = _text(node)
    if name == "caption":
        return Block(kind=Kind.CAPTION, text=text)
    if name == "title" and node.parent.tagname == "document":
        return Block(kind=Kind.TITLE, text=text)
    if name == "title" and node.parent.tagname == "section":
        return Block(kind=Kind.HEADING, text=text, level=max(level, 1))
    return Block(kind=Kind.PARAGRAPH, text=text)


def _list(node: "nodes.Element", level: int, depth: int) -> Iterator[Block]:
    """Yield items; the first paragraph of each carries its number, what follows in it stands by itself."""
    start = int(node.get("start", 1))
    for number, item in enumerate(node.children, start):
        prefix = f"{number}. " if node.tagname == "enumerated_list" else ""
        for place, block in enumerate(_inside(item, level, depth)):
            if place == 0 and block.kind is Kind.PARAGRAPH:
                yield Block(kind=Kind.LIST_ITEM, text=prefix + block.text)
            else:
                yield block


def _defined(node: "nodes.Element", level: int, depth: int) -> Iterator[Block]:
    """Yield what a term, field or option means, led by it."""
    label = ", ".join(_text(item) for item in node.children[:-1])
    yield from _labelled(label, _inside(node.children[-1], level, depth))


def _labelled(label: str, blocks: Iterator[Block]) -> Iterator[Block]:
    first = next(blocks, None)
    if first is None or first.kind is not Kind.PARAGRAPH:
        yield Block(kind=Kind.PARAGRAPH, text=label)
        if first is not None:
            yield first
    else:
        yield Block(kind=Kind.PARAGRAPH, text=f"{label}: {first.text}")
    yield from blocks


def _picture(node: "nodes.Element", _level: int, _depth: int) -> Iterator[Block]:
    if node.get("alt"):
        yield Block(kind=Kind.CAPTION, text=str(node["alt"]))


def _facts(node: "nodes.Element", _level: int, _depth: int) -> Iterator[Block]:
    """Yield what the document says of itself: author, date, version."""
    for item in node.children:
        yield Block(kind=Kind.PARAGRAPH, text=_field(item))


def _field(node: "nodes.Element") -> str:
    if node.tagname == "field":
        return ": ".join(_text(item) for item in node.children)
    return f"{node.tagname.capitalize()}: {_text(node)}"


def _table(node: "nodes.Element", _level: int, _depth: int) -> Iterator[Block]:
    """Yield the caption and the table; cells that a wider or taller one covers are empty."""
    from docutils import nodes  # heavy: keeps --help under 0.3 s

    rows: list[list[str]] = []
    covered: dict[tuple[int, int], bool] = {}
    for title in node.findall(nodes.title):
        yield Block(kind=Kind.CAPTION, text=_text(title))
    for number, row in enumerate(node.findall(nodes.row)):
        texts: list[str] = []
        for entry in row.children:
            while (number, len(texts)) in covered:
                texts.append("")
            below, beside = int(entry.get("morerows", 0)), int(entry.get("morecols", 0))
            place = len(texts)
            covered |= {
                (number + down, place + across): True
                for down in range(1, below + 1)
                for across in range(beside + 1)
            }
            texts += [_text(entry), *[""] * beside]
        rows.append(texts)
    table = table_block(rows)
    if table:
        yield table


def _text(node: "nodes.Node") -> str:
    """Return a node's text; of Sphinx's roles, which docutils quotes whole, the words that are shown."""

    def shown(role: re.Match[str]) -> str:
        return TARGET.sub("", role.group(1) or role.group(2)).lstrip("~!")

    return UNKNOWN_ROLE.sub(shown, " ".join(node.astext().split()))


def _unknown(node: "nodes.Element", level: int, depth: int) -> Iterator[Block]:
    """Yield what an unknown directive holds: docutils quotes it whole in its message."""
    from docutils import nodes  # heavy: keeps --help under 0.3 s

    for quoted in node.findall(nodes.literal_block):
        lines = quoted.astext().split("\n")
        directive = DIRECTIVE.match(lines[0])
        if directive is None or directive.group(1) in UNREAD:
            continue
        body = [line for line in lines[1:] if not OPTION.match(line)]
        indent = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
        text = "\n".join(line[indent:] for line in body).strip("\n")
        if directive.group(1) in CODE or depth >= MAX_NESTING:
            if text.strip():
                yield Block(kind=Kind.CODE, text=text)
            continue
        if directive.group(2).strip():
            yield Block(kind=Kind.PARAGRAPH, text=directive.group(2).strip())
        yield from _read(text, level=level, depth=depth + 1)


SHAPED: dict[str, Callable[["nodes.Element", int, int], Iterator[Block]]] = {
    "table": _table,
    "bullet_list": _list,
    "enumerated_list": _list,
    "definition_list_item": _defined,
    "field": _defined,
    "option_list_item": _defined,
    "system_message": _unknown,
    "image": _picture,
    "docinfo": _facts,
}
