"""What a folder lists and lends."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.sources.folder import FileSource, FolderSource, readable, real_path
from ingest.types import Origin, SourceFile
from retrieval.errors import BrokenDocument, Unavailable


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


def listed(folder: Path) -> list[SourceFile]:
    """Return what a folder lists, without readers."""
    return list(FolderSource(folder, readers_of=lambda _: ()).files())


def aged(path: Path, seconds: float) -> int:
    """Make a file look as if it was written that long ago; return its time in nanoseconds."""
    moment = time.time_ns() - int(seconds * 1e9)
    os.utime(path, ns=(moment, moment))
    return path.stat().st_mtime_ns


def test_sub_folder_that_cannot_be_listed_stops_the_listing(tmp_path: Path) -> None:
    """Documents of a folder that may not be read must not look as if they had vanished."""
    locked = tmp_path / "locked"
    locked.mkdir()
    (tmp_path / "a.md").write_text("x", encoding="utf-8")
    files = FolderSource(tmp_path, readers_of=lambda _: ()).files()
    next(files)  # the folder's entries are read; what lies below comes later
    locked.rmdir()
    with pytest.raises(Unavailable, match="locked cannot be listed"):
        list(files)


@pytest.mark.skipif(os.geteuid() == 0, reason="no mode bit denies root anything")
def test_forbidden_sub_folder_stops_the_listing(tmp_path: Path) -> None:
    """The same with a folder whose mode denies it."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    try:
        with pytest.raises(Unavailable, match="locked cannot be listed"):
            listed(tmp_path)
    finally:
        locked.chmod(0o700)


def test_signature_changes_with_size_and_time(tmp_path: Path) -> None:
    """An old file has a signature made of both, and the size as listed."""
    path = tmp_path / "old.md"
    path.write_text("four", encoding="utf-8")
    written = aged(path, 60)
    (file,) = listed(tmp_path)
    assert (file.size_bytes, file.signature) == (4, f"4:{written}")


@pytest.mark.parametrize("age_s", [0.0, 1.5, -3600.0])
def test_file_written_a_moment_ago_has_no_signature(tmp_path: Path, age_s: float) -> None:
    """It may be written again within the same tick; so may one from a clock that is ahead."""
    path = tmp_path / "new.md"
    path.write_text("x", encoding="utf-8")
    aged(path, age_s)
    (file,) = listed(tmp_path)
    assert file.signature is None


def test_keys_come_sorted_across_folders(tmp_path: Path) -> None:
    """A folder sorts where its keys belong, not where its name does."""
    for key in ("a.md", "a/b.md", "a-b/c.md", "a0.md", "B.md", "a/0/x.md"):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_text("x", encoding="utf-8")
    keys = [file.key for file in listed(tmp_path)]
    assert keys == sorted(keys)
    assert len(keys) == 6


def test_links_are_passed_over(tmp_path: Path) -> None:
    """What a link leads to is listed at its own place, with the readers of that place."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "one.md").write_text("1", encoding="utf-8")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "linked.md").symlink_to("real/one.md")
    (tmp_path / "broken.md").symlink_to("nowhere.md")
    (tmp_path / "itself.md").symlink_to("itself.md")
    (tmp_path / "below.md").symlink_to("real/one.md/x")
    (tmp_path / "~$one.docx").write_text("owner", encoding="utf-8")
    assert [file.key for file in listed(tmp_path)] == ["real/one.md"]


def test_link_that_took_a_files_place_is_not_lent(tmp_path: Path) -> None:
    """Between listing and reading somebody may replace a file by a link to what others may not read."""
    outside = tmp_path / "secret.md"
    outside.write_text("secret", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.md").write_text("1", encoding="utf-8")
    source = FolderSource(folder, readers_of=lambda _: ())
    (file,) = source.files()
    with source.local(file) as path:
        assert path.read_text(encoding="utf-8") == "1"

    for target in (outside, "one.md"):
        (folder / "one.md").unlink()
        (folder / "one.md").symlink_to(target)
        with pytest.raises(BrokenDocument, match="a link has taken its place"), source.local(file):
            pass


def test_pipe_that_took_a_files_place_does_not_block(tmp_path: Path) -> None:
    """Opening a pipe waits for its other end, for ever; it is refused instead."""
    (tmp_path / "one.md").write_text("1", encoding="utf-8")
    source = FolderSource(tmp_path, readers_of=lambda _: ())
    (file,) = source.files()
    (tmp_path / "one.md").unlink()
    os.mkfifo(tmp_path / "one.md")

    with pytest.raises(BrokenDocument, match="no file"), source.local(file):
        pass


def test_what_is_lent_is_the_file_that_was_opened(tmp_path: Path) -> None:
    """A file swapped while it is lent changes nothing for who reads it."""
    (tmp_path / "one.md").write_text("1", encoding="utf-8")
    source = FolderSource(tmp_path, readers_of=lambda _: ())
    (file,) = source.files()
    with source.local(file) as path:
        (tmp_path / "one.md").rename(tmp_path / "away.md")
        (tmp_path / "one.md").write_text("2", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "1"


def test_no_two_names_are_told_the_same(tmp_path: Path) -> None:
    """A name that looks like another one's escaped form is told apart from it, and both are lent."""
    names = (b"\xff\xfe.txt", rb"\xff\xfe.txt", rb"\x5cxff.txt", rb"\x5c.txt")
    for number, name in enumerate(names):
        (tmp_path / os.fsdecode(name)).write_text(str(number), encoding="utf-8")
    source = FolderSource(tmp_path, readers_of=lambda _: ())
    files = list(source.files())

    assert len({file.key for file in files}) == len(names)
    read = set()
    for file in files:
        with source.local(file) as path:
            read.add(path.read_text(encoding="utf-8"))
    assert read == set("0123")


