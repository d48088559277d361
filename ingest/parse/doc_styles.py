"""Read what the paragraphs of a DOC look like: style sheet, property pages, hidden runs ([MS-DOC] 2.6, 2.9). Pure."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

PAGE_BYTES = 512  # of a page of properties (FKP)
PAGE_NUMBER = 0x3FFFFF  # bits of a page's number
MAX_PAGES = 100_000
IN_TABLE, ENDS_ROW, DEPTH = 0x2416, 0x2417, 0x6649  # sprmPFInTable, sprmPFTtp, sprmPItap
OUTLINE, LIST = 0x2640, 0x460B  # sprmPOutLvl, sprmPIlfo
VANISH, DELETED = 0x083C, 0x0800  # sprmCFVanish, sprmCFRMarkDel
OPERANDS = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}  # bytes by the top three bits; 6: the first byte says
TABLE_DEFINITION = 0xD608  # the one whose length takes two bytes
NO_BODY_LEVEL = 9  # outline level of body text
HEADINGS = range(1, 10)  # sti of "heading 1" to "heading 9", the same in every language
TITLE, CODE = 62, (90, 101)  # sti of Title; of Plain Text and HTML Preformatted
LISTS = (
    *range(47, 62),
    *range(68, 73),
    179,
)  # sti of List, List Bullet, List Number, List Continue, List Paragraph
LIST_NUMBERS = range(1, 0x7FF)  # values of sprmPIlfo that name a list
MAX_STYLES = 5_000


@dataclass(frozen=True, slots=True)
class Properties:
    """Say what a paragraph is."""

    level: int = 0  # of a heading, 0 = none
    is_title: bool = False
    is_list: bool = False
    is_code: bool = False
    in_table: bool = False
    ends_row: bool = False


PLAIN = Properties()


@dataclass(slots=True)
class Runs:
    """Find the style and the changes of the paragraph at a byte of the text."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    values: list[tuple[int, bytes]] = field(default_factory=list)

    def at(self, offset: int) -> tuple[int, bytes]:
        """Return (style, changes); style 0 is Normal."""
        place = bisect_right(self.starts, offset) - 1
        return self.values[place] if place >= 0 and offset < self.ends[place] else (0, b"")


@dataclass(slots=True)
class Hidden:
    """Hold which bytes of the text are hidden or deleted."""

    starts: list[int]
    ends: list[int]
    vanished: list[bool]  # hidden; the others are deleted
    met: dict[int, list[str]] = field(default_factory=dict)  # what the hidden runs held, by their place

    def covers(self, offset: int, *, letter: str) -> bool:
        """Return whether the character at a byte is out of sight."""
        place = bisect_right(self.starts, offset) - 1
        if place < 0 or offset >= self.ends[place]:
            return False
        if self.vanished[place]:
            self.met.setdefault(place, []).append(letter)
        return True


def changes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (what, operand) of a list of property changes (sprm, MS-DOC 2.2.5); a torn last one ends it."""
    place = 0
    while place + 2 < len(data):
        (code,) = struct.unpack_from("<H", data, place)
        place += 2
        size = OPERANDS.get(code >> 13)
        if size is None:
            size = 1 + data[place]
            if code == TABLE_DEFINITION and place + 2 <= len(data):
                size = 1 + struct.unpack_from("<H", data, place)[0]
        yield code, data[place : place + size]
        place += size


def applied(before: Properties, data: bytes) -> Properties:
    """Return the properties after the changes that matter for structure."""
    found = before
    for code, operand in changes(data):
        value = int.from_bytes(operand, "little")
        if code == IN_TABLE:
            found = replace(found, in_table=bool(value))
        elif code == DEPTH:
            found = replace(found, in_table=value > 0)
        elif code == ENDS_ROW:
            found = replace(found, ends_row=bool(value))
        elif code == OUTLINE:
            found = replace(found, level=value + 1 if value < NO_BODY_LEVEL else 0)
        elif code == LIST:
            found = replace(found, is_list=value in LIST_NUMBERS and not found.level)
    return found


def style_sheet(data: bytes) -> dict[int, Properties]:
    """Return what each paragraph style means, inherited meaning included. Raises struct.error."""
    if len(data) < 6:
        return {}
    header, count, base = struct.unpack_from("<HHH", data, 0)
    styles: dict[int, tuple[int, int, bytes]] = {}
    place = 2 + header
    for index in range(min(count, MAX_STYLES)):
        if place + 2 > len(data):
            break
        (size,) = struct.unpack_from("<H", data, place)
        if size:
            styles[index] = _style(data[place + 2 : place + 2 + size], base)
        place += 2 + size + size % 2
    return {index: _meaning(styles, index) for index in styles}


def _style(data: bytes, base: int) -> tuple[int, int, bytes]:
    """Return a style's identity, the style it builds on, and its changes to paragraphs."""
    identity, kind = struct.unpack_from("<HH", data, 0)
    (letters,) = struct.unpack_from("<H", data, base) if base + 2 <= len(data) else (0,)
    place = base + 4 + 2 * letters
    own = b""
    if kind & 0xF == 1 and place + 4 <= len(data):
        (size,) = struct.unpack_from("<H", data, place)
        own = data[place + 4 : place + 2 + size]  # after the style's own number
    return identity & 0xFFF, kind >> 4, own


