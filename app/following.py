"""Follow the database in which index is in use, without a restart: embedder and index change in one step.

Everything that an embedder has a part in is built anew around the new one, and put in the place of the old in one
assignment; a question that is on its way ends with what it began with. What writes is begun anew too, so that nothing
is written that an index beside the current one does not get.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace

from app.adapters import close_embedder
from app.in_use import with_embedder
from app.presence import Presence
from app.records import Records
from app.wiring import Services, plug
from ingest.database import utc_now
from ingest.events import event, logger
from ingest.followers import Processes
from ingest.index_store import BESIDE, IndexStore, Standing
from ingest.indexing import Beside
from retrieval.errors import IntramurosError, Unavailable
from retrieval.level import as_indexed
from retrieval.mirrored import MirroredIndex
from retrieval.types import Embedder, VectorIndex

LOOK_S = 1.0  # how soon a process follows; until then it searches what is kept and takes all writes
GRACE_S = 3.0  # a search that is on its way ends; every other process has looked by then

log = logger("index")


@dataclass(frozen=True)
class Shelf:
    """Hold an embedder and the index of its vectors."""

    model: str  # catalogue id
    encoder: Embedder
    index: VectorIndex

    @property
    def identity(self) -> str:
        """Return what versions call the embedder."""
        return as_indexed(self.encoder).name


@dataclass(frozen=True)
class Shelving:
    """Open an index by its embedder's id, and remove its files once it is closed."""

    open: Callable[[str], Shelf]
    remove: Callable[[str], None]


class Follower:
    """Hold the services as they should be. `adopt` is told of new ones before it may close what they replace."""

    def __init__(
        self,
        services: Services,
        shelving: Shelving,
        *,
        adopt: Callable[[Services], None] = lambda _services: None,
        grace: Callable[[float], object] = time.sleep,
    ) -> None:
        beside = services.neighbours
        current = services.settings.embedder.model
        self.services = services
        self.presence = Presence(Processes(services.engine), current)
        self.store = IndexStore(services.engine)
        self._shelving = shelving
        self._adopt = adopt
        self._grace = grace
        self._shelves = {current: Shelf(current, beside.encoder, beside.index)}
        self._standing: tuple[str, str | None] = (current, None)
        self._lock = threading.RLock()

    @property
    def beside(self) -> Shelf | None:
        """Return the index beside the current one, as far as this process follows."""
        model = self._standing[1]
        return None if model is None else self._shelves[model]

    def follow(self) -> None:
        """Make the services what the database says. Raises Unavailable, ModelFileRejected; nothing has changed then."""
        with self._lock:
            if not self.presence.is_known:  # before a look: nothing changes behind who is known to be there
                self.presence.tell(*self._standing)
            rows = self.store.all()
            if not rows or rows[0].state is not Standing.CURRENT:
                return
            other = next((row for row in rows[1:] if row.state in BESIDE), None)
            self._stand(rows[0].model, None if other is None else other.model)
            self._clear_away(is_one_dropped=any(row.state is Standing.DROPPING for row in rows))
            self.presence.tell(*self._standing)

    def begin(self) -> None:
        """Follow for the first time. Raises as `follow`, and the process counts as one that never was."""
        try:
            self.follow()
        except BaseException:
            self.presence.leave()
            raise

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set; what is away for a while is waited for."""
        beating = threading.Thread(target=self.presence.run, args=(stop,), name="index-presence", daemon=True)
        beating.start()
        while not stop.wait(LOOK_S):
            try:
                self.follow()
            except IntramurosError as error:
                event(log, "index_not_followed", level=logging.WARNING, reason=type(error).__name__)
                with suppress(Unavailable):
                    self.presence.tell(*self._standing, fault=error.message)
            except Exception as error:  # noqa: BLE001  whatever it is, the next look must come
                event(log, "index_not_followed", level=logging.ERROR, exc_info=error)

    def _stand(self, current: str, beside: str | None) -> None:
        if (current, beside) == self._standing:
            return
        for model in filter(None, (current, beside)):
            if model not in self._shelves:
                self._shelves[model] = self._opened(model)
        second = None if beside is None else self._shelves[beside]
        self.services = rehoused(self.services, self._shelves[current], second)
        self._adopt(self.services)
        self.store.settle()  # whoever wrote for the former embedder has ended
        self._standing = (current, beside)  # last: what failed before is done again at the next look
        event(log, "index_followed", model=current, state="alone" if beside is None else "with another")

    def _opened(self, model: str) -> Shelf:
        shelf = self._shelving.open(model)
        shelf.encoder.embed_query("ready")  # its model is loaded before a question waits for it
        self.store.identify(model, shelf.identity)
        return shelf

    def _clear_away(self, *, is_one_dropped: bool) -> None:
        over = [model for model in self._shelves if model not in self._standing]
        if over or is_one_dropped:
            self._grace(GRACE_S)
        for model in over:
            shelf = self._shelves.pop(model)
            shelf.index.close()
            close_embedder(shelf.encoder)
        # Read anew: by now another process may have removed it, and somebody ordered it again.
        name = self.presence.name
        row = self.store.claim(name, now=utc_now(), state=Standing.DROPPING) if is_one_dropped else None
        if row is not None and not self._is_held(row.model):
            self._shelving.remove(row.model)
            self.store.removed(row)
            event(log, "index_removed", model=row.model)

    def _is_held(self, model: str) -> bool:
        """Return whether another process has an index open."""
        there = Processes(self.services.engine).all(now=utc_now())
        return any(model in one.written for one in there if one.name != self.presence.name)


def rehoused(services: Services, current: Shelf, beside: Shelf | None) -> Services:
    """Return services around another embedder; people's limits, answers on their way and the line stay theirs."""
    store = IndexStore(services.engine)
    store.identify(current.model, current.identity)
    index = current.index if beside is None else MirroredIndex(current.index, beside.index)
    settings = with_embedder(services.settings, current.model)
    held = {field.name: getattr(services, field.name) for field in fields(Records)}
    records = Records(**{**held, "settings": settings, "new_rules": ()})
    new = plug(records, replace(services.neighbours, encoder=current.encoder, index=index))
    pipeline = new.pipeline
    if beside is not None:
        other = replace(pipeline.indexer, embedder=as_indexed(beside.encoder), index=beside.index)
        indexer = replace(pipeline.indexer, beside=Beside(other, store.stage))
        pipeline = replace(pipeline, indexer=indexer)

    def close() -> None:
        services.answers.stop_all()
        new.close()

    return replace(
        new,
        assistant=replace(new.assistant, line=services.assistant.line),
        pipeline=pipeline,
        answers=services.answers,
        metrics=services.metrics,
        rate=services.rate,
        lookups=services.lookups,
        offers=services.offers,
        sign_ins=services.sign_ins,
        page_images=services.page_images,
        close=close,
    )
