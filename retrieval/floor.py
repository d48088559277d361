"""Keep a memory-mapped index from a disk without room: where the disk ends under a map, the kernel ends the process."""

import shutil
from pathlib import Path
from typing import Final

from retrieval.errors import DiskFull

# A batch of points, the engine's next log file of 32 MB, and what other programs take meanwhile.
WRITE_FLOOR_BYTES: Final = 64 << 20


def require_room(folder: Path) -> None:
    """Raise DiskFull where too little is free for the next write; reading goes on."""
    free = shutil.disk_usage(folder).free
    if free < WRITE_FLOOR_BYTES:
        raise DiskFull(
            f"{free >> 20} MB are free on the disk of the index, and {WRITE_FLOOR_BYTES >> 20} MB are needed to write",
            remedy="free disk space, or set site.data_dir to a larger disk; what waits goes on by itself",
        )
