"""Keep the original files, named by version id, never by what a person called them."""

import os
import shutil
from pathlib import Path
from uuid import UUID

from retrieval.errors import NotFound, OriginalsUnavailable


class FolderOriginals:
    """Keep originals in a folder: `ab/ab12….original`, spread over 256 subfolders."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, version_id: str, source: Path) -> None:
        """Copy `source` in, whole or not at all. Raises OriginalsUnavailable, e.g. when the disk is full."""
        target = self._place(version_id)
        partial = target.with_suffix(f".{os.getpid()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, partial)
            partial.replace(target)
        except OSError as error:
            raise OriginalsUnavailable(
                f"the original cannot be kept in {self._root}: {error.strerror}",
                remedy="free disk space or make the directory writable, then `intramuros ingest retry`",
            ) from error
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
