"""Give a house that was filled once, a copy of it, and a backup of that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backups import (
    backed_up,
    copied,
    seeded,
)
from tests.house import House


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a house that was filled and closed; not to be changed."""
    place = tmp_path_factory.mktemp("seed")
    seeded(place / "data", place / "share").services.close()
    return place / "data"


@pytest.fixture
def house(seed: Path, tmp_path: Path) -> Iterator[House]:
    """Give a house with a little of everything."""
    opened = copied(seed, tmp_path / "data")
    with opened.client:
        yield opened
    opened.services.close()


@pytest.fixture
def backup(house: House, tmp_path: Path) -> Path:
    """Give a backup of that house."""
    backed_up(house, tmp_path / "backup")
    return tmp_path / "backup"
