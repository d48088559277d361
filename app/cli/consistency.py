"""Compare database, index, originals and answers: in this process, or in the server that holds the index."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from app.adapters import database_url, index_holder, open_embedder, open_index
from app.admission import open_admission
from app.cli.asking import client_of, is_ours
from app.cli.shell import console
from app.consistency import Finding, Report, Stock, inspect_stock
from app.in_use import in_use
from app.ledger import Ledger
from app.migrate import current_revision, newest_revision
from app.privacy.holds import documents_on_hold
from app.settings import Settings
from ingest.consistency import Fault, FaultKind
from ingest.database import open_database, utc_now
from ingest.originals import FolderOriginals
from ingest.stocktaking import Stocktaking
from retrieval.errors import DatabaseUnavailable, IndexUnavailable, Unavailable

TIMEOUT = httpx.Timeout(None, connect=2.0)  # every original is read; nobody knows how long that takes


def inspect_house(settings: Settings) -> Finding:
    """Return what does not fit together, changing nothing. Raises Unavailable kinds and ModelFileRejected."""
    engine = open_database(database_url(settings))
    try:
        _require_schema(engine)
        settings = in_use(settings, engine)
        owner = index_holder(settings)
        return _here(settings, engine) if owner is None else _through_server(settings, engine, owner)
    finally:
        engine.dispose()


def _require_schema(engine: Engine) -> None:
    found, expected = current_revision(engine), newest_revision()
    if found != expected:
        raise DatabaseUnavailable(
            f"the database has schema {found or 'none'}, this version compares schema {expected}",
            remedy="start `intramuros serve` once to bring it up to date",
        )


def _here(settings: Settings, engine: Engine) -> Finding:
    embedder = open_embedder(settings)
    index = open_index(settings, dimension=embedder.dimension)
    originals = FolderOriginals(settings.site.originals_dir)
    on_hold = partial(documents_on_hold, engine)
    stock = Stock(Stocktaking(engine), index, originals, Ledger(engine), embedder.name, on_hold)
    try:
        with _progress() as report:
            return inspect_stock(stock, clock=utc_now, report=report)
    finally:
        index.close()


def _through_server(settings: Settings, engine: Engine, owner: int) -> Finding:
    """Let the process that holds the index compare. Raises IndexUnavailable where it is no server of this version."""
    with client_of(f"http://{settings.api.host}:{settings.api.port}", timeout=TIMEOUT) as client:
        if not is_ours(client, version("intramuros")):
            raise IndexUnavailable(
                f"process {owner} holds the index and does not answer as the API of this version",
                remedy="wait until that command has ended, or stop the process, and run it again",
            )
        with open_admission(settings.sign_in, engine).sessions.as_administrator(now=utc_now()) as token:
            return _asked(client, token)


def _asked(client: httpx.Client, token: str) -> Finding:
    try:
        response = client.get("/api/consistency", headers={"Authorization": f"Bearer {token}"})
        if response.is_error:
            problem = response.json()
            raise Unavailable(problem["detail"], remedy=problem["remedy"])
        told = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(
            f"the API broke off: {type(error).__name__}", remedy="read the log in data_dir/run"
        ) from error
    faults = (Fault(FaultKind(f["kind"]), f["subject"], f["message"], f["remedy"]) for f in told["faults"])
    return Finding(tuple(faults), told["documents"], told["chunks"], told["originals"])


@contextmanager
def _progress() -> Iterator[Report]:
    columns = (TextColumn("originals"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(is_error=True), transient=True) as bar:
        task = bar.add_task("originals", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
