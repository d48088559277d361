"""Parse AsciiDoc into blocks: title, sections, nested lists, tables, code, admonitions, captions.

No converter of AsciiDoc with a permissive licence runs offline in Python, so this one is our own. It reads one file:
`include::` and every macro that names another file are left out, never followed. On 3 files: macro snippet recall
1.000 (`intramuros eval parse`); unstructured has no AsciiDoc, and its plain text partitioner loses sections and tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.parse.asciidoc_table import rows_of
from ingest.parse.asciidoc_text import expanded, plain
from ingest.parse.encoding import decode
from ingest.parse.table import table_block
from ingest.types import Block, Kind, ParsedDocument

PARSER = "intramuros-asciidoc 1"
MAX_NESTING = 20  # blocks within blocks; a hostile file nests thousands
SECTION = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?[ \t]*$")
UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}  # of two-line titles
ATTRIBUTE = re.compile(r":(!?[\w][\w-]{0,60}!?):(?:[ \t]+(.*))?$")
BLOCK_STYLE = re.compile(r"\[(?!\[)([^\]]{0,500})\][ \t]*$")
ANCHOR = re.compile(r"\[\[[^\]]{1,200}\]\][ \t]*$")
CAPTION = re.compile(r"\.(?![.\s])(\S.*)$")
DIRECTIVE = re.compile(r"(?:include|ifdef|ifndef|ifeval|endif)::")
PICTURE = re.compile(r"(?:image|video|audio)::[^\[]{0,1000}\[([^\],]{0,500})")
BLOCK_MACRO = re.compile(r"[a-z][\w-]{0,40}::\S{0,1000}\[[^\]]{0,1000}\][ \t]*$")
BREAK = re.compile(r"(?:'{3,}|-{3}|\*{3}|<{3,}|- - -|\* \* \*)[ \t]*$")
FENCE = re.compile(r"(?:-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|`{3,}|[|!,:]={3,})[ \t]*$")
FENCED_CODE = re.compile(r"`{3,}[\w+-]{1,40}[ \t]*$")
ITEM = re.compile(r"[ \t]*(\*{1,6}|-|•|\.{1,6}|\d{1,4}\.|[a-zA-Z]\.|<[\d.]{1,3}>)[ \t]+(\S.*)$")
TERM = re.compile(r"[ \t]*(\S.{0,300}?)(:{2,4}|;;)(?:[ \t]+(.*))?$")
ADMONITIONS = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")
VERBATIM = ("source", "listing", "literal")


def parse_asciidoc(path: Path) -> ParsedDocument:
    """Return the document's blocks in order."""
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader()
    blocks = list(reader.blocks([line.rstrip() for line in text.split("\n")], 0))
    title = next((block.text for block in blocks if block.kind is Kind.TITLE), "")
    return ParsedDocument(title=title, blocks=tuple(blocks), pages=None, parser=PARSER)


