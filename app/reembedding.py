"""Build the index of another embedder beside the one in use, judge it by golden questions, and change to it."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from uuid import uuid4

from app.adapters import open_encoder, open_index, remove_index
from app.evaluate import Labelled
from app.following import LOOK_S, Follower, Shelf, Shelving
from app.golden import Judge, Verdict, usable
from app.in_use import with_embedder
from app.settings import Settings
from app.wiring import Services, open_services
from ingest.building import Builder, Pace
from ingest.database import utc_now
from ingest.events import event, logger
from ingest.followers import Processes
from ingest.index_store import IndexRow
from ingest.types import Cancelled
from retrieval.errors import IntramurosError, Unavailable
from retrieval.level import as_indexed
from retrieval.threads import spare_cores

LONGEST_PAUSE_S = 30.0  # before it goes on, when the neighbour is away for long

log = logger("index")


def shelving(settings: Settings) -> Shelving:
    """Return what opens and removes the indexes of this profile."""

    def open_shelf(model: str) -> Shelf:
        by_model = with_embedder(settings, model)
        encoder = open_encoder(by_model)
        return Shelf(model, encoder, open_index(by_model, dimension=encoder.dimension))

    return Shelving(open_shelf, lambda model: remove_index(with_embedder(settings, model)))


@contextmanager
def following(
    settings: Settings, *, adopt: Callable[[Services], None] = lambda _services: None
) -> Iterator[Follower]:
    """Give everything, opened, as the database says it should be while the body runs; `adopt` is told at first, too.

    Raises Unavailable kinds and ModelFileRejected.
    """
    follower, stop = Follower(open_services(settings), shelving(settings), adopt=adopt), threading.Event()
    thread = threading.Thread(target=follower.run, args=(stop,), name="index-follower")
    try:
        follower.begin()
        adopt(follower.services)
        thread.start()
        try:
            yield follower
        finally:
            stop.set()
            thread.join()
            follower.presence.leave()
    finally:
        follower.services.close()


class Reembedding:
    """Take orders for another embedder, one at a time, in the process that may hold its index."""

    def __init__(self, follower: Follower, pace: Callable[[], Pace] = Pace) -> None:
        self._follower = follower
        self._pace = pace
        self._worker = f"index-{uuid4().hex}"

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a neighbour that is away for a while is waited for."""
        spare_cores()
        pause_s = LOOK_S
        while not stop.wait(pause_s):
            try:
                self.run_one(stop)
                pause_s = LOOK_S
            except Unavailable as error:
                event(log, "index_waiting", level=logging.WARNING, reason=type(error).__name__)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def run_one(self, stop: threading.Event) -> bool:
        """Build, judge and change, where that is ordered; return whether it was.

        Raises Unavailable kinds: the order says what it waits for, and whoever comes first goes on with it.
        """
        store = self._follower.store
        row = store.claim(self._worker, now=utc_now())
        if row is None:
            return False
        try:
            self._change(row, stop)
        except Cancelled:
            store.release(self._worker)
        except Unavailable as error:
            store.wait(row.model, f"{error.message}. {error.remedy}", now=utc_now())
            store.release(self._worker)
            raise
        except IntramurosError as error:
            store.refuse(row.model, message=f"{error.message}. {error.remedy}", report=None)
        except Exception as error:  # noqa: BLE001  whatever it is, the order must not stand for ever as being built
            event(log, "index_change_broke", level=logging.ERROR, exc_info=error, model=row.model)
            store.refuse(
                row.model, message="something went wrong on our side; the log says where", report=None
            )
        event(log, "index_change_ended", model=row.model)
        return True

    def _change(self, row: IndexRow, stop: threading.Event) -> None:
        follower = self._follower
        follower.follow()
        self._build(row, stop)
        verdict = self._judged(row)
        told = None if verdict is None else asdict(verdict)
        if verdict is not None and not (verdict.is_good_enough or row.wish.accept):
            follower.store.refuse(row.model, message=_told(verdict), report=told)
            return
        follower.store.exchange(row.model, now=utc_now(), report=told)
        follower.follow()

    def _build(self, row: IndexRow, stop: threading.Event) -> None:
        services, shelf = self._follower.services, self._follower.beside
        if shelf is None or shelf.model != row.model:
            raise Cancelled  # it was withdrawn

        def report(done: int, total: int) -> bool:
            now = utc_now()
            is_wanted = self._follower.store.report(
                row.model, identity=shelf.identity, done=done, total=total, now=now
            )
            return is_wanted and not stop.is_set()

        beside = services.pipeline.indexer.beside
        if beside is None:
            raise Cancelled
        store, pace = self._follower.store, self._pace()
        Builder(services.engine, store, services.catalog, beside.indexer, report, pace).run(
            before_comparing=partial(self._await_all, row, stop)
        )

    def _await_all(self, row: IndexRow, stop: threading.Event) -> None:
        """Wait until every process of the house writes to both indexes; the order says for whom. Raises Cancelled."""
        services, store = self._follower.services, self._follower.store
        both = (services.settings.embedder.model, row.model)
        while behind := Processes(services.engine).others_than(both, now=utc_now()):
            told = f"waits for {'; '.join(one.as_text() for one in behind)}"
            if not store.wait(row.model, told, now=utc_now()) or stop.wait(LOOK_S):
                raise Cancelled

    def _judged(self, row: IndexRow) -> Verdict | None:
        """Return the verdict, None where it is to be changed to without one."""
        services, shelf = self._follower.services, self._follower.beside
        if not row.wish.questions or shelf is None:
            return None
        questions = usable([Labelled.model_validate(one) for one in row.wish.questions])
        pace = self._pace()
        pace.begin()
        judge = Judge(
            readers={one.asker: services.accounts.person(one.asker).reader() for one in questions},
            collections=frozenset(one.id for one in services.collections.all()),
            rest=pace.rest,
        )
        return judge.judge(
            questions,
            before=services.searcher,
            after=replace(services.searcher, embedder=as_indexed(shelf.encoder), index=shelf.index),
            margin=row.wish.margin,
        )


def _told(verdict: Verdict) -> str:
    return (
        f"the golden questions fare worse: first right {verdict.first_right_before:.3f} before, "
        f"{verdict.first_right_after:.3f} after, allowed is {verdict.margin:g} less"
    )
