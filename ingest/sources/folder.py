"""List the files of a folder, or single files, without ever leaving the folder.

A listing is complete or it fails: a sub-folder that cannot be read would otherwise look like one whose documents
vanished, and they would be forgotten.
"""

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.types import Origin, SourceFile
from retrieval.errors import BrokenDocument, Unavailable

ReadersOf = Callable[[str], tuple[str, ...]]  # key below the root -> principals

# A file written twice within one tick of the file system's clock has one mtime for two contents. Git's index meets the
# same "racy" files and reads them again; FAT's ticks of 2 s are the coarsest in use.
RACY_NS = 2_000_000_000
PASSED_OVER = (".", "~$")  # hidden files; the owner files that Office keeps beside an open document
RESERVED = "\x1f"  # follows a document's key in those of its attachments; no listed file's key holds it
ESCAPED = re.compile(rb"\\x(5c|[89a-f][0-9a-f])")
LOOKS_ESCAPED = re.compile(rb"\\(?=x(?:5c|[89a-f][0-9a-f]))")
WHY_NOT = {
    errno.ENOENT: "it is no longer there",
    errno.ELOOP: "a link has taken its place",
    errno.ENOTDIR: "a link has taken the place of its folder",
}


class FolderSource:
    """List a folder. Hidden files and links are passed over: a link would have the readers of its own place."""

    def __init__(
        self, root: Path, *, readers_of: ReadersOf, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100  Path.absolute() keeps ".."; a link to it may be switched
        self._readers_of = readers_of
        self._now_ns = now_ns

    @property
    def name(self) -> str:
        """Return "folder:" and the absolute path, through which link it may lead."""
        return f"folder:{self._root}"

    def files(self) -> Iterator[SourceFile]:
        """Yield every file present, sorted by key. Raises Unavailable where a folder in it cannot be listed."""
        before_ns = self._now_ns() - RACY_NS
        for entry, key in self._entries(str(self._root), ""):
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue  # removed since the folder was listed, or a link to nothing
            except OSError as error:
                raise _unlisted(entry.path, error) from error
            yield self._listed(key, Path(readable(entry.path)), status, before_ns)

    def file(self, key: str) -> SourceFile:
        """Return one file as `files` would list it. Raises BrokenDocument where it is not there or leads out.

        A name with the reserved character is refused like that too: its key could be that of an attachment.
        """
        before_ns = self._now_ns() - RACY_NS
        named = SourceFile(self.name, key, self._root / key, key.rpartition("/")[2], (), origin=Origin.LISTED)
        if RESERVED in key:
            raise BrokenDocument(
                f"'{named.file_name.replace(RESERVED, '?')}' has the control character U+001F in its name",
                remedy="rename it, then add it again",
            )
        with self.local(named) as path:
            return self._listed(key, named.path, path.stat(), before_ns)

    @contextmanager
    def local(self, file: SourceFile) -> Iterator[Path]:
        """Lend the file itself, held open: whatever takes its place meanwhile is not read in its stead.

        Raises Unavailable where the folder is away, BrokenDocument where the file is, or is a file no longer.
        """
        descriptor = self._opened(file)
        try:
            yield Path(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)

    def _opened(self, file: SourceFile) -> int:
        """Open the file part by part, following no link: its readers are those of its place, not of a link's target."""
        path = real_path(self._root, file.key)
        if ".." in path.parts or not path.is_relative_to(self._root):
            raise _unread(file, "its name leads out of its folder")
        *folders, name = path.relative_to(self._root).parts
        try:
            place = os.open(self._root, os.O_PATH | os.O_DIRECTORY)
        except OSError as error:
            raise _unlisted(str(self._root), error) from error
        try:
            for folder in folders:
                below = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
                os.close(place)
                place = below
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
        except OSError as error:
            raise _unread(
                file, WHY_NOT.get(error.errno or 0, error.strerror or "it cannot be opened")
            ) from error
        finally:
            os.close(place)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise _unread(file, "it is no file")

    def _listed(self, key: str, path: Path, status: os.stat_result, before_ns: int) -> SourceFile:
        size_bytes, mtime_ns = status.st_size, status.st_mtime_ns
        return SourceFile(
            source=self.name,
            key=key,
            path=path,
            file_name=path.name,
            readers=self._readers_of(key),
            origin=Origin.LISTED,
            size_bytes=size_bytes,
            signature=f"{size_bytes}:{mtime_ns}" if mtime_ns < before_ns else None,
        )

    def _entries(self, folder: str, below: str) -> Iterator[tuple["os.DirEntry[str]", str]]:
        """Yield the files below `folder` with their keys, in the order of the keys."""
        try:
            with os.scandir(folder) as listing:
                found = [entry for entry in listing if not _is_passed_over(entry.name)]
            kinds = [(entry, entry.is_dir(follow_symlinks=False)) for entry in found]
        except OSError as error:
            raise _unlisted(folder, error) from error
        # With its slash a folder sorts where the keys below it belong: "a.md" < "a/b.md" < "a0.md".
        for entry, is_folder in sorted(kinds, key=lambda one: one[0].name + "/" * one[1]):
            key = below + readable(entry.name)
            if is_folder:
                yield from self._entries(entry.path, key + "/")
            elif entry.is_file(follow_symlinks=False):  # what a link leads to is listed at its own place
                yield entry, key


class FileSource:
    """Offer single files: named on the command line, or uploaded."""

    def __init__(self, name: str, files: tuple[SourceFile, ...]) -> None:
        self._name = name
        self._files = files

    @property
    def name(self) -> str:
        """Return the name the files were given under."""
        return self._name

    def files(self) -> Iterator[SourceFile]:
        """Yield the files sorted by key."""
        yield from sorted(self._files, key=lambda file: file.key)

    @contextmanager
    def local(self, file: SourceFile) -> Iterator[Path]:
        """Lend the file's own path. Raises BrokenDocument where it is gone."""
        if not file.path.is_file():
            raise _unread(file, "it is no longer there")
        yield file.path


def _is_passed_over(name: str) -> bool:
    return name.startswith(PASSED_OVER) or RESERVED in name


def readable(name: str) -> str:
    r"""Return a name that every store can hold: bytes that are no UTF-8 become `\xe4`, as old archives have them.

    What looks so already gets its backslash written as `\x5c`: no two names have the same readable one.
    """
    return LOOKS_ESCAPED.sub(rb"\\x5c", os.fsencode(name)).decode("utf-8", "backslashreplace")


def real_path(root: Path, key: str) -> Path:
    """Return where a key lies, undoing `readable`."""
    raw = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), key.encode())
    return root / os.fsdecode(raw)


def _unlisted(folder: str, error: OSError | None) -> Unavailable:
    why = f" ({error.strerror})" if error is not None else ""
    return Unavailable(
        f"the folder {readable(folder)} cannot be listed{why}",
        remedy="check that it exists, is mounted and may be read by the account that runs Intramuros",
    )


def _unread(file: SourceFile, why: str) -> BrokenDocument:
    return BrokenDocument(
        f"'{file.file_name}' cannot be read: {why}",
        remedy="check that it is in its place and may be read, then `intramuros ingest retry`",
    )
