"""Know the secrets of a house in containers: what each is for, who makes it, which containers read it."""

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.settings import MIN_SERVER_SECRET_CHARS
from retrieval.errors import SetupRefused

KEY_BYTES = 32  # as 64 hexadecimal digits: twice what a server asks for
# The containers run under different accounts, and one secret may be for several of them: the folder keeps other people
# of the machine out, and the files in it can be read by whom the engine mounts them for.
FOLDER_MODE, FILE_MODE, OWN_MODE = 0o700, 0o444, 0o400
ONLY_OF_SERVERS = frozenset({"worker", "postgres", "qdrant"})  # switched off by compose.edge.yaml
ALSO_IN: Mapping[
    str, Mapping[str, tuple[str, ...]]
] = {  # overlay to the containers it adds, by the one whose secrets they share
    "compose.gpu-replicas.yaml": {"vllm": ("vllm-2",)},
    "compose.qdrant-cluster.yaml": {"qdrant": ("qdrant-2", "qdrant-3")},
}


@dataclass(frozen=True, slots=True)
class Secret:
    """Describe a file in secrets/. `readers` are the containers that read it when they start."""

    name: str
    origin: Literal["made", "provider", "certificate"]
    what: str
    readers: tuple[str, ...]
    overlay: str = ""  # without which nobody needs it


SECRETS = (
    Secret("database_password", "made", "password of the database", ("app", "worker")),
    Secret("index_api_key", "made", "key of Qdrant", ("qdrant", "app", "worker")),
    Secret("index_read_key", "made", "key of Qdrant that only reads", ("qdrant", "prometheus")),
    Secret("model_api_key", "made", "key of vLLM", ("vllm", "app", "worker")),
    Secret("page_cookie", "made", "key of the page's cookie", ("ui",)),
    Secret("sign_in_client", "provider", "what the sign-in provider gave for the client", ("ui",)),
    Secret("tls_certificate", "certificate", "certificate of the public name, and its chain", ("caddy",)),
    Secret("tls_key", "certificate", "key of that certificate", ("caddy",)),
    Secret(
        "grafana_admin", "made", "first password of Grafana's admin", ("grafana",), "compose.monitoring.yaml"
    ),
)


def readers(secret: Secret, overlays: Collection[str]) -> tuple[str, ...]:
    """Return the containers to start again after the secret changed, of those that these compose files start."""
    found = list(secret.readers)
    if "compose.edge.yaml" in overlays:
        found = [one for one in found if one not in ONLY_OF_SERVERS]
    if "compose.monitoring.yaml" not in overlays:
        found = [one for one in found if one not in {"prometheus", "grafana"}]
    for overlay in overlays:
        for like, added in ALSO_IN.get(overlay, {}).items():
            found += added if like in found else ()
    return tuple(found)


def prepare(folder: Path) -> None:
    """Make the folder of the secrets, closed to other people of this machine. Raises SetupRefused."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise SetupRefused(
            f"{folder} cannot be made: {error.strerror}",
            remedy="name a folder you may write to with --folder",
        ) from error


def new_key() -> str:
    """Return a new random key."""
    return secrets.token_hex(KEY_BYTES)


def put(path: Path, text: str, *, mode: int = FILE_MODE) -> None:
    """Write a file whole or not at all, in place of what was there. Raises SetupRefused."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except OSError as error:
        raise SetupRefused(
            f"{path} cannot be written: {error.strerror}",
            remedy="give your account the folder, or run as root",
        ) from error


def fault(path: Path) -> str:
    """Return what is wrong with a key that is there, "" where nothing is."""
    if not path.is_file():  # an engine makes a folder of what it is to mount and does not find
        return "is no file"
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text:
        return "is empty"
    if len(text) < MIN_SERVER_SECRET_CHARS:
        return f"has fewer than {MIN_SERVER_SECRET_CHARS} characters"
    return ""
