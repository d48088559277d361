"""A house whose vectors come from a server changes its embedder: the server serves both, and nobody is restarted."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.cli.indexing import Wanted, change_embedder
from app.embeddings import bench_of, build
from app.records import open_records
from app.sample import read_company
from app.sections import EmbedderSettings, Site
from app.settings import Settings
from ingest.index_store import IndexStore
from retrieval.errors import EmbedderUnavailable
from tests.conftest import ROOT
from tests.embedding_server import at_address, only
from tests.fakes import HashEmbedder
from tests.house import events
from tests.test_embedding_models import FIRST, SECOND, until
from tests.tiny_bert import DIMENSION, install

PROGRAM = (sys.executable, "-c", "from app.cli.main import main; main()")
QUESTION = "how many days of leave are paid"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def environment(tmp_path: Path, free_port: int) -> dict[str, str]:
    """Return the settings of a house that embeds at a server; the API's port is found later."""
    install(tmp_path / "models", FIRST, SECOND)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTRAMUROS_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data"),
        "INTRAMUROS_SITE__MODELS_DIR": str(tmp_path / "models"),
        "INTRAMUROS_SITE__TRIAL": "true",
        "INTRAMUROS_EMBEDDER__MODEL": FIRST,
        "INTRAMUROS_EMBEDDER__THREADS": "1",
        "INTRAMUROS_EMBEDDER__PORT": str(free_port),
        "INTRAMUROS_EMBEDDER__URL": f"http://127.0.0.1:{free_port}/v1",
        "INTRAMUROS_MODEL__BASE_URL": "http://127.0.0.1:9/v1",  # nothing listens: replies are passages
    }


@contextmanager
def running(environment: dict[str, str], *words: str, ready: Callable[[], bool]) -> Iterator[None]:
    """Run a server as long as the block."""
    log = Path(environment["INTRAMUROS_SITE__DATA_DIR"]).with_name(f"{words[0]}.log")
    with log.open("wb") as said:
        server = subprocess.Popen([*PROGRAM, *words], env=environment, cwd=ROOT, stdout=said, stderr=said)
        try:
            assert until(lambda: server.poll() is not None or answers(ready)), log.read_text()[-2000:]
            assert server.poll() is None, log.read_text()[-2000:]
            yield
        finally:
            server.terminate()
            server.wait(60)


def answers(ready: Callable[[], bool]) -> bool:
    """Return whether a server is ready; one that does not listen yet is not."""
    try:
        return ready()
    except httpx.HTTPError:
        return False


def command(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command beside the servers."""
    return subprocess.run(
        [*PROGRAM, *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def standing(environment: dict[str, str]) -> list[tuple[str, str]]:
    """Return each index and its state."""
    told = command(environment, "index", "status", "--json")
    return [(row["model"], row["state"]) for row in json.loads(told.stdout)]


def found_by(client: httpx.Client) -> tuple[str, list[str]]:
    """Ask, and return the first file found and what was degraded."""
    conversation = client.post("/api/conversations").json()["id"]
    reply = client.post(f"/api/conversations/{conversation}/messages", json={"question": QUESTION})
    sources = events(reply.text)["sources"]
    return sources["sources"][0]["file_name"], sources.get("degraded", [])


def test_embedder_is_changed_where_a_server_embeds(
    environment: dict[str, str], tmp_path: Path, free_port: int
) -> None:
    """Order, build, change, ask, go back and drop, all through one embedder of which no process was restarted."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        environment["INTRAMUROS_API__PORT"] = str(listener.getsockname()[1])
    url = f"http://127.0.0.1:{environment['INTRAMUROS_API__PORT']}"
    embedder = f"http://127.0.0.1:{free_port}"
    (tmp_path / "leave.md").write_text("# Leave\n\n28 days of leave are paid.\n")
    (tmp_path / "parking.md").write_text("# Parking\n\nParking expenses of the garage.\n")
    with (
        running(environment, "embeddings", ready=lambda: httpx.get(f"{embedder}/health").status_code == 200),
        running(environment, "serve", ready=lambda: httpx.get(f"{url}/healthz").status_code == 200),
    ):
        added = command(
            environment,
            "ingest",
            "add",
            str(tmp_path / "leave.md"),
            str(tmp_path / "parking.md"),
            "-c",
            "handbook",
        )
        assert added.returncode == 0, added.stderr
        persona = read_company().personas[0]
        session = httpx.post(f"{url}/api/session", json={"user": persona.id, "password": persona.password})
        headers = {"Authorization": f"Bearer {session.json()['token']}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            before = found_by(client)
            missing = command(environment, "index", "change", "bge-m3", "--accept")
            changed = command(environment, "index", "change", SECOND, "--accept")
            after = found_by(client)
            now = standing(environment)
            back = command(environment, "index", "rollback")
            dropped = command(environment, "index", "drop")
    assert (missing.returncode, changed.returncode) == (3, 0), changed.stdout + changed.stderr
    assert before[0] == after[0] == "leave.md"
    assert (before[1], after[1]) == ([], [])
    assert now == [(SECOND, "current"), (FIRST, "kept")]
    assert (back.returncode, dropped.returncode) == (0, 0), dropped.stderr
    assert standing(environment) == [(FIRST, "current")]
    log = (tmp_path / "embeddings.log").read_text()
    assert [json.loads(line)["model"] for line in log.splitlines() if '"model_loaded"' in line] == [SECOND]


def test_server_that_lacks_the_model_is_told_before_anything_is_ordered(tmp_path: Path) -> None:
    """A server of another kind serves one model: nothing is begun then, and the house stays as it is."""
    install(tmp_path / "models", FIRST, SECOND)
    with at_address(build(bench_of(only(HashEmbedder(dimension=DIMENSION), FIRST)))) as url:
        settings = Settings(
            site=Site(data_dir=tmp_path / "data", models_dir=tmp_path / "models"),
            embedder=EmbedderSettings(model=FIRST, url=url),
        )
        records = open_records(settings)
        with pytest.raises(EmbedderUnavailable, match=f"does not serve '{SECOND}'"):
            change_embedder(settings, Wanted(SECOND, None, 0.0, accept=True))
    assert IndexStore(records.engine).all() == ()
    records.engine.dispose()
