"""Set up what is missing on a fresh machine, then run or test. Standard library only, under the system's own Python.

    python3 -m app.bootstrap run | test | test-compose | check | app | vllm

Two environments, because vLLM pins other versions than the application: `.venv` and `.venv-vllm` (app.environments).
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app import container_engine, preflight, unpacked
from app.environments import APP, PROJECT, VLLM_ENVIRONMENT, install_packages, refuse_python, say, set_up
from retrieval.errors import IntramurosError

MODELS_DIR = Path(os.environ.get("INTRAMUROS_SITE__MODELS_DIR", "~/.cache/intramuros/models")).expanduser()
FAST = "not slow and not vllm and not browser and not postgres and not engine"
SLOW = f"not ({FAST}) and not vllm and not engine"
DEBIAN_PROGRAMS = {  # package of Debian to a file that it brings
    "chromium": "/usr/bin/chromium",
    "tesseract-ocr": "/usr/bin/tesseract",
    **{
        f"tesseract-ocr-{code}": f"/usr/share/tesseract-ocr/5/tessdata/{code}.traineddata"
        for code in ("deu", "fra", "ita", "spa")
    },
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
}


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments[0]` says; return the exit code. Failures are one line each, with a remedy."""
    tasks: dict[str, Callable[[], int]] = {
        "run": run,
        "test": lambda: test(fast_only=False),
        "test-compose": test_compose,
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
        pytest = [bin_folder / "pytest", "-q", "-m"]
        # A browser that waits for a page beside a busy neighbour gives up, and vLLM, which computes on every core in
        # step, all but stands still: both have the machine to themselves.
        steps.append(("slow tests", [*pytest, f"{SLOW} and not browser", "-n", "2", "--dist", "loadfile"]))
        steps.append(("browser tests", [*pytest, f"{SLOW} and browser"]))
        steps.append(("walk with a real vLLM", [*pytest, "vllm"]))
    for name, command in steps:
        started = time.monotonic()
        code = subprocess.run([str(part) for part in command], cwd=PROJECT, check=False).returncode
        say(f"{'✓' if code == 0 else '✗'} {name} ({time.monotonic() - started:.0f} s)")
        if code:
            return code
    return 0 if fast_only else test_compose()


def test_compose() -> int:
    """Run the tests of the compose files on a container engine, installed and started where that is possible."""
    set_up(APP)
    missing = container_engine.missing()
    if missing and not container_engine.answers() and container_engine.can_be_started():
        install_packages(missing, why="the compose files are tried on a real engine")
    started = time.monotonic()
    with container_engine.running(say) as is_running:
        if not is_running:
            say("· no container engine can be started here: the tests of the compose files are skipped")
        command = [str(APP.folder / "bin" / "pytest"), "-q", "-m", "engine"]
        code = subprocess.run(command, cwd=PROJECT, check=False).returncode
    say(
        f"{'✓' if code == 0 else '✗'} compose files on a container engine ({time.monotonic() - started:.0f} s)"
    )
    return code


def what_is_present() -> frozenset[str]:
    """Return the names of what need not be downloaded again, as `preflight.disk_needed` knows them."""
    models = {path.parent.name for path in MODELS_DIR.glob("*/manifest.json")}
    environments = {"app": APP, "vllm": VLLM_ENVIRONMENT}
    return frozenset(models | {name for name, environment in environments.items() if environment.is_current})


def install_debian_packages() -> None:
    """Install the programs that tests drive and that are missing; refuse with the command to type if not root."""
    missing = [package for package, file in DEBIAN_PROGRAMS.items() if not Path(file).exists()]
    if missing:
        install_packages(missing, why="the tests read scans and drive a browser")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
