"""Tell a person all that a house holds of them (Art. 15 and 20 GDPR): one zip, for machines and to be read.

It is made while it is handed on: no more than a page of it is in memory, nothing of it on the disk, and one that breaks
off lacks its table of contents, so that no program takes it for whole.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from types import MappingProxyType
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from app.privacy import export_page as page
from app.privacy.export_records import FORMAT, AboutFile, LeftOut, PartRecord, Record, schema
from app.privacy.export_words import ExportWords, words_in
from app.privacy.inventory import declared
from app.privacy.teller import Opener, Teller
from app.records import Records
from ingest.database import stamp
from retrieval.errors import NotFound

PIECE_BYTES: Final = 256 << 10  # handed on at once
COPIED_BYTES: Final = 1 << 20
ON_A_PAGE: Final = 500  # messages of conversations, or records: a browser shows so many at once
MANY: Final = (
    200_000  # messages, from which on a file may need the larger form of zip, which old programs do not know
)

# Which file tells of which stores of the inventory; each store of a person is here or below.
TOLD_IN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "account.json": ("accounts", "sign-ins", "API keys", "collections", "requests to read chats"),
        "conversations.json": ("conversations", "answers", "feedback"),
        "uploads.json": ("uploads", "own files", "quarantine", "queue"),
        "audit.json": ("audit trail",),
    }
)
LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "documents": "the company's own; what they say of a person is for the company to look for, by its name",
        "texts": "the same documents, in pieces",
        "title vectors": "made from titles of documents; nothing else can be read from them",
        "vector index": "made from texts of documents; nothing else can be read from it",
        "originals": "the company's own, but for the files of the person's own, which are here",
        "database files": "what the tables hold, which are here",
        "page images": "pictures of documents, for minutes",
        "answers in the making": "are in the conversations once they are written",
        "temporary files": "documents, while they are read",
        "model server": "forgets by itself, and knows nobody",
        "page": "shows what is here, and keeps nothing",
        "browser": "lies with the person: the token of the sign-in and the language",
        "list of erasures": "ids of what is gone; nothing else of it is known",
        "erasure requests": "counts and keyed hashes; of whom one was is told to nobody once it is done",
        "legal holds": "may concern a proceeding that runs; the data protection officer says whether there is one",
        "keys of the house": "random numbers",
        "logs": "ids and times of what is here",
        "logs of the containers": "ids and times of what is here",
        "traces": "ids and times of what is here",
        "set aside by a restore": "an earlier state of what is here; the operator deletes it",
        "backups": "an earlier state of what is here; sealed, and not looked into for one person",
        "sources": "the company's own files, which the house reads",
        "configuration": "rules that may name the account are told in account.json",
        "exports": "no copy is kept",
    }
)


class _Pipe:
    """Take what is written, until it is handed on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes, /) -> int:
        """Take some bytes."""
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Hold nothing back."""

    def close(self) -> None:
        """End with what is written."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken, self._parts, self.size = b"".join(self._parts), [], 0
        return taken


@dataclass
class _Parcel:
    """Hold a zip that is being written, and how many things each of its files holds."""

    archive: ZipFile
    now: datetime
    is_large: bool
    counts: dict[str, int]

    def open(self, name: str) -> BinaryIO:
        """Begin a file."""
        info = ZipInfo(name, self.now.timetuple()[:6])
        info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
        return self.archive.open(info, "w", force_zip64=self.is_large)  # type: ignore[return-value]  # of typeshed: IO[bytes]

    def put(self, name: str, text: str) -> None:
        """Write a whole file."""
        with self.open(name) as file:
            file.write(text.encode())


def export(records: Records, user: str, *, language: str, now: datetime) -> Iterator[bytes]:
    """Yield a zip of all that the house holds of an account, piece by piece. Raises NotFound before the first.

    The pages to be read are in `language`; one that there is not gives English. Raises DatabaseUnavailable.
    """
    teller = Teller(records, user, now=now)
    teller.account()  # raises NotFound
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:  # a stream: written, never looked at again
        parcel = _Parcel(archive, now, teller.count() > MANY, {})
        with closing(_written(parcel, teller, records, language)) as steps:
            for _ in steps:
                if pipe.size >= PIECE_BYTES:
                    yield pipe.take()
    yield pipe.take()


