"""Read and write `traceparent` (W3C Trace Context), the header by which one trace goes through several programs."""

import re
from contextvars import ContextVar

# Of the question that this thread or task is at work on; empty where nothing is traced.
TRACEPARENT: ContextVar[str] = ContextVar("traceparent", default="")
_HEADER = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def is_traceparent(value: str) -> bool:
    """Return whether `value` is a header that may be followed and passed on; anything else is ignored."""
    return _HEADER.fullmatch(value) is not None


def written(*, trace_id: int, span_id: int) -> str:
    """Return the header that makes a span the parent of what another program does; it is always recorded."""
    return f"00-{trace_id:032x}-{span_id:016x}-01"
