"""A parser that was taken over gets no more memory, disk, processes or time than its share, and no say."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.sandbox.nursery import NICENESS
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from retrieval.errors import BrokenDocument, DocumentRejected
from tests.test_confinement import attacked
from tests.test_sandbox import children_of, nursery_of


@pytest.fixture(scope="module")
def enemy() -> Iterator[Sandbox]:
    """Lend a sandbox whose parsers attack."""
    with Sandbox(SandboxLimits(wall_s=20), nursery="tests.hostile_nursery") as sandbox:
        yield sandbox


def test_parsers_stand_behind_the_service(enemy: Sandbox, tmp_path: Path) -> None:
    """Who asks a question does not wait behind an import; a parser cannot change that."""
    niceness, outcome = attacked(enemy, tmp_path, "rank")

    assert int(niceness) == min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, 19)
    assert outcome.startswith("refused")


def test_forks_are_bounded_and_ended(enemy: Sandbox, tmp_path: Path) -> None:
    """A parser that starts processes without end gets a few, and none is left when its document is done."""
    started = attacked(enemy, tmp_path, "fork")
    deadline = time.monotonic() + 20
    while children_of(nursery_of(enemy)) and time.monotonic() < deadline:
        os.sched_yield()

    assert int(started[0].split()[1]) <= 64
    assert children_of(nursery_of(enemy)) == []
    assert attacked(enemy, tmp_path, "who")


def test_sleeper_is_ended(tmp_path: Path) -> None:
    """A parser that sleeps is ended when its time is up; the next document is read."""
    with Sandbox(SandboxLimits(wall_s=1.0), nursery="tests.hostile_nursery") as hasty:
        attacked(hasty, tmp_path, "who")
        with pytest.raises(BrokenDocument, match="takes more than 1 s"):
            attacked(hasty, tmp_path, "sleep")

        assert children_of(nursery_of(hasty)) == []
        assert attacked(hasty, tmp_path, "who")


def test_memory_and_disk_are_bounded(enemy: Sandbox, tmp_path: Path) -> None:
    """Eight gigabytes of memory are not had, nor is a file of one gigabyte."""
    with pytest.raises(BrokenDocument, match="memory"):
        attacked(enemy, tmp_path, "allocate")

    assert attacked(enemy, tmp_path, "fill")[0].startswith("refused")
    with pytest.raises(BrokenDocument, match="1024 MB of disk"):
        attacked(enemy, tmp_path, "pile")


def test_no_file_lies_in_memory(enemy: Sandbox, tmp_path: Path) -> None:
    """Files that exist in memory only would pass by the bounds on memory and on disk."""
    assert attacked(enemy, tmp_path, "hoard") == ["refused: Function not implemented"] * 2


def test_parser_does_not_speak_for_the_service(enemy: Sandbox, tmp_path: Path) -> None:
    """What a parser lacks concerns its document alone: the job goes on with the others."""
    with pytest.raises(DocumentRejected, match="away") as refusal:
        attacked(enemy, tmp_path, "accuse")

    assert "ingest retry" in refusal.value.remedy
