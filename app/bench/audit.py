"""Time the audit trail in a database that is thrown away: writing a record, verifying, searching; touch it and look.

Every way to touch one record is tried at random places: whether verification names it by its number, how long it takes.
"""

import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from app.audit.events import GENESIS, Kind, Record, seal, written
from app.audit.keeper import look_through
from app.audit.recorder import Recorder, open_recorder
from app.audit.trail import Trail, Wanted
from app.bench import BenchReport, BenchRow
from app.migrate import upgrade
from app.schema import audit_events
from app.settings import Settings
from ingest.database import open_database, sqlite_url, writing

DOCUMENTS: Final = 10_000
READ: Final = 5  # documents a question, as in the trial
BATCH: Final = 10_000  # records a transaction
WRITTEN: Final = 300  # records whose writing is timed
QUESTION: Final = (Kind.QUESTION, Kind.RETRIEVAL, Kind.ANSWER)  # what one question leaves
_place = audit_events.c.seq

Touch = Callable[
    [Connection, int, int], int
]  # of one record among so many; returns the number that is to be named


def run(rows: int) -> Iterator[BenchReport]:
    """Yield the report on a trail of `rows` records, then that on touching it."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        engine = open_database(sqlite_url(Path(folder) / "audit.sqlite"))
        upgrade(engine)
        settings = Settings.model_validate({"site": {"data_dir": folder}})
        recorder = open_recorder(settings, partial(Trail, engine))
        fill(recorder, rows)
        took = written_in(recorder) | searched_in(recorder)
        yield BenchReport(f"an audit trail of {rows:,} records", machine, (BenchRow("SQLite", took),))
        recorder.anchor()
        yield BenchReport(
            f"one of {rows:,} records is touched",
            machine,
            tuple(BenchRow(name, touched(recorder, touch)) for name, touch in TOUCHES.items()),
        )
        engine.dispose()


def fill(recorder: Recorder, rows: int) -> None:
    """Write records as questions leave them."""
    made = _made(recorder, rows)
    while batch := list(islice(made, BATCH)):
        with writing(recorder.trail._engine) as connection:  # noqa: SLF001  # many at once, as nobody else may
            connection.execute(insert(audit_events), batch)


def written_in(recorder: Recorder) -> dict[str, float]:
    """Return how long one record, and those of one question, keep whoever waits for them."""
    took = []
    for number in range(WRITTEN):
        began = time.perf_counter()
        for kind in QUESTION:
            recorder.record(kind, "anna", answer=_id(number), documents=[_id(n) for n in range(READ)])
        took.append((time.perf_counter() - began) * 1000)
    return {
        "record_p50_ms": statistics.median(took) / len(QUESTION),
        "question_p50_ms": statistics.median(took),
        "question_p95_ms": statistics.quantiles(took, n=20)[-1],
    }


def searched_in(recorder: Recorder) -> dict[str, float]:
    """Return how long verification takes, and finding all records of a document."""
    began = time.perf_counter()
    finding = look_through(recorder)
    verified = time.perf_counter()
    found = sum(1 for _ in recorder.trail.all_found(Wanted(thing=_id(7))))
    return {
        "verified": float(finding.records if finding.is_whole else 0),
        "verify_s": verified - began,
        "of_document": float(found),
        "of_document_s": time.perf_counter() - verified,
    }


def touched(recorder: Recorder, touch: Touch, *, times: int = 5) -> dict[str, float]:
    """Return how often what was done to one record is named by its number, and how long that takes."""
    chance = random.Random(11)  # noqa: S311  # places, no secret
    head = recorder.trail.head()
    last = 0 if head is None else head.seq
    named, took = 0, 0.0
    for _ in range(times):
        engine = recorder.trail._engine  # noqa: SLF001  # as somebody with the database's password
        with engine.connect() as connection:
            kept = [dict(row) for row in connection.execute(select(audit_events)).mappings()]
        with writing(engine) as connection:
            expected = touch(connection, chance.randrange(2, last), last)
        began = time.perf_counter()
        finding = look_through(recorder)
        took += time.perf_counter() - began
        named += bool(finding.faults) and finding.faults[0].seq == expected
        with writing(engine) as connection:
            connection.execute(delete(audit_events))
            connection.execute(insert(audit_events), kept)
    return {"tried": times, "named": named, "verify_s": took / times}


def _changed(connection: Connection, seq: int, _last: int) -> int:
    connection.execute(update(audit_events).where(_place == seq).values(outcome="other"))
    return seq


def _deleted(connection: Connection, seq: int, _last: int) -> int:
    connection.execute(delete(audit_events).where(_place == seq))
    return seq


def _inserted(connection: Connection, seq: int, _last: int) -> int:
    row = dict(connection.execute(select(audit_events).where(_place == seq)).mappings().one())
    # By way of negative numbers, so that no two ever have one.
    connection.execute(update(audit_events).where(seq <= _place).values(seq=-_place - 1))
    connection.execute(update(audit_events).where(_place < 0).values(seq=-_place))
    connection.execute(insert(audit_events).values(row))
    return seq + 1  # the copy fits where its original stood; the original does not follow from it


def _reordered(connection: Connection, seq: int, _last: int) -> int:
    for old, new in ((seq, 0), (seq - 1, seq), (0, seq - 1)):
        connection.execute(update(audit_events).where(_place == old).values(seq=new))
    return seq - 1


def _truncated(connection: Connection, _seq: int, last: int) -> int:
    connection.execute(delete(audit_events).where(_place == last))
    return last


TOUCHES: Final[dict[str, Touch]] = {
    "changed": _changed,
    "deleted": _deleted,
    "inserted": _inserted,
    "reordered": _reordered,
    "cut off the end": _truncated,
}


def _made(recorder: Recorder, rows: int) -> Iterator[dict[str, object]]:
    chance = random.Random(5)  # noqa: S311  # made rows, no secret
    before, actor = GENESIS, recorder.pseudonym("anna")
    for seq in range(1, rows + 1):
        about = written(
            {
                "answer": _id(seq // 3),
                "documents": [_id(chance.randrange(DOCUMENTS)) for _ in range(READ if seq % 3 == 1 else 0)],
                "question": actor,
                "filter": actor,
            }
        )
        at = f"2026-03-01T12:{seq // 60 % 60:02}:{seq % 60:02}.000+00:00"
        bare = Record(seq, at, QUESTION[seq % 3], actor, "done", about, None, "")
        before = seal(bare, before, recorder.trail.key)
        record = replace(bare, mac=before)
        yield {name: getattr(record, name) for name in Record.__slots__}


def _id(number: int) -> str:
    return str(UUID(int=number + (1 << 100)))
