"""Write one structured line per event: ids, counts and times, never what people ask, read or are called.

What a line may carry is a closed list (`ingest.events.Fields`). Libraries' own messages are written as
their templates without the values, because an SQL error or an address would bring content along.
"""

import json
import logging
import threading
import traceback
from datetime import UTC, datetime
from typing import TextIO

from ingest.events import BOUND, OURS, event

MAX_VALUE_CHARS = 200  # an id or a reason code is shorter; content that slipped in is cut


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
        line |= {key: value for key, value in BOUND.get().items() if value}
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
    logging.raiseExceptions = (
        False  # a line that cannot be written, as on a full disk, is left out without a traceback
    )
    threading.excepthook = _thread_broke  # a raw traceback would carry what was being worked on
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers[:] = []
        server.propagate = name != "uvicorn.access"  # access lines carry paths with ids and queries
        server.setLevel(logging.WARNING)


def _thread_broke(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None:
        event(
            logging.getLogger(OURS),
            "thread_broke",
            level=logging.ERROR,
            exc_info=broken.exc_value,
            reason=type(broken.exc_value).__name__,
        )


def _short(value: object) -> object:
    return value[:MAX_VALUE_CHARS] if isinstance(value, str) else value
