"""Tell when something changes in a folder, through the kernel's inotify; never by what reading a file causes."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from watchdog import events

from ingest.sources.folder import PASSED_OVER
from retrieval.errors import Unavailable

if TYPE_CHECKING:
    from watchdog.observers.api import ObservedWatch

MOUNTS = Path("/proc/self/mountinfo")
# inotify takes a folder of these and then never hears of what other machines write into it.
SILENT_SYSTEMS = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "vboxsf", "virtiofs"}
)
OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class _Watched:
    folder: Path
    identity: tuple[int, int]  # device and inode: another one means that the watched folder is gone
    handle: "ObservedWatch"


class FolderWatch:
    """Call `changed` with a source's id, from a thread of its own, when files below its folder change."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        from watchdog.observers import Observer  # heavy: keeps --help under 0.3 s

        self._changed = changed
        self._observer = Observer()
        self._watched: dict[str, _Watched] = {}

    def __enter__(self) -> Self:
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def add(self, source_id: str, folder: Path) -> None:
        """Watch a folder with all below it. Raises Unavailable where changes in it would not be heard."""
        # Not opening and closing unchanged, which every sync does itself; nor that a folder's list changed, which
        # hidden files cause too: what changed in it has an event of its own.
        names = ("Created", "Modified", "Attrib", "Closed", "Deleted", "Moved")
        heard: list[type[events.FileSystemEvent]] = [getattr(events, f"File{name}Event") for name in names]
        heard += [events.DirCreatedEvent, events.DirAttribEvent, events.DirDeletedEvent, events.DirMovedEvent]
        remedy = "it is synced by the clock instead; set every_minutes to say how often"
        try:
            root = folder.resolve()
            status, system = root.stat(), file_system_of(root, MOUNTS.read_text())
            if system.partition(".")[0] in SILENT_SYSTEMS:  # "fuse.sshfs" is a kind of fuse
                raise Unavailable(f"{folder} lies on {system}, which tells no changes", remedy=remedy)
            handle = self._observer.schedule(
                _Handler(source_id, root, self._changed), str(root), recursive=True, event_filter=heard
            )
        except OSError as error:
            raise Unavailable(f"{folder} cannot be watched ({error.strerror})", remedy=remedy) from error
        self._watched[source_id] = _Watched(folder, (status.st_dev, status.st_ino), handle)

    def has(self, source_id: str) -> bool:
        """Return whether the folder is watched and still the one it was; forgets it where it is not."""
        watched = self._watched.get(source_id)
        if watched is None:
            return False
        try:
            status = watched.folder.stat()
        except OSError:
            status = None
        if status is not None and (status.st_dev, status.st_ino) == watched.identity:
            return True
        del self._watched[source_id]
        self._observer.unschedule(watched.handle)
        return False


class _Handler(events.FileSystemEventHandler):
    """Pass on what concerns visible files."""

    def __init__(self, source_id: str, folder: Path, changed: Callable[[str], None]) -> None:
        self._source_id = source_id
        self._folder = str(folder)
        self._changed = changed

    def dispatch(self, event: events.FileSystemEvent) -> None:
        """Report a change, unless only hidden files took part: editors' swap files come by the second."""
        if any(self._is_visible(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path):
            self._changed(self._source_id)

    def _is_visible(self, path: str) -> bool:
        below = path.removeprefix(self._folder).split("/")
        return not any(part.startswith(PASSED_OVER) for part in below)


def file_system_of(folder: Path, mounts: str) -> str:
    """Return the type of the file system that holds an absolute folder, by the lines of /proc/self/mountinfo."""
    longest, found = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place = Path(OCTAL.sub(lambda octal: chr(int(octal[1], 8)), before.split(" ")[4]))  # a blank is \\040
        # A later mount covers an earlier one.
        if folder.is_relative_to(place) and len(place.parts) >= longest:
            longest, found = len(place.parts), after.split(" ")[0]
    return found
