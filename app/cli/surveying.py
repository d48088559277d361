"""Survey a source before it is synced: what it would bring, refuse and cost. Opens the database only to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.adapters import database_url
from app.cli.shell import console
from app.sample import read_company
from app.settings import Settings
from app.sources import collection_of, folder_name, open_source
from ingest.collections import Collection, CollectionRegister
from ingest.database import open_database
from ingest.estimate import Rates, rates_from
from ingest.gate import Limits, inspect
from ingest.holdings import Holdings, Place, past_runs, read_holdings
from ingest.progress import duration
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.sources.folder import FileSource, FolderSource
from ingest.survey import Report, Survey, survey
from ingest.types import Source
from retrieval.errors import NotFound

SHOWN = 20  # rows of a list on the screen; --json has all
Table = tuple[str, tuple[str, ...], list[list[str]]]  # title, headings, rows


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Hold a survey as a command shows it."""

    source: str
    collection: str
    survey: Survey

    def as_json(self) -> dict[str, object]:
        """Return the survey for machines, all lists in full."""
        found = self.survey
        shares = {"encrypted": found.encrypted, "scanned_share": round(found.scanned_share, 4)}
        return {"source": self.source, "collection": self.collection, **asdict(found), **shares}

    def tables(self) -> list[Table]:
        """Return what people are shown, one table a question; empty lists are left out."""
        found = self.survey
        types = [[one.extension or "none", str(one.files), size(one.size_bytes)] for one in found.types]
        refused = [[one.key, one.reason, one.remedy] for one in found.refused]
        lists: list[Table] = [
            ("Would be refused", ("file", "reason", "what to do"), refused),
            ("Same content more than once", ("files",), [[", ".join(keys)] for keys in found.duplicates]),
            (
                "Content that another source shows already",
                ("file",),
                [[key] for key in found.known_elsewhere],
            ),
            ("Visible to nobody: no readers", ("file",), [[key] for key in found.without_readers]),
            ("Largest", ("file", "size"), [[key, size(number)] for key, number in found.largest]),
        ]
        return [
            (f"Survey of {self.source}; nothing was changed", ("what", "how much"), self._summary()),
            ("Types", ("type", "files", "size"), types),
            *(_shortened(one) for one in lists if one[2]),
        ]

    def _summary(self) -> list[list[str]]:
        found = self.survey
        origin = "measured here" if found.rates.is_measured else "assumed, nothing was ingested here yet"
        counts = {
            "new": found.new,
            "changed": found.changed,
            "moved": found.moved,
            "unchanged": found.unchanged,
            "other readers": found.readers_changed,
            "vanished, would be forgotten": found.vanished,
            "of all these, would be refused": len(found.refused),
            "of these with a password": found.encrypted,
            "without readers": len(found.without_readers),
            "PDF files to read": found.pdf_files,
            "their pages": found.pdf_pages,
        }
        return [
            *([name, str(count)] for name, count in counts.items()),
            ["scanned pages (estimated)", f"{found.scanned_pages} ({found.scanned_share:.0%})"],
            ["to be read", size(found.read_bytes)],
            ["estimated time", f"{duration(found.estimated_s)} ({origin})"],
        ]


def survey_place(settings: Settings, place: str, *, collection: str, mirrors: bool) -> Surveyed:
    """Survey a declared source by its id (`collection` may be ""), a folder or a file, with a progress bar.

    `mirrors` says whether what is not listed would be forgotten, as in a sync; adding forgets nothing. Nothing is
    written: not to the database, the index or the originals. Raises what opening and listing the source raise.
    """
    chosen = collection or collection_of(settings, place)
    with _catalog(settings) as catalog, _sandbox(settings) as sandbox, _progress() as report:
        source = _opened(settings, place, catalog.collection(chosen))
        holdings = catalog.holdings(Place(chosen, source.name))
        if not mirrors:
            listed = {file.key for file in source.files()}
            known = tuple(one for one in holdings.known if one.key in listed)
            holdings = Holdings(known, holdings.elsewhere)
        limits = Limits(max_bytes=settings.api.max_upload_mb << 20)
        found = survey(
            source,
            holdings,
            lambda path, name: inspect(path, name, limits=limits),
            sandbox.look,
            catalog.rates(),
            report=report,
        )
    return Surveyed(source.name, chosen, found)


def size(size_bytes: int) -> str:
    """Return a size in the unit that suits it: "312 B", "4.2 kB", "1,310.5 MB"."""
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1_000:,.1f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:,.1f} MB"


class _Catalog:
    """Answer from the database where there is one; a house that does not exist yet is not made by a survey."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        is_there = bool(settings.database.url) or settings.site.database_file.is_file()
        self._engine = open_database(database_url(settings)) if is_there else None

    def collection(self, name: str) -> Collection:
        """Return a collection as declared, or as the database knows it. Raises NotFound."""
        company = read_company().collections if self._settings.site.trial else ()
        declared = (Collection(**one.model_dump(exclude={"quoted"})) for one in self._settings.collections)
        for one in (*declared, *company):
            if one.id == name:
                return one
        if self._engine is not None:
            return CollectionRegister(self._engine).get(name)
        raise NotFound(f"there is no collection '{name}'", remedy="declare it in [[collections]]")

    def holdings(self, place: Place) -> Holdings:
        """Return what is known of the source."""
        return Holdings() if self._engine is None else read_holdings(self._engine, place)

    def rates(self) -> Rates:
        """Return how fast this house has been."""
        runs = () if self._engine is None else past_runs(self._engine)
        return rates_from(runs, at_once=self._settings.ingest.workers)

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()


@contextmanager
def _catalog(settings: Settings) -> Iterator[_Catalog]:
    catalog = _Catalog(settings)
    try:
        yield catalog
    finally:
        catalog.close()


@contextmanager
def _sandbox(settings: Settings) -> Iterator[Sandbox]:
    with Sandbox(SandboxLimits.of(settings.ingest.parse_timeout_s)) as sandbox:
        yield sandbox


@contextmanager
def _progress() -> Iterator[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("looking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(is_error=True)) as bar:
        task = bar.add_task("files", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _opened(settings: Settings, place: str, collection: Collection) -> Source:
    if any(one.id == place for one in settings.sources):
        return open_source(settings, place, collection=collection)
    path = Path(place)
    if not path.is_file():
        return open_source(settings, folder_name(path), collection=collection)
    folder = open_source(settings, folder_name(path.parent), collection=collection)
    if not isinstance(folder, FolderSource):
        raise NotFound(f"{path} lies in no folder", remedy="name a file or a folder")
    return FileSource(folder.name, (folder.file(path.name),))


def _shortened(table: Table) -> Table:
    title, headings, rows = table
    if len(rows) <= SHOWN:
        return table
    rest = [f"… and {len(rows) - SHOWN} more; --json lists all", *[""] * (len(headings) - 1)]
    return f"{title} ({len(rows)})", headings, [*rows[:SHOWN], rest]
