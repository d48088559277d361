"""Write one structured line per event: ids, counts and times, never what people ask, read or are called.

`Fields` is the closed list of what a line may carry; mypy refuses any other. Libraries' own messages are written as
their templates without the values, because an SQL error or an address would bring content along.
"""

import json
import logging
import threading
import traceback
from datetime import UTC, datetime
from typing import TextIO, TypedDict, Unpack

OURS = "intramuros"
MAX_VALUE_CHARS = 200  # an id or a reason code is shorter; content that slipped in is cut


class Fields(TypedDict, total=False):
    """List what a line may carry. No field is for free text, names, addresses of people or secrets."""

    answer_id: str
    conversation_id: str
    document_id: str
    version_id: str
    collection_id: str
    job_id: str
    request_id: str
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
    chunks: int
    prompt_tokens: int
    sentences: int
    unsupported: int
    size_bytes: int
    duration_ms: float
    first_token_ms: float
    retries: int
    pid: int
    port: int
    version: str
    profile: str


class JsonLines(logging.Formatter):
    """Format a record as one line of JSON in ASCII, so that no value can begin a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Exceptions appear as type and place, without their message."""
        fields: object = getattr(record, "fields", None)
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg)[:MAX_VALUE_CHARS],
        }
        if isinstance(fields, dict):
            line |= {key: _short(value) for key, value in fields.items()}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["place"] = [
                f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(record.exc_info[2], limit=-3)
            ]
        return json.dumps(line, ensure_ascii=True)


def configure(stream: TextIO, *, level: str = "INFO") -> None:
    """Send all lines of this process to `stream`. Libraries speak from WARNING on, whatever the level of ours."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level)
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_broke  # a raw traceback would carry what was being worked on
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers[:] = []
        server.propagate = name != "uvicorn.access"  # access lines carry paths with ids and queries
        server.setLevel(logging.WARNING)


def _thread_broke(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None:
        logging.getLogger(OURS).error(
            "thread_broke",
            exc_info=broken.exc_value,
            extra={"fields": {"reason": type(broken.exc_value).__name__}},
        )


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


def _short(value: object) -> object:
    return value[:MAX_VALUE_CHARS] if isinstance(value, str) else value
