"""Time the export of one person's data from a house of made conversations, and look for words planted in it.

Half the messages are the person's, half somebody else's; each question and answer of either holds a word of its own.
The export is made in a process of its own, so that what it holds in memory is told from what filling took.
"""

import multiprocessing
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile
from zlib import crc32

from sqlalchemy import insert

from app.audit.events import Kind
from app.bench import BenchReport, BenchRow
from app.bench.house import collection_row, record
from app.bench.ledger import peak_mb
from app.bench.synthetic import BLOCK, Chunk, Made
from app.identity import Person
from app.privacy.exporting import write_export
from app.records import Records, open_records
from app.schema import answer_passages, answers, conversations, messages
from app.settings import Settings
from ingest.database import stamp, utc_now, writing
from ingest.schema import collections

PERSON, OTHER = "bench", "other"
TALK: Final = 20  # messages of a conversation
READ: Final = 8  # passages of an answer
CHUNKS: Final = 2_000
WORDS: Final = (
    "Employees in Kassel have 28 days of annual leave, of which ten lie in the closing weeks of the works. "
)
LENGTH: Final = 6  # times that, an answer: a hundred words


def run(count: int) -> Iterator[BenchReport]:
    """Yield the report on exporting `count` messages of a person, beside as many of another."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        data_dir = Path(folder) / "data"
        fill(data_dir, count)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as apart:
            figures = apart.submit(exported, data_dir, Path(folder) / "person.zip").result()
        found = planted(Path(folder) / "person.zip")
        rows = (BenchRow("all of one person", figures | found | {"planted": count}),)
        yield BenchReport(f"an export of {count:,} messages among {2 * count:,}", machine, rows)


def fill(data_dir: Path, count: int) -> None:
    """Make a house with `count` messages of each of two people, in conversations of TALK."""
    records = open_records(_settings(data_dir))
    chunks = list(Made().chunks(0, min(BLOCK, CHUNKS)))
    with writing(records.engine) as connection:
        connection.execute(insert(collections), collection_row())
        record(connection, chunks)
    for user in (PERSON, OTHER):
        groups = tuple(
            {one.removeprefix("group:") for chunk in chunks for one in chunk.readers} - {"everyone"}
        )
        records.accounts.save(Person(user, user, "", "employee", groups), password="gone-with-the-folder")  # noqa: S106  # of a house that is thrown away
        for start in range(0, count, TALK):
            _talk(records, user, start, min(TALK, count - start), chunks)
    records.engine.dispose()


def exported(data_dir: Path, place: Path) -> dict[str, float]:
    """Return the seconds an export takes, its size, and how much more memory this process came to hold meanwhile."""
    records = open_records(_settings(data_dir))
    before = peak_mb(anew=True)
    began = time.perf_counter()
    size = write_export(records, PERSON, place, language="en", now=utc_now())
    seconds = time.perf_counter() - began
    records.engine.dispose()
    return {"seconds": seconds, "zip_mb": size / 1e6, "memory_mb": max(0.0, peak_mb(anew=False) - before)}


def planted(place: Path) -> dict[str, float]:
    """Return how many planted words of the person, and of the other, are in every form of an export."""
    found = {".json": set[bytes](), ".html": set[bytes]()}
    with ZipFile(place) as archive:
        for name in archive.namelist():
            if (words := found.get(Path(name).suffix)) is not None:
                words |= set(re.findall(rb"canary-\w+-\d+", archive.read(name)))
    own = {word for word in found[".json"] & found[".html"] if word.startswith(f"canary-{PERSON}-".encode())}
    others = {
        word for words in found.values() for word in words if word.startswith(f"canary-{OTHER}-".encode())
    }
    return {"found": len(own), "of_others": len(others)}


def _settings(data_dir: Path) -> Settings:
    return Settings.model_validate({"site": {"data_dir": data_dir}})


def _talk(records: Records, user: str, start: int, size: int, chunks: list[Chunk]) -> None:
    talk, moment = f"{user}-{start}", stamp(utc_now())
    times = {"created_at": moment, "updated_at": moment}
    said = [_message(user, talk, start, place) | {"created_at": moment} for place in range(size)]
    given = [one["id"] for one in said if one["role"] == "assistant"]
    with writing(records.engine) as connection:
        connection.execute(
            insert(conversations).values(id=talk, user_id=user, title=f"Leave {start}", **times)
        )
        connection.execute(insert(messages), said)
        if given:
            connection.execute(insert(answers), [_answer(one, moment) for one in given])
            connection.execute(
                insert(answer_passages), [row for one in given for row in _reads(one, moment, chunks)]
            )
    for one in given:
        records.audit.record(Kind.QUESTION, user, outcome="taken in", answer=one, conversation=talk)
        records.audit.record(Kind.ANSWER, user, outcome="answered", answer=one, conversation=talk)


def _message(user: str, talk: str, start: int, place: int) -> dict[str, Any]:
    word = f"canary-{user}-{start + place}"
    is_asked = place % 2 == 0
    text = f"How many days, {word}?" if is_asked else f"{WORDS * LENGTH}{word} [1]"
    role = "user" if is_asked else "assistant"
    return {"id": f"{talk}-{place}", "conversation_id": talk, "position": place, "role": role, "text": text}


def _answer(answer: str, moment: str) -> dict[str, Any]:
    sentences = [{"text": WORDS.strip(), "citations": [n + 1], "verdict": "supported"} for n in range(LENGTH)]
    return {
        "id": answer, "message_id": answer, "outcome": "answered", "sentences": sentences, "language": "en",
        "model": "bench", "prompt_tokens": 1200, "completion_tokens": 160, "timings_ms": {"total": 4000.0},
        "dropped": [], "collections": ["bench"], "principals": ["everyone"], "created_at": moment,
    }  # fmt: skip


def _reads(answer: str, moment: str, chunks: list[Chunk]) -> Iterator[dict[str, Any]]:
    for number in range(1, READ + 1):
        chunk = chunks[crc32(f"{answer} {number}".encode()) % len(chunks)]
        owner = chunk.document_id
        yield {
            "answer_id": answer, "number": number, "chunk_id": chunk.chunk_id, "document_id": owner,
            "version_id": owner, "sha256": owner, "answered_at": moment,
        }  # fmt: skip
