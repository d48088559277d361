"""Find the records of a PPT: where each slide stands by the last save that wrote it, and its texts. Pure."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

MAX_SAVES = 10_000  # each save points to an earlier one
USER_EDIT, PERSIST, SLIDE_PERSIST = 0x0FF5, 0x1772, 0x03F3
TEXT_HEADER, CHARS, BYTES = 0x0F9F, 0x0FA0, 0x0FA8
OTHER_TEXT = 4  # TextHeaderAtom: neither title nor points
ENCRYPTED_EDIT_BYTES = 32  # a UserEditAtom with a reference to the encryption, which others lack


@dataclass(frozen=True, slots=True)
class Record:
    """Hold a record; that of a container is further records."""

    kind: int
    instance: int
    is_container: bool
    data: bytes

    def inside(self, *kinds: int) -> list["Record"]:
        """Return the records side by side within this one, those of the given kinds or all."""
        return [record for record in records(self.data) if not kinds or record.kind in kinds]


@dataclass(frozen=True, slots=True)
class Text:
    """Hold a text and its kind (TextHeaderAtom.textType)."""

    kind: int
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold what the document says of one slide or notes page: its object, its number and its outline's texts."""

    persist: int
    number: int
    texts: list[Text] = field(default_factory=list)


def records(data: bytes, place: int = 0) -> Iterator[Record]:
    """Yield the records that lie side by side from `place` on; a torn last one ends them."""
    while place + 8 <= len(data):
        head, kind, size = struct.unpack_from("<HHI", data, place)
        yield Record(kind, head >> 4, head & 0xF == 0xF, data[place + 8 : place + 8 + size])
        place += 8 + size


def saved(stream: bytes, edit: int) -> tuple[dict[int, int], int, bool]:
    """Return where each object stands, the number of the document's own, and whether it is encrypted."""
    places: dict[int, int] = {}
    document = 0
    for _ in range(MAX_SAVES):
        record = next(records(stream, edit), None)
        if record is None or record.kind != USER_EDIT or len(record.data) < 20:
            break
        before, directory, first = struct.unpack_from("<III", record.data, 8)
        if len(record.data) >= ENCRYPTED_EDIT_BYTES and any(record.data[28:32]):
            return {}, 0, True
        document = document or first
        for number, place in _directory(stream, directory):
            places.setdefault(number, place)
        if not 0 < before < edit:  # a ring goes on for ever
            break
        edit = before
    return places, document, False


def _directory(stream: bytes, place: int) -> Iterator[tuple[int, int]]:
    record = next(records(stream, place), None)
    entries = record.data if record is not None and record.kind == PERSIST else b""
    place = 0
    while place + 4 <= len(entries):
        (head,) = struct.unpack_from("<I", entries, place)
        count = min(head >> 20, (len(entries) - place - 4) // 4)
        yield from enumerate(struct.unpack_from(f"<{count}I", entries, place + 4), head & 0xFFFFF)
        place += 4 + 4 * count


def object_at(stream: bytes, places: dict[int, int], persist: int, kind: int) -> Record | None:
    """Return the object of this number and kind."""
    record = next(records(stream, places[persist]), None) if persist in places else None
    return record if record is not None and record.kind == kind else None


def listed(lists: Iterable[Record]) -> list[Listed]:
    """Return the slides (or notes pages) of lists in their order, each object once."""
    found: dict[int, Listed] = {}
    for record in lists:
        current: Listed | None = None
        pending: list[Record] = []
        for item in [*record.inside(), Record(SLIDE_PERSIST, 0, is_container=False, data=b"")]:
            if item.kind != SLIDE_PERSIST:
                pending.append(item)
                continue
            if current is not None:
                current.texts.extend(texts(pending))
            pending = []
            if len(item.data) >= 16:
                persist, _, _, number = struct.unpack_from("<IIII", item.data)
                current = found.setdefault(persist, Listed(persist, number))
    return list(found.values())


def texts(side_by_side: Iterable[Record]) -> list[Text]:
    """Return the texts of records: each begins with its kind, and an empty one has nothing else."""
    found: list[Text] = []
    for record in side_by_side:
        if record.kind == TEXT_HEADER and record.data:
            found.append(Text(record.data[0], ""))
        elif record.kind in (CHARS, BYTES):
            encoding = "utf-16-le" if record.kind == CHARS else "latin-1"
            found = found or [Text(OTHER_TEXT, "")]
            found[-1] = replace(found[-1], text=record.data.decode(encoding, "replace"))
    return found
