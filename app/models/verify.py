"""Compare the files of an installed model with the SHA-256 written down when it was installed."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.checksum import sha256_of
from app.models.entries import CatalogueEntry
from retrieval.errors import ModelFileRejected

MANIFEST = "manifest.json"
STAMPS = ".verified"  # beside the models, so that they stay as they were fetched
WEIGHTS = "*.safetensors"
# Whoever loads one of these lets it run code (pickle, a library, a module); weights are read from safetensors alone.
RUNNABLE = frozenset(
    {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".keras", ".py", ".so"}
)
NAME_DIGITS = 8  # of a SHA-256 in hexadecimal: a house has a handful of models, not thousands


@dataclass(frozen=True, slots=True)
class FileState:
    """Say what became of one file of a model."""

    name: str
    state: Literal["ok", "changed", "missing", "runnable"]


def write_manifest(entry: CatalogueEntry, folder: Path) -> None:
    """Write down licence, model card, origin, and size and SHA-256 of every file and of what it was made from.

    Raises ModelFileRejected where `folder` holds a file that could run, or no safetensors.
    """
    _require_safe(entry, folder)
    files = {
        str(path.relative_to(folder)): {"size_bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    origin = {file.name: file.sha256 for file in entry.files}
    content = {
        "model": entry.id,
        "title": entry.title,
        "licence": entry.licence,
        "model_card": entry.model_card,
        "origins": entry.origins,
        "made_from": origin,
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def is_installed(entry: CatalogueEntry, models_dir: Path) -> bool:
    """Return whether every file of the model is there in its full size; cheap, unlike `verify_model`."""
    folder = models_dir / entry.id
    try:
        files = _read_manifest(entry, folder)
    except ModelFileRejected:
        return False
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == size
        for name, (size, _) in files.items()
    )


def require_verified(entry: CatalogueEntry, models_dir: Path) -> None:
    """Raise ModelFileRejected unless every file has its hash; files not touched since the last time are believed."""
    folder = models_dir / entry.id
    stamp = models_dir / STAMPS / f"{entry.id}.json"
    touched = _touched(folder)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == touched:
        return
    for file in verify_model(entry, models_dir):
        if file.state != "ok":
            raise ModelFileRejected(
                f"{file.name} of the model '{entry.id}' is {file.state}, so it is not started",
                remedy=remedy_of(entry, models_dir),
            )
    with suppress(OSError):  # a folder that is mounted read-only is verified at every start
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(touched, encoding="utf-8")


def remedy_of(entry: CatalogueEntry, models_dir: Path) -> str:
    """Say how a model whose files are not what they should be is put right."""
    folder = models_dir / entry.id
    if entry.can_fetch:
        return f"delete {folder} and run `intramuros models fetch {entry.id}`"
    return (
        f"place its files in {folder} again, compare them with what {entry.hub_repository} publishes, and run "
        f"`intramuros models accept {entry.id}`"
    )


def recorded(entry: CatalogueEntry, models_dir: Path) -> dict[str, str]:
    """Return the SHA-256 of every file as written down when it was installed. Raises ModelFileRejected without."""
    return {name: sha256 for name, (_, sha256) in _read_manifest(entry, models_dir / entry.id).items()}


def weights_id(entry: CatalogueEntry, models_dir: Path) -> str:
    """Return what tells these weights from others of the same name: digits of their SHA-256 as written down.

    Raises ModelFileRejected without a manifest. Call it on verified files.
    """
    files = _read_manifest(entry, models_dir / entry.id)
    weights = sorted((name, sha256) for name, (_, sha256) in files.items() if Path(name).match(WEIGHTS))
    if len(weights) == 1:
        return weights[0][1][:NAME_DIGITS]
    return hashlib.sha256(repr(weights).encode()).hexdigest()[:NAME_DIGITS]


def _require_safe(entry: CatalogueEntry, folder: Path) -> None:
    runnable = [file.name for file in _runnable(folder)]
    if runnable or not any(folder.rglob(WEIGHTS)):
        what = f"{', '.join(runnable)} could run code" if runnable else "it has no safetensors"
        raise ModelFileRejected(
            f"the model '{entry.id}' is not taken: {what}",
            remedy="use the model's safetensors files, and none of its other weights or programs",
        )


def _runnable(folder: Path) -> Iterator[FileState]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in RUNNABLE:
            yield FileState(str(path.relative_to(folder)), "runnable")


def _touched(folder: Path) -> str:
    """Return size, modification and inode-change time of every file; the last cannot be set back by whoever wrote."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = {
        str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns, p.stat().st_ctime_ns)
        for p in files
    }
    return json.dumps(facts)


def verify_model(entry: CatalogueEntry, models_dir: Path) -> list[FileState]:
    """Return the state of every file of an installed model, in order of name, then of those that could run.

    Raises ModelFileRejected where it is not installed.
    """
    folder = models_dir / entry.id
    if not folder.is_dir():
        raise ModelFileRejected(
            f"the model '{entry.id}' is not in {models_dir}",
            remedy=f"run `intramuros models fetch {entry.id}`"
            if entry.can_fetch
            else remedy_of(entry, models_dir),
        )
    known = [
        FileState(name, _state_of(folder / name, size, sha256))
        for name, (size, sha256) in sorted(_read_manifest(entry, folder).items())
    ]
    return [*known, *_runnable(folder)]


def _state_of(path: Path, size_bytes: int, sha256: str) -> Literal["ok", "changed", "missing"]:
    if not path.is_file():
        return "missing"
    return "ok" if path.stat().st_size == size_bytes and sha256_of(path) == sha256 else "changed"


def _read_manifest(entry: CatalogueEntry, folder: Path) -> dict[str, tuple[int, str]]:
    path = folder / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): (int(facts["size_bytes"]), str(facts["sha256"])) for name, facts in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ModelFileRejected(
            f"'{path}' is missing or damaged, so the model cannot be verified",
            remedy=remedy_of(entry, folder.parent),
        ) from problem
