"""Write OLE compound files (MS-CFB, version 3) for the tests: a tree of names to bytes or further trees."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]
SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


@dataclass
class _Entry:
    name: str
    kind: int  # 1 storage, 2 stream, 5 root
    content: bytes = b""
    right: int = FREE
    child: int = FREE
    start: int = END


def compound(tree: Tree) -> bytes:
    """Return a compound file that holds this tree."""
    entries = [_Entry("Root Entry", 5)]
    _add(entries, 0, tree)
    mini = b""
    mini_chain: list[int] = []
    body: list[bytes] = []
    chain: list[int] = []

    def place(content: bytes) -> int:
        count = max(-(-len(content) // SECTOR), 1)
        start = len(chain)
        chain.extend([*range(start + 1, start + count), END])
        body.append(content.ljust(count * SECTOR, b"\0"))
        return start

    for entry in entries:
        if entry.kind == 2 and len(entry.content) >= CUTOFF:
            entry.start = place(entry.content)
        elif entry.kind == 2 and entry.content:
            count = -(-len(entry.content) // MINI)
            entry.start = len(mini_chain)
            mini_chain.extend([*range(entry.start + 1, entry.start + count), END])
            mini += entry.content.ljust(count * MINI, b"\0")
    if mini:
        entries[0].content, entries[0].start = mini, place(mini)
    mini_start = place(_words(mini_chain)) if mini_chain else END
    directory = place(b"".join(_packed(entry) for entry in entries))
    fat_count = 1
    while (len(chain) + fat_count) * 4 > fat_count * SECTOR:
        fat_count += 1
    fat_start = len(chain)
    chain.extend([FAT_SECTOR] * fat_count)
    fat = _words(chain)
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_count, directory, 0, CUTOFF, mini_start, -(-len(mini_chain) // 128), END, 0,
        fat_start,
    )  # fmt: skip
    table = list(range(fat_start + 1, fat_start + fat_count))
    return header + _words(table, total=108) + b"".join(body) + fat


def _add(entries: list[_Entry], parent: int, tree: Tree) -> None:
    previous: int | None = None
    for name, value in tree.items():
        number = len(entries)
        if isinstance(value, bytes):
            entries.append(_Entry(name, 2, value))
        else:
            entries.append(_Entry(name, 1))
            _add(entries, number, value)
        if previous is None:
            entries[parent].child = number
        else:
            entries[previous].right = number
        previous = number


def _packed(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name, len(name) + 2, entry.kind, 1, FREE, entry.right, entry.child,
        b"", 0, 0, 0, entry.start, len(entry.content),
    )  # fmt: skip


def _words(values: list[int], *, total: int | None = None) -> bytes:
    count = total or -(-len(values) // 128) * 128
    return struct.pack(f"<{count}I", *values, *[FREE] * (count - len(values)))
