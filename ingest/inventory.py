"""Tell what the catalog knows of a whole source, let documents move within it, and name what a kill left behind."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, or_, select, update

from ingest.attempts import LEASE, UNOWNED
from ingest.catalog import at_place
from ingest.database import reading, stamp, utc_now, writing
from ingest.schema import document_readers, documents, versions
from ingest.sync import Known, Move
from ingest.types import State


class Inventory:
    """Read and write the documents of a source as a whole. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, collection_id: str, source: str, *, embedder: str | None = None) -> list[Known]:
        """Return what is known of the source's documents, their attachments not among them, in two queries.

        With `embedder`, a version that another one made counts as not read: its document must be embedded again.
        """
        here = (documents.c.collection_id == collection_id) & (documents.c.source == source)
        here &= documents.c.parent_id.is_(None)
        with reading(self._engine) as connection:
            readers: dict[str, list[str]] = {}
            pairs = select(document_readers).join(documents).where(here)
            for row in connection.execute(pairs):
                readers.setdefault(row.document_id, []).append(row.principal)
            query = (
                select(documents, versions.c.sha256, versions.c.embedder)
                .outerjoin(versions, versions.c.id == documents.c.visible_version_id)
                .where(here)
            )
            return [
                Known(
                    key=row["key"],
                    document_id=row["id"],
                    signature=row["signature"],
                    sha256=row["sha256"] if embedder in (None, row["embedder"]) else None,
                    readers=tuple(sorted(readers.get(row["id"], ()))),
                    state=State(row["state"]),
                    failed_sha256=row["failed_sha256"],
                )
                for row in connection.execute(query).mappings()
            ]

    def document_at(self, collection_id: str, source: str, key: str) -> str | None:
        """Return the id of the document at this place, if there is one."""
        with reading(self._engine) as connection:
            query = select(documents.c.id).where(at_place(collection_id, source, key))
            return connection.execute(query).scalar()

    def reasons(self, collection_id: str, source: str) -> dict[str, tuple[str | None, str | None]]:
        """Return reason and remedy of the source's quarantined documents, by key."""
        query = select(documents.c.key, documents.c.reason, documents.c.remedy).where(
            documents.c.collection_id == collection_id,
            documents.c.source == source,
            documents.c.state == State.QUARANTINED,
        )
        with reading(self._engine) as connection:
            return {row.key: (row.reason, row.remedy) for row in connection.execute(query)}

    def move(self, collection_id: str, moves: Sequence[Move]) -> None:
        """Let documents go on under new keys, their attachments with them: metadata only, in one transaction."""
        with writing(self._engine) as connection:
            for move in moves:
                file = move.file
                # A document that was entered for the new key and never shown gives way to the one that moved there.
                connection.execute(
                    documents.delete().where(
                        at_place(collection_id, file.source, file.key),
                        documents.c.visible_version_id.is_(None),
                        documents.c.state == State.FOUND,
                    )
                )
                values = {"key": file.key, "file_name": file.file_name, "signature": file.signature}
                connection.execute(
                    update(documents)
                    .where(documents.c.id == move.document_id)
                    .values(updated_at=stamp(utc_now()), **values)
                )
                self._rename_attached(connection, move.document_id, move.old_key, file.key)

    def _rename_attached(self, connection: Connection, document: str, before: str, after: str) -> None:
        attached = select(documents.c.id, documents.c.key).where(documents.c.parent_id == document)
        for row in connection.execute(attached).all():
            key = after + row.key.removeprefix(before)
            connection.execute(update(documents).where(documents.c.id == row.id).values(key=key))
            self._rename_attached(connection, row.id, row.key, key)

    def left_over(self, *, of: str | None = None, held_by: str | None = None) -> list[tuple[str, str]]:
        """Return document and version where the version is not shown and nobody works on the document.

        A kill came before they were forgotten. `of` asks of one document, which `held_by` may hold.
        """
        shown = documents.c.visible_version_id
        query = (
            select(versions.c.document_id, versions.c.id)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(or_(documents.c.worker.is_(None), documents.c.worker == held_by))
            .where(or_(shown.is_(None), shown != versions.c.id))
        )
        if of is not None:
            query = query.where(documents.c.id == of)
        with reading(self._engine) as connection:
            return [(document, version) for document, version in connection.execute(query)]

    def forgotten_halfway(self, *, before: datetime) -> list[str]:
        """Return documents whose forgetting began before this moment: out of sight, not yet gone."""
        query = select(documents.c.id).where(
            documents.c.state == State.FORGOTTEN, documents.c.updated_at <= stamp(before)
        )
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def take(self, document: str, *, owner: str, now: datetime) -> bool:
        """Lease a document, in whatever state it is, so that no worker begins with it; False where one has it."""
        free = or_(documents.c.worker.is_(None), documents.c.leased_until < stamp(now))
        lease = {"worker": owner, "leased_until": stamp(now + LEASE)}
        with writing(self._engine) as connection:
            chosen = update(documents).where(documents.c.id == document, free).values(lease)
            return bool(connection.execute(chosen).rowcount)

    def give_back(self, document: str, *, owner: str) -> None:
        """End the lease of this owner."""
        held = (documents.c.id == document) & (documents.c.worker == owner)
        with writing(self._engine) as connection:
            connection.execute(update(documents).where(held).values(UNOWNED))
