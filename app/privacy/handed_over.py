"""Read what a person handed over and ordered. Every method raises DatabaseUnavailable."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, RowMapping, Select, func, select

from app.privacy.export_records import OrderRecord
from ingest.database import reading
from ingest.schema import collections, document_readers, documents, job_items, jobs, versions
from ingest.types import UPLOAD, Origin
from retrieval.readers import principal


@dataclass(frozen=True, slots=True)
class Upload:
    """Hold a document that the person handed over. `path` is set while it waits or is set aside."""

    id: str
    file_name: str
    title: str
    collection: str
    state: str
    created_at: str
    expires_at: str | None
    size_bytes: int | None
    version_id: str | None
    path: str | None
    is_theirs_alone: bool


class HandedOver:
    """Read what the account `user` handed over."""

    def __init__(self, engine: Engine, user: str) -> None:
        self._engine = engine
        self.user = user

    def orders(self) -> tuple[OrderRecord, ...]:
        """Return the jobs that the person ordered, oldest first, with the names of what was handed over."""
        query = (
            select(jobs, collections.c.name.label("collection"))
            .join(collections, collections.c.id == jobs.c.collection_id)
            .where(jobs.c.created_by == self.user)
            .order_by(jobs.c.created_at, jobs.c.id)
        )
        items = (
            select(job_items.c.job_id, job_items.c.file_name)
            .join(jobs, jobs.c.id == job_items.c.job_id)
            .where(jobs.c.created_by == self.user, jobs.c.source == UPLOAD, job_items.c.depth == 0)
        )
        with reading(self._engine) as connection:
            names: dict[str, list[str]] = {}
            for job, name in connection.execute(items):
                names.setdefault(job, []).append(name)
            return tuple(
                OrderRecord(
                    **{name: row[name] for name in OrderRecord.model_fields if name != "files"},
                    files=tuple(names.get(row["id"], ())),
                )
                for row in connection.execute(query).mappings()
            )

    def uploads(self) -> tuple[Upload, ...]:
        """Return the documents that the person handed over, oldest first; what was attached to them lies in them."""
        of_document = document_readers.c.document_id == documents.c.id
        all_readers = select(func.count()).where(of_document).scalar_subquery()
        own = of_document & (document_readers.c.principal == principal("user", self.user))
        place = (job_items.c.key == documents.c.key) & (jobs.c.collection_id == documents.c.collection_id)
        copies = select(func.max(job_items.c.path)).join(jobs, jobs.c.id == job_items.c.job_id)
        query = (
            select(
                documents,
                collections.c.name.label("collection"),
                versions.c.size_bytes,
                all_readers.label("readers"),
                select(func.count()).where(own).scalar_subquery().label("own"),
                copies.where(place, job_items.c.origin == Origin.COPY).scalar_subquery().label("path"),
            )
            .join(collections, collections.c.id == documents.c.collection_id)
            .outerjoin(versions, versions.c.id == documents.c.visible_version_id)
            .where(documents.c.source == UPLOAD, documents.c.parent_id.is_(None))
            .where(documents.c.key.startswith(f"{self.user}/", autoescape=True))
            .order_by(documents.c.created_at, documents.c.id)
        )
        with reading(self._engine) as connection:
            begun = [_upload(row) for row in connection.execute(query).mappings()]
            return (*begun, *(_waiting(row) for row in connection.execute(self._not_begun()).mappings()))

    def _not_begun(self) -> Select[Any]:
        """Return the query for what was handed over and no worker has begun with."""
        same = (documents.c.key == job_items.c.key) & (documents.c.collection_id == jobs.c.collection_id)
        return (
            select(
                job_items, jobs.c.created_at, collections.c.name.label("collection"), collections.c.private_to
            )
            .join(jobs, jobs.c.id == job_items.c.job_id)
            .join(collections, collections.c.id == jobs.c.collection_id)
            .outerjoin(documents, same & (documents.c.source == UPLOAD))
            .where(jobs.c.created_by == self.user, jobs.c.source == UPLOAD, job_items.c.depth == 0)
            .where(job_items.c.origin == Origin.COPY, documents.c.id.is_(None))
            .order_by(jobs.c.created_at, job_items.c.key)
        )


def _waiting(row: RowMapping) -> Upload:
    return Upload(
        id=row["key"].rpartition("/")[2],
        file_name=row["file_name"],
        title=row["file_name"],
        collection=row["collection"],
        state=row["state"],
        created_at=row["created_at"],
        expires_at=None,
        size_bytes=row["size_bytes"],
        version_id=None,
        path=row["path"],
        is_theirs_alone=row["private_to"] is not None,
    )


def _upload(row: RowMapping) -> Upload:
    names = (
        "id",
        "file_name",
        "title",
        "collection",
        "state",
        "created_at",
        "expires_at",
        "size_bytes",
        "path",
    )
    return Upload(
        **{name: row[name] for name in names},
        version_id=row["visible_version_id"],
        is_theirs_alone=row["own"] == row["readers"] == 1,
    )
