"""Kill an ingestion at random, again and again, while its folder changes; then compare with a run nobody disturbed.

Run as `python -m tests.drill FOLDER KILLS SEED`; prints what was found as JSON. Each life is forked from this process,
so that a restart costs milliseconds and the kills hit work, not imports.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

from ingest.database import utc_now
from ingest.jobs import SYNC, Order
from ingest.schema import chunks, documents, jobs, versions
from ingest.sources import FolderSource
from tests.fakes import ScriptedModel
from tests.house import House, open_house

DOCUMENTS = 200
CHANGED, VANISHED = 60, 10  # a round
CHANGE_AFTER = 10  # kills
DICE_S = 0.25  # how often it is decided whether to kill
P_KILL = 0.3


@dataclass(frozen=True)
class State:
    """Hold what a house contains after all is said and done."""

    database: list[str]  # chunk ids
    index: list[str]
    visible: int
    versions: int
    unfinished: int  # documents neither visible nor quarantined, and open jobs
    originals: int
    staged: int


@dataclass(frozen=True)
class Report:
    """Hold both ends and how they came about."""

    kills: int
    changes: int  # of the folder, in the middle of it all
    disturbed: State
    clean: State


def main(folder: Path, kills: int, seed: int) -> None:
    """Drill and print the report."""
    dice = random.Random(seed)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    for number in range(DOCUMENTS):
        write(corpus, number, dice)
    killed = changes = 0
    while killed < kills:
        is_done = live(folder / "disturbed", corpus, dice, is_in_danger=True)
        killed += not is_done
        if is_done or killed % CHANGE_AFTER == 0:
            change(corpus, dice)
            changes += 1
    for name in ("disturbed", "clean"):
        assert live(folder / name, corpus, dice, is_in_danger=False)
    report = Report(killed, changes, look(folder / "disturbed"), look(folder / "clean"))
    json.dump(asdict(report), sys.stdout)


def write(corpus: Path, number: int, dice: random.Random) -> None:
    """Write a document of one to six passages."""
    words = [
        "leave",
        "travel",
        "expense",
        "contract",
        "machine",
        "audit",
        "garage",
        "parking",
        "pension",
        "notice",
    ]
    lines = [
        f"Rule {dice.randrange(10_000)} of {number}: " + " ".join(dice.choices(words, k=60))
        for _ in range(dice.randint(1, 6))
    ]
    (corpus / f"d{number:03}.txt").write_text("\n\n".join(lines), encoding="utf-8")


def change(corpus: Path, dice: random.Random) -> None:
    """Let some documents vanish, others change or come back."""
    for number in dice.sample(range(DOCUMENTS), CHANGED):
        write(corpus, number, dice)
    for path in dice.sample(sorted(corpus.iterdir()), VANISHED):
        path.unlink()


def live(data: Path, corpus: Path, dice: random.Random, *, is_in_danger: bool) -> bool:
    """Let a worker bring the house level with the folder; return whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            house = open_house(data, ScriptedModel())
            bring_level(house, corpus)
            house.services.close()
            os._exit(0)
        finally:
            os._exit(1)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0, "the worker failed by itself"
            return True
        if is_in_danger and dice.random() < P_KILL:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(DICE_S)


def bring_level(house: House, corpus: Path) -> None:
    """Finish what was begun, then mirror the folder as it is."""
    worker = house.services.worker("drill")
    worker.clear_up()
    while worker.run_one(threading.Event()):
        pass
    source = FolderSource(corpus, readers_of=lambda _key: ("everyone",))
    order = Order(SYNC, "handbook", source.name, tuple(source.files()), "drill", forget_vanished=True)
    house.services.jobs.place(order, now=utc_now())
    while worker.run_one(threading.Event()):
        pass


def look(data: Path) -> State:
    """Return what the house contains."""
    house = open_house(data, ScriptedModel())
    try:
        with house.services.engine.connect() as connection:
            ids = connection.execute(select(chunks.c.id)).scalars().all()
            states = connection.execute(select(documents.c.state, documents.c.worker)).all()
            running = connection.execute(select(jobs.c.state)).scalars().all()
            held = connection.execute(select(versions.c.id)).scalars().all()
        originals = data / "originals"
        return State(
            database=sorted(ids),
            index=sorted(house.services.index.chunk_ids()),
            visible=sum(state == "visible" for state, _ in states),
            versions=len(held),
            unfinished=sum(state != "visible" or worker is not None for state, worker in states)
            + sum(state in ("queued", "running") for state in running),
            originals=sum(1 for _ in originals.rglob("*.original")),
            staged=sum(1 for path in (originals / "staging").rglob("*") if path.is_file()),
        )
    finally:
        house.services.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
