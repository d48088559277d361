"""Make a nation of people, nested groups and documents, and say by sets alone who may read what.

Nothing here asks the code under test who may read: groups are closed by repeated union over sets, rights are
intersections. The documents lie in a real database; `entries` puts the same chunks into an index.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, insert

from app.migrate import upgrade
from ingest.catalog import replace_readers
from ingest.collections import Collection, CollectionRegister
from ingest.database import open_database, sqlite_url, writing
from ingest.schema import chunks, documents, versions
from ingest.types import State
from retrieval.readers import reader_of
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry, Reader
from tests.fakes import HashEmbedder

PEOPLE, GROUPS, DOCUMENTS, COLLECTIONS, CHUNKS = 60, 20, 2_000, 40, 3
TOPICS = ("travel", "payroll", "parking", "canteen", "pension", "holiday", "laptop", "printer")
BROKEN = (
    "*",
    "group:",
    "role:g1",
    "group:g1\0",
    " everyone",
    "Everyone",
    "user:*\n",
    "",
)  # no principal at all
EMBEDDER = HashEmbedder()


def _nesting() -> dict[str, set[str]]:
    """Return which groups each group is a member of: a ladder of six, a ring of three, and random rungs."""
    chance = random.Random(3)
    within: dict[str, set[str]] = {f"g{number}": set() for number in range(GROUPS)}
    for number in range(5):
        within[f"g{number}"].add(f"g{number + 1}")
    for one, other in ((7, 8), (8, 9), (9, 7)):
        within[f"g{one}"].add(f"g{other}")
    for number in range(10, GROUPS):
        within[f"g{number}"] |= {f"g{chance.randrange(GROUPS)}" for _ in range(chance.randrange(2))}
    return within


WITHIN = _nesting()


@dataclass(frozen=True)
class Nation:
    """Hold who is in which group by name, and which document names which readers."""

    memberships: dict[str, set[str]]  # person to the groups they were put into
    readers: dict[int, tuple[str, ...]]  # of each document, as somebody wrote them down

    @cached_property
    def rights(self) -> dict[str, set[str]]:
        """Return all that each person reads as: oneself, everyone, one's groups and what these lie in."""
        rights = {}
        for person, direct in self.memberships.items():
            groups, before = set(direct), set[str]()
            while groups != before:
                before = set(groups)
                groups |= {above for group in before for above in WITHIN[group]}
            rights[person] = {f"user:{person}", "everyone", *(f"group:{group}" for group in groups)}
        return rights

    def allowed(self, person: str) -> set[int]:
        """Return the documents a person may read."""
        named = self.rights[person] - set(BROKEN)
        return {document for document, readers in self.readers.items() if named & set(readers)}

    def reader(self, person: str) -> Reader:
        """Return the person as the search knows them."""
        parents = {group: frozenset(above) for group, above in WITHIN.items()}
        return reader_of(person, self.memberships[person], parents=parents)


def make_nation() -> Nation:
    """Return the same nation every time: most documents for a group or two, some for nobody, some badly written."""
    chance = random.Random(5)
    people = [f"u{number}" for number in range(PEOPLE)]
    groups = sorted(WITHIN)
    memberships = {person: set(chance.sample(groups, chance.choice((0, 1, 1, 2, 3)))) for person in people}
    principals = ["everyone", *(f"group:{g}" for g in groups), *(f"user:{p}" for p in people)]
    readers = {
        number: (
            *chance.sample(principals, chance.choice((0, 1, 1, 2, 4))),
            *chance.sample(BROKEN, number % 2),
        )
        for number in range(DOCUMENTS)
    }
    return Nation(memberships, readers)


def collection_of(document: int) -> str:
    """Return where a document lies: as many documents in each collection."""
    return f"c{document % COLLECTIONS}"


def topic_of(document: int) -> str:
    """Return the one word of the document that others of its collection may share."""
    return TOPICS[document // COLLECTIONS % len(TOPICS)]


def chunk_id(document: int, position: int) -> str:
    """Return the id of a chunk."""
    return str(UUID(int=(document + 1) * 100 + position))


def document_of(chunk: str) -> int:
    """Return the document of a chunk."""
    return UUID(chunk).int // 100 - 1


def document_id(document: int) -> str:
    """Return the id of a document."""
    return str(UUID(int=(1 << 64) + document))


def text_of(document: int, position: int) -> str:
    """Return the text of a chunk: its topic, and words that it shares with nobody."""
    return f"{topic_of(document)} rule number{document} part{position}"


def settle(nation: Nation, path: Path) -> Engine:
    """Return a database with every document of the nation, visible."""
    engine = open_database(sqlite_url(path))
    upgrade(engine)
    register = CollectionRegister(engine)
    for number in range(COLLECTIONS):
        register.declare(Collection(f"c{number}", "C", "HR", "inform", "Art. 6", 365, "internal", ()))
    with writing(engine) as connection:
        connection.execute(insert(documents), [_document_row(number) for number in nation.readers])
        connection.execute(insert(versions), [_version_row(number) for number in nation.readers])
        connection.execute(insert(chunks), [_chunk_row(*place) for place in _places(nation)])
        for number, readers in nation.readers.items():
            replace_readers(connection, document_id(number), readers)
    return engine


def entries(nation: Nation, *, positions: range) -> list[IndexEntry]:
    """Return what the index holds of the chunks at these positions."""
    encoder, made = SparseEncoder(), []
    for number, position in _places(nation):
        if position in positions:
            text, of = text_of(number, position), document_id(number)
            made.append(
                IndexEntry(
                    chunk_id(number, position), of, of, collection_of(number), "en", nation.readers[number],
                    EMBEDDER.embed_query(text), encoder.encode_passage(text, "en"),
                )
            )  # fmt: skip
    return made


def _places(nation: Nation) -> Iterator[tuple[int, int]]:
    return ((number, position) for number in nation.readers for position in range(CHUNKS))


def _document_row(number: int) -> dict[str, object]:
    of = document_id(number)
    return {
        "id": of, "collection_id": collection_of(number), "source": "folder:/srv", "key": f"{number}.txt",
        "file_name": f"{number}.txt", "title": f"Title {number}", "media_type": "text/plain",
        "state": State.VISIBLE, "visible_version_id": of, "created_at": "", "updated_at": "",
    }  # fmt: skip


def _version_row(number: int) -> dict[str, object]:
    of = document_id(number)  # one version each: it may have the same name
    return {
        "id": of, "document_id": of, "sha256": "", "size_bytes": 1, "parser": "", "embedder": "hash", "ocr": [],
        "findings": [], "tables_found": 0, "timings_ms": {}, "dated": "2026-01-01", "created_at": "",
    }  # fmt: skip


def _chunk_row(number: int, position: int) -> dict[str, object]:
    return {
        "id": chunk_id(number, position), "version_id": document_id(number), "position": position,
        "text": text_of(number, position), "heading_path": [], "language": "en", "boxes": [], "tokens": 4,
        "section": 0, "digest": "",
    }  # fmt: skip
