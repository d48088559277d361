"""Build DOC, PPT and XLS files of a few lines: no library writes them."""

import struct
from collections.abc import Mapping, Sequence

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
DIMENSIONS = struct.pack("<HHIIHHH", 0x0200, 14, 0, 9, 0, 9, 0)  # of a sheet, as it claims them
STREAM_MIN = 4096  # shorter streams would live in a stream of their own
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def compound(streams: Mapping[str, bytes], *, ring: bool = False) -> bytes:
    """Return an OLE file of these streams ([MS-CFB]); with `ring` the chain of the first one runs in a circle."""
    sectors = [b""]  # the first is the FAT
    fat = [FAT]

    def chain(data: bytes) -> int:
        first = len(sectors)
        parts = [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
        sectors.extend(parts)
        fat.extend([*range(first + 1, first + len(parts)), END])
        return first

    entries = [_entry("Root Entry", 5, END, 0, child=1)]
    for number, (name, data) in enumerate(streams.items(), 1):
        padded = data.ljust(STREAM_MIN, b"\0")
        right = number + 1 if number < len(streams) else FREE
        entries.append(_entry(name, 2, chain(padded), len(padded), right=right))
    if ring:
        fat[2] = 1
    directory = chain(b"".join(entries))
    assert len(fat) <= SECTOR // 4
    fat += [FREE] * (SECTOR // 4 - len(fat))
    sectors[0] = struct.pack(f"<{len(fat)}I", *fat)
    head = (
        MAGIC
        + b"\0" * 16
        + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory, 0, 4096, END, 0, END, 0)
    )
    head += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    return head + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, *, right: int = FREE, child: int = FREE) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIQ", encoded, len(encoded) + 2, kind, 1, FREE, right, child, 0, start, size
    )


def doc(
    paragraphs: Sequence[tuple[int, bytes, str]], *, flags: int = 0, identity: int = 0xA5EC, hidden: str = ""
) -> bytes:
    """Return a DOC whose paragraphs are (style, property changes, text with its end mark).

    Styles: 0 Normal, 1 to 3 headings, 4 Title. The first place where `hidden` stands is hidden.
    """
    text = "".join(words for _, _, words in paragraphs)
    start = 1024
    main = bytearray(start)
    struct.pack_into("<HH", main, 0, identity, 0xC1)
    struct.pack_into("<H", main, 10, 0x0200 | flags)
    struct.pack_into("<H", main, 32, 14)
    struct.pack_into("<H", main, 62, 22)
    units = len(text.encode("utf-16-le")) // 2
    struct.pack_into("<i", main, 64 + 12, units)
    main += text.encode("utf-16-le")
    main += b"\0" * (-len(main) % SECTOR)
    page, bounds = len(main) // SECTOR, [start]
    for _, _, words in paragraphs:
        bounds.append(bounds[-1] + len(words.encode("utf-16-le")))
    main += _paragraph_page(bounds, paragraphs)
    place = start + 2 * text.find(hidden) if hidden else start
    characters = len(main) // SECTOR
    main += _character_page([start, place, place + 2 * len(hidden), bounds[-1]])
    clx = b"\2" + struct.pack("<I", 16) + struct.pack("<II", 0, units) + struct.pack("<HIH", 0, start, 0)
    table = b""
    for index, part in (
        (1, _styles()),
        (12, struct.pack("<III", bounds[0], bounds[-1], characters)),
        (13, struct.pack("<III", bounds[0], bounds[-1], page)),
        (33, clx),
    ):
        struct.pack_into("<II", main, 154 + 8 * index, len(table), len(part))
        table += part
    return compound({"WordDocument": bytes(main), "1Table": table})


