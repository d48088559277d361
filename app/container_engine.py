"""Lend the tests a container engine: the machine's own, else Debian's, started for the time of the tests as root.

Standard library only: the set-up imports it under the system's own Python. What the engine builds lies in the cache, so
that a second run finds its layers again.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {  # package of Debian to a file that it brings
    "docker.io": "/usr/sbin/dockerd",
    "docker-compose": "/usr/bin/docker-compose",
    "iptables": "/usr/sbin/iptables",
    "debootstrap": "/usr/sbin/debootstrap",
}
PROGRAM = PACKAGES["docker.io"]
# Not below the home directory's cache: that may be a file system on which overlays cannot be stacked.
ROOT = Path("/var/tmp/intramuros-engine")  # noqa: S108 - for root alone, mode 0700, and nothing is read from it by name
SOCKET = Path("/run/docker.sock")
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 60.0
LOG_LINES = 5

Say = Callable[[str], None]


def answers() -> bool:
    """Return whether an engine runs here that this account may use."""
    return shutil.which("docker") is not None and _succeeds(["docker", "info"])


def can_be_started() -> bool:
    """Return whether one can be installed and started here: root, on Debian."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing() -> list[str]:
    """Return the packages of Debian that an engine of our own still needs."""
    return [package for package, file in PACKAGES.items() if not Path(file).exists()]


@contextmanager
def running(say: Say) -> Iterator[bool]:
    """Give whether an engine runs while the body does; one that was started for it is stopped after it.

    Containers that the engine left running are stopped with it.
    """
    if answers():
        yield True
        return
    if missing() or os.geteuid() != 0:
        yield False
        return
    ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = ROOT.with_suffix(".log")
    with log.open("wb") as output:
        command = [PROGRAM, "--data-root", str(ROOT), "--host", f"unix://{SOCKET}"]
        engine = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        is_up = _comes_up(engine)
        if not is_up:
            say(f"· the container engine does not start here: {_last_words(log)}")
        yield is_up
    finally:
        engine.terminate()
        try:
            engine.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.wait()


def _comes_up(engine: subprocess.Popen[bytes]) -> bool:
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and engine.poll() is None:
        if answers():
            return True
        time.sleep(0.5)
    return False


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return " / ".join(lines[-LOG_LINES:]) or "it says nothing"


def _succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=20.0)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
