"""Lend a folder as it lies on a server: the compose files, and nothing of a house yet."""

import shutil
from pathlib import Path

import pytest

from tests.deploy.merged import DEPLOY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of deploy/ without what only one house has."""
    place = tmp_path / "deploy"
    place.mkdir()
    for pattern in ("compose*.yaml", "Caddyfile*", "images.env", "intramuros.toml"):
        for path in DEPLOY.glob(pattern):
            shutil.copy(path, place)
    return place