def _paragraph_page(bounds: Sequence[int], paragraphs: Sequence[tuple[int, bytes, str]]) -> bytes:
    page = bytearray(SECTOR)
    count = len(paragraphs)
    struct.pack_into(f"<{count + 1}I", page, 0, *bounds)
    place = SECTOR - 2
    for number, (style, changes, _) in enumerate(paragraphs):
        data = struct.pack("<H", style) + changes
        data += b"\0" * (-len(data) % 2)
        place -= len(data) + 2
        place -= place % 2
        page[place : place + 2 + len(data)] = bytes([0, len(data) // 2]) + data
        page[4 * (count + 1) + 13 * number] = place // 2
    page[-1] = count
    return bytes(page)


def _character_page(bounds: Sequence[int]) -> bytes:
    page = bytearray(SECTOR)
    struct.pack_into("<4I", page, 0, *bounds)
    page[16:19] = bytes([0, 200, 0])  # the middle run has properties: sprmCFVanish
    page[400:404] = b"\x03\x3c\x08\x01"
    page[-1] = 3
    return bytes(page)


def _styles() -> bytes:
    sheet = struct.pack("<HHH", 18, 5, 10) + b"\0" * 14
    for identity in (0, 1, 2, 3, 62):
        style = (
            struct.pack("<HHHHH", identity, 0xFFF1, 0, 0, 0)
            + struct.pack("<H", 1)
            + "x\0".encode("utf-16-le")
        )
        sheet += struct.pack("<H", len(style)) + style
    return sheet


IN_TABLE, ROW_END = struct.pack("<HB", 0x2416, 1), struct.pack("<HBHB", 0x2416, 1, 0x2417, 1)


def record(kind: int, data: bytes, *, instance: int = 0, is_container: bool = False) -> bytes:
    """Return a record of a PPT."""
    return struct.pack("<HHI", instance << 4 | (0xF if is_container else 0), kind, len(data)) + data


def text_box(kind: int, text: str, *, anchor: tuple[int, int] | None = None, placeholder: int = 0) -> bytes:
    """Return a shape with a text of a kind (0 title, 1 points, 2 notes, 4 other), within a table at (left, top)."""
    data = record(0x0F9F, struct.pack("<I", kind)) + record(0x0FA0, text.encode("utf-16-le"))
    shape = record(0xF00D, data, is_container=True)
    if anchor:
        shape = record(0xF00F, struct.pack("<iiii", *anchor, 0, 0)) + shape
    if placeholder:
        shape += record(0xF011, record(0x0BC3, struct.pack("<iBBH", 0, placeholder, 0, 0)), is_container=True)
    return record(0xF004, shape, is_container=True)


def table(shapes: Sequence[bytes]) -> bytes:
    """Return a group of shapes that is a table."""
    own = record(0xF004, record(0xF122, struct.pack("<HI", 0x039F, 1), instance=1), is_container=True)
    return record(0xF003, own + b"".join(shapes), is_container=True)


def ppt(
    slides: Sequence[Sequence[bytes]],
    notes: Sequence[bytes] = (),
    *,
    token: int = 0xE391C05F,
    has_macros: bool = False,
) -> bytes:
    """Return a PPT of these slides of shapes; `notes` are the shapes of the first slide's notes page."""
    stream = b""
    places = []

    def keep(data: bytes) -> None:
        nonlocal stream
        places.append(len(stream))
        stream += data

    lists = b"".join(
        record(0x03F3, struct.pack("<IIIII", number, 0, 0, 255 + number, 0))
        for number in range(2, 2 + len(slides))
    )
    vba = record(0x0400, struct.pack("<III", 9, has_macros, 2))
    noted = record(0x03F3, struct.pack("<IIIII", 2 + len(slides), 0, 0, 77, 0))
    keep(
        record(
            0x03E8,
            record(0x07D0, record(0x03FF, vba, is_container=True), is_container=True)
            + record(0x0FF0, lists, is_container=True)
            + record(0x0FF0, noted, instance=2, is_container=True),
            is_container=True,
        )
    )
    for number, shapes in enumerate(slides):
        atom = record(0x03EF, struct.pack("<IQIII", 0, 0, 0, 77 if number == 0 else 0, 0))
        keep(record(0x03EE, atom + record(0x040C, b"".join(shapes), is_container=True), is_container=True))
    keep(record(0x03F0, record(0x040C, b"".join(notes), is_container=True), is_container=True))
    directory = len(stream)
    stream += record(0x1772, struct.pack(f"<I{len(places)}I", len(places) << 20 | 1, *places))
    edit = len(stream)
    stream += record(0x0FF5, struct.pack("<IIIIIII", 0, 0, 0, directory, 1, len(places), 0))
    current = record(0x0FF6, struct.pack("<IIIHHBBH", 20, token, edit, 0, 1012, 3, 0, 0))
    return compound({"Current User": current, "PowerPoint Document": stream})


def xls(
    sheets: Mapping[str, Mapping[tuple[int, int], str | float]],
    *,
    kind: int = 0,
    hidden: str = "",
    encrypted: bool = False,
) -> bytes:
    """Return an XLS of sheets of cells by (row, column); `kind` 1 makes the sheets Excel 4 macros."""
    start = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0005, 0, 0, 0, 6)
    start += struct.pack("<HHH4x", 0x002F, 6, 1) if encrypted else b""
    end = struct.pack("<HH", 0x000A, 0)
    bodies = [_sheet(cells) for cells in sheets.values()]
    heads = [_bound(name, kind, is_hidden=name == hidden) for name in sheets]
    place = len(start) + sum(map(len, heads)) + len(end)
    stream = start
    for head, body in zip(heads, bodies, strict=True):
        stream += head[:4] + struct.pack("<I", place) + head[8:]
        place += len(body)
    return compound({"Workbook": stream + end + b"".join(bodies)})


def _bound(name: str, kind: int, *, is_hidden: bool) -> bytes:
    data = struct.pack("<IBBBB", 0, is_hidden, kind, len(name), 0) + name.encode("latin-1")
    return struct.pack("<HH", 0x0085, len(data)) + data


def _sheet(cells: Mapping[tuple[int, int], str | float]) -> bytes:
    body = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0010, 0, 0, 0, 6)
    body += DIMENSIONS
    for (row, column), value in cells.items():
        if isinstance(value, str):
            data = struct.pack("<HHHHB", row, column, 0, len(value), 0) + value.encode("latin-1")
            body += struct.pack("<HH", 0x0204, len(data)) + data
        else:
            body += struct.pack("<HHHHHd", 0x0203, 14, row, column, 0, value)
    return body + struct.pack("<HH", 0x000A, 0)
