"""Restore one backup: verify, make room, load, erase again what was erased since, build the index, compare everything.

Whatever breaks it off leaves a note, and a house that nobody can open; done again, it begins anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, select

from app.backup import keys, place, rows
from app.backup.manifest import GET_ANOTHER, VECTORS, Manifest, original_part
from app.backup.parts import Parts
from app.backup.replay import end_sessions, replay
from app.backup.trail import Settled, settle
from app.backup.unfinished import Unfinished, alone, done, keep_it, note, noted
from app.backup.vectors import KnownVectors
from app.backup.verify import verify
from app.consistency import Finding, Stock, inspect_stock
from app.ledger import Ledger
from app.migrate import advance, known_revisions
from app.privacy.holds import documents_on_hold
from app.settings import Settings
from ingest.catalog import Catalog
from ingest.database import reading, utc_now, writing
from ingest.erasures import Erased, Erasure
from ingest.indexing import Indexer
from ingest.originals import FolderOriginals
from ingest.schema import documents, index_followers, indexes, title_vectors
from ingest.stocktaking import Stocktaking
from ingest.version_store import VersionStore
from retrieval.errors import BackupRejected, InvalidRequest, SetupRefused
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, VectorIndex

Report = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass(frozen=True, slots=True)
class House:
    """Hold the installation. `open_index` is called once everything else is in place."""

    settings: Settings
    engine: Engine
    embedder: Embedder
    open_index: Callable[[], VectorIndex]
    release: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what is restored, and which losses are accepted. No keys: those that lie in the installation."""

    folder: Path
    erasures: Sequence[Erasure]
    replaces: bool  # what is here is set aside
    keys: Mapping[str, bytes] | None = None
    without_keys: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """Hold what was restored. `aside` names where that lies which was here before, "" where nothing was."""

    manifest: Manifest
    documents: int
    erased: Mapping[Erased, int]
    trail: Settled
    finding: Finding
    aside: str


def restore(house: House, wanted: Wanted, *, report: Report = lambda _what, _done, _total: None) -> Restored:
    """Restore into an empty installation, or in place of what is set aside.

    Raises BackupRejected, with nothing written, where the backup is not what was sealed, or of a newer release;
    SetupRefused where the house or another restore is at work, it is not empty, or its keys are missing; Unavailable
    kinds, once begun.
    """
    settings = house.settings
    key = known_key(house.settings, wanted)
    manifest = _verified(wanted.folder, key, report)
    parts = Parts(wanted.folder, manifest)
    moment = utc_now().strftime("%Y%m%dt%H%M%S%f")  # two attempts have two places
    with alone(settings):
        unfinished = _made_room(house, wanted, moment)
        if wanted.keys is not None:
            keys.restore(settings, wanted.keys, moment=moment)
        gone = _load(house, wanted.erasures, manifest, parts, report)
        _copy_originals(house, parts, report)
        trail = settle(settings, house.engine, has_key=key is not None, release=house.release, moment=moment)
        with closing(house.open_index()) as index:
            count = _build(house, index, parts, report)
            finding = _compared(house, index, report)
        done(settings)
    return Restored(manifest, count, gone, trail, finding, unfinished.aside)


def known_key(settings: Settings, wanted: Wanted) -> bytes | None:
    """Return the key to verify with, None where its loss is accepted. Raises SetupRefused, naming what is lost."""
    key = keys.known_key(settings) if wanted.keys is None else keys.key_among(wanted.keys)
    if key is None and not wanted.without_keys:
        raise SetupRefused(
            f"the keys of this house are not here. Without them is lost: {'; '.join(keys.LOST)}",
            remedy="name their file with --keys, or accept that with --without keys",
        )
    return None if wanted.without_keys else key


def _verified(folder: Path, key: bytes | None, report: Report) -> Manifest:
    verdict = verify(folder, key, report=lambda so_far, total: report("verified", so_far, total))
    if verdict.manifest is None or not verdict.is_whole:
        raise BackupRejected(
            f"{folder} is not what was backed up: {'; '.join(verdict.faults[:3])}"
            + (f" and {verdict.faults_total - 3} more" if verdict.faults_total > 3 else ""),
            remedy=f"`intramuros backup verify` names everything; {GET_ANOTHER}",
        )
    if verdict.manifest.schema not in known_revisions():
        raise BackupRejected(
            f"{folder} has schema {verdict.manifest.schema}, which is newer than this release knows",
            remedy=f"restore it with release {verdict.manifest.release}",
        )
    return verdict.manifest


def _made_room(house: House, wanted: Wanted, moment: str) -> Unfinished:
    """Return the note of this restore, written before anything is; nothing is in its way any more."""
    settings, engine = house.settings, house.engine
    place.require_stopped(settings, engine)
    begun = noted(settings)
    if begun is None:
        is_empty = place.is_empty(settings, engine)
        if not is_empty and not wanted.replaces:
            raise InvalidRequest(
                f"there is a house in {settings.site.data_dir} or its database already",
                remedy="restore into an empty one, or set this one aside with --replace",
            )
        begun = Unfinished(
            str(wanted.folder), "" if is_empty else f"before_restore_{moment}", is_aside=is_empty
        )
    else:
        begun = Unfinished(
            str(wanted.folder), *_still_aside(house, begun, f"before_restore_{moment}", wanted)
        )
    note(settings, begun)
    if not begun.is_aside:
        place.set_aside(settings, engine, begun.aside)
        begun = Unfinished(begun.backup, begun.aside, is_aside=True)
        note(settings, begun)
    place.wipe(settings, engine)  # what an attempt before this one has put here, or an empty schema
    return begun


