"""Fork hostile parsers that nothing confines: what holds where a kernel refuses nothing. As tests.hostile_nursery."""

from pathlib import Path

from ingest.sandbox import nursery
from ingest.sandbox.confine import Allowance
from tests.attacks_on_processes import trace
from tests.hostile_nursery import ATTACKS


def unconfined(_allowance: Allowance, *, private: Path, document: Path) -> None:
    """Leave the process as it is."""


nursery.confine = unconfined  # type: ignore[attr-defined,assignment]  # a kernel without any of it

if __name__ == "__main__":
    assert trace in ATTACKS  # importing them is what offers them
    nursery.main()
