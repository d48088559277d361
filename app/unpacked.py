"""Lend the tests programs of Debian that are unpacked into the cache and never installed on the machine.

Standard library only: the set-up imports it under the system's own Python.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

FOLDER = Path("~/.cache/intramuros/tests").expanduser()
LONGEST_S = 300.0  # for a download of ten megabytes on a slow line
PROGRAMS = {
    "caddy": "usr/bin/caddy"
}  # package of Debian to the program in it; a reverse proxy, listening on no port


def find(package: str, folder: Path = FOLDER) -> Path | None:
    """Return the program of `package`: the machine's own, else the unpacked one, else None."""
    own = shutil.which(Path(PROGRAMS[package]).name)
    unpacked = folder / package / PROGRAMS[package]
    return Path(own) if own else (unpacked if os.access(unpacked, os.X_OK) else None)


def fetch(package: str, *, say: Callable[[str], None], folder: Path = FOLDER) -> Path | None:
    """Return the program of `package`, unpacked first where it is missing; None where apt-get cannot bring it."""
    found = find(package, folder)
    if found is not None:
        return found
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        say(f"· {package} is not here and apt-get neither: the tests that need it are skipped")
        return None
    say(f"· unpacking {package} of Debian into {folder / package}, for tests only")
    with tempfile.TemporaryDirectory() as download:
        if not _downloaded(package, download):
            say(f"· apt-get could not bring {package}: the tests that need it are skipped")
            return None
        (archive,) = Path(download).glob("*.deb")
        target = folder / package
        target.mkdir(parents=True, exist_ok=True)
        _succeeds(["dpkg-deb", "-x", str(archive), str(target)], download)
    return find(package, folder)


def _downloaded(package: str, folder: str) -> bool:
    """Put the package's archive into `folder`; a machine that never read Debian's lists reads them first, as root."""
    download = ["apt-get", "download", "-qq", package]
    if _succeeds(download, folder):
        return True
    is_root = os.geteuid() == 0
    return is_root and _succeeds(["apt-get", "update", "-qq"], folder) and _succeeds(download, folder)


def _succeeds(command: Sequence[str], folder: str) -> bool:
    try:
        outcome = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, timeout=LONGEST_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return False
    return outcome.returncode == 0
