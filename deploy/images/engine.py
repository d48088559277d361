"""Ask the container engine, which is a program beside this one."""

import json
import shutil
import subprocess
from collections.abc import Sequence

from retrieval.errors import SetupRefused

PROGRAM = "docker"


def is_running() -> bool:
    """Return whether an engine answers here."""
    return shutil.which(PROGRAM) is not None and _succeeds([PROGRAM, "info"])


def has(image: str) -> bool:
    """Return whether the engine holds an image."""
    return _succeeds([PROGRAM, "image", "inspect", image])


def _succeeds(command: Sequence[str]) -> bool:
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def size(name: str) -> int:
    """Return how many bytes an image takes up, its base included."""
    return int(json.loads(asked(["docker", "image", "inspect", name]))[0]["Size"])


def asked(command: Sequence[str]) -> str:
    """Return what a command prints. Raises SetupRefused with its last words where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SetupRefused(
            f"'{' '.join(command[:3])} …' failed: {done.stderr.strip()[-400:]}",
            remedy="check that the container engine runs and that this account may use it",
        )
    return done.stdout
