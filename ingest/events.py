"""Name what a line of the log may carry, and write it: ids, counts and times, never content, names or secrets.

`Fields` is the closed list; mypy refuses any other. How a line looks, and where it goes, is `app.logs`' to say.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypedDict, Unpack

OURS = "intramuros"


class Fields(TypedDict, total=False):
    """List what a line may carry. No field is for free text, names, addresses of people or secrets."""

    answer_id: str
    conversation_id: str
    document_id: str
    version_id: str
    collection_id: str
    source_id: str  # as the settings declare it
    job_id: str
    request_id: str  # of the request that led to this, as its response names it
    trace_id: str  # of the trace, where questions are traced
    subject_hash: str  # keyed hash of the person, for abuse; rotates with its key
    outcome: str
    state: str
    stage: str
    reason: str  # class name of the error, never its message
    language: str
    model: str
    media_type: str
    method: str
    route: str  # the template, "/api/documents/{id}", never the path
    status: int
    passages: int
    pages: int
    documents: int
    chunks: int
    prompt_tokens: int
    sentences: int
    unsupported: int
    size_bytes: int
    duration_ms: float
    queue_ms: float
    first_token_ms: float
    retries: int
    pid: int
    port: int
    version: str
    profile: str
    landlock: int  # version of the kernel's interface; 0 = none
    has_network_namespace: bool
    has_socket_filter: bool
    audit_seq: int  # number of a record of the audit trail
    audit_mac: str  # its seal
    store: str  # of the database or the disk, as its term names it
    rows: int
    account: str  # of parsers: "nobody", or "own" where it stayed that of the service


# What every line carries that is written in this thread or task.
BOUND: ContextVar[Fields] = ContextVar("bound", default=Fields())  # noqa: B039  # never changed in place


@contextmanager
def bound(fields: Fields) -> Iterator[None]:
    """Have every line carry these fields too while the block runs, those of libraries included."""
    before = BOUND.get()
    BOUND.set(before | fields)
    try:
        yield
    finally:
        BOUND.set(before)


def logger(name: str) -> logging.Logger:
    """Return the logger of one part of the house, for instance `answer`."""
    return logging.getLogger(f"{OURS}.{name}")


def event(
    log: logging.Logger,
    name: str,
    *,
    level: int = logging.INFO,
    exc_info: BaseException | None = None,
    **fields: Unpack[Fields],
) -> None:
    """Write one line, for instance `event(log, "question_answered", answer_id=..., duration_ms=...)`."""
    log.log(level, name, exc_info=exc_info, extra={"fields": fields})
