"""Name what is planted, where, and why some stores get none. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# Stores of persons in which nothing can be planted, or that an erasure does not reach, as the receipt says.
UNPLANTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit trail": "takes ids and keyed hashes alone; all of its rows are looked through for every canary",
        "legal holds": "what is on hold is not erased, and a hold refuses an erasure",
        "erasure requests": "counts and keyed hashes; all of its rows are looked through for every canary",
        "title vectors": "stand there while an index is changed for another; the vectors of the index are planted",
        "page images": "memory of a process, which is looked through by its route",
        "answers in the making": "memory of a process: five minutes",
        "temporary files": "gone with the document that is read",
        "model server": "memory of a process beside the house",
        "page": "memory of a process beside the house",
        "browser": "lies with the person",
        "logs of the containers": "kept by the engine; lines are those of the log, which is looked through",
        "traces": "at a collector, if at all; ids and times alone",
        "configuration": "written by the operator",
        "exports": "no copy is kept; one is made, and looked through by its route",
        "backups": "the older backup of this test holds every canary, until whoever keeps it deletes it",
        "set aside by a restore": "looked through with the rest of the data directory",
        "sources": "the company's own folders, which the house only reads",
        "keys of the house": "random numbers",
        "list of erasures": "takes ids and digests alone; it is looked through for every canary",
        "database files": "hold the tables; every byte is looked through",
        "logs": "take ids, states and counts alone; every line is looked through",
    }
)


@dataclass(frozen=True, slots=True)
class Canary:
    """Hold a word that stands nowhere else, or the bytes of an id or a vector."""

    store: str  # of the inventory
    what: str
    needle: bytes
    is_on_disk: bool = True  # the house stores it as it is

    @property
    def word(self) -> str:
        """Return it as text; "" for a vector."""
        try:
            return self.needle.decode("ascii")
        except UnicodeDecodeError:
            return ""
