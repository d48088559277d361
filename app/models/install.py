"""Tell the story of one model: fetch its files, convert them, write down what they are, give the folder its name.

Nothing is ever half there: a folder under its final name is complete, and everything before that lies in `.downloads`.
"""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.models.e5 import write_embedder
from app.models.entries import CatalogueEntry
from app.models.fetch import Origins, Report, fetch_file
from app.models.verify import is_installed, write_manifest
from retrieval.errors import ModelFileRejected, SetupRefused

DOWNLOADS = ".downloads"
PROJECT = Path(__file__).resolve().parent.parent.parent
VLLM_PYTHON = PROJECT / ".venv-vllm" / "bin" / "python"


def install_model(
    entry: CatalogueEntry,
    models_dir: Path,
    *,
    origins: Origins,
    report: Report,
    vllm_python: Path = VLLM_PYTHON,
) -> Path:
    """Return the folder of the model, fetched, converted and verified; at once if it is there.

    Raises ModelFileRejected (unknown or wrong hash, unreadable) or SetupRefused (disk full, no vLLM environment).
    """
    if is_installed(entry, models_dir):
        return models_dir / entry.id
    if not entry.can_fetch:
        raise ModelFileRejected(
            f"the hashes of '{entry.id}' are not pinned, so it is not fetched",
            remedy=f"obtain {entry.hub_repository} yourself, check it against its publisher's hashes, "
            f"place its files in {models_dir / entry.id} and run `intramuros models accept {entry.id}`",
        )
    downloads = models_dir / DOWNLOADS / entry.id
    downloads.mkdir(parents=True, exist_ok=True)
    with _alone(downloads, entry, report):
        if is_installed(entry, models_dir):  # somebody else installed it while we waited
            return models_dir / entry.id
        sources = [
            fetch_file(file, entry.hub_repository, downloads, origins=origins, report=report)
            for file in entry.files
        ]
        report(f"preparing {entry.id}", 0, 0)
        finished = _convert(entry, sources, downloads, vllm_python)
        write_manifest(entry, finished)
        _put_in_place(finished, models_dir / entry.id)
        shutil.rmtree(downloads)
    return models_dir / entry.id


def accept_model(entry: CatalogueEntry, models_dir: Path) -> Path:
    """Write down what a model placed by hand consists of, and return its folder; from then on it must stay so.

    Raises ModelFileRejected where it is not there, can be fetched with pinned hashes, or holds what could run.
    """
    folder = models_dir / entry.id
    if entry.can_fetch:
        raise ModelFileRejected(
            f"the hashes of '{entry.id}' are pinned, so nobody needs to vouch for its files",
            remedy=f"run `intramuros models fetch {entry.id}`",
        )
    if not folder.is_dir():
        raise ModelFileRejected(
            f"the model '{entry.id}' is not in {models_dir}", remedy=f"place its files in {folder} first"
        )
    write_manifest(entry, folder)
    return folder


@contextmanager
def _alone(downloads: Path, entry: CatalogueEntry, report: Report) -> Iterator[None]:
    """Keep other processes from fetching the same model; wait for one that does."""
    lock = downloads.parent / f"{entry.id}.lock"
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"another program fetches {entry.id}; waiting for it", 0, 0)
            fcntl.flock(handle, fcntl.LOCK_EX)
        downloads.mkdir(parents=True, exist_ok=True)  # the other program removed it
        yield


def _convert(entry: CatalogueEntry, sources: list[Path], downloads: Path, vllm_python: Path) -> Path:
    finished = downloads / "finished"
    shutil.rmtree(finished, ignore_errors=True)
    finished.mkdir()
    match entry.conversion:
        case "e5":
            write_embedder(sources[0], finished)
        case "gguf":
            _convert_gguf(sources[0], finished, vllm_python)
        case "none":
            for source in sources:
                path = finished / source.relative_to(downloads)
                path.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, path)
    return finished


def _convert_gguf(source: Path, folder: Path, vllm_python: Path) -> None:
    if not vllm_python.is_file():
        raise SetupRefused(
            "the environment of vLLM is not installed, and it does the conversion of language models",
            remedy="run `python3 -m app.bootstrap vllm` in the project's folder",
        )
    command = [str(vllm_python), "-m", "app.models.gguf", str(source), str(folder)]
    outcome = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if outcome.returncode == 0:
        return
    try:
        told = json.loads(outcome.stdout.strip().rpartition("\n")[2])
        message, remedy = str(told["message"]), str(told["remedy"])
    except (ValueError, KeyError):
        last = (outcome.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        message = f"the conversion of '{source.name}' failed ({outcome.returncode}): {last}"
        remedy = "free memory (it needs twice the size of the model) and disk, and run the command again"
    raise ModelFileRejected(message, remedy=remedy)


def _put_in_place(finished: Path, folder: Path) -> None:
    """Let the finished model take its folder; weights are no secret, and a container reads them as another account."""
    for path in (finished, *finished.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if folder.exists():  # incomplete or of another version: is_installed said so
        stale = finished.with_name("stale")
        shutil.rmtree(stale, ignore_errors=True)
        folder.replace(stale)
    finished.replace(folder)
