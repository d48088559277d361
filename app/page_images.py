"""Keep page images that were drawn a moment ago, in bounded memory and for a while.

Whoever asks here has been found to be allowed to, a moment ago and for this one time: nothing here knows who may read
what, and nothing is handed out unasked. An original that is gone is not drawn from memory either.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from ingest.types import Drawing, Picture

MAX_BYTES: Final = 64 << 20  # some 300 pages of text
KEPT: Final = timedelta(minutes=10)  # of reading on and back; what was erased is not kept for longer either

Draw = Callable[[Path, str, Drawing], Picture]


@dataclass(frozen=True, slots=True)
class _Kept:
    picture: Picture
    drawn_at: datetime


class PageImages:
    """Draw pages of originals, each once while it is looked at. Safe to use from several threads."""

    def __init__(
        self, draw: Draw, find: Callable[[str], Path], *, max_bytes: int = MAX_BYTES, kept: timedelta = KEPT
    ) -> None:
        """`find` gives the original of a version, and raises NotFound where it is gone."""
        self._draw = draw
        self._find = find
        self._max_bytes = max_bytes
        self._for = kept
        self._lock = Lock()
        self._pictures: OrderedDict[tuple[str, Drawing], _Kept] = OrderedDict()  # the longest unused first

    def picture(self, version_id: str, media_type: str, drawing: Drawing, *, now: datetime) -> Picture:
        """Return a page as it is asked for. Raises NotFound, DocumentRejected and Unavailable."""
        path = self._find(version_id)
        key = (version_id, drawing)
        with self._lock:
            self._drop(before=now - self._for)
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key].picture
        picture = self._draw(path, media_type, drawing)
        with self._lock:
            self._pictures[key] = _Kept(picture, now)
            self._drop(before=now - self._for)
        return picture

    @property
    def size_bytes(self) -> int:
        """Return how much is kept."""
        return sum(len(kept.picture.png) for kept in self._pictures.values())

    def _drop(self, before: datetime) -> None:
        for key in [key for key, kept in self._pictures.items() if kept.drawn_at < before]:
            del self._pictures[key]
        while self.size_bytes > self._max_bytes:
            self._pictures.popitem(last=False)
