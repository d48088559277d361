"""A served house changes its embedder under five questions a second, goes back, and drops what it no longer needs."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.sample import SAMPLE, read_company
from app.settings import Settings
from deploy.sample.render import render
from ingest.database import open_database, sqlite_url
from ingest.jobs import ENDS, JobStore
from retrieval.metrics import percentile
from tests.conftest import ROOT
from tests.house import events

ENGLISH, MULTILINGUAL = "all-minilm-l6-v2", "multilingual-e5-small-q4"
PER_SECOND = 5.0
ALONE_S = 30.0
READY_S = 600.0  # to start and to bring the sample in, on two busy cores
ASKED = ("How many days of leave do I have?", "Wie hoch ist die Hotelgrenze?", "What is the rule for trains?")
MODELS = Settings().site.models_dir

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(
        not all((MODELS / one / "manifest.json").is_file() for one in (ENGLISH, MULTILINGUAL)),
        reason="other: the two trial embedders are not installed; `intramuros models fetch` does",
    ),
]


@dataclass
class Asking:
    """Ask at a steady pace, whatever became of the question before, and note each reply."""

    base_url: str
    token: str
    spent_ms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    empty: int = 0

    def once(self, client: httpx.Client, question: str) -> None:
        """Ask; without a language model the reply is the passages found."""
        begun = time.perf_counter()
        try:
            conversation = client.post("/api/conversations").json()["id"]
            reply = client.post(f"/api/conversations/{conversation}/messages", json={"question": question})
            told = events(reply.text)
            if reply.status_code != 200 or "failure" in told:
                self.faults.append(f"{reply.status_code} {reply.text[:200]}")
            elif not told.get("sources", {}).get("sources"):
                self.empty += 1
        except (httpx.HTTPError, KeyError, ValueError) as error:
            self.faults.append(repr(error))
        self.spent_ms.append((time.perf_counter() - begun) * 1000)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Ask while the body runs."""
        stop = threading.Event()

        def ask() -> None:
            headers = {"Authorization": f"Bearer {self.token}"}
            with (
                httpx.Client(base_url=self.base_url, headers=headers, timeout=60) as client,
                ThreadPoolExecutor(16) as pool,
            ):
                number = 0
                while not stop.wait(1 / PER_SECOND):
                    pool.submit(self.once, client, ASKED[number % len(ASKED)])
                    number += 1

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def told(self, name: str, *, beside: Sequence[float] = ()) -> str:
        """Return one line of figures."""
        p50, p95 = percentile(self.spent_ms, 0.5), percentile(self.spent_ms, 0.95)
        ratio = f", p95 {p95 / percentile(beside, 0.95):.2f} times that alone" if beside else ""
        return (
            f"{name}: {len(self.spent_ms)} questions, {len(self.faults)} failures, {self.empty} without passages, "
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms{ratio}\n"
        )


@pytest.fixture
def environment(tmp_path: Path, free_port: int) -> dict[str, str]:
    """Return the settings of a trial whose documents are embedded by the English model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTRAMUROS_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data"),
        "INTRAMUROS_SITE__MODELS_DIR": str(MODELS),
        "INTRAMUROS_SITE__TRIAL": "true",
        "INTRAMUROS_API__PORT": str(free_port),
        "INTRAMUROS_MODEL__BASE_URL": "http://127.0.0.1:9/v1",  # nothing listens: replies are passages
        "INTRAMUROS_EMBEDDER__MODEL": ENGLISH,
        "INTRAMUROS_LIMITS__QUESTIONS_PER_MINUTE": "600",
        "INTRAMUROS_LIMITS__CONCURRENT_PER_PERSON": "20",
    }


def command(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command beside the server."""
    code = "from app.cli.main import main; main()"
    program = [sys.executable, "-c", code, *words]
    return subprocess.run(
        program, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )


@contextmanager
def served(environment: dict[str, str], sample: Path, log: Path) -> Iterator[str]:
    """Serve the sample company; give the address once its documents are in."""
    code = "from app.cli.main import main; main()"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-c", code, "serve", "--sample", str(sample)],
            env=environment,
            cwd=ROOT,
            stdout=said,
            stderr=said,
        )
        try:
            url = f"http://127.0.0.1:{environment['INTRAMUROS_API__PORT']}"
            _wait_for(lambda: httpx.get(f"{url}/healthz", timeout=2).status_code == 200)
            engine = open_database(
                sqlite_url(Path(environment["INTRAMUROS_SITE__DATA_DIR"]) / "intramuros.db")
            )
            jobs = JobStore(engine)
            _wait_for(lambda: bool(found := jobs.recent()) and all(job.state in ENDS for job in found))
            engine.dispose()
            yield url
        finally:
            server.terminate()
            server.wait(60)


def test_embedder_is_changed_under_load(environment: dict[str, str], tmp_path: Path) -> None:
    """No question fails and none finds nothing; the worse model is refused, the way back works, files go."""
    render(SAMPLE / "sources", tmp_path / "sample")
    data = tmp_path / "data"
    with served(environment, tmp_path / "sample", tmp_path / "serve.log") as url:
        persona = read_company().personas[0]
        signed_in = httpx.post(
            f"{url}/api/session", json={"user": persona.id, "password": persona.password}, timeout=30
        )
        token = signed_in.json()["token"]
        quiet, during = Asking(url, token), Asking(url, token)
        with Asking(url, token).going_on():  # until all is loaded
            time.sleep(5)
        with quiet.going_on():
            time.sleep(ALONE_S)
        with during.going_on():
            begun = time.monotonic()
            changed = command(environment, "index", "change", MULTILINGUAL)
            spent = time.monotonic() - begun
            back = command(environment, "index", "rollback")
            time.sleep(5)
            forth = command(environment, "index", "rollback")
            time.sleep(5)
            dropped = command(environment, "index", "drop")
        with quiet.going_on():  # again, because other programs of the machine come and go
            time.sleep(ALONE_S)
        sys.stdout.write(f"\n{changed.stdout}{spent:.0f} s\n")
        sys.stdout.write(quiet.told("alone") + during.told("during", beside=quiet.spent_ms))

        assert (changed.returncode, changed.stderr[-500:] if changed.returncode else "") == (0, "")
        assert (back.returncode, forth.returncode, dropped.returncode) == (0, 0, 0), dropped.stderr
        assert (quiet.faults, during.faults) == ([], [])
        assert (quiet.empty, during.empty) == (0, 0)
        assert not (data / "index" / ENGLISH).exists()
        assert _standing(environment) == [(MULTILINGUAL, "current")]
        refused = command(environment, "index", "change", ENGLISH)
        sys.stdout.write(refused.stdout)
        assert refused.returncode == 1
        assert "fare worse" in refused.stdout
        assert _standing(environment) == [(MULTILINGUAL, "current"), (ENGLISH, "refused")]
        assert command(environment, "index", "drop").returncode == 0
        consistent = command(environment, "doctor", "--deep", "--json")
        findings = {one["name"]: one for one in json.loads(consistent.stdout)}
        assert findings["consistency"]["severity"] == "ok", findings["consistency"]
        assert findings["embedder"]["severity"] == "warning"  # the settings still name the English one


def _standing(environment: dict[str, str]) -> list[tuple[str, str]]:
    told = command(environment, "index", "status", "--json")
    return [(row["model"], row["state"]) for row in json.loads(told.stdout)]


def _wait_for(is_so: object) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < READY_S:
        try:
            if is_so():  # type: ignore[operator]
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise AssertionError("the house did not get ready")
