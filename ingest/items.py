"""Keep the files of jobs: which wait, which are being read, and how each ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, RowMapping, delete, func, insert, select, update

from ingest.database import reading, writing
from ingest.draft import Result
from ingest.schema import job_items, jobs
from ingest.types import ENDED, Origin, SourceFile, State

GIVEN_BACK = (State.VISIBLE, State.FORGOTTEN)  # unlike all of ENDED: in quarantine a file may be tried again
KEYS_A_STATEMENT = 500  # databases bound the number of a statement's parameters; SQLite once did at 999


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one file of a job and where it stands."""

    key: str
    file_name: str
    state: State
    pages: int | None
    attempts: int  # that did not come to an end
    reason: str | None
    remedy: str | None
    readers: tuple[str, ...]


class ItemStore:
    """Read and write the files of jobs. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enter(self, job: str, files: Sequence[SourceFile]) -> None:
        """Add files to a job while it runs; one that was there already waits again."""
        with writing(self._engine) as connection:
            keys = [file.key for file in files]
            connection.execute(delete(job_items).where(job_items.c.job_id == job, job_items.c.key.in_(keys)))
            if files:
                connection.execute(insert(job_items), [item_row(job, file) for file in files])

    def pending(self, job: str) -> tuple[SourceFile, ...]:
        """Return the files of a job that have not reached an end, in the order of their keys."""
        query = (
            select(job_items, jobs.c.source)
            .join(jobs, jobs.c.id == job_items.c.job_id)
            .where(job_items.c.job_id == job, job_items.c.state.not_in(ENDED))
            .order_by(job_items.c.key)
        )
        with reading(self._engine) as connection:
            return tuple(_source_file(row) for row in connection.execute(query).mappings())

    def listed(self, job: str) -> tuple[SourceFile, ...]:
        """Return all files of a job."""
        query = select(job_items, jobs.c.source).join(jobs).where(job_items.c.job_id == job)
        with reading(self._engine) as connection:
            return tuple(_source_file(row) for row in connection.execute(query).mappings())

    def of(self, job: str) -> tuple[Item, ...]:
        """Return the files of a job with their states, by key."""
        query = select(job_items).where(job_items.c.job_id == job).order_by(job_items.c.key)
        with reading(self._engine) as connection:
            return tuple(_item(row) for row in connection.execute(query).mappings())

    def stages(self, job: str) -> dict[State, int]:
        """Return how many files of a job stand in each state."""
        query = select(job_items.c.state, func.count()).where(job_items.c.job_id == job)
        with reading(self._engine) as connection:
            return {State(row[0]): row[1] for row in connection.execute(query.group_by(job_items.c.state))}

    def last_file(self, collection_id: str, source: str, key: str) -> SourceFile | None:
        """Return a file as it was last ordered, None where no job names it any more."""
        query = (
            select(job_items, jobs.c.source)
            .join(jobs, jobs.c.id == job_items.c.job_id)
            .where(jobs.c.collection_id == collection_id, jobs.c.source == source, job_items.c.key == key)
            .order_by(jobs.c.created_at.desc())
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _source_file(row)

    def paths_in_use(self) -> frozenset[str]:
        """Return where the files lie that wait, are being read, or may be tried again; our copies are among them."""
        query = select(job_items.c.path).where(job_items.c.state.not_in(GIVEN_BACK))
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def report(self, job: str, key: str, state: State) -> None:
        """Record the stage a file is in; what has ended stays ended."""
        waits = (job_items.c.job_id == job) & (job_items.c.key == key) & job_items.c.state.not_in(ENDED)
        with writing(self._engine) as connection:
            connection.execute(update(job_items).where(waits).values(state=state))

    def settle(self, job: str, ends: Mapping[str, Result]) -> None:
        """Record how files ended, by key, in one transaction."""
        with writing(self._engine) as connection:
            for key, result in ends.items():
                values = {
                    "state": result.state,
                    "is_unchanged": result.is_unchanged,
                    "reason": result.reason,
                    "remedy": result.remedy,
                    "pages": result.pages,
                }
                connection.execute(
                    update(job_items).where(job_items.c.job_id == job, job_items.c.key == key).values(values)
                )

    def settle_unchanged(self, job: str, keys: Sequence[str]) -> None:
        """Record that these files needed no work: one statement where it is all of the job, else one per 500."""
        if not keys:
            return
        chosen = set(keys)
        with writing(self._engine) as connection:
            values = {"state": State.VISIBLE, "is_unchanged": True}
            here = update(job_items).where(job_items.c.job_id == job)
            total = (
                connection.execute(select(job_items.c.key).where(job_items.c.job_id == job)).scalars().all()
            )
            if chosen.issuperset(total):
                connection.execute(here.values(values))
                return
            for start in range(0, len(keys), KEYS_A_STATEMENT):
                part = list(keys[start : start + KEYS_A_STATEMENT])
                connection.execute(here.where(job_items.c.key.in_(part)).values(values))

    def attempts(self, job: str, key: str) -> int:
        """Return how many attempts at a file came to nothing."""
        query = select(job_items.c.attempts).where(job_items.c.job_id == job, job_items.c.key == key)
        with reading(self._engine) as connection:
            return int(
                connection.execute(query).scalar() or 0
            )  # none where the document was removed meanwhile

    def note_attempt(self, job: str, key: str) -> None:
        """Record that an attempt at a file came to nothing; it waits again."""
        row = (job_items.c.job_id == job) & (job_items.c.key == key)
        with writing(self._engine) as connection:
            connection.execute(
                update(job_items).where(row).values(attempts=job_items.c.attempts + 1, state=State.FOUND)
            )


def item_row(job: str, file: SourceFile) -> dict[str, object]:
    """Return the row of `job_items` of a file that waits."""
    return {
        "job_id": job,
        "key": file.key,
        "path": str(file.path),
        "file_name": file.file_name,
        "origin": file.origin,
        "parent_id": file.parent_id,
        "depth": file.depth,
        "readers": list(file.readers),
        "state": State.FOUND,
        "is_unchanged": False,
        "size_bytes": file.size_bytes,
        "signature": file.signature,
        "attempts": 0,
    }


def _source_file(row: RowMapping) -> SourceFile:
    return SourceFile(
        source=row["source"],
        key=row["key"],
        path=Path(row["path"]),
        file_name=row["file_name"],
        readers=tuple(row["readers"] or ()),
        origin=Origin(row["origin"]),
        size_bytes=row["size_bytes"],
        signature=row["signature"],
        parent_id=row["parent_id"],
        depth=row["depth"],
    )


def _item(row: RowMapping) -> Item:
    values = {name: row[name] for name in Item.__dataclass_fields__}
    return Item(**{**values, "state": State(row["state"]), "readers": tuple(row["readers"] or ())})
