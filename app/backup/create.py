"""Make one backup of a house that goes on working: snapshot, originals, vectors, seal; whole or not at all."""

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select

from app.backup import rows, vectors
from app.backup.manifest import FORMAT, VECTORS, Manifest, Writer, original_part, seal
from app.migrate import current_revision, newest_revision
from app.secret import keyed
from ingest.database import snapshot, stamp, utc_now
from ingest.events import event, logger
from ingest.originals import FolderOriginals
from ingest.schema import documents, versions
from retrieval.errors import DatabaseUnavailable, IndexUnavailable, OriginalsUnavailable, SetupRefused
from retrieval.types import Embedder

OWNER_ONLY: Final = 0o700
HOUSE: Final = "house"  # in a half made backup: whose it is, as nobody without the key of that house can tell
COPIED_BYTES: Final = 1 << 20

Report = Callable[[str, int, int], None]  # what is being copied, how many are done, of how many


@dataclass(frozen=True, slots=True)
class Holdings:
    """Hold what is backed up. Where `vectors` is None or its index out of reach, a restore embeds all texts anew."""

    engine: Engine
    originals: FolderOriginals
    vectors: "Vectors | None"
    data_dir: Path
    release: str


@dataclass(frozen=True, slots=True)
class Vectors:
    """Hold who made the vectors, and how to reach them: the index is open for as long as they are read."""

    embedder: Embedder
    reach: Callable[[], AbstractContextManager[vectors.Held]]


@dataclass(frozen=True, slots=True)
class _Shown:
    """Hold a version that the snapshot shows, and what its original's bytes should be."""

    id: str
    sha256: str


def create(
    holdings: Holdings, folder: Path, key: bytes, *, report: Report = lambda _what, _done, _total: None
) -> Manifest:
    """Write a backup into `folder`, which must not exist; return what it says of itself.

    Raises SetupRefused where the folder exists, cannot be written or is full, or another backup is under way;
    DatabaseUnavailable.
    """
    _require_schema(holdings.engine)
    with holdings.originals.keeping(), _made(folder, holdings.data_dir, key) as partial:
        writer = Writer(partial)
        with snapshot(holdings.engine) as connection:
            tables, shown, known = _snapshot(connection, holdings, writer, report)
            made_at = stamp(utc_now())
        missing, changed = _originals(holdings.originals, shown, writer, report)
        manifest = Manifest(
            format=FORMAT,
            release=holdings.release,
            schema=newest_revision(),
            made_at=made_at,
            embedder="" if holdings.vectors is None else holdings.vectors.embedder.name,
            tables=tables,
            originals=len(shown) - len(missing),
            vectors=known,
            parts_sha256=writer.close(),
            parts=writer.parts,
            missing=missing,
            changed=changed,
        )
        seal(partial, manifest, key)
    return manifest


def _require_schema(engine: Engine) -> None:
    if (found := current_revision(engine)) != newest_revision():
        raise DatabaseUnavailable(
            f"the database has schema {found or 'none'}, this release backs up schema {newest_revision()}",
            remedy="use the release that runs, or start `intramuros serve` once to bring the database up to date",
        )


def _snapshot(
    connection: Connection, holdings: Holdings, writer: Writer, report: Report
) -> tuple[dict[str, int], list[_Shown], int]:
    """Write all tables and vectors as of one moment; return rows a table, versions shown, texts with a vector."""
    tables = rows.tables_of(connection)
    total, done = sum(rows.counted(connection, tables).values()), 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        report("rows", done, total)

    counts = {table.name: rows.dump(connection, table, writer, more) for table in tables}
    visible = select(versions.c.id, versions.c.sha256).join(
        documents, documents.c.visible_version_id == versions.c.id
    )
    shown = [_Shown(*row) for row in connection.execute(visible.order_by(versions.c.id))]
    return counts, shown, _vectors(connection, holdings.vectors, writer)


def _vectors(connection: Connection, source: Vectors | None, writer: Writer) -> int:
    """Write the vectors and return of how many texts; the index is derived, so a backup does not fail for it."""
    if source is None:
        return 0
    try:
        with source.reach() as held:
            return vectors.dump(connection, writer, source.embedder, held)
    except (IndexUnavailable, SetupRefused) as error:
        event(logger("backup"), "vectors_left_out", level=logging.WARNING, reason=error.message)
        (writer.folder / VECTORS).unlink(missing_ok=True)
        return 0


def _originals(
    originals: FolderOriginals, shown: list[_Shown], writer: Writer, report: Report
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Copy the originals; return the versions whose original the house itself lacks, and those that changed in it."""
    missing, changed = [], []
    for done, version in enumerate(shown, start=1):
        copied = _copied(originals, version.id, writer)
        if copied is None:
            missing.append(version.id)
        elif copied != version.sha256:
            changed.append(version.id)
        report("originals", done, len(shown))
    return tuple(missing), tuple(changed)


def _copied(originals: FolderOriginals, version: str, writer: Writer) -> str | None:
    """Copy an original and return its SHA-256, None where there is none."""
    place = originals.kept(version)
    if place is None:
        return None
    try:
        stream = place.open("rb")
    except FileNotFoundError:  # moved between the look and the opening, to where it is kept until the end
        place = originals.kept(version)
        if place is None:
            return None
        stream = place.open("rb")
    except OSError as error:
        raise OriginalsUnavailable(
            f"the original of version {version} cannot be read: {error.strerror}",
            remedy="run the command as the account of the service, and check the disk",
        ) from error
    with stream:
        part = writer.open(original_part(version))
        shutil.copyfileobj(stream, part, COPIED_BYTES)
        return writer.add(part)


@contextmanager
def _made(folder: Path, data_dir: Path, key: bytes) -> Iterator[Path]:
    """Give a folder of another name that takes the right one at the end; whatever fails leaves nothing behind."""
    folder = folder.absolute()
    if folder.exists():
        raise SetupRefused(
            f"{folder} exists already", remedy="name a folder that does not; backups are not overwritten"
        )
    if folder.resolve().is_relative_to(data_dir.resolve()):  # whatever links and `..` lead there
        raise SetupRefused(
            f"{folder} lies in site.data_dir: what takes the house would take its backup too",
            remedy="name a folder on another disk",
        )
    partial = folder.parent / f".{folder.name}.partial"
    # Two houses that share a folder of backups both lie in /data, in containers; restored copies share a key.
    mark = keyed(str(data_dir.absolute()), key)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent, mark)
        partial.mkdir(mode=OWNER_ONLY)
        (partial / HOUSE).write_text(mark, encoding="ascii")
        yield partial
        (partial / HOUSE).unlink()
        os.sync()  # before the name says that it is whole
        partial.rename(folder)
    except OSError as error:
        why = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        raise SetupRefused(
            f"the backup {folder} cannot be written: {why}",
            remedy="free disk space or name another folder; nothing of it was left there",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sweep(parent: Path, mark: str) -> None:
    """Delete what a killed backup of this house left half made; no other one of it is under way, see `keeping`."""
    for note in parent.glob(f".*.partial/{HOUSE}"):
        with suppress(OSError, UnicodeDecodeError):  # another house's, which may be ending this moment
            if note.read_text(encoding="ascii") == mark:
                shutil.rmtree(note.parent, ignore_errors=True)