def _still_aside(house: House, begun: Unfinished, fresh: str, wanted: Wanted) -> tuple[str, bool]:
    """Return where that lies which was here before an attempt that broke off, and whether all of it does.

    Raises InvalidRequest where it was put back, as far as can be told: then it is what is here.
    """
    settings, engine = house.settings, house.engine
    is_here = begun.is_aside and begun.aside and place.is_back(settings, engine, begun.aside)
    if not is_here or place.is_empty(settings, engine):
        return begun.aside, begun.is_aside
    if not wanted.replaces:
        raise InvalidRequest(
            f"what was set aside in {begun.aside} is not there any more, and may be the house that is here",
            remedy=f"if it was put back whole, {keep_it(settings)}; else set what is here aside with --replace",
        )
    return fresh, False


def _load(
    house: House, erasures: Sequence[Erasure], manifest: Manifest, parts: Parts, report: Report
) -> Mapping[Erased, int]:
    """Load all tables in one transaction, bring them to this release's schema, and erase what was erased since."""
    total, so_far = sum(manifest.tables.values()), 0

    def more(count: int) -> None:
        nonlocal so_far
        so_far += count
        report("rows", so_far, total)

    with writing(house.engine) as connection:
        advance(connection, manifest.schema)
        tables = rows.tables_of(connection)
        if {table.name for table in tables} != set(manifest.tables):
            raise BackupRejected("the backup lacks tables of its schema", remedy=GET_ANOTHER)
        for table in reversed(tables):
            connection.execute(table.delete())  # rows that a migration wrote
        loaded = {table.name: rows.load(connection, table, parts, more) for table in tables}
        if loaded != dict(manifest.tables):
            raise BackupRejected("the backup has other rows than it counts", remedy=GET_ANOTHER)
        advance(connection)
        # The index is built anew by the embedder of the settings; none stands beside it.
        connection.execute(title_vectors.delete())
        connection.execute(index_followers.delete())  # of processes that were there then
        connection.execute(indexes.delete())
        gone = replay(connection, erasures)
        end_sessions(connection, now=utc_now())
    return gone


def _copy_originals(house: House, parts: Parts, report: Report) -> None:
    """Copy the originals of the versions that the database shows.

    Raises SetupRefused, e.g. where the disk is full; BackupRejected where one is not what is listed.
    """
    originals = FolderOriginals(house.settings.site.originals_dir)
    with reading(house.engine) as connection:
        shown = select(documents.c.visible_version_id).where(documents.c.visible_version_id.is_not(None))
        versions = connection.execute(shown).scalars().all()
    for so_far, version in enumerate(versions, start=1):
        path = original_part(version)
        if parts.has(path):  # else the house lacked it when it was backed up, as the manifest says
            with _explained(house.settings.site.originals_dir):
                parts.keep(version, originals)
        report("originals", so_far, len(versions))


@contextmanager
def _explained(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupRefused(
            f"{where} cannot be written: {error.strerror}", remedy="free disk space, run this again"
        ) from error


def _build(house: House, index: VectorIndex, parts: Parts, report: Report) -> int:
    """Build the index with the vectors of the backup, and embed what it has none of; return how many documents."""
    with _embedder(house, parts) as embedder:
        catalog, versions = Catalog(house.engine), VersionStore(house.engine)
        indexer = Indexer(catalog, versions, embedder, SparseEncoder(), index)
        count = indexer.rebuild(report=lambda so_far, total: report("index", so_far, total))
    visible = {one.visible_version_id for one in catalog.listed()}
    for version in {record.version_id for record in index.records()} - visible:
        index.forget_version(version)  # a server's index is not set aside: it keeps what it held before
    return count


@contextmanager
def _embedder(house: House, parts: Parts) -> Iterator[Embedder]:
    if not parts.has(VECTORS):
        yield house.embedder
        return
    data_dir = house.settings.site.data_dir
    with ExitStack() as held:
        with _explained(data_dir):
            file = held.enter_context(parts.copied(VECTORS, data_dir))
        yield held.enter_context(closing(KnownVectors(house.embedder, file)))


def _compared(house: House, index: VectorIndex, report: Report) -> Finding:
    originals = FolderOriginals(house.settings.site.originals_dir)
    engine, on_hold = house.engine, partial(documents_on_hold, house.engine)
    stock = Stock(Stocktaking(engine), index, originals, Ledger(engine), house.embedder.name, on_hold)
    return inspect_stock(
        stock,
        clock=utc_now,
        report=lambda so_far, total: report("compared", so_far, total),
        wait=lambda _pause_s: None,  # nobody else is at work
    )
