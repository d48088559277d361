"""Read the names that others gave to files; none is ever used as a path."""

from pathlib import PurePosixPath


def last_part(name: str) -> str:
    """Return what stands after the last slash of either kind; empty where nothing does."""
    return PurePosixPath(name.replace("\\", "/")).name