def _written(parcel: _Parcel, teller: Teller, records: Records, language: str) -> Generator[None, None, None]:
    """Write file by file; each step is small enough for what it wrote to be handed on."""
    words = words_in(language)
    account, uploads = teller.account(), teller.uploads()
    parcel.put("account.json", _json(account))
    parcel.put("uploads.json", _json(uploads))
    parcel.counts |= {"account.json": 1, "uploads.json": len(uploads.documents)}
    yield
    yield from _conversations(parcel, teller)
    yield from _listed(parcel, "audit.json", "records", teller.records())
    for name, opener in teller.files():
        yield from _copied(parcel, name, opener)
    talks = yield from _pages(parcel, page.talks(words), _drawn(teller, words))
    trail = yield from _pages(parcel, page.trail(words), _drawn_trail(teller, words))
    parcel.put("stores.json", json.dumps(_stores(records), indent=2, ensure_ascii=False))
    parcel.put("schema.json", json.dumps(schema(), indent=2))
    about = _about(parcel, records, teller.user, words.ai_notice)
    parcel.put("about.json", _json(about))
    contents = page.Contents(about, account, uploads, talks, trail)
    parcel.put("index.html", page.index(contents, words))
    yield


def _conversations(parcel: _Parcel, teller: Teller) -> Iterator[None]:
    """Write conversations.json, a message at a time: a single conversation may be long."""
    count = 0
    with parcel.open("conversations.json") as file:
        file.write(f'{{"format": "{FORMAT}", "conversations": ['.encode())
        for number, (_, said) in enumerate(groupby(teller.messages(), key=lambda pair: pair[0].id)):
            between = ""
            for heading, message in said:
                if not between:
                    head = json.dumps(heading.model_dump(exclude={"messages"}), ensure_ascii=False)
                    file.write(f'{"," if number else ""}\n{head[:-1]}, "messages": ['.encode())
                if message is not None:
                    file.write(f"{between}\n{message.model_dump_json()}".encode())
                    count += 1
                between = ","
                yield
            file.write(b"]}")
        file.write(b"]}\n")
    parcel.counts["conversations.json"] = count


def _listed(parcel: _Parcel, name: str, key: str, things: Iterator[Record]) -> Iterator[None]:
    count = 0
    with parcel.open(name) as file:
        file.write(f'{{"format": "{FORMAT}", "{key}": ['.encode())
        for count, thing in enumerate(things, start=1):
            file.write(f"{',' if count > 1 else ''}\n{thing.model_dump_json()}".encode())
            yield
        file.write(b"]}\n")
    parcel.counts[name] = count


def _copied(parcel: _Parcel, name: str, opener: Opener) -> Iterator[None]:
    """Copy a file of the person's own; one that is gone by now is left out."""
    try:
        source = opener()
    except (FileNotFoundError, NotFound):
        return
    with source, parcel.open(name) as file:
        while piece := source.read(COPIED_BYTES):
            file.write(piece)
            yield


def _pages(
    parcel: _Parcel, sheet: page.Sheet, drawn: Iterator[tuple[str, str]]
) -> Generator[None, None, tuple[str, ...]]:
    """Write pages of ON_A_PAGE things; return their names. Each thing comes with what stands above it on a new page."""
    names: list[str] = []
    while some := list(islice(drawn, ON_A_PAGE)):
        names.append(f"{sheet.name}-{len(names) + 1:03}.html")
        with parcel.open(names[-1]) as file:
            file.write(sheet.top.encode())
            above = ""
            for heading, thing in some:
                file.write(f"{heading if heading != above else ''}{thing}".encode())
                above = heading
            file.write(sheet.foot.encode())
        yield
    return tuple(names)


def _drawn(teller: Teller, words: ExportWords) -> Iterator[tuple[str, str]]:
    for heading, message in teller.messages():
        yield page.talk(heading, words), "" if message is None else page.message(message, words)


def _drawn_trail(teller: Teller, words: ExportWords) -> Iterator[tuple[str, str]]:
    for one in teller.records():
        yield "", page.record(one, words)


def _stores(records: Records) -> dict[str, object]:
    """Return what is kept of persons, for what, on what ground and for how long (Art. 15(1) GDPR)."""
    told = declared(records.settings)
    return {"format": told["format"], "recipients": [], "stores": told["stores"]}


def _about(parcel: _Parcel, records: Records, user: str, ai_notice: str) -> AboutFile:
    parts = [
        PartRecord(file=name, stores=stores, count=parcel.counts[name]) for name, stores in TOLD_IN.items()
    ]
    return AboutFile(
        site=records.settings.site.name,
        release=records.version,
        exported_at=stamp(parcel.now),
        account=user,
        ai_notice=ai_notice,
        parts=tuple(parts),
        left_out=tuple(LeftOut(store=store, why=why) for store, why in LEFT_OUT.items()),
    )


def _json(record: Record) -> str:
    return record.model_dump_json(indent=2) + "\n"
