"""Leave no trace of what was erased on the disk of the house: index, files, database, in this order.

What is deleted stays readable in files of engines until they are written anew. Backups, and PostgreSQL's own log until
it turns over, are out of its reach.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, insert, select, update

from app.privacy.erasure_requests import ErasureRequests
from app.schema import audit_events, metadata, retention_runs
from app.wiring import Services
from ingest.clearing import STAGED_AGE
from ingest.database import purge_deleted, reading, stamp, writing
from ingest.erasures import Erasures
from ingest.events import event, logger
from ingest.schema import versions

STORE: Final = "purge"  # among the runs of retention: when the last one began
IDS_AT_ONCE: Final = 2_000
EVERY: Final = timedelta(hours=20)  # by itself; with an hour of pause between runs, a day is never over
# Nothing is ever erased in it but by age, and it is the largest.
TABLES: Final = tuple(table.name for table in metadata.sorted_tables if table is not audit_events)


def purge(services: Services, *, now: datetime) -> None:
    """Write anew whatever holds what was deleted before `now`; may be done again. Raises Unavailable kinds."""
    _forget_orphans(services)
    services.index.purge()
    services.originals.sweep(before=(now - STAGED_AGE).timestamp())
    services.originals.empty_outgoing()
    purge_deleted(services.engine, TABLES)
    ErasureRequests(services.engine).note_purged(began=now)
    _note(services.engine, now)
    event(logger("retention"), "purged")


def _forget_orphans(services: Services) -> None:
    """Forget points and originals of versions that are gone: a worker wrote them while these were being forgotten.

    The row of a version is written before either, so that what has none has lost it.
    """
    written = {record.version_id for record in services.index.records()} | services.originals.versions()
    known: set[str] = set()
    with reading(services.engine) as connection:
        for row in connection.execute(select(versions.c.id).execution_options(yield_per=IDS_AT_ONCE)):
            known.add(row.id)
    for version in written - known:
        services.index.forget_version(version)
        services.originals.forget(version)


def pending(engine: Engine, erasures: Erasures, *, until: str = "") -> int:
    """Return how many erasures, and stores that their terms emptied, no purge came after; up to a time as stored."""
    since = last(engine)
    listed = sum(one.at > since and (not until or one.at <= until) for one in erasures.all())
    table = retention_runs
    emptied = (table.c.dropped > 0) & (table.c.done_at > since) & (table.c.store != STORE)
    query = select(table.c.store).where(emptied)
    with reading(engine) as connection:
        return listed + len(
            connection.execute(query.where(table.c.done_at <= until) if until else query).all()
        )


def last(engine: Engine) -> str:
    """Return when the last purge began, as stored, "" where there was none."""
    with reading(engine) as connection:
        query = select(retention_runs.c.done_at).where(retention_runs.c.store == STORE)
        return connection.execute(query).scalar() or ""


def _note(engine: Engine, now: datetime) -> None:
    values = {"tried_at": stamp(now), "done_at": stamp(now), "dropped": 0}
    with writing(engine) as connection:
        mine = update(retention_runs).where(retention_runs.c.store == STORE)
        if not connection.execute(mine.values(values)).rowcount:
            connection.execute(insert(retention_runs).values(store=STORE, **values))
