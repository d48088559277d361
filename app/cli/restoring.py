"""Wire a restore to this installation, and say what became of it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from app.adapters import database_url, open_embedder, open_index
from app.audit.recorder import key_dir
from app.backup import keys
from app.backup.manifest import Manifest
from app.backup.newest import Newest, remember
from app.backup.restore import House, Restored, Wanted, restore
from app.cli.backing_up import progress
from app.settings import Settings
from ingest.database import open_database
from ingest.erasures import FILE_NAME, Erasure, Erasures, erasures_in
from retrieval.errors import BackupRejected, SetupRefused


@dataclass(frozen=True, slots=True)
class Consent:
    """Say what somebody agreed to."""

    without_keys: bool
    without_erasures: bool
    replaces: bool


def bring_back(
    settings: Settings, folder: Path, consent: Consent, *, keys_file: Path | None, replay: Sequence[Path]
) -> bool:
    """Restore and say what became of it; return whether everything fits together. Raises as `restore`."""
    held = None if keys_file is None else keys.read(keys_file)
    erasures = _erasures(settings, replay, held or {}, consent)
    engine, embedder = open_database(database_url(settings)), open_embedder(settings)
    house = House(
        settings=settings,
        engine=engine,
        embedder=embedder,
        open_index=partial(open_index, settings, dimension=embedder.dimension),
        release=version("intramuros"),
    )
    wanted = Wanted(
        folder=folder.absolute(),
        erasures=erasures,
        replaces=consent.replaces,
        keys=held,
        without_keys=consent.without_keys,
    )
    try:
        with progress() as report:
            restored = restore(house, wanted, report=report)
    finally:
        engine.dispose()
    for place in replay:  # a restore after this one has to know of them too
        keys.restore(settings, {FILE_NAME: place.read_bytes()}, moment="")
    remember(settings, Newest(restored.manifest.made_at, str(wanted.folder)))
    sys.stdout.write("\n".join(_told(restored, embedder.name)) + "\n")
    return not restored.finding.faults and restored.trail.is_whole


def _erasures(
    settings: Settings, replay: Sequence[Path], held: Mapping[str, bytes], consent: Consent
) -> list[Erasure]:
    """Return what is to be erased again, in the order of time. Raises SetupRefused where nobody can say."""
    here = key_dir(settings) / FILE_NAME
    if not (here.is_file() or replay or consent.without_erasures):
        raise SetupRefused(
            f"there is no list of what was erased since the backup: {here} is missing",
            remedy="name a copy of it with --replay, or accept with --without erasures that what was erased comes back",
        )
    for place in replay:
        if not place.is_file():
            raise BackupRejected(f"there is no file {place}", remedy="name a copy of erasures.jsonl")
    lists = [Erasures(place).all() for place in (here, *replay)]
    lists.append(erasures_in(held.get(FILE_NAME, b""), Path(FILE_NAME)))  # as of when the keys were written
    return sorted((one for found in lists for one in found), key=lambda one: one.at)


def embedded_anew(manifest: Manifest, embedder: str) -> str:
    """Return why all texts were embedded anew, and by whom; "" where the vectors of the backup were taken."""
    if not manifest.vectors:
        return f"the backup holds no vectors: all texts were embedded anew by {embedder}, as the settings say"
    if manifest.embedder != embedder:
        return f"its vectors are of {manifest.embedder}: all texts were embedded anew by {embedder} of the settings"
    return ""


def _told(restored: Restored, embedder: str) -> Iterator[str]:
    manifest, trail, finding = restored.manifest, restored.trail, restored.finding
    yield (
        f"restored what was there on {manifest.made_at[:19]} UTC: {restored.documents:,} documents, "
        f"{finding.chunks:,} chunks in the index, {finding.originals:,} originals"
    )
    for kind, count in restored.erased.items():
        if count:
            yield f"from the list of erasures: {count:,} × {kind}"
    if anew := embedded_anew(manifest, embedder):
        yield anew
    if restored.aside:
        yield f"what was here lies in {restored.aside}; delete it once you do not need it"
    if trail.lost:
        yield f"{trail.lost:,} records of the audit trail are newer than the backup and lost; their anchors are kept"
    if trail.aside is not None:
        yield f"the audit trail begins anew; the old one lies in {trail.aside}"
    if not trail.is_whole:
        yield "THE AUDIT TRAIL IS BROKEN, as it was when it was backed up: `intramuros audit verify` names the records"
    yield from (f"{fault.kind}: {fault.message}; {fault.remedy}" for fault in finding.faults)
    if not finding.faults:
        yield "database, index, originals and answers fit together"
