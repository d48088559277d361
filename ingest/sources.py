"""List the files of a place. A source only tells what is there; the pipeline decides what is new."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.types import SourceFile
from retrieval.errors import Unavailable

ReadersOf = Callable[[str], tuple[str, ...]]  # key below the root -> principals


class FolderSource:
    """Walk a folder. Hidden files, and links that leave the folder, are passed over."""

    def __init__(self, root: Path, *, readers_of: ReadersOf) -> None:
        self._root = root.resolve()
        self._readers_of = readers_of

    @property
    def name(self) -> str:
        """Return "folder:" and the absolute path."""
        return f"folder:{self._root}"

    def files(self) -> Iterator[SourceFile]:
        """Yield every file present, sorted by key. Raises Unavailable where the folder cannot be listed."""
        if not self._root.is_dir():
            raise Unavailable(
                f"the folder {self._root} cannot be listed",
                remedy="check that it exists, is mounted and may be read by the account that runs Intramuros",
            )
        for path in sorted(self._root.rglob("*")):
            key = path.relative_to(self._root).as_posix()
            is_hidden = any(part.startswith(".") for part in Path(key).parts)
            if not is_hidden and path.is_file() and path.resolve().is_relative_to(self._root):
                yield SourceFile(
                    source=self.name, key=key, path=path, file_name=path.name, readers=self._readers_of(key)
                )


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
        """Yield the files in the order given."""
        yield from self._files
