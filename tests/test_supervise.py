"""Children start, are looked after, and never outlive their supervisor."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from app.supervise import Child, Supervisor, backoff_s, last_lines, only_one
from retrieval.errors import SetupRefused

PATIENCE_S = 20.0
# Starts a worker of its own, says its number, then ignores everything but SIGKILL if told to.
PARENT = """
import signal, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if "deaf" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("worker", worker.pid, flush=True)
time.sleep(600)
"""


def child(name: str, code: str, *arguments: str, is_healthy: Callable[[], bool] = lambda: True) -> Child:
    """Return a child that runs a line of Python."""
    return Child(
        name=name,
        command=[sys.executable, "-c", code, *arguments],
        environment=dict(os.environ),
        is_healthy=is_healthy,
        remedy="mend it",
    )


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def worker_of(log: Path) -> int:
    """Return the number of the worker that PARENT started, once its log says it; -1 before."""
    words = log.read_text().split() if log.exists() else []
    return int(words[1]) if len(words) == 2 else -1


def wait_until(condition: Callable[[], bool]) -> bool:
    """Return True as soon as `condition` holds, False after a generous time."""
    deadline = monotonic() + PATIENCE_S
    while monotonic() < deadline:
        if condition():
            return True
        os.sched_yield()
    return False


@pytest.mark.parametrize("manner", ["polite", "deaf"])
def test_stopping_ends_workers_too(tmp_path: Path, manner: str) -> None:
    """Nothing that a child started is left, also when the child does not listen."""
    said: list[str] = []
    with Supervisor(tmp_path, said.append, stop_within_s=0.5) as supervisor:
        supervisor.start(child("house", PARENT, manner))
        assert wait_until(lambda: worker_of(supervisor.log_of("house")) > 0)
        worker = worker_of(supervisor.log_of("house"))
        assert is_alive(worker)
    assert wait_until(lambda: not is_alive(worker))
    assert bool(said) == (manner == "deaf")


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    """A supervisor killed without a word takes its children along."""
    code = (
        "import os, sys; from pathlib import Path; from app.supervise import Child, Supervisor\n"
        "s = Supervisor(Path(sys.argv[1]), print)\n"
        "s.start(Child('c', [sys.executable, '-c', 'import time; time.sleep(600)'], os.environ, bool, ''))\n"
        "print(s._running['c'].process.pid, flush=True); s.stopping.wait(600)\n"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    with supervisor.stdout as output:
        pid = int(output.readline())
    assert is_alive(pid)
    supervisor.kill()
    supervisor.wait()
    assert wait_until(lambda: not is_alive(pid))


def test_a_child_that_fails_at_start_shows_its_last_words(tmp_path: Path) -> None:
    """The end of its log and the remedy reach the person; waiting does not go on for ever."""
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start(child("api", "print('port taken'); raise SystemExit(7)", is_healthy=lambda: False))
        with pytest.raises(SetupRefused, match=r"(?s)api ended with code 7.*port taken") as refused:
            supervisor.wait_healthy("api", within_s=PATIENCE_S, on_wait=lambda _: None)
    assert refused.value.remedy == "mend it"


def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A server that starts but does not work is an error after its time."""
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start(child("page", "import time; time.sleep(600)", is_healthy=lambda: False))
        with pytest.raises(SetupRefused, match="did not answer"):
            supervisor.wait_healthy("page", within_s=0, on_wait=lambda _: None)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing interpreter is a message, not a traceback."""
    gone = Child("vllm", ["/nowhere/python"], {}, lambda: True, remedy="install it")
    with (
        Supervisor(tmp_path, lambda _: None) as supervisor,
        pytest.raises(SetupRefused, match="/nowhere/python"),
    ):
        supervisor.start(gone)


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    """A vLLM that dies is started again after a pause, and the person is told where its log is."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    starts = tmp_path / "starts"
    code = "import sys, time; f = open(sys.argv[1], 'a'); f.write('x'); f.close()"

    def stop_after_second_start() -> None:
        if starts.exists() and len(starts.read_text()) >= 2:
            supervisor.stopping.set()

    with supervisor:
        supervisor.start(child("vllm", code, str(starts)))
        supervisor.watch(stop_after_second_start)
    assert len(starts.read_text()) == 2
    assert "starting it again in 1 s" in said[0]
    assert "vllm.log" in said[0]


def test_a_child_that_is_back_is_announced_once(tmp_path: Path) -> None:
    """Who read that a server ended is told when it answers again."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    starts = tmp_path / "starts"
    code = (
        "import sys, time; f = open(sys.argv[1], 'a+'); f.seek(0); before = f.read(); f.write('x'); f.close()\n"
        "time.sleep(600 if before else 0)"
    )
    ticks_after = iter(range(3))

    def stop_three_looks_later() -> None:
        if len(said) > 1 and next(ticks_after, None) is None:
            supervisor.stopping.set()

    with supervisor:
        supervisor.start(child("api", code, str(starts)))
        supervisor.watch(stop_three_looks_later)
    assert [line.split(" (")[0] for line in said] == ["api ended", "api answers again"]


def test_pauses_grow_and_end_at_a_minute() -> None:
    """A server that cannot live does not keep a core busy with dying."""
    assert [backoff_s(failures) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert backoff_s(40) == 60


def test_a_second_house_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """Two supervisors would fight over index and ports; the second names the first."""
    with (
        only_one(tmp_path),
        pytest.raises(SetupRefused, match=str(os.getpid())) as refused,
        only_one(tmp_path),
    ):
        pytest.fail("two supervisors hold one directory")
    assert "DATA_DIR" in refused.value.remedy
    with only_one(tmp_path):  # free again
        assert (tmp_path / "up.pid").read_text() == str(os.getpid())


def test_logs_end_with_what_matters(tmp_path: Path) -> None:
    """The last lines are the last ones, without blanks, whatever bytes are in the log."""
    log = tmp_path / "x.log"
    log.write_bytes(b"\xff\n" * 20_000 + b"\n\nfirst\n\nsecond\n")
    assert last_lines(log, 2) == ["first", "second"]


def test_a_request_to_stop_ends_the_waiting(tmp_path: Path) -> None:
    """Ctrl-C while a server starts stops at once, without an error."""
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start(child("api", "import time; time.sleep(600)", is_healthy=lambda: False))
        waited: list[float] = []

        def interrupt(seconds: float) -> None:
            waited.append(seconds)
            signal.raise_signal(signal.SIGUSR1)

        before = signal.signal(signal.SIGUSR1, lambda *_: supervisor.stopping.set())
        try:
            assert not supervisor.wait_healthy("api", within_s=PATIENCE_S, on_wait=interrupt)
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert len(waited) == 1
