"""Compare the files of an installed model with the SHA-256 written down when it was installed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.models.catalogue import CatalogueEntry
from app.models.fetch import sha256_of
from retrieval.errors import ModelFileRejected

MANIFEST = "manifest.json"
STAMPS = ".verified"  # beside the models, so that they stay as they were fetched


@dataclass(frozen=True, slots=True)
class FileState:
    """Say what became of one file of a model."""

    name: str
    state: Literal["ok", "changed", "missing"]


def write_manifest(entry: CatalogueEntry, folder: Path) -> None:
    """Write down size and SHA-256 of every file in `folder`, and of the files it was made from."""
    files = {
        str(path.relative_to(folder)): {"size_bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    origin = {file.name: file.sha256 for file in entry.files}
    content = {"model": entry.id, "licence": entry.licence, "made_from": origin, "files": files}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def is_installed(entry: CatalogueEntry, models_dir: Path) -> bool:
    """Return whether every file of the model is there in its full size; cheap, unlike `verify_model`."""
    folder = models_dir / entry.id
    try:
        files = _read_manifest(folder)
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
                remedy=f"delete {folder} and run `intramuros models fetch {entry.id}`",
            )
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(touched, encoding="utf-8")


def _touched(folder: Path) -> str:
    """Return size, modification and inode-change time of every file; the last cannot be set back by whoever wrote."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = {
        str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns, p.stat().st_ctime_ns)
        for p in files
    }
    return json.dumps(facts)


def verify_model(entry: CatalogueEntry, models_dir: Path) -> list[FileState]:
    """Return the state of every file of an installed model, in order of name. Raises ModelFileRejected without one."""
    folder = models_dir / entry.id
    if not folder.is_dir():
        raise ModelFileRejected(
            f"the model '{entry.id}' is not in {models_dir}",
            remedy=f"run `intramuros models fetch {entry.id}`"
            if entry.can_fetch
            else f"place its files in {folder} by hand: their hashes are not pinned",
        )
    return [
        FileState(name, _state_of(folder / name, size, sha256))
        for name, (size, sha256) in sorted(_read_manifest(folder).items())
    ]


def _state_of(path: Path, size_bytes: int, sha256: str) -> Literal["ok", "changed", "missing"]:
    if not path.is_file():
        return "missing"
    return "ok" if path.stat().st_size == size_bytes and sha256_of(path) == sha256 else "changed"


def _read_manifest(folder: Path) -> dict[str, tuple[int, str]]:
    path = folder / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): (int(facts["size_bytes"]), str(facts["sha256"])) for name, facts in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ModelFileRejected(
            f"'{path}' is missing or damaged, so the model cannot be verified",
            remedy=f"delete {folder} and run `intramuros models fetch {folder.name}`",
        ) from problem
