"""An engine is lent where one can be, is never half started, and is stopped by whoever started it.

The engine of these tests is a small program in place of Debian's: it writes its process id and waits.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app import container_engine

ENGINE = """#!/bin/sh
echo "engine: $MOOD"
[ "$MOOD" = works ] || exit 1
echo $$ > "$STATE/pid"
while :; do sleep 0.1; done
"""
CLIENT = """#!/bin/sh
[ -e "$STATE/pid" ] && kill -0 "$(cat "$STATE/pid")" 2>/dev/null
"""
Lend = Callable[[str], Path]


@pytest.fixture
def lend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lend:
    """Give a way to have an engine of some mood on this machine; returns where it notes its process id."""
    if os.geteuid() != 0:
        pytest.skip("an engine is started by root alone")

    def present(mood: str) -> Path:
        for name, text in (("dockerd", ENGINE), ("docker", CLIENT)):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setenv("STATE", str(tmp_path))
        monkeypatch.setenv("MOOD", mood)
        monkeypatch.setattr(container_engine, "PACKAGES", {"docker.io": str(tmp_path / "dockerd")})
        monkeypatch.setattr(container_engine, "PROGRAM", str(tmp_path / "dockerd"))
        monkeypatch.setattr(container_engine, "ROOT", tmp_path / "root")
        return tmp_path / "pid"

    return present


def is_running(pid: Path) -> bool:
    """Return whether the engine that wrote its process id there lives."""
    try:
        os.kill(int(pid.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def test_an_engine_lives_as_long_as_it_is_needed(lend: Lend) -> None:
    """It is started, answers while the tests run, and is gone afterwards."""
    pid = lend("works")
    with container_engine.running(print) as runs:
        assert runs
        assert is_running(pid)
    assert not is_running(pid)


def test_an_engine_that_runs_already_is_left_running(lend: Lend) -> None:
    """Who did not start it does not stop it."""
    pid = lend("works")
    with container_engine.running(print):
        with container_engine.running(print) as runs:
            assert runs
        assert is_running(pid)


def test_an_engine_that_does_not_start_is_told_of(lend: Lend) -> None:
    """Its last words are shown, and the tests that need it are skipped."""
    lend("fails")
    said: list[str] = []
    with container_engine.running(said.append) as runs:
        assert not runs
    assert "engine: fails" in said[0]


def test_without_its_packages_nothing_is_started(lend: Lend, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named, and nothing runs."""
    pid = lend("works")
    monkeypatch.setattr(container_engine, "PACKAGES", {"docker.io": "/nowhere/dockerd"})
    assert container_engine.missing() == ["docker.io"]
    with container_engine.running(print) as runs:
        assert not runs
    assert not pid.exists()


def test_it_is_stopped_when_the_tests_break_off(lend: Lend) -> None:
    """An error inside leaves no engine behind."""
    pid = lend("works")
    with pytest.raises(KeyboardInterrupt), container_engine.running(print):
        raise KeyboardInterrupt
    assert not is_running(pid)
