"""Hold a directory: one process at a time, and who holds it is told whatever its file says."""

from pathlib import Path

import pytest

from retrieval.errors import IndexUnavailable
from retrieval.lock import hold, holder


@pytest.mark.parametrize("told", [b"twelve", b"\xff\xfe\x00", "\u00b2".encode(), b""])
def test_holder_that_wrote_nonsense_is_a_holder_all_the_same(tmp_path: Path, told: bytes) -> None:
    """A lock counts, not the number in its file: a crash, or somebody, may have left anything there."""
    with hold(tmp_path):
        (tmp_path / "lock").write_bytes(told)
        assert holder(tmp_path) == 0
        with pytest.raises(IndexUnavailable, match="in use by process"):
            hold(tmp_path)
    assert holder(tmp_path) is None
