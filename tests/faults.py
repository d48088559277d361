"""Seed each fault that the consistency check must find, and do what its remedy says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

from app.consistency import Finding, Stock, inspect_stock
from app.privacy.holds import documents_on_hold
from app.schema import answer_passages, answers
from ingest.consistency import FaultKind
from ingest.database import stamp, utc_now, writing
from ingest.schema import chunks, document_readers, documents, versions
from ingest.stocktaking import Stocktaking
from ingest.types import State
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house

LEAVE = (
    "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n\n# Sick leave\n\nCall at once.\n"
)
SALARY = "# Salary bands\n\nBand E7 starts at 61,400 euros a year.\n"
QUESTION = "How many days of annual leave do employees in Kassel have?"
NOWHERE = "11111111-1111-5111-8111-111111111111"


@dataclass
class Site:
    """Hold a house with two documents and one answer, and what mends it."""

    house: House
    folder: Path

    def inspect(self, *, clock: Callable[[], datetime] = utc_now) -> Finding:
        """Return what the check finds."""
        return inspect_stock(self.stock(), clock=clock, wait=lambda _pause_s: None)

    def stock(self) -> Stock:
        """Return what is compared."""
        parts = self.house.services
        return Stock(
            Stocktaking(parts.engine),
            parts.index,
            parts.originals,
            parts.ledger,
            parts.embedder.name,
            partial(documents_on_hold, parts.engine),
        )

    def document(self, name: str = "leave.md") -> str:
        """Return the id of a document."""
        return self.house.document(name)

    def version(self, name: str = "leave.md") -> str:
        """Return the id of the version it shows."""
        return self.house.services.catalog.get(self.document(name)).visible_version_id or ""

    def chunk(self, name: str = "leave.md") -> str:
        """Return the id of its first chunk."""
        return self.house.services.pipeline.versions.chunks(self.version(name))[0][0]

    def change(self, *statements: Any) -> None:
        """Write to the database behind the program's back."""
        with writing(self.house.services.engine) as connection:
            for statement in statements:
                connection.execute(statement)

    def claim(self, chunk: str, **claims: Any) -> None:
        """Write a point to the index behind the program's back."""
        parts = self.house.services
        entry = IndexEntry(
            chunk_id=chunk,
            document_id=self.document(),
            version_id=self.version(),
            collection_id="handbook",
            language="en",
            readers=("everyone",),
            dense=parts.embedder.embed_query("leave"),
            sparse=SparseEncoder().encode_passage("leave", "en"),
        )
        parts.index.upsert([replace(entry, **claims)])

    def remove(self, name: str = "leave.md") -> None:
        """Do what `ingest remove` does."""
        self.house.services.pipeline.forget(self.document(name))

    def bring(self) -> None:
        """Do what `ingest add` does."""
        self.house.bring_in(self.folder, "handbook", leave=LEAVE)

    def remove_and_bring(self) -> None:
        """Do what the remedy of a damaged document says."""
        self.remove()
        self.bring()

    def rebuild(self) -> None:
        """Do what `ingest rebuild` does."""
        self.house.services.pipeline.indexer.rebuild(report=lambda _done, _total: None)

    def renew(self) -> None:
        """Stop the house, move its index away, start it and rebuild."""
        self.house.services.close()
        data = self.house.services.settings.site.data_dir
        (data / "index").rename(data / "index.old")
        self.house = open_house(data, ScriptedModel())
        self.rebuild()


def well(folder: Path) -> Site:
    """Return a house with two documents, one answer, and nothing amiss; close its services."""
    model = ScriptedModel("Employees in Kassel have 28 days of annual leave [1].")
    site = Site(open_house(folder / "data", model), folder / "a")
    site.bring()
    site.house.bring_in(folder / "b", "hr", salary=SALARY)
    assert ask(site.house, "ben", QUESTION)["answer"]["outcome"] == "answered"
    return site


def original_of(site: Site) -> Path:
    """Return where the original of the leave document lies."""
    return site.house.services.originals.path(site.version())


def lose_original(site: Site) -> str:
    """Delete an original."""
    original_of(site).unlink()
    return site.version()


def change_original(site: Site) -> str:
    """Change one letter of an original."""
    original_of(site).write_text(LEAVE.replace("28", "29"), encoding="utf-8")
    return site.version()


def leave_orphan(site: Site) -> str:
    """Leave a point of a version that was never written."""
    site.claim(NOWHERE, document_id=NOWHERE, version_id=NOWHERE)
    return NOWHERE


def lose_point(site: Site) -> str:
    """Lose the points of a version."""
    site.house.services.index.forget_version(site.version())
    return site.version()


