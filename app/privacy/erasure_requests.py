"""Keep what was asked to be erased: ids until it is done, so that it can be finished, and counts for the receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Select, insert, select, update

from app.privacy.holds import Kind
from app.privacy.redaction import Treatment
from app.schema import erasure_requests
from ingest.database import reading, stamp, writing
from retrieval.errors import NotFound


@dataclass(frozen=True, slots=True)
class Kept:
    """Say what an erasure leaves, how much of it, and why."""

    store: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a request. Once it is done, `target` and `documents` are empty and nothing says what it was about."""

    id: str
    kind: Kind
    scope: str  # keyed hash of kind and target
    answers: Treatment
    target: str | None
    documents: tuple[str, ...]
    before: Mapping[str, int]  # by store
    after: Mapping[str, int] | None
    kept: tuple[Kept, ...]
    ordered_at: str
    erased_at: str | None
    purged_at: str | None


class ErasureRequests:
    """Read and write requests. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begun(self, scope: str, documents: Sequence[str]) -> Request | None:
        """Return the request of this scope that was not finished, with what has come to it since."""
        table = erasure_requests
        found = self._found(select(table).where(table.c.scope == scope, table.c.erased_at.is_(None)))
        if not found:
            return None
        together = tuple(dict.fromkeys((*found[0].documents, *documents)))
        with writing(self._engine) as connection:
            mine = update(table).where(table.c.id == found[0].id)
            connection.execute(mine.values(documents=list(together)))
        return replace(found[0], documents=together)

    def begin(self, request: Request) -> None:
        """Write a request that is about to be carried out."""
        values = asdict(request)
        del values["after"], values["kept"]
        with writing(self._engine) as connection:
            connection.execute(
                insert(erasure_requests).values(
                    {**values, "documents": list(request.documents), "before": dict(request.before)}
                )
            )

    def end(
        self, request: Request, after: Mapping[str, int], kept: Sequence[Kept], *, now: datetime
    ) -> Request:
        """Return the request as done, and forget what it was about."""
        receipt = {"after": dict(after), "kept": [asdict(one) for one in kept]}
        values: dict[str, Any] = {
            "receipt": receipt,
            "erased_at": stamp(now),
            "target": None,
            "documents": [],
        }
        with writing(self._engine) as connection:
            mine = update(erasure_requests).where(erasure_requests.c.id == request.id)
            connection.execute(mine.values(values))
        return self.get(request.id)

    def unfinished(self, *, before: datetime) -> tuple[Request, ...]:
        """Return the requests that were ordered before a moment and are not done, the oldest first."""
        table = erasure_requests
        old = (table.c.ordered_at <= stamp(before)) & table.c.erased_at.is_(None)
        return self._found(select(table).where(old).order_by(table.c.ordered_at))

    def note_purged(self, *, began: datetime) -> None:
        """Note that nothing is left on the disk of what was erased by the time a purge began."""
        table = erasure_requests
        done = (table.c.erased_at <= stamp(began)) & table.c.purged_at.is_(None)
        with writing(self._engine) as connection:
            connection.execute(update(table).where(done).values(purged_at=stamp(began)))

    def get(self, request: str) -> Request:
        """Return a request. Raises NotFound."""
        found = self._found(select(erasure_requests).where(erasure_requests.c.id == request))
        if not found:
            raise NotFound("there is no such request", remedy="take its whole id, as the erasure told it")
        return found[0]

    def listed(self) -> tuple[Request, ...]:
        """Return all requests on record, newest first."""
        return self._found(select(erasure_requests).order_by(erasure_requests.c.ordered_at.desc()))

    def _found(self, query: Select[Any]) -> tuple[Request, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_request(row) for row in rows)


def fresh(kind: Kind, target: str, scope: str, answers: Treatment, *, now: datetime) -> Request:
    """Return a new request, of which nothing is counted yet."""
    return Request(str(uuid4()), kind, scope, answers, target, (), {}, None, (), stamp(now), None, None)


def _request(row: Mapping[Any, Any]) -> Request:
    receipt = row["receipt"] or {"after": None, "kept": []}
    values = {name: row[name] for name in Request.__slots__ if name not in ("after", "kept")}
    values |= {"kind": Kind(row["kind"]), "documents": tuple(row["documents"])}
    return Request(**values, after=receipt["after"], kept=tuple(Kept(**one) for one in receipt["kept"]))
