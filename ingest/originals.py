"""Keep the original files, named by version id, never by what a person called them."""

import os
import shutil
from pathlib import Path
from uuid import UUID

from retrieval.errors import NotFound


class FolderOriginals:
    """Keep originals in a folder: `ab/ab12….original`, spread over 256 subfolders."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, version_id: str, source: Path) -> None:
        """Copy `source` in, whole or not at all."""
        target = self._place(version_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}.part")
        try:
            shutil.copyfile(source, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def path(self, version_id: str) -> Path:
        """Return where the original lies. Raises NotFound."""
        place = self._place(version_id)
        if not place.is_file():
            raise NotFound("the original of this document is missing", remedy="run `intramuros doctor`")
        return place

    def forget(self, version_id: str) -> None:
        """Delete the original; nothing happens where there is none."""
        self._place(version_id).unlink(missing_ok=True)

    def _place(self, version_id: str) -> Path:
        name = UUID(version_id).hex  # refuses anything that is not an id
        return self._root / name[:2] / f"{name}.original"