@dataclass(slots=True)
class _Reader:
    attributes: dict[str, str] = field(default_factory=dict)
    style: str = ""  # the block style line above the block being read, without its brackets
    counts: dict[str, int] = field(default_factory=dict)  # of the ordered lists that are open, by marker
    has_title: bool = False

    def blocks(self, lines: Sequence[str], depth: int) -> Iterator[Block]:
        """Yield the blocks of the document or of what stands between two fences."""
        place = 0
        while place < len(lines):
            line = lines[place]
            if not line or self.is_silent(line):
                place += 1
            elif (FENCE.match(line) or FENCED_CODE.match(line)) and depth <= MAX_NESTING:
                end = _closing(lines, place)
                yield from self.fenced(line.strip(), lines[place + 1 : end], depth)
                place = end + 1
            elif found := self.single(line, lines[place + 1] if place + 1 < len(lines) else ""):
                block, taken = found
                yield block
                place += taken
            else:
                end = _end_of_paragraph(lines, place)
                yield from self.paragraph(lines[place:end])
                place = end

    def is_silent(self, line: str) -> bool:
        """Return whether a line shows nothing by itself; remember what it says about what follows."""
        if attribute := ATTRIBUTE.match(line):
            name, value = attribute.group(1).lower(), attribute.group(2) or ""
            if "!" in name:
                self.attributes.pop(name.strip("!"), None)
            else:
                self.attributes[name] = expanded(value.removesuffix(" \\"), self.attributes)
            return True
        if style := BLOCK_STYLE.match(line):
            self.style = style.group(1)
            return True
        is_comment = line.startswith("//") and not line.startswith("///")
        is_macro = BLOCK_MACRO.match(line) is not None and PICTURE.match(line) is None
        return (
            is_comment
            or is_macro
            or line == "+"
            or any(pattern.match(line) for pattern in (ANCHOR, DIRECTIVE, BREAK))
        )

    def single(self, line: str, below: str) -> tuple[Block, int] | None:
        """Return a heading, caption or picture, and how many lines it takes."""
        if section := SECTION.match(line):
            return self.heading(section.group(2), len(section.group(1))), 1
        if _is_underlined(line, below):
            return self.heading(line, UNDERLINES[below[0]]), 2
        if caption := CAPTION.match(line):
            return Block(kind=Kind.CAPTION, text=self.plain(caption.group(1))), 1
        if picture := PICTURE.match(line):
            text = self.plain(picture.group(1).split("=")[-1].strip('" ')) if picture.group(1) else ""
            return Block(kind=Kind.CAPTION, text=text), 1
        return None

    def heading(self, text: str, depth: int) -> Block:
        self.counts.clear()
        self.style = ""
        if depth == 1 and not self.has_title:
            self.has_title = True
            return Block(kind=Kind.TITLE, text=self.plain(text))
        return Block(kind=Kind.HEADING, text=self.plain(text), level=max(depth - 1, 1))

    def fenced(self, fence: str, lines: Sequence[str], depth: int) -> Iterator[Block]:
        """Yield what stands between two fences: code as it is, a table, or blocks."""
        style, self.style = self.style, ""
        name = style.partition(",")[0].partition("%")[0].strip()
        if fence.startswith("////") or (fence.startswith("++++") and "stem" not in style):
            return  # a comment, or what is meant for one output format alone
        if fence.endswith("===") and fence[0] in "|!,:":
            rows = rows_of(lines, separator=_separator(fence, style), columns=_named(style, "cols"))
            table = table_block([[self.plain(cell) for cell in row] for row in rows])
            if table:
                yield table
        elif fence[0] in "`." or (fence.startswith("--") and (len(fence) > 2 or name in VERBATIM)):
            text = "\n".join(lines).strip("\n")
            if text.strip():
                yield Block(kind=Kind.CODE, text=text)
        elif fence[0] == "+" or name == "verse":
            yield Block(kind=Kind.PARAGRAPH, text="\n".join(self.plain(line) for line in lines))
        else:
            inner = self.blocks(lines, depth + 1)
            first = next(inner, None)
            if first is not None:
                is_warning = name in ADMONITIONS
                yield replace(first, text=f"{name}: {first.text}") if is_warning else first
            yield from inner

    def paragraph(self, lines: Sequence[str]) -> Iterator[Block]:
        """Yield lines without an empty one among them: items, terms, rows, an indented piece of code, or prose."""
        style, self.style = self.style, ""
        name = style.partition(",")[0].strip()
        item, term = ITEM.match(lines[0]), TERM.match(lines[0])
        if item:
            text = self.joined([item.group(2), *lines[1:]])
            yield Block(kind=Kind.LIST_ITEM, text=self.marker(item.group(1)) + text)
            return
        if lines[0].startswith("|"):
            table = table_block(
                [[self.plain(cell) for cell in line.strip().strip("|").split("|")] for line in lines]
            )
            if table:
                yield table
            return
        if name in VERBATIM or lines[0][0] in " \t":
            self.counts.clear()
            yield Block(kind=Kind.CODE, text="\n".join(lines))
            return
        if term:
            meaning = self.joined([term.group(3) or "", *lines[1:]])
            label = self.plain(term.group(1))
            yield Block(kind=Kind.PARAGRAPH, text=f"{label}: {meaning}" if meaning else label)
            return
        self.counts.clear()
        text = self.joined(lines)
        yield Block(kind=Kind.PARAGRAPH, text=f"{name}: {text}" if name in ADMONITIONS else text)

    def marker(self, marker: str) -> str:
        """Return what a reader sees before an item: its number, or nothing before a bullet."""
        if marker[0] != ".":
            self.counts = {key: count for key, count in self.counts.items() if marker[0] in "*-•<"}
            return f"{marker} " if marker[0].isalnum() else ""
        self.counts = {key: count for key, count in self.counts.items() if len(key) <= len(marker)}
        self.counts[marker] = self.counts.get(marker, 0) + 1
        return f"{self.counts[marker]}. "

    def joined(self, lines: Sequence[str]) -> str:
        """Return lines as one text; a plus sign at a line's end keeps the line break."""
        kept = (line.strip() for line in lines if not line.startswith("//"))
        text = "".join(f"{line[:-2]}\n" if line.endswith(" +") else f"{line} " for line in kept)
        return self.plain(text.strip())

    def plain(self, text: str) -> str:
        return plain(text, self.attributes).strip()


def _closing(lines: Sequence[str], place: int) -> int:
    """Return where the fence that opens at `place` closes; the end of the text where it never does."""
    fence = lines[place].strip()
    closing = "`" * (len(fence) - len(fence.lstrip("`"))) if fence[0] == "`" else fence
    return next((at for at in range(place + 1, len(lines)) if lines[at].strip() == closing), len(lines))


def _end_of_paragraph(lines: Sequence[str], place: int) -> int:
    """Return the first line after `place` that is empty or begins something else."""
    is_table = lines[place].startswith("|")
    for at in range(place + 1, len(lines)):
        line = lines[at]
        begins = (FENCE, BLOCK_STYLE, ITEM, SECTION, DIRECTIVE, ATTRIBUTE)
        if not line or line == "+" or line.startswith("|") != is_table:
            return at
        if any(pattern.match(line) for pattern in begins) or (TERM.match(line) and "::" in line):
            return at
    return len(lines)


def _is_underlined(line: str, below: str) -> bool:
    is_line = len(below) >= 3 and below[0] in UNDERLINES and below == below[0] * len(below)
    return is_line and abs(len(line) - len(below)) <= 1 and line[0] not in " \t.[|" and line[-1].isalnum()


def _separator(fence: str, style: str) -> str:
    form = _named(style, "format")
    return {"csv": ",", "dsv": ":"}.get(form, fence[0])


def _named(style: str, name: str) -> str:
    """Return the value of a named attribute of a block, e.g. cols of `%header,cols="1,2"`."""
    found = re.search(rf"""\b{name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,\]]*))""", style)
    return next((group for group in found.groups() if group is not None), "") if found else ""
