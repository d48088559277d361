"""Attack, as a parser would, the files that others own and the room that all share."""

import ctypes
import os
import subprocess
from pathlib import Path

from ingest.types import ParsedDocument
from tests.attempts import asked, told, tried

GIGABYTE = 1024**3


def read(path: Path) -> ParsedDocument:
    """Read the files that the document names, in Python and through another program."""
    names = path.read_text(encoding="utf-8").splitlines()
    done = [tried(Path(name).read_bytes) for name in names]
    shown = [subprocess.run(["/bin/cat", name], capture_output=True, check=False) for name in names]
    return told([*done, *(f"done: {one.stdout!r}" if one.stdout else "refused: cat" for one in shown)])


def listing(path: Path) -> ParsedDocument:
    """List the folders that the document names."""
    names = path.read_text(encoding="utf-8").splitlines()
    return told([tried(os.scandir, name) for name in names])


def write(path: Path) -> ParsedDocument:
    """Write, make folders, links and devices below the folders that the document names."""
    deeds: list[str] = []
    for name in path.read_text(encoding="utf-8").splitlines():
        folder = Path(name)
        deeds += [
            tried((folder / "intramuros-evil").write_text, "evil"),
            tried((folder / "intramuros-evil-folder").mkdir),
            tried((folder / "intramuros-evil-link").symlink_to, "/etc/passwd"),
        ]
    return told(deeds)


def overwrite(path: Path) -> ParsedDocument:
    """Change, empty and delete the document itself."""
    return told(
        [
            tried(path.write_text, "evil"),
            tried(os.truncate, path, 0),
            tried(path.unlink),
            tried(path.chmod, 0o777),
        ]
    )


def change(path: Path) -> ParsedDocument:
    """Change the mode, the owner, the dates and the attributes of the files that the document names."""
    deeds: list[str] = []
    for name in path.read_text(encoding="utf-8").splitlines():
        deeds += [
            tried(os.chmod, name, 0o666),
            tried(os.chown, name, os.getuid(), os.getgid()),
            tried(os.utime, name, (1, 1)),
            tried(os.setxattr, name, "user.evil", b"x"),
            tried(os.removexattr, name, "user.evil"),
        ]
    with path.open("rb") as opened:
        deeds += [tried(os.fchmod, opened.fileno(), 0o666), tried(os.utime, opened.fileno(), (1, 1))]
    return told(deeds)


def fill(path: Path) -> ParsedDocument:
    """Write a gigabyte into the private directory, where writing is allowed."""

    def pour() -> int:
        with Path("filling").open("wb") as stream:
            return sum(stream.write(bytes(1024**2)) for _ in range(1024))

    return told([tried(pour)])


def pile(path: Path) -> ParsedDocument:
    """Write gigabytes into the private directory, in files that are each small enough."""
    block = bytes(1024**2)
    for number in range(60):
        with Path(f"{number}").open("wb") as stream:
            stream.writelines(block for _ in range(100))
    return told(["written"])


def hoard(path: Path) -> ParsedDocument:
    """Keep a gigabyte in files that lie in memory."""
    libc = ctypes.CDLL(None, use_errno=True)

    def pour() -> int:
        return sum(os.write(os.memfd_create(f"{n}"), bytes(1024**2)) for n in range(200))

    return told([tried(pour), tried(asked, libc.syscall, 447, 0)])  # memfd_secret


def allocate(path: Path) -> ParsedDocument:
    """Take eight gigabytes."""
    return told([str(len(bytearray(8 * GIGABYTE)))])
