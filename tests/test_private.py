"""A document's private folder: bounded, and removed whatever was done to it."""

import os
from pathlib import Path

from ingest.sandbox import private
from ingest.sandbox.private import is_overfull, private_folder


def dig(folder: Path, depth: int) -> None:
    """Nest folders, each with a file; their path grows longer than the kernel takes."""
    handle = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=handle)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=handle)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=inner))
        os.close(handle)
        handle = inner
    os.close(handle)


def test_ordinary_folder() -> None:
    """What a parser leaves is within bounds, and gone afterwards."""
    with private_folder() as folder:
        (folder / "pages").mkdir()
        (folder / "pages" / "1.png").write_bytes(bytes(50_000))

        assert not is_overfull(folder)

    assert not folder.exists()


def test_folder_without_end() -> None:
    """Folders nested deeper than a path can name, closed ones and links out of them are removed; targets stay."""
    with private_folder() as folder:
        dig(folder, 3_000)
        (folder / "closed").mkdir(0o000)
        (folder / "link").symlink_to("/usr")

        assert is_overfull(folder)

    assert not folder.exists()
    assert Path("/usr").exists()


def test_more_files_than_anybody_needs(tmp_path: Path) -> None:
    """Empty files take no blocks, but the file system's own room."""
    for number in range(private.MAX_PRIVATE_ENTRIES + 1):
        (tmp_path / str(number)).touch()

    assert is_overfull(tmp_path)


def test_size_is_what_lies_on_the_disk(tmp_path: Path) -> None:
    """A file that only claims a size takes no room; one that is allocated does."""
    with (tmp_path / "hollow").open("wb") as hollow:
        hollow.truncate(4 * private.MAX_PRIVATE_BYTES)

    assert not is_overfull(tmp_path)
