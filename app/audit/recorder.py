"""Be what the house calls to put an event on record. What cannot be recorded is refused: the caller lets it raise."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Unpack

from app.audit.anchors import Anchors
from app.audit.events import About, Kind
from app.audit.trail import Event, Trail
from app.secret import keyed, own_secret
from app.settings import Settings
from ingest.database import utc_now
from ingest.jobs import REMOVE, Order
from ingest.types import UPLOAD
from retrieval.errors import DatabaseUnavailable
from retrieval.types import Reader

KEY, ANCHORS = "audit-key", "audit-anchors.jsonl"
SOURCE: ContextVar[str | None] = ContextVar(
    "source", default=None
)  # address of the request, where it is noted
OPERATOR = "operator"
HOUSE = frozenset({OPERATOR, "schedule"})  # who orders without an account: the command line, the clock


class Recorder:
    """Record events under pseudonyms. Every method that records raises DatabaseUnavailable where it cannot."""

    def __init__(self, trail: Trail, anchors: Anchors, pseudonyms: bytes) -> None:
        self.trail = trail
        self.anchors = anchors
        self.verifying = threading.Lock()  # going through the chain takes a core: once at a time
        self._pseudonyms = pseudonyms
        self.on_failure: Callable[[], None] = lambda: None  # told of each event that could not be recorded

    def record(
        self, kind: Kind, account: str | None, *, outcome: str = "done", **about: Unpack[About]
    ) -> None:
        """Record what an account did; None where nobody is known. Raises DatabaseUnavailable."""
        # Nobody may be called that: it is who the command line acts under.
        actor = account if account in (None, OPERATOR) else self.pseudonym(account)
        self.write(Event(kind, actor, outcome, about, SOURCE.get()))

    def by_operator(self, kind: Kind, *, outcome: str = "done", **about: Unpack[About]) -> None:
        """Record what was done from the command line, which knows no accounts. Raises DatabaseUnavailable."""
        self.write(Event(kind, OPERATOR, outcome, about))

    def acts_as(self, account: str, *, answer: str | None = None) -> None:
        """Record that the command line acts as an account, before it does. Raises DatabaseUnavailable."""
        about: About = {"person": self.pseudonym(account)}
        if answer is not None:
            about["answer"] = answer
        self.by_operator(Kind.ACTED_AS, **about)

    def write(self, event: Event) -> None:
        """Record an event as it is. Raises DatabaseUnavailable."""
        try:
            self.trail.append(event, now=utc_now())
        except DatabaseUnavailable as error:
            self.on_failure()
            raise DatabaseUnavailable(
                "this cannot be put on the audit trail, and is therefore refused",
                remedy="try again in a moment; if it lasts, your administrator runs `intramuros audit verify` and "
                "gives the database room and the right to write",
            ) from error

    def ordered(self, job: str, order: Order) -> None:
        """Record an order for ingestion, or for removal. Raises DatabaseUnavailable."""
        is_house = order.created_by in HOUSE and order.source != UPLOAD
        actor = order.created_by if is_house else self.pseudonym(order.created_by)
        about: About = {"job": job, "collection": order.collection_id, "count": len(order.files)}
        kind = Kind.ERASURE if order.kind == REMOVE else Kind.INGESTION
        self.write(Event(kind, actor, "ordered", about, SOURCE.get()))

    def started(self, settings: Settings, version: str) -> None:
        """Record that the house starts with these settings, and anchor it. Raises DatabaseUnavailable."""
        fingerprint = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()  # secrets are left out
        self.record(Kind.CONFIGURATION, None, outcome="started", settings=fingerprint, version=version)
        self.anchor()

    def anchor(self) -> None:
        """Anchor the head of the chain, unless it is anchored already. Raises SetupRefused."""
        head, last = self.trail.head(), self.anchors.last()
        # A head below the anchor was cut off: anchoring it would hide that.
        if head is not None and (last is None or head.seq > last.seq):
            self.anchors.add(head)

    def pseudonym(self, account: str) -> str:
        """Return the pseudonym of an account, the one that the ledger of answers has for it."""
        return keyed(f"user:{_written(account)}", self._pseudonyms)

    def fingerprint(self, text: str) -> str:
        """Return what tells two questions or rules apart, and cannot be undone or guessed without the key."""
        return keyed(f"fingerprint:{_written(text)}", self._pseudonyms)

    def filter_of(self, reader: Reader, collections: Iterable[str]) -> str:
        """Return the fingerprint of a reader filter."""
        return self.fingerprint(json.dumps([sorted(reader.principals), sorted(collections)]))


def open_recorder(settings: Settings, trail_of: Callable[[bytes], Trail]) -> Recorder:
    """Return the recorder of this house, over the trail of its key, made on first use. Raises SetupRefused."""
    folder = key_dir(settings)
    key = own_secret(folder / KEY)
    pseudonyms = own_secret(settings.site.secrets_dir / "pseudonyms")
    return Recorder(trail_of(key), Anchors(folder / ANCHORS, key), pseudonyms)


def key_dir(settings: Settings) -> Path:
    """Return the folder of the key and the anchors."""
    return settings.audit.key_dir or settings.site.secrets_dir


def _written(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair has no bytes