def drift(site: Site) -> str:
    """Close a document in the database alone."""
    document = site.document()
    site.change(
        update(document_readers)
        .where(document_readers.c.document_id == document)
        .values(principal="group:board")
    )
    return document


def embed_otherwise(site: Site) -> str:
    """Have a version embedded by the same model's other weights."""
    version = site.version()
    site.change(update(versions).where(versions.c.id == version).values(embedder="hash@00000000"))
    return version


def cite_nothing(site: Site) -> str:
    """Have an answer cite a chunk that its version does not hold."""
    site.change(update(answer_passages).where(answer_passages.c.number == 1).values(chunk_id=NOWHERE))
    return _answer(site) + ":1"


def lose_cited_chunk(site: Site) -> str:
    """Lose the chunk that an answer cites first, from the database and its point with it."""
    site.house.services.index.forget_version(site.version())
    site.change(
        delete(chunks).where(chunks.c.version_id == site.version()),
        delete(answer_passages).where(answer_passages.c.number > 1),
    )
    return _answer(site) + ":1"


def lose_chunk(site: Site) -> str:
    """Lose a chunk that nobody cited, from the database alone."""
    site.change(delete(answer_passages), delete(answers))
    site.change(delete(chunks).where(chunks.c.id == site.chunk()))
    return site.version()


def lose_citation(site: Site) -> str:
    """Lose the row that says what an answer cites."""
    answer = _answer(site)
    site.change(delete(answer_passages).where(answer_passages.c.number == 1))
    return answer + ":1"


def _answer(site: Site) -> str:
    with site.house.services.engine.connect() as connection:
        return str(connection.execute(select(answer_passages.c.answer_id)).scalars().first())


def expire(site: Site) -> str:
    """Have a document be older than its collection keeps them."""
    document = site.document()
    before = stamp(utc_now() - timedelta(days=366))
    site.change(update(documents).where(documents.c.id == document).values(created_at=before))
    return document


def quarantine(site: Site) -> str:
    """Set a document aside without taking it out of the index."""
    document = site.document()
    row = update(documents).where(documents.c.id == document)
    site.change(row.values(state=State.QUARANTINED, visible_version_id=None))
    return document


def show_twice(site: Site) -> str:
    """Have one document show what is another's, and nothing be left of what it showed."""
    document, version = site.document(), site.version()
    site.house.services.index.forget_version(version)
    row = update(documents).where(documents.c.id == document)
    site.change(
        row.values(visible_version_id=site.version("salary.md")),
        delete(versions).where(versions.c.id == version),
    )
    return document


def claim_twice(site: Site) -> str:
    """Have the index say that a chunk is another document's."""
    chunk = site.chunk()
    site.claim(chunk, document_id=site.document("salary.md"))
    return chunk


def forget_conversation(site: Site) -> None:
    """Do what the person does whose answer lost its source."""
    headers = site.house.token("ben")
    for row in site.house.client.get("/api/conversations", headers=headers).json():
        site.house.client.delete(f"/api/conversations/{row['id']}", headers=headers)


Seed = Callable[[Site], str]
Mend = Callable[[Site], None]
SEEDED: tuple[tuple[FaultKind, Seed, str, Mend], ...] = (
    (FaultKind.MISSING_ORIGINAL, lose_original, "ingest remove", Site.remove_and_bring),
    (FaultKind.CHANGED_ORIGINAL, change_original, "ingest remove", Site.remove_and_bring),
    (FaultKind.ORPHAN_CHUNK, leave_orphan, "move the index away", Site.renew),
    (FaultKind.MISSING_CHUNK, lose_point, "ingest rebuild", Site.rebuild),
    (FaultKind.READERS_DRIFT, drift, "ingest rebuild", Site.rebuild),
    (FaultKind.WRONG_MODEL, embed_otherwise, "ingest rebuild", Site.rebuild),
    (FaultKind.ORPHAN_CHUNK, lose_chunk, "ingest remove", Site.remove_and_bring),
    (FaultKind.DANGLING_CITATION, cite_nothing, "delete it", forget_conversation),
    (FaultKind.DANGLING_CITATION, lose_cited_chunk, "ingest remove", Site.remove_and_bring),
    (FaultKind.DANGLING_CITATION, lose_citation, "delete it", forget_conversation),
    (FaultKind.EXPIRED, expire, "ingest remove", Site.remove),
    (FaultKind.QUARANTINED_SEARCHABLE, quarantine, "ingest remove", Site.remove),
    (FaultKind.QUARANTINED_SEARCHABLE, quarantine, "ingest retry", Site.bring),
    (FaultKind.DUPLICATE_ID, show_twice, "ingest remove", Site.remove_and_bring),
    (FaultKind.DUPLICATE_ID, claim_twice, "ingest rebuild", Site.rebuild),
)
