"""Keep which index is in use and which one stands beside it: the truth that every process of the house follows.

One is `current`. At most one other stands beside it: being built, built and refused, or kept after the change for the
way back. The change itself is one transaction, after which every search takes index and embedder of the new one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from ingest.attempts import LEASE
from ingest.database import reading, stamp, writing, writing_in_turn
from ingest.followers import require_all
from ingest.schema import documents, indexes, title_vectors, versions
from retrieval.errors import InvalidRequest, NotFound
from retrieval.types import FloatVector

TURN = 0x1DE7E5  # of the lock that changes of index take on PostgreSQL; any number nobody else takes
STATUS = "see `intramuros index status`"


class Standing(StrEnum):
    """Say where an index stands."""

    CURRENT = "current"
    BUILDING = "building"
    REFUSED = "refused"  # built, and the golden questions fare worse with it
    KEPT = "kept"  # was current; takes all writes, for the way back
    DROPPING = "dropping"


BESIDE = (Standing.BUILDING, Standing.REFUSED, Standing.KEPT)


@dataclass(frozen=True, slots=True)
class Wish:
    """Say how an index may become current: by how much it may be worse on the questions, or whatever they say."""

    questions: tuple[Mapping[str, Any], ...] = ()  # as lines of a questions file
    margin: float = 0.02
    accept: bool = False


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Hold what is known of an index."""

    model: str
    state: Standing
    identity: str
    wish: Wish
    done: int
    total: int
    report: Mapping[str, Any] | None
    message: str | None
    ordered_at: str
    started_at: str | None
    switched_at: str | None


