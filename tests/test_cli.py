"""The command line: light, clear in refusal, whole in what it does. Commands run as processes, as people run them."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.models.catalogue import TRIAL_EMBEDDER, entry
from app.models.verify import is_installed
from tests.conftest import ROOT
from tests.fake_vllm import FakeVllm
from tests.test_look_alikes import write as write_look_alikes

pytestmark = pytest.mark.slow  # a process each

INTRAMUROS = Path(sys.executable).with_name("intramuros")
MODELS_DIR = Path("~/.cache/intramuros/models").expanduser()
COLLECTION = """
[[collections]]
id = "handbook"
name = "Handbook"
owner = "HR"
purpose = "inform employees"
legal_basis = "Art. 6(1)(f) GDPR"
retention_days = 365
confidentiality = "internal"
readers = ["everyone"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Give a settings file of an empty house with one collection."""
    path = tmp_path / "intramuros.toml"
    path.write_text(f'[site]\ndata_dir = "{tmp_path / "data"}"\n{COLLECTION}', encoding="utf-8")
    return path


def run(settings: Path | None, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [str(INTRAMUROS), *(("--settings", str(settings)) if settings else ()), *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120, check=False
    )


def test_help_loads_nothing_heavy() -> None:
    """`--help` answers at once because it imports no model, database or page library."""
    code = (
        "import sys\nfrom app.cli import main\n"
        "heavy = {'torch', 'sqlalchemy', 'fastapi', 'streamlit', 'pydantic', 'numpy', 'unstructured', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "serve",
        "ingest",
        "ask",
        "find",
        "answer",
        "audit",
        "models",
        "doctor",
        "people",
        "eval",
        "bench",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    """Each has a help text."""
    assert "Usage: intramuros" in run(None, command, "--help").stdout


def test_unknown_setting_is_refused(settings: Path) -> None:
    """A misspelt key ends with code 2, names the nearest right one, and shows no traceback."""
    settings.write_text("[site]\ntrail = true\n", encoding="utf-8")
    done = run(settings, "ingest", "status")

    assert done.returncode == 2
    assert "trial" in done.stderr
    assert "what to do" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_settings_file_is_refused(tmp_path: Path) -> None:
    """A path that is not there ends with code 2 and a remedy."""
    done = run(tmp_path / "nowhere.toml", "ingest", "status")

    assert (done.returncode, "what to do" in done.stderr) == (2, True)


def test_missing_embedder_is_explained(settings: Path, tmp_path: Path) -> None:
    """Without the model files ingestion says which command fetches them; nothing is half written."""
    (tmp_path / "note.md").write_text("# Note\n\nHello.", encoding="utf-8")
    models = tmp_path / "models"
    done = run(
        settings,
        "ingest",
        "add",
        str(tmp_path / "note.md"),
        "-c",
        "handbook",
        INTRAMUROS_SITE__MODELS_DIR=str(models),
    )

    assert done.returncode == 3
    assert "models fetch" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_collection_is_refused(settings: Path, tmp_path: Path) -> None:
    """Nothing is ordered into a collection that nobody declared."""
    (tmp_path / "note.md").write_text("# Note\n\nHello.", encoding="utf-8")
    done = run(settings, "ingest", "add", str(tmp_path / "note.md"), "-c", "secrets")

    assert done.returncode == 1
    assert "no collection 'secrets'" in done.stderr


def test_unknown_person_cannot_be_disabled(settings: Path) -> None:
    """`people disable` needs an account."""
    done = run(settings, "people", "disable", "nobody")

    assert done.returncode == 1
    assert "no account 'nobody'" in done.stderr


def test_unknown_person_cannot_ask(settings: Path) -> None:
    """`ask --as` needs an account, in a house that is there."""
    run(settings, "people", "disable", "nobody")  # it is refused, and has made the house
    done = run(settings, "ask", "hello", "--as", "nobody")

    assert done.returncode == 1
    assert "no account 'nobody'" in done.stderr


def test_account_is_added_and_disabled(settings: Path) -> None:
    """`people add` takes the password from the terminal, twice."""
    command = [
        str(INTRAMUROS),
        "--settings",
        str(settings),
        "people",
        "add",
        "anna",
        "--name",
        "Anna",
        "--group",
        "hr",
    ]
    added = subprocess.run(
        command,
        input="secret words\nsecret words\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert added.returncode == 0, added.stderr
    assert run(settings, "people", "disable", "anna").returncode == 0


@pytest.mark.parametrize(
    "command", [("ingest", "status"), ("ingest", "list"), ("ask", "hello", "--as", "anna")]
)
def test_looking_into_an_empty_folder_makes_no_house(
    settings: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Commands that read say that nothing is there, and leave the folder as it was."""
    done = run(settings, *command)

    assert done.returncode == 3
    assert "there is no house" in done.stderr
    assert not (tmp_path / "data").exists()


def test_data_directory_that_cannot_be_written_is_explained(settings: Path, tmp_path: Path) -> None:
    """A file where the directory should be ends with a message and a remedy."""
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    done = run(settings, "people", "disable", "anna")

    assert done.returncode in {3, 4}
    assert "what to do" in done.stderr
    assert "Traceback" not in done.stderr


def test_occupied_port_is_explained(settings: Path) -> None:
    """`serve` on a port in use ends before anything is opened, and says which setting moves it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run(settings, "serve", INTRAMUROS_API__PORT=port)

    assert done.returncode == 3
    assert "api.port" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_what_is_missing(settings: Path, tmp_path: Path) -> None:
    """With nothing installed and nothing running it exits 1; every error carries a remedy."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
    done = run(
        settings,
        "doctor",
        "--deep",
        "--json",
        INTRAMUROS_SITE__MODELS_DIR=str(tmp_path / "models"),
        INTRAMUROS_MODEL__BASE_URL=address,
    )
    checks = json.loads(done.stdout)

    assert done.returncode == 1
    errors = [check for check in checks if check["severity"] == "error"]
    assert {"model files", "model server", "consistency"} <= {check["name"] for check in errors}
    assert all(check["remedy"] for check in errors)


def test_plot_without_figures_is_refused(tmp_path: Path) -> None:
    """Where nothing is committed there is nothing to draw: code 2, and which command writes the figures."""
    picture = tmp_path / "picture.svg"
    done = run(None, "eval", "--against", str(tmp_path), "plot", str(picture))

    assert (done.returncode, picture.exists()) == (2, False)
    assert "--save" in done.stderr


def test_retrieval_is_held_against_what_was_saved(tmp_path: Path) -> None:
    """Saved figures are drawn and compared with; a loss, or figures made otherwise, end the command with a code."""
    if not is_installed(entry(TRIAL_EMBEDDER), MODELS_DIR):
        pytest.skip("model: the trial embedder is not installed; `intramuros models fetch` installs it")
    data = tmp_path / "sets" / "house"
    data.mkdir(parents=True)
    places = [
        {"id": str(n), "title": "", "text": text}
        for n, text in enumerate(["The garage is free.", "Tea is at four."])
    ]
    (data / "corpus.jsonl").write_text("\n".join(map(json.dumps, places)) + "\n", encoding="utf-8")
    (data / "queries.jsonl").write_text(
        '{"id": "q", "text": "Is the garage free?", "lang": "en"}\n', encoding="utf-8"
    )
    (data / "qrels.tsv").write_text("query\tdocument\tgrade\nq\t0\t1\n", encoding="utf-8")
    figures = tmp_path / "figures"
    command = ["eval", "--against", str(figures), "retrieval", "--data", str(data.parent)]

    saved = run(None, *command, "--save")
    assert saved.returncode == 0, saved.stderr
    assert run(None, "eval", "--against", str(figures), "plot", str(tmp_path / "p.svg")).returncode == 0
    assert "house" in (tmp_path / "p.svg").read_text(encoding="utf-8")

    (data / "qrels.tsv").write_text("query\tdocument\tgrade\nq\t1\t1\n", encoding="utf-8")
    lost = run(None, *command, "--only", "house")
    assert lost.returncode == 1
    assert "failed: house qrels en: the hybrid lost" in lost.stderr
    assert "of the whole" in lost.stderr  # progress
    otherwise = run(None, *command, "--max-queries", "5")
    assert (otherwise.returncode, "--max-queries 300" in otherwise.stderr) == (2, True)


def test_quotations_are_held_against_what_was_saved(tmp_path: Path) -> None:
    """A model that judges worse than the one whose figures were saved ends the command with code 1."""
    if not is_installed(entry(TRIAL_EMBEDDER), MODELS_DIR):
        pytest.skip("model: the trial embedder is not installed; `intramuros models fetch` installs it")
    data = write_look_alikes(tmp_path / "data", "yn" * 4)
    figures = tmp_path / "figures"
    command = ["eval", "--against", str(figures), "quotations", "--data", str(data)]
    with FakeVllm(lean=lambda request: lean_to_even_days(request.body["messages"][-1]["content"])) as good:
        saved = run(None, *command, "--save", "--json", INTRAMUROS_MODEL__BASE_URL=good.base_url)
    assert saved.returncode == 0, saved.stderr
    rows = json.loads(saved.stdout)["rows"]
    assert {row["auroc"] for row in rows} == {1.0}
    assert sum(row["answerable"] + row["unanswerable"] for row in rows) == 8

    with FakeVllm(lean=lambda _: 0.0) as indifferent:
        lost = run(None, *command, INTRAMUROS_MODEL__BASE_URL=indifferent.base_url)
    assert lost.returncode == 1
    assert "auroc lost" in lost.stderr
    assert "Other thresholds" in lost.stdout


def lean_to_even_days(prompt: str) -> float:
    """Return a leaning to yes for the passages that answer in `write_look_alikes(..., "yn" * 4)`."""
    day = int(re.findall(r"day (\d+)", prompt)[0])
    return 9.0 if day % 2 == 0 else -9.0
