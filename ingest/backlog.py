"""Hold drafts between those who read and the one who publishes; bounded, so that memory stays flat."""

import threading
from collections import deque
from collections.abc import Callable

from ingest.draft import Draft

# Held at a time: some 20 MB of text; a larger document waits until it has the backlog to itself.
MAX_CHUNKS = 4_096
BATCH_CHUNKS = 512  # published together: the embedder sorts them by length, the index writes them at once
PATIENCE_S = 0.2  # how late a cancellation may be noticed
GATHER_S = 0.1  # a batch waits for more: writing the index to disk takes 10 ms, for one draft as for fifty


class Backlog:
    """Pass drafts on, in batches. Any thread may put, one takes."""

    def __init__(
        self, *, max_chunks: int = MAX_CHUNKS, batch_chunks: int = BATCH_CHUNKS, gather_s: float = GATHER_S
    ) -> None:
        self._gather_s = gather_s
        self._max_chunks = max_chunks
        self._batch_chunks = batch_chunks
        self._drafts: deque[Draft] = deque()
        self._chunks = 0
        self._change = threading.Condition()

    def put(self, draft: Draft, *, is_stopping: Callable[[], bool]) -> bool:
        """Add a draft, waiting while there is no room; return False, with nothing added, once the work stops."""
        size = len(draft.version.chunks)
        with self._change:
            while self._chunks and self._chunks + size > self._max_chunks:
                if is_stopping():
                    return False
                self._change.wait(PATIENCE_S)
            if is_stopping():
                return False
            self._drafts.append(draft)
            self._chunks += size
            self._change.notify_all()
            return True

    def take(self) -> list[Draft]:
        """Return what waits, up to a batch; empty where nothing came for a moment."""
        with self._change:
            self._change.wait_for(lambda: self._drafts, PATIENCE_S)
            if self._drafts:
                self._change.wait_for(lambda: self._chunks >= self._batch_chunks, self._gather_s)
            batch: list[Draft] = []
            size = 0
            while self._drafts and (not batch or size + self._next_size() <= self._batch_chunks):
                size += self._next_size()
                batch.append(self._drafts.popleft())
            self._chunks -= size
            self._change.notify_all()
            return batch

    def _next_size(self) -> int:
        return len(self._drafts[0].version.chunks)

    def drain(self) -> list[Draft]:
        """Return all that waits, for those who give up."""
        with self._change:
            drafts = list(self._drafts)
            self._drafts.clear()
            self._chunks = 0
            return drafts