@pytest.mark.parametrize("key", ["../secret.md", "/etc/hostname", "sub/../../secret.md"])
def test_key_that_climbs_out_is_not_lent(tmp_path: Path, key: str) -> None:
    """Keys come back from the database; none leads out of the folder."""
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    source = FolderSource(folder, readers_of=lambda _: ())
    with (
        pytest.raises(BrokenDocument),
        source.local(SourceFile(source.name, key, folder / key, "secret.md", (), origin=Origin.LISTED)),
    ):
        pass


def test_gone_file_is_broken_and_gone_folder_is_unavailable(tmp_path: Path) -> None:
    """One missing document is its own fault; a missing share is nobody's, and is tried again."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.md").write_text("1", encoding="utf-8")
    source = FolderSource(folder, readers_of=lambda _: ())
    (file,) = source.files()
    (folder / "one.md").unlink()
    with pytest.raises(BrokenDocument, match="no longer there"), source.local(file):
        pass
    folder.rmdir()
    with pytest.raises(Unavailable), source.local(file):
        pass


def test_name_that_is_no_utf_8_is_listed_and_lent(tmp_path: Path) -> None:
    """Old archives name files in Latin-1; their names can be stored and their bytes found."""
    raw = os.fsencode(tmp_path) + b"/M\xe4rz"
    os.mkdir(raw)  # noqa: PTH102  # pathlib takes no bytes
    with open(raw + b"/Pr\xfcfung.md", "wb") as stream:  # noqa: PTH123  # as above
        stream.write(b"found")
    source = FolderSource(tmp_path, readers_of=lambda _: ())
    (file,) = source.files()
    assert file.key == r"M\xe4rz/Pr\xfcfung.md"
    assert str(file.path).encode()
    with source.local(file) as path:
        assert path.read_bytes() == b"found"


@given(st.binary(min_size=1, max_size=12).filter(lambda raw: b"/" not in raw and b"\0" not in raw))
@example(rb"\xe4.md")
@example(rb"\x5cxe4")
def test_every_name_becomes_text_and_back(raw: bytes) -> None:
    """Whatever bytes a file system holds, the key encodes, and leads to that name and no other."""
    name = os.fsdecode(raw)

    assert readable(name).encode("utf-8")
    assert real_path(Path("/srv"), readable(name)) == Path("/srv") / name


def test_single_files_come_sorted_and_are_lent_while_they_exist(tmp_path: Path) -> None:
    """What was named on the command line is offered like a folder's files."""
    path = tmp_path / "b.md"
    path.write_text("b", encoding="utf-8")
    here = SourceFile("upload", "b", path, "b.md", (), origin=Origin.LISTED)
    gone = SourceFile("upload", "a", tmp_path / "a.md", "a.md", (), origin=Origin.LISTED)
    source = FileSource("upload", (here, gone))
    assert [file.key for file in source.files()] == ["a", "b"]
    with source.local(here) as lent:
        assert lent == path
    with pytest.raises(BrokenDocument), source.local(gone):
        pass


def test_one_file_is_the_same_as_in_the_listing(tmp_path: Path) -> None:
    """A file named on the command line and the same file in a sync are one document."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.md").write_text("x", encoding="utf-8")
    aged(tmp_path / "sub" / "one.md", 60)
    source = FolderSource(tmp_path, readers_of=lambda key: (f"group:{key}",))
    assert [source.file("sub/one.md")] == list(source.files())
    (tmp_path / "a\x1fb.md").write_text(
        "x", encoding="utf-8"
    )  # no listing has it, so it cannot be named either
    for key in ("none.md", "../x", "sub", "a\x1fb.md"):
        with pytest.raises(BrokenDocument):
            source.file(key)
