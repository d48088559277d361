"""What a folder lists."""

from pathlib import Path

import pytest

from ingest.sources import FolderSource
from retrieval.errors import Unavailable


def test_folder_lists_files_with_keys_and_readers(tmp_path: Path) -> None:
    """Files of all levels come sorted, each with the readers of its key."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.md").write_text("2", encoding="utf-8")
    (tmp_path / "one.md").write_text("1", encoding="utf-8")
    source = FolderSource(tmp_path, readers_of=lambda key: (f"group:{key[0]}",))

    listed = [(file.key, file.readers) for file in source.files()]

    assert listed == [("b/two.md", ("group:b",)), ("one.md", ("group:o",))]


def test_hidden_files_and_links_that_leave_are_passed_over(tmp_path: Path) -> None:
    """Nothing outside the folder is reached through it."""
    outside = tmp_path / "outside.md"
    outside.write_text("secret", encoding="utf-8")
    folder = tmp_path / "folder"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text("x", encoding="utf-8")
    (folder / ".hidden.md").write_text("x", encoding="utf-8")
    (folder / "link.md").symlink_to(outside)

    assert list(FolderSource(folder, readers_of=lambda _: ()).files()) == []


def test_missing_folder_is_no_empty_folder(tmp_path: Path) -> None:
    """An unmounted share must not look like one whose files all vanished."""
    with pytest.raises(Unavailable, match="cannot be listed"):
        list(FolderSource(tmp_path / "unmounted", readers_of=lambda _: ()).files())
