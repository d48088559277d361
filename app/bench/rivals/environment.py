"""Install the rivals into an environment of their own: they want a newer Python and other versions than we do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from app.environments import PROJECT, STAMP, Environment, uv_settings
from app.offline import seal
from retrieval.errors import SetupRefused

PINS: Final = "deploy/constraints-rivals.txt"
CHAIN_PINS: Final = "deploy/constraints-chain.txt"  # work with our own environment, and beside it only
OLDEST: Final = (3, 12)  # of the Search Toolkit
NEWEST: Final = (3, 13)  # with wheels of all pins
PATIENCE_S: Final = 600  # for a hundred megabytes from a package index

# Beyond `offline.SWITCHES`. None of the pins brings an exporter; a machine's settings must not find one either.
SWITCHES: Final[Mapping[str, str]] = {
    "OTEL_SDK_DISABLED": "true",  # the Search Toolkit and Mistral's client trace every call
    "OTEL_TRACES_EXPORTER": "none",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "MISTRAL_SDK_TELEMETRY": "false",  # Mistral's client sends its traces to its maker where on
    "LANGSMITH_GATEWAY": "false",  # LangChain's clients go through its maker's gateway where on
}
WITHDRAWN: Final = ("MISTRAL_API_KEY", "QDRANT_API_KEY", "PYTHONHOME", "PYTHONSTARTUP")


def made(folder: Path, pythons: Sequence[str] | None = None) -> Path:
    """Return the Python of the rivals' environment in `folder`, installed where it is not yet.

    Raises SetupRefused with the reason: no fitting Python among `pythons` (None: those of the machine), or no package
    index in reach.
    """
    wanted = described(folder)
    if wanted.is_current:
        return wanted.python
    python, uv = _fitting(known_pythons() if pythons is None else pythons), _uv()
    settings = {**uv_settings(os.environ, _pip_setting), "UV_PYTHON_DOWNLOADS": "never"}
    _run([uv, "venv", "--quiet", "--clear", "--python", python, str(folder)], settings)
    _run([uv, "pip", "install", "--quiet", "--python", str(wanted.python), "-r", PINS], settings)
    (folder / STAMP).write_text(wanted.stamp + "\n", encoding="utf-8")
    return wanted.python


def made_beside(folder: Path) -> Path:
    """Return the folder with the packages of LangChain's chain, installed where they are not yet. Raises SetupRefused.

    They are no environment: appended to the path of ours, they share its embedder and everything else.
    """
    stamp, wanted = folder / STAMP, (PROJECT / CHAIN_PINS).read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    settings = uv_settings(os.environ, _pip_setting)
    target = ["--python", sys.executable, "--target", str(folder)]
    _run([_uv(), "pip", "install", "--quiet", "--no-deps", *target, "-r", CHAIN_PINS], settings)
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def described(folder: Path) -> Environment:
    """Return what the rivals' environment in `folder` is made from, and whether it is complete."""
    return Environment(folder, (PINS,), with_pip=False, installs=(("-r", PINS),))


def sealed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a rival's process: telemetry off, keys withdrawn, our modules in reach."""
    target = {name: value for name, value in environ.items() if name not in WITHDRAWN}
    seal(target)
    return {**target, **SWITCHES, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}


def known_pythons() -> list[str]:
    """Return the commands that may start a fitting Python: this one, those in PATH, pyenv's, and what uv knows."""
    names = [f"python{major}.{minor}" for major, minor in (OLDEST, NEWEST)]
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    kept = [str(path) for name in names for path in sorted(versions.glob(f"*/bin/{name}"))]
    found = _said([_uv(), "python", "find", ">=3.12,<3.14"], {**os.environ, "UV_PYTHON_DOWNLOADS": "never"})
    return [
        sys.executable,
        *(path for name in names if (path := shutil.which(name))),
        *kept,
        *found.split("\n"),
    ]


def _fitting(pythons: Iterable[str]) -> str:
    # Asked, not believed: a shim of that name may start nothing.
    for python in filter(None, pythons):
        said = _said([python, "-c", "import sys; print(*sys.version_info[:2])"], os.environ).split()
        if len(said) == 2 and OLDEST <= (int(said[0]), int(said[1])) <= NEWEST:
            return python
    raise SetupRefused(
        "no Python 3.12 or 3.13 on this machine", remedy="install one beside the Python of the application"
    )


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise SetupRefused("uv is not installed", remedy="run `make run` once, which installs it into .venv")
    return found


def _pip_setting(key: str) -> str:
    return _said([sys.executable, "-m", "pip", "config", "get", key], os.environ)


def _said(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return what a command says, "" where it fails."""
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired as problem:
        raise SetupRefused(
            f"no answer from the package index in {PATIENCE_S} s", remedy="check the network and run it again"
        ) from problem
    if done.returncode:
        # The first line says what failed, the last why.
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        said = "; ".join(dict.fromkeys((*lines[:1], *lines[-1:]))) or f"ended with {done.returncode}"
        raise SetupRefused(
            f"{Path(command[0]).name} {command[1]}: {said}",
            remedy="check that this machine reaches its package index and has free disk, then run it again",
        )
