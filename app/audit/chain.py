"""Go through the chain and name every record that does not fit: changed, missing, put in between, cut off. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.audit.anchors import Anchor
from app.audit.events import GENESIS, Kind, Record, seal

NAMED: Final = 20  # faults told one by one; a wrong key makes every record one


@dataclass(frozen=True, slots=True)
class Fault:
    """Name a record that does not fit, by its sequence number."""

    seq: int
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold what was found. `faults` are the first of `faults_total`, by number."""

    records: int
    first: int  # 0 where there is no record
    last: int
    last_at: str
    anchored: int  # number of the newest anchor; 0 = nothing is anchored yet
    faults: tuple[Fault, ...]
    faults_total: int

    @property
    def is_whole(self) -> bool:
        """Return whether nothing was touched, as far as key and anchors can tell."""
        return not self.faults_total


@dataclass
class _Walk:
    """Hold how far the chain was followed."""

    key: bytes
    expected: int
    before: str | None  # None behind a gap: the seal before is not known
    anchors: dict[int, str]
    first: int = 0
    records: int = 0
    last: Record | None = None
    verified: int = 0  # number of the first record that says the chain was whole; an anchor follows it
    faults: list[Fault] = field(default_factory=list)
    total: int = 0

    def step(self, record: Record) -> None:
        """Compare one record with the one before it."""
        self.records += 1
        self.first = self.first or record.seq
        if record.seq > self.expected:
            self._missing(self.expected, record.seq - 1)
            self.before = None
        if record.seq < self.expected:
            self.fault(record.seq, "stands where records were purged")
        elif self.before is not None and seal(record, self.before, self.key) != record.mac:
            self.fault(
                record.seq, "was changed, put in, or moved: its seal does not follow from the one before"
            )
        elif self.anchors.get(record.seq, record.mac) != record.mac:
            self.fault(record.seq, "is another one than was anchored")
        if record.kind == Kind.VERIFIED and record.outcome == "whole":
            self.verified = self.verified or record.seq
        self.before, self.expected, self.last = record.mac, record.seq + 1, record

    def fault(self, seq: int, message: str) -> None:
        """Note a fault; the first ones are told."""
        self.total += 1
        if len(self.faults) < NAMED:
            self.faults.append(Fault(seq, message))

    def _missing(self, first: int, last: int) -> None:
        self.fault(first, "is missing" if first == last else f"and all up to {last} are missing")


def verify(
    records: Iterable[Record], *, key: bytes, checkpoint: Record | None, anchors: Sequence[Anchor]
) -> Finding:
    """Return what is wrong with the records, given in order, their newest `checkpoint` and all anchors.

    Without the key, no record can be changed, added, moved or taken out of the middle unnoticed. What is cut off the
    end is found back to the newest anchor.
    """
    until, before = _purged(checkpoint)
    walk = _Walk(key, until + 1, before, {one.seq: one.mac for one in anchors if one.is_ours})
    for record in records:
        walk.step(record)
    last = 0 if walk.last is None else walk.last.seq
    newest = max((one.seq for one in anchors if one.is_ours), default=0)
    if newest > last:
        end = f"it and all up to {newest} are" if newest > last + 1 else "it is"
        walk.fault(last + 1, f"was cut off the end: {end} anchored and gone")
    for one in anchors:
        if not one.is_ours:
            walk.fault(one.seq, "has an anchor that was not written with this key")
    if not anchors and walk.verified:
        walk.fault(
            walk.verified, "was anchored, or one after it, and the file of the anchors is gone or empty"
        )
    return Finding(
        records=walk.records,
        first=walk.first,
        last=last,
        last_at="" if walk.last is None else walk.last.at,
        anchored=newest,
        faults=tuple(sorted(walk.faults, key=lambda fault: fault.seq)),
        faults_total=walk.total,
    )


def _purged(checkpoint: Record | None) -> tuple[int, str]:
    """Return number and seal of the last record that was purged, those before the first where none was."""
    if checkpoint is None or checkpoint.kind != Kind.CHECKPOINT:
        return 0, GENESIS
    try:
        about = json.loads(checkpoint.objects)
        return int(about["purged_until"]), str(about["purged_mac"])
    except (ValueError, KeyError, TypeError):
        return 0, GENESIS  # a checkpoint that says nothing is one that was changed: the chain shows where
