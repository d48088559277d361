"""Time what a stranger could time: refusals of hidden and of missing things, and a right that ends elsewhere.

A house of its own is asked over HTTP, as a page would. Hidden and missing things are asked for in turn, in an order
drawn anew for each pair, so that whatever else the machine does falls on both alike.
"""

import multiprocessing
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx

from app.api.lending import lent
from app.bench import BenchReport, BenchRow
from app.bench.end_to_end import house_of_its_own, sync_folder
from app.identity import Accounts, Person
from app.settings import Settings
from app.wiring import Services
from ingest.catalog import Catalog
from ingest.database import open_database, utc_now
from retrieval.metrics import percentile
from retrieval.readers import reader_of

DOCUMENTS: Final = 40
WARM_UP: Final = 30  # requests of each kind before the clock counts
GROUPS: Final = ("staff", "sales", "kassel")  # of a stranger to the documents
READERS: Final = ("group:board",)
MEMBER, STRANGER = ("board",), ("staff",)
PASSWORD: Final = "bench-only-and-gone-with-the-folder"  # noqa: S105  # of a house that is thrown away
ROUTES: Final = {
    "original of a document": "/api/documents/{document}/original",
    "passage": "/api/passages/{chunk}",
    "page image": "/api/passages/{chunk}/page.png",
}


def run(settings: Settings, *, trials: int, changes: int) -> Iterator[BenchReport]:
    """Yield the report of refusals, then that of rights taken away by another process."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    with _asked(settings) as (services, client):
        rows = tuple(_refusals(services, client, trials))
        yield BenchReport(f"refusing what is hidden and what is not there, {trials} of each", machine, rows)
        rows = (
            BenchRow(
                "first refusal after the other process's commit", _revocations(services, client, changes)
            ),
        )
        yield BenchReport(f"a right taken away by another process, {changes} times", machine, rows)


@contextmanager
def _asked(settings: Settings) -> Iterator[tuple[Services, httpx.Client]]:
    """Give a house whose documents the asker may not read, and the asker's connection to it."""
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number in range(DOCUMENTS):
            (corpus / f"{number:03}.txt").write_text(f"Rule {number} of the board.\n", encoding="utf-8")
        house = Path(folder) / "house"
        with house_of_its_own(settings, house, is_instant=True, readers=READERS) as (services, _):
            sync_folder(services, corpus)
            services.accounts.save(_asker(GROUPS), password=PASSWORD)
            token = services.sessions.open("asker", now=utc_now()).token
            headers = {"Authorization": f"Bearer {token}"}
            with (
                lent(services) as base_url,
                httpx.Client(base_url=base_url, headers=headers, trust_env=False) as client,
            ):
                yield services, client


def _asker(groups: Sequence[str]) -> Person:
    return Person("asker", "Asker", "", "employee", tuple(groups))


def _refusals(services: Services, client: httpx.Client, trials: int) -> Iterator[BenchRow]:
    chance = random.Random(11)  # noqa: S311  # an order of requests, no secret
    hidden = {
        "document": [document.id for document in services.catalog.listed()],
        "chunk": sorted(services.index.chunk_ids()),
    }
    for name, route in ROUTES.items():
        kind = "document" if "{document}" in route else "chunk"
        took: dict[bool, list[float]] = {True: [], False: []}
        for number in range(WARM_UP + trials):
            for is_hidden in chance.sample((True, False), 2):
                identity = chance.choice(hidden[kind]) if is_hidden else str(uuid4())
                spent_ms = _refused_ms(client, route.format(**{kind: identity}))
                if number >= WARM_UP:
                    took[is_hidden].append(spent_ms)
        there, missing = statistics.median(took[True]), statistics.median(took[False])
        figures = {
            "hidden_p50_ms": there,
            "missing_p50_ms": missing,
            "apart_percent": 100 * abs(there / missing - 1),
        }
        yield BenchRow(name, figures)


def _refused_ms(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    reply = client.get(path)
    spent_ms = (time.perf_counter() - began) * 1000
    if reply.status_code != httpx.codes.NOT_FOUND:
        raise AssertionError(f"{path} answered {reply.status_code}")
    return spent_ms


def _revocations(services: Services, client: httpx.Client, changes: int) -> dict[str, float]:
    """Return how long a right outlived its end, which another process wrote: a membership or a document's readers."""
    document = services.catalog.listed()[0].id
    path = f"/api/documents/{document}/original"
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    url = services.engine.url.render_as_string(hide_password=False)
    other = context.Process(target=_other, args=(url, document, theirs), daemon=True)
    other.start()
    spent_ms: list[float] = []
    for number in range(changes):
        way = "group" if number % 2 else "readers"
        _await(client, ours, (way, True), path, httpx.codes.OK)
        spent_ms.append(_await(client, ours, (way, False), path, httpx.codes.NOT_FOUND))
    ours.send(None)
    other.join()
    ordered = sorted(spent_ms)
    return {"p50_ms": statistics.median(ordered), "p99_ms": percentile(ordered, 0.99), "most_ms": ordered[-1]}


def _await(
    client: httpx.Client, other: Connection, change: tuple[str, bool], path: str, status: int
) -> float:
    """Let the other process make a change; ask until the answer is `status`; return the ms since its commit."""
    other.send(change)
    reply = client.get(path)
    while reply.status_code != status or not other.poll():
        reply = client.get(path)
    answered = time.monotonic()
    return max(0.0, answered - float(other.recv())) * 1000


def _other(url: str, document: str, pipe: Connection) -> None:
    """Be the other process: give or take the right as told, and say when it was written."""
    engine = open_database(url)
    accounts, catalog = Accounts(engine), Catalog(engine)
    while (change := pipe.recv()) is not None:
        way, is_given = change
        if way == "group":
            catalog.set_readers({document: READERS})
            accounts.save(_asker(MEMBER if is_given else STRANGER), password=PASSWORD)
        else:
            own = reader_of("asker", ()).subject
            catalog.set_readers({document: [*READERS, own] if is_given else READERS})
        pipe.send(time.monotonic())  # one clock for all processes of a machine
    engine.dispose()
