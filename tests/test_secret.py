"""A key that the house makes for itself appears whole, once, and is never taken for one when it is cut short."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.secret import KEY_BYTES, own_secret
from retrieval.errors import SetupRefused


def test_who_starts_together_has_the_same_key(tmp_path: Path) -> None:
    """Of sixteen that find none, one makes it; nobody goes on with an empty one, and nothing else is left there."""
    place = tmp_path / "secrets" / "audit-key"
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _n: own_secret(place), range(16)))
    assert found == {place.read_bytes()}
    assert len(place.read_bytes()) == KEY_BYTES
    assert place.stat().st_mode & 0o777 == 0o600
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("left", [0, KEY_BYTES - 1])
def test_a_key_that_is_cut_short_is_refused(tmp_path: Path, left: int) -> None:
    """A crash or a full disk that left a part of it must not make a chain that anybody could forge."""
    place = tmp_path / "pseudonyms"
    place.write_bytes(b"k" * left)
    with pytest.raises(SetupRefused, match="cut short"):
        own_secret(place)
    assert place.read_bytes() == b"k" * left
