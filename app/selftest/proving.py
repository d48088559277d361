"""Tell the story of one proof: plant, find, back up, erase, purge, find nothing, restore the backup, find nothing."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from app.audit.keeper import look_through
from app.privacy.erasing import erase
from app.privacy.erasure_requests import Request
from app.privacy.holds import Kind
from app.privacy.inventory import STORES
from app.privacy.purging import purge
from app.privacy.receipt import public_text, receipt_key, signed, verdict, written
from app.selftest.canaries import UNPLANTED, Canary
from app.selftest.looking import Hits, in_rows, on_disk, through_routes, together
from app.selftest.planting import Planted, plant
from app.selftest.temporary import House, back_up, bring_back, clean, opened, settings_of
from app.settings import Settings
from app.wiring import Services
from ingest.database import utc_now

STEPS = ("before", "erased", "purged", "restored", "purged again")


# Where the text that answers quoted has to have stood, or nothing is proven of answers.
QUOTED_IN: Final = frozenset({"answers", "messages", "chunks"})


class Wipe(Protocol):
    """Leave no trace of what was erased."""

    def __call__(self, services: Services, *, now: datetime) -> None:
        """Do it."""


@dataclass(frozen=True)
class Row:
    """Say of a canary where it was found before, and where at each step after that: by sight, and on the disk."""

    canary: Canary
    before: tuple[str, ...]
    left: Mapping[str, tuple[str, ...]]  # by step; empty = nowhere


@dataclass(frozen=True)
class Proof:
    """Hold what was proven, and what was not."""

    database: str
    rows: tuple[Row, ...]
    faults: tuple[str, ...]
    seconds: float
    erase_s: float  # the longest of the three erasures
    purge_s: float

    @property
    def is_proven(self) -> bool:
        """Return whether everything that was found before is found nowhere after."""
        return not self.faults


def prove(url: str = "", *, wipe: Wipe = purge) -> Proof:
    """Prove it in a temporary house, on SQLite or on an empty PostgreSQL. Raises SetupRefused where that is not empty.

    With another `wipe` than the house's own it is seen that the proof fails where one does nothing.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="intramuros-selftest-") as name:
        settings = settings_of(Path(name) / "house", url)
        try:
            return _Run(settings, Path(name), wipe).run(began)
        finally:
            clean(settings)


class _Run:
    def __init__(self, settings: Settings, folder: Path, wipe: Wipe) -> None:
        self.settings, self.folder, self.wipe = settings, folder, wipe
        self.faults: list[str] = []
        self.found: dict[str, Hits] = {}
        self.erase_s = self.purge_s = 0.0

    def run(self, began: float) -> Proof:
        """Go through the steps."""
        list_of_erasures = self.folder / "erasures.jsonl"
        with opened(self.settings) as house:
            planted = plant(house, self.folder / "share")
            self._look("before", house, planted)
            self._require_fires(planted)
            back_up(house, self.folder / "backup")
            self._erase(house, planted)
            self._look("erased", house, planted, with_disk=False)
            self._purge(house)
            self._look("purged", house, planted)
            self._require_bystander(house, planted)
            list_of_erasures.write_bytes(house.services.erasures.path.read_bytes())
        if not bring_back(self.settings, self.folder / "backup", list_of_erasures):
            self.faults.append("the restored house does not fit together")
        with opened(self.settings) as house:
            self._look("restored", house, planted, with_disk=False)
            self._purge(house)
            self._look("purged again", house, planted)
            self._require_bystander(house, planted)
            if not look_through(house.services.audit).is_whole:
                self.faults.append("the audit trail is not whole")
        return self._proof(planted, time.monotonic() - began)

    def _look(self, step: str, house: House, planted: Planted, *, with_disk: bool = True) -> None:
        canaries = planted.canaries
        seen = together(through_routes(house, planted, canaries), in_rows(house, canaries))
        if with_disk:
            seen = together(seen, on_disk(self.settings.site.data_dir, canaries))
        self.found[step] = seen
        if step != "before":
            for canary, places in seen.items():
                if places:
                    where = ", ".join(sorted(places)[:3])
                    self.faults.append(f"{step}: {canary.what} ({canary.store}) is still in {where}")

    def _require_fires(self, planted: Planted) -> None:
        """Note what was not found where it was planted: a scan that finds nothing proves nothing."""
        for canary, places in self.found["before"].items():
            if not places:
                self.faults.append(
                    f"before: {canary.what} ({canary.store}) was not found where it was planted"
                )
        quoted = {
            place for one, places in self.found["before"].items() if one.store == "texts" for place in places
        }
        if missing := QUOTED_IN - quoted:
            self.faults.append(f"before: no answer quoted the document: {', '.join(sorted(missing))}")
        stores = {one.store for one in planted.canaries} | {
            "sign-ins",
            "answers",
        }  # with the account; the quoted text
        for bare in {one.name for one in STORES if one.is_personal} - stores - set(UNPLANTED):
            self.faults.append(f"the store '{bare}' has no canary, and nothing says why")

    def _erase(self, house: House, planted: Planted) -> None:
        services = house.services
        for kind, target in (
            (Kind.DOCUMENT, planted.document),
            (Kind.PERSON, planted.person),
            (Kind.COLLECTION, planted.collection),
        ):
            began = time.monotonic()
            done = erase(services, kind, target, answers="redact", by="operator")
            self.erase_s = max(self.erase_s, time.monotonic() - began)
            self._require_receipt(done, planted)

    def _require_receipt(self, done: Request, planted: Planted) -> None:
        key = receipt_key(self.settings)
        told = signed(done, key)
        if verdict(told, public_text(key)) != "ours" or any(one["after"] for one in told["stores"]):
            self.faults.append(f"the receipt of the {done.kind} is not whole")
        text = written(told).encode()
        self.faults += [f"the receipt names {one.what}" for one in planted.canaries if one.needle in text]

    def _purge(self, house: House) -> None:
        began = time.monotonic()
        self.wipe(house.services, now=utc_now())
        self.purge_s = max(self.purge_s, time.monotonic() - began)

    def _require_bystander(self, house: House, planted: Planted) -> None:
        if not in_rows(house, [planted.bystander])[planted.bystander]:
            self.faults.append("a document that nobody erased is gone")

    def _proof(self, planted: Planted, seconds: float) -> Proof:
        rows = tuple(
            Row(
                canary,
                tuple(sorted(self.found["before"][canary])),
                {step: tuple(sorted(self.found[step][canary])) for step in STEPS[1:]},
            )
            for canary in planted.canaries
        )
        url = self.settings.database.url
        return Proof(
            database="PostgreSQL" if url else "SQLite",
            rows=rows,
            faults=tuple(self.faults),
            seconds=seconds,
            erase_s=self.erase_s,
            purge_s=self.purge_s,
        )
