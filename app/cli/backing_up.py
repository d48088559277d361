"""Wire making and verifying a backup to this installation, and say what became of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.adapters import open_embedder, open_index
from app.audit.events import Kind
from app.backup import keys
from app.backup.create import Holdings, Vectors, create
from app.backup.manifest import Manifest
from app.backup.newest import Newest, remember
from app.backup.vectors import Held
from app.backup.verify import Verdict, verify
from app.cli.shell import console, write_json
from app.records import Records, open_existing
from app.settings import Settings
from retrieval.errors import InvalidRequest, ModelFileRejected

Report = Callable[[str, int, int], None]


def make(settings: Settings, folder: Path, with_keys: Path | None, *, as_json: bool) -> bool:
    """Make a backup and say what is in it; return whether the house had all its originals. Raises SetupRefused."""
    records = open_existing(settings)
    try:
        if with_keys is not None:
            _refuse_inside(folder, with_keys)
            keys.require_free(with_keys)
        records.erasures.begin()
        records.audit.by_operator(Kind.EXPORT, outcome="backup", version=records.version)
        with progress() as report:
            manifest = create(_holdings(records), folder, keys.backup_key(settings), report=report)
        remember(settings, Newest(manifest.made_at, str(folder.absolute())))  # whatever becomes of the keys
        if with_keys is not None:
            keys.export(settings, with_keys)
    finally:
        records.engine.dispose()
    if as_json:
        write_json(asdict(manifest))
    else:
        sys.stdout.write("\n".join(_told(manifest, folder, with_keys)) + "\n")
    return not (manifest.missing or manifest.changed)


@dataclass(frozen=True, slots=True)
class Looked:
    """Hold what was found of a backup."""

    folder: Path
    verdict: Verdict

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is wrong, as far as can be told."""
        return self.verdict.is_whole

    def as_json(self) -> dict[str, object]:
        """Return it for machines."""
        return asdict(self.verdict) | {"is_whole": self.is_whole}

    def as_text(self) -> Iterator[str]:
        """Yield it line by line for people."""
        manifest, verdict = self.verdict.manifest, self.verdict
        if manifest is not None:
            rows = sum(manifest.tables.values())
            yield (
                f"backup of {manifest.made_at[:19]} by release {manifest.release}, schema {manifest.schema}: "
                f"{rows:,} rows, {manifest.originals:,} originals, vectors of {manifest.vectors:,} texts"
            )
        if verdict.is_sealed is None:
            yield "only hashes were compared: without the key, nobody can tell whether they were changed too"
        yield from verdict.faults
        if verdict.faults_total > len(verdict.faults):
            yield f"… and {verdict.faults_total - len(verdict.faults)} more"
        yield "the backup is whole" if self.is_whole else "THE BACKUP IS NOT WHOLE: it will not be restored"


def look(settings: Settings, folder: Path, keys_file: Path | None) -> Looked:
    """Return what is wrong with a backup, with the key in a file, or that of this installation if there is one."""
    key = keys.known_key(settings) if keys_file is None else keys.key_among(keys.read(keys_file))
    with progress() as report:
        return Looked(folder, verify(folder, key, report=lambda done, total: report("verified", done, total)))


@contextmanager
def progress() -> Iterator[Report]:
    """Give what draws a bar for each kind of thing that is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(is_error=True), transient=True) as bar:
        tasks = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield report


def _holdings(records: Records) -> Holdings:
    settings = records.settings
    return Holdings(
        engine=records.engine,
        originals=records.originals,
        vectors=_vectors(settings),
        data_dir=settings.site.data_dir,
        release=records.version,
    )


def _vectors(settings: Settings) -> Vectors | None:
    try:
        embedder = open_embedder(settings)
    except ModelFileRejected:  # the doctor's business; a backup needs no model
        return None

    @contextmanager
    def reach() -> Iterator[Held]:
        index = open_index(settings, dimension=embedder.dimension)
        try:
            yield index.vectors
        finally:
            index.close()

    return Vectors(embedder, reach)


def _refuse_inside(folder: Path, keys_file: Path) -> None:
    if keys_file.absolute().is_relative_to(folder.absolute()):
        raise InvalidRequest(
            f"{keys_file} lies in the backup that its keys seal",
            remedy="name a file elsewhere, on a medium of its own",
        )


def _told(manifest: Manifest, folder: Path, with_keys: Path | None) -> Iterator[str]:
    rows = sum(manifest.tables.values())
    yield f"{folder}: {rows:,} rows, {manifest.originals:,} originals, vectors of {manifest.vectors:,} texts"
    if not manifest.vectors:
        yield "the index is in use by the house: a restore embeds all texts anew"
    if with_keys is not None:
        yield f"{with_keys}: the keys; keep them away from the backup"
    for what, versions in (("missing", manifest.missing), ("changed", manifest.changed)):
        if versions:
            yield f"{len(versions)} originals are {what} in the house itself: `intramuros doctor --deep` names them"
