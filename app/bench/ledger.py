"""Time which answers used a document, in a ledger of made answers in a database that is thrown away.

A few documents are read by many answers and most by few, as in a house: by rank, the reading falls off like 1/rank. The
ledger is asked in a process of its own, so that what it holds in memory is told from what filling took.
"""

import multiprocessing
import os
import platform
import random
import tempfile
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert

from app.bench import BenchReport, BenchRow
from app.identity import Accounts, Person
from app.ledger import Ledger
from app.migrate import upgrade
from app.schema import answer_passages, answers, conversations, messages
from ingest.database import open_database, sqlite_url, writing

DOCUMENTS: Final = 10_000
READ: Final = 5  # passages of an answer, as in the trial
PASSAGES: Final = 20  # of a document
PEOPLE: Final = 500
TALK: Final = 10  # answers of a conversation
BATCH: Final = 10_000  # answers a transaction
MEGABYTE: Final = 1024 * 1024
SENTENCES: Final = [
    {
        "text": "Employees in Kassel have 28 days of annual leave a year.",
        "citations": [n],
        "verdict": "supported",
    }
    for n in (1, 2, 1)
]
MIDDLE: Final = DOCUMENTS // 2  # rank of a document that few answers read


def run(rows: int) -> Iterator[BenchReport]:
    """Yield the report on filling a ledger of `rows` answers, then that on asking it."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        file = Path(folder) / "ledger.sqlite"
        began = time.perf_counter()
        last = fill(file, rows)
        took = {"seconds": time.perf_counter() - began, "disk_mb": file.stat().st_size / MEGABYTE}
        yield BenchReport(
            f"a ledger of {rows:,} answers, {READ} passages each", machine, (BenchRow("filled", took),)
        )
        asked = {
            "most read document": (using, document_id(0)),
            "document few read": (using, document_id(MIDDLE)),
            "document nobody read": (using, document_id(DOCUMENTS)),
            "one answer, whole": (shown, last),
        }
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as apart:
            lines = tuple(
                BenchRow(name, apart.submit(_timed, ask, file, what).result())
                for name, (ask, what) in asked.items()
            )
        yield BenchReport(f"a ledger of {rows:,} answers is asked", machine, lines)


def fill(file: Path, rows: int) -> str:
    """Make a database with `rows` answers and what they read; return the id of the last."""
    chance = random.Random(5)  # noqa: S311  # made rows, no secret
    engine = open_database(sqlite_url(file))
    upgrade(engine)
    accounts = Accounts(engine)
    accounts.save(Person("bench", "Bench", "", "employee", ()), password="gone-with-the-folder")  # noqa: S106  # of a house that is thrown away
    weights = list(accumulate(1 / rank for rank in range(1, DOCUMENTS + 1)))
    last = ""
    for start in range(0, rows, BATCH):
        ids = [_made_id(chance) for _ in range(min(BATCH, rows - start))]
        with writing(engine) as connection:
            _talk(connection, ids, start)
            reads = [row for n, one in enumerate(ids, start) for row in _reads(chance, weights, one, n)]
            connection.execute(insert(answer_passages), reads)
        last = ids[-1]
    engine.dispose()
    return last


def document_id(rank: int) -> str:
    """Return the id of a document; the one of rank 0 is read most."""
    return str(UUID(int=rank, version=4))


def using(ledger: Ledger, document: str) -> dict[str, float]:
    """Return how many answers used a document, by how many people, and the seconds it took."""
    began, first_s = time.perf_counter(), 0.0
    people: set[str | None] = set()
    count = 0
    for one in ledger.using(document):
        first_s = first_s or time.perf_counter() - began
        count += 1
        people.add(one.asker)
    seconds = time.perf_counter() - began
    return {
        "answers": count,
        "people": len(people),
        "first_ms": first_s * 1000,
        "seconds": seconds,
    }


def shown(ledger: Ledger, answer_id: str) -> dict[str, float]:
    """Return the seconds until the entry of an answer is read."""
    began = time.perf_counter()
    found = ledger.entry(answer_id)
    seconds = time.perf_counter() - began
    return {"answers": 1, "people": len({found.user}), "first_ms": seconds * 1000, "seconds": seconds}


def _timed(ask: Callable[[Ledger, str], dict[str, float]], file: Path, what: str) -> dict[str, float]:
    """Return the figures of one question, and how much more memory this process came to hold meanwhile."""
    engine = open_database(sqlite_url(file))
    ledger = Ledger(engine)
    next(ledger.using(""), None)  # connects, so that what the driver takes does not count
    before = peak_mb(anew=True)
    figures = ask(ledger, what)
    engine.dispose()
    return {**figures, "memory_mb": max(0.0, peak_mb(anew=False) - before)}


def peak_mb(*, anew: bool) -> float:
    """Return the most this process held, from here on `anew`: importing hashes a password, which takes its 64 MB."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _talk(connection: Connection, ids: list[str], start: int) -> None:
    """Write conversations, the messages in them, and the answers those hold."""
    rooms = [f"c{start + n}" for n in range(0, len(ids), TALK)]
    moment = _moment(start)
    connection.execute(
        insert(conversations),
        [
            {"id": one, "user_id": "bench", "title": "Leave", "created_at": moment, "updated_at": moment}
            for one in rooms
        ],
    )
    said = {"role": "assistant", "text": "Employees in Kassel have 28 days of annual leave [1]."}
    connection.execute(
        insert(messages),
        [
            {
                "id": one,
                "conversation_id": rooms[n // TALK],
                "position": n % TALK,
                "created_at": _moment(start + n),
                **said,
            }
            for n, one in enumerate(ids)
        ],
    )
    fixed = {
        "outcome": "answered", "sentences": SENTENCES, "language": "en", "model": "bench", "prompt_tokens": 1200,
        "timings_ms": {"search": 30.0, "first_token": 900.0, "total": 4000.0}, "dropped": [],
        "collections": ["handbook"], "principals": ["everyone", "group:hr", "user:bench"], "completion_tokens": 60,
    }  # fmt: skip
    connection.execute(
        insert(answers),
        [
            {"id": one, "message_id": one, "created_at": _moment(n), "asker": f"{n % PEOPLE:032x}", **fixed}
            for n, one in enumerate(ids, start)
        ],
    )


def _reads(
    chance: random.Random, weights: list[float], answer_id: str, number: int
) -> Iterator[dict[str, object]]:
    for place in range(1, READ + 1):
        rank = min(bisect(weights, chance.random() * weights[-1]), DOCUMENTS - 1)
        version = str(UUID(int=rank + 2 * DOCUMENTS, version=4))
        yield {
            "answer_id": answer_id,
            "number": place,
            "chunk_id": str(
                UUID(int=rank * PASSAGES + chance.randrange(PASSAGES) + 4 * DOCUMENTS, version=4)
            ),
            "document_id": document_id(rank),
            "version_id": version,
            "sha256": f"{rank:064x}",
            "answered_at": _moment(number),
        }


def _made_id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _moment(number: int) -> str:
    """Return a time as stored, one an answer, ten seconds after the one before."""
    minutes, seconds = divmod(number * 10, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    years, days = divmod(days, 28 * 12)
    months, days = divmod(days, 28)
    return f"{2026 + years}-{months + 1:02}-{days + 1:02}T{hours:02}:{minutes:02}:{seconds:02}.000+00:00"