def _meaning(styles: dict[int, tuple[int, int, bytes]], index: int) -> Properties:
    chain: list[int] = []
    while index in styles and index not in chain:
        chain.append(index)
        index = styles[index][1]
    found = PLAIN
    for number in reversed(chain):
        identity, _, own = styles[number]
        if identity in HEADINGS:
            found = replace(PLAIN, level=identity)
        elif identity == TITLE:
            found = replace(PLAIN, is_title=True)
        elif identity in LISTS:
            found = replace(found, is_list=True)
        elif identity in CODE:
            found = replace(found, is_code=True)
        found = applied(found, own)
    return found


def _pages(main: bytes, places: bytes, width: int) -> Iterator[tuple[int, int, bytes, int]]:
    """Yield (first byte, end, page, where in the page its properties stand; 0 = none) of each run."""
    count = min((len(places) - 4) // 8, MAX_PAGES) if len(places) >= 12 else 0
    for (number,) in struct.iter_unpack("<I", places[4 * (count + 1) : 4 * (count + 1) + 4 * count]):
        start = (number & PAGE_NUMBER) * PAGE_BYTES
        page = main[start : start + PAGE_BYTES]
        if len(page) < PAGE_BYTES:
            continue
        runs = page[-1]
        if 4 * (runs + 1) + width * runs >= PAGE_BYTES:
            continue
        bounds = struct.unpack_from(f"<{runs + 1}I", page, 0)
        for run in range(runs):
            yield bounds[run], bounds[run + 1], page, 2 * page[4 * (runs + 1) + width * run]


def paragraph_runs(main: bytes, places: bytes) -> Runs:
    """Return the properties of all paragraphs by their place in the text."""
    found = Runs()
    for start, end, page, place in sorted(_pages(main, places, 13), key=lambda run: run[:2]):
        found.starts.append(start)
        found.ends.append(end)
        found.values.append(_paragraph(page, place) if place else (0, b""))
    return found


def _paragraph(page: bytes, place: int) -> tuple[int, bytes]:
    """Return (style, changes); the length counts pairs of bytes, and moves up where it is odd (MS-DOC 2.9.181)."""
    size = 2 * page[place] - 1
    begin = place + 1
    if page[place] == 0:
        size = 2 * page[min(place + 1, PAGE_BYTES - 1)]
        begin = place + 2
    data = page[begin : begin + size]
    return (struct.unpack_from("<H", data)[0], data[2:]) if len(data) >= 2 else (0, b"")


def hidden_runs(main: bytes, places: bytes) -> Hidden:
    """Return which parts of the text are hidden or marked as deleted."""
    found = Hidden([], [], [])
    for start, end, page, place in sorted(_pages(main, places, 1), key=lambda run: run[:2]):
        data = page[place + 1 : place + 1 + page[place]] if place else b""
        marks = {code for code, operand in changes(data) if operand[:1] == b"\1"}
        if marks & {VANISH, DELETED}:
            found.starts.append(start)
            found.ends.append(end)
            found.vanished.append(VANISH in marks)
    return found
