"""Folding memory changes where it lies, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.sandbox.huge_pages import HUGE_BYTES, fold
from tests.conftest import ROOT

SCRIPT = """
import sys
from ingest.sandbox.huge_pages import fold
data = [bytes([n % 251]) * 1000 for n in range(40_000)]
folded = fold()
assert all(piece == bytes([n % 251]) * 1000 for n, piece in enumerate(data))
print(folded)
"""


def test_memory_is_the_same_after_folding() -> None:
    """Forty megabytes read back as they were written, whether or not the kernel folds."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) % HUGE_BYTES == 0


@pytest.mark.parametrize(
    "line", ["", "7f00-7f01 rw-p 00000000 00:00 0", "0-400000 r--p 00000000 08:01 77 /lib/x.so"]
)
def test_what_cannot_be_folded_is_left(tmp_path: Path, line: str) -> None:
    """Pieces smaller than a huge page, and files, are passed over."""
    (tmp_path / "maps").write_text(line)

    assert fold(tmp_path / "maps") == 0
