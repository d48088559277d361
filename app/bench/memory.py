"""Watch how much memory a process and all it started hold, and how long it has computed."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVERY_S = 1.0  # adding up walks every page of every process; more often would slow down what is measured
MEGABYTE = 1024 * 1024
PROC = Path("/proc")


class Peak:
    """Hold the largest sum seen, in megabytes of proportional set size: a page shared by two counts half for each.

    Of process `pid` and its children; None is this one.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid
        self.mb = 0.0

    def look(self) -> None:
        """Add up once."""
        self.mb = max(self.mb, memory_mb(self._pid or os.getpid()))


def memory_mb(pid: int) -> float:
    """Return what a process and its children hold now; 0 once they are gone."""
    return sum(map(_pss_bytes, _family(pid))) / MEGABYTE


@contextmanager
def peak_memory(pid: int | None = None) -> Iterator[Peak]:
    """Give a Peak that is kept up to date while the body runs."""
    peak, ended = Peak(pid), threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            peak.look()

    thread = threading.Thread(target=watch, name="bench-memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def cpu_s(pid: int) -> float:
    """Return the seconds that the threads of a process have computed, children left out; 0 once it is gone."""
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()  # its name may hold blanks
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in (PROC / str(pid) / "task").glob("*/children"):
        for child in _read(task).split():
            found += _family(int(child))
    return found


def _pss_bytes(pid: int) -> int:
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""  # it ended meanwhile


def threads(pid: int) -> int:
    """Return how many threads a process runs; 0 once it is gone."""
    return _count(PROC / str(pid) / "task")


def open_files(pid: int) -> int:
    """Return how many files, sockets and pipes a process holds open; 0 once it is gone."""
    return _count(PROC / str(pid) / "fd")


def _count(folder: Path) -> int:
    try:
        return sum(1 for _ in folder.iterdir())
    except OSError:
        return 0
