"""Decide what a sync has to do, from what the source lists and what the catalog knows. Nothing here reads a file."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.types import SourceFile, State
from retrieval.errors import Unavailable
from retrieval.readers import clean_readers

# Share of a source's documents that one sync may forget; rclone and rsync leave the bound to people.
MOST_LOST = 0.5
FEWEST_LOST = 10  # of a small folder anybody may delete most files


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what the catalog knows of one document of a source."""

    key: str
    document_id: str
    signature: str | None  # of the source when its bytes were last read; None = read them again
    sha256: str | None  # of the version shown; None where none is, or where it must be made again
    readers: tuple[str, ...]
    state: State
    failed_sha256: str | None = None  # bytes that ended in quarantine


@dataclass(frozen=True, slots=True)
class ReadersChanged:
    """Name a file whose bytes are the same and whose readers are not."""

    file: SourceFile
    known: Known


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the work of a sync. Every listed key is in one of the first four; `vanished` is what is no longer listed."""

    unchanged: tuple[SourceFile, ...]  # no work at all
    readers_changed: tuple[ReadersChanged, ...]  # metadata only
    changed: tuple[SourceFile, ...]  # to be read: perhaps the same bytes after all
    new: tuple[SourceFile, ...]  # to be read: perhaps a vanished document under a new name
    vanished: tuple[Known, ...]

    @property
    def to_read(self) -> tuple[SourceFile, ...]:
        """Return the files whose bytes must be looked at, by key."""
        return tuple(sorted((*self.changed, *self.new), key=lambda file: file.key))


@dataclass(frozen=True, slots=True)
class Move:
    """Name a document that goes on under a new key."""

    document_id: str
    old_key: str
    file: SourceFile


def refuse_losses(listed: Collection[str], known: Collection[str], *, allow_empty: bool) -> None:
    """Raise Unavailable where most of what a source had is no longer among its keys, unless `allow_empty`.

    A share that is not mounted is an empty folder, or one with a note in it, and forgetting everything is the one
    mistake that a sync cannot make good. New files make up for lost ones: a folder that is renamed moves them all.
    """
    lost = len(set(known) - set(listed)) - len(set(listed) - set(known))
    if allow_empty or (listed and lost < max(FEWEST_LOST, len(known) * MOST_LOST)) or not known:
        return
    missing = "no file at all" if not listed else f"{len(listed)} file{'s' * (len(listed) > 1)}"
    raise Unavailable(
        f"the source lists {missing}, but had {len(known)} documents; nothing was forgotten",
        remedy="check that it is mounted and complete; if the rest really is gone, sync it with --allow-empty",
    )


def plan_sync(listed: Iterable[SourceFile], known: Iterable[Known], *, allow_empty: bool = False) -> Plan:
    """Return what is to be done. A key that is listed twice counts once. Raises as `refuse_losses` does."""
    before = {one.key: one for one in known if one.state is not State.FORGOTTEN}
    now = {file.key: file for file in listed}
    refuse_losses(now, before, allow_empty=allow_empty)
    unchanged, readers_changed, changed, new = [], [], [], []
    for file in now.values():
        one = before.get(file.key)
        if one is None:
            new.append(file)
        elif not _is_settled(file, one):
            changed.append(file)
        elif clean_readers(file.readers) != clean_readers(one.readers):
            readers_changed.append(ReadersChanged(file, one))
        else:
            unchanged.append(file)
    vanished = [one for key, one in before.items() if key not in now]
    return Plan(tuple(unchanged), tuple(readers_changed), tuple(changed), tuple(new), tuple(vanished))


def pair_moves(
    fingerprints: Mapping[str, str], new: Sequence[SourceFile], vanished: Sequence[Known]
) -> tuple[Move, ...]:
    """Return which vanished documents go on under the key of a new file with the same bytes.

    `fingerprints` maps keys to SHA-256, for those of `new` that could be read. Each document and each file is used
    once; of several with the same bytes, those that kept their file name go together first, then the order of keys
    decides, so that the same sync always ends in the same way.
    """
    waiting: dict[str, list[Known]] = {}
    for one in sorted(vanished, key=lambda known: known.key):
        if one.sha256 is not None:
            waiting.setdefault(one.sha256, []).append(one)
    files = [file for file in sorted(new, key=lambda file: file.key) if file.key in fingerprints]
    moves: dict[str, Move] = {}
    for keeps_name in (True, False):
        for file in files:
            same = waiting.get(fingerprints[file.key], [])
            found = next((one for one in same if not keeps_name or _name(one.key) == _name(file.key)), None)
            if found is not None and file.key not in moves:
                same.remove(found)
                moves[file.key] = Move(found.document_id, found.key, file)
    return tuple(moves[key] for key in sorted(moves))


def _is_settled(file: SourceFile, known: Known) -> bool:
    """Say whether the bytes are those that were read last and led to an end: shown, or set aside."""
    if file.signature is None or file.signature != known.signature:
        return False
    if known.state is State.VISIBLE:
        return known.sha256 is not None
    return known.state is State.QUARANTINED and known.failed_sha256 is not None


def _name(key: str) -> str:
    return key.rpartition("/")[2]