class IndexStore:
    """Read and change where the indexes stand. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[IndexRow, ...]:
        """Return every index, the current one first."""
        with reading(self._engine) as connection:
            rows = [_row(row) for row in connection.execute(select(indexes)).mappings()]
        return tuple(sorted(rows, key=lambda row: (row.state is not Standing.CURRENT, row.model)))

    def beside(self) -> IndexRow | None:
        """Return the one beside the current index, None where there is none."""
        return next((row for row in self.all() if row.state is not Standing.CURRENT), None)

    def adopt(self, model: str, *, now: datetime) -> str:
        """Write down that `model` is in use, unless it is known already what is; return what is."""
        with writing_in_turn(self._engine, TURN) as connection:
            known = connection.execute(
                select(indexes.c.model).where(indexes.c.state == Standing.CURRENT)
            ).scalar()
            if known is None:
                connection.execute(insert(indexes).values(_new(model, Standing.CURRENT, Wish(), now)))
            return known or model

    def order(self, model: str, wish: Wish, *, now: datetime) -> None:
        """Have an index built beside the current one, or go on with it. Raises InvalidRequest."""
        with writing_in_turn(self._engine, TURN) as connection:
            for row in connection.execute(select(indexes)).mappings():
                _refuse_second(model, row["model"], Standing(row["state"]))
            again = {"state": Standing.BUILDING, "wish": asdict(wish), "message": None, "report": None}
            changed = connection.execute(update(indexes).where(indexes.c.model == model).values(**again))
            if not changed.rowcount:
                connection.execute(insert(indexes).values(_new(model, Standing.BUILDING, wish, now)))

    def claim(self, worker: str, *, now: datetime, state: Standing = Standing.BUILDING) -> IndexRow | None:
        """Take the index that waits to be built, or to be removed, where nobody else is at it; None where none waits.

        The lease is renewed by `report`.
        """
        free = or_(indexes.c.heartbeat_at.is_(None), indexes.c.heartbeat_at < stamp(now - LEASE))
        free = or_(free, indexes.c.worker == worker)
        mine = {"worker": worker, "heartbeat_at": stamp(now)}
        begun = func.coalesce(indexes.c.started_at, stamp(now))
        with writing(self._engine) as connection:
            taken = update(indexes).where(indexes.c.state == state, free).values(**mine, started_at=begun)
            if not connection.execute(taken).rowcount:
                return None
            query = select(indexes).where(indexes.c.state == state)
            return _row(connection.execute(query).mappings().one())

    def report(self, model: str, *, identity: str, done: int, total: int, now: datetime) -> bool:
        """Tell how far the building is and renew the lease; return False where nobody wants it any more."""
        told = {"identity": identity, "done": done, "total": total, "message": None}
        return self._built(model, **told, heartbeat_at=stamp(now))

    def wait(self, model: str, message: str, *, now: datetime) -> bool:
        """Tell what the building waits for and renew the lease; return False where nobody wants it any more."""
        return self._built(model, message=message, heartbeat_at=stamp(now))

    def refuse(self, model: str, *, message: str, report: Mapping[str, Any] | None) -> None:
        """Write down why a built index does not become current."""
        self._built(model, state=Standing.REFUSED, message=message, report=report, heartbeat_at=None)

    def _built(self, model: str, **values: object) -> bool:
        """Change the row of an index as long as it is being built; return whether it is."""
        with writing(self._engine) as connection:
            waiting = update(indexes).where(indexes.c.model == model, indexes.c.state == Standing.BUILDING)
            return bool(connection.execute(waiting.values(**values)).rowcount)

    def release(self, worker: str) -> None:
        """Give back what this worker builds, so that the next one need not wait for the lease."""
        with writing(self._engine) as connection:
            mine = update(indexes).where(indexes.c.worker == worker)
            connection.execute(mine.values(worker=None, heartbeat_at=None))

    def exchange(self, model: str, *, now: datetime, report: Mapping[str, Any] | None = None) -> None:
        """Make `model` current and keep the one that was, in one transaction.

        Raises InvalidRequest; Unavailable while a process does not write to both.
        """
        with writing_in_turn(self._engine, TURN) as connection:
            rows = {row["model"]: row for row in connection.execute(select(indexes)).mappings()}
            new = rows.get(model)
            if new is None or new["state"] not in (Standing.BUILDING, Standing.KEPT):
                raise InvalidRequest(f"there is no index by '{model}' to change to", remedy=STATUS)
            old = next(row for row in rows.values() if row["state"] == Standing.CURRENT)
            if len(rows) > 2:
                raise InvalidRequest("another index is being removed", remedy="wait, and try again")
            require_all(connection, (old["model"], model), now=now)
            _exchange_titles(connection, new["identity"])
            ended = {"worker": None, "heartbeat_at": None, "switched_at": stamp(now)}
            kept = update(indexes).where(indexes.c.model == old["model"])
            connection.execute(kept.values(state=Standing.KEPT, **ended))
            made = {"report": report or new["report"], "message": None, **ended}
            current = update(indexes).where(indexes.c.model == model)
            connection.execute(current.values(state=Standing.CURRENT, **made))

    def roll_back(self, *, now: datetime) -> str:
        """Make the kept index current again; return its model. Raises as `exchange`."""
        kept = self.beside()
        if kept is None or kept.state is not Standing.KEPT:
            raise InvalidRequest("no earlier index is kept", remedy=STATUS)
        self.exchange(kept.model, now=now)
        return kept.model

    def settle(self) -> int:
        """Give versions that were written during the change the titles of the current index; return how many."""
        current = self.all()[0]
        with writing_in_turn(self._engine, TURN) as connection:
            return _exchange_titles(connection, current.identity) if current.identity else 0

    def drop(self) -> str:
        """Have the index beside the current one removed; return its model. Raises NotFound where there is none."""
        beside = self.beside()
        if beside is None:
            raise NotFound("there is no second index", remedy=STATUS)
        with writing(self._engine) as connection:
            gone = update(indexes).where(indexes.c.model == beside.model, indexes.c.state.in_(BESIDE))
            connection.execute(gone.values(state=Standing.DROPPING, heartbeat_at=None))
        return beside.model

    def removed(self, row: IndexRow) -> None:
        """Forget an index whose files are gone, unless it was ordered anew; the titles left are those in `versions`."""
        over = delete(indexes).where(indexes.c.model == row.model, indexes.c.state == Standing.DROPPING)
        with writing_in_turn(self._engine, TURN) as connection:
            if connection.execute(over).rowcount:
                connection.execute(delete(title_vectors))

    def identify(self, model: str, identity: str) -> None:
        """Write down what an index calls the embedder that made its vectors."""
        with writing(self._engine) as connection:
            of_model = update(indexes).where(indexes.c.model == model, indexes.c.identity != identity)
            connection.execute(of_model.values(identity=identity))

    def stage(self, titles: Mapping[str, FloatVector], *, embedder: str) -> None:
        """Keep the vectors of titles for the index that is not in use, by version id; those that are gone are left."""
        with writing(self._engine) as connection:
            for version, vector in titles.items():
                mine = (title_vectors.c.version_id == version) & (title_vectors.c.embedder == embedder)
                connection.execute(delete(title_vectors).where(mine))
                stored = literal(np.asarray(vector, np.float16).tobytes(), title_vectors.c.vector.type)
                there = select(versions.c.id, literal(embedder), stored).where(versions.c.id == version)
                names = ["version_id", "embedder", "vector"]
                connection.execute(insert(title_vectors).from_select(names, there))

    def unstaged(self, embedder: str) -> tuple[str, ...]:
        """Return the shown versions that the index by this embedder has not been given yet, in the order of ids."""
        staged = exists().where(
            title_vectors.c.version_id == versions.c.id, title_vectors.c.embedder == embedder
        )
        shown = select(versions.c.id).join(documents, documents.c.visible_version_id == versions.c.id)
        with reading(self._engine) as connection:
            return tuple(connection.execute(shown.where(~staged).order_by(versions.c.id)).scalars())


def _exchange_titles(connection: Connection, identity: str) -> int:
    """Put the kept titles of `identity` in place of those in `versions`, and keep these; return how many."""
    coming = select(title_vectors.c.version_id).where(title_vectors.c.embedder == identity)
    leaving = versions.c.id.in_(coming) & (versions.c.embedder != identity)
    stale = (
        exists()
        .where(versions.c.id == title_vectors.c.version_id, leaving)
        .where(versions.c.embedder == title_vectors.c.embedder)
    )
    connection.execute(delete(title_vectors).where(stale))
    connection.execute(
        insert(title_vectors).from_select(
            ["version_id", "embedder", "vector"],
            select(versions.c.id, versions.c.embedder, versions.c.title_vector).where(
                leaving, versions.c.title_vector.is_not(None)
            ),
        )
    )
    vector = (
        select(title_vectors.c.vector)
        .where(title_vectors.c.version_id == versions.c.id, title_vectors.c.embedder == identity)
        .scalar_subquery()
    )
    changed = connection.execute(
        update(versions).where(versions.c.id.in_(coming)).values(embedder=identity, title_vector=vector)
    )
    connection.execute(delete(title_vectors).where(title_vectors.c.embedder == identity))
    return changed.rowcount


def _refuse_second(wanted: str, known: str, state: Standing) -> None:
    if known == wanted and state is Standing.CURRENT:
        raise InvalidRequest(f"the index is by '{wanted}' already", remedy=STATUS)
    if state is Standing.DROPPING:
        raise InvalidRequest(f"the index by '{known}' is being removed", remedy="wait, and try again")
    if known == wanted and state is Standing.KEPT:
        raise InvalidRequest(f"the index by '{wanted}' is kept", remedy="run `intramuros index rollback`")
    if known != wanted and state is not Standing.CURRENT:
        raise InvalidRequest(
            f"an index by '{known}' stands beside the current one", remedy="run `intramuros index drop` first"
        )


def _new(model: str, state: Standing, wish: Wish, now: datetime) -> dict[str, object]:
    return {"model": model, "state": state, "wish": asdict(wish), "ordered_at": stamp(now)}


def _row(row: RowMapping) -> IndexRow:
    values = {name: row[name] for name in IndexRow.__dataclass_fields__}
    wish = Wish(**{**row["wish"], "questions": tuple(row["wish"]["questions"])})
    return IndexRow(**{**values, "state": Standing(row["state"]), "wish": wish})
