"""Write the page's log as the other processes write theirs: one JSON object a line, without values or errors' messages.

Streamlit gives each of its loggers a handler of its own; here they all share one.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

MAX_VALUE_CHARS = 200  # a template of a message is shorter; content that slipped in is cut


class JsonLines(logging.Formatter):
    """Format a record as one line of JSON in ASCII, with the template of its message instead of the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Exceptions appear as type and place, without their message."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg)[:MAX_VALUE_CHARS],
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["place"] = [
                f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(record.exc_info[2], limit=-3)
            ]
        return json.dumps(line, ensure_ascii=True)


def configure() -> None:
    """Send the lines of this process to its standard error; of libraries beside Streamlit, from warnings on."""
    from streamlit import logger as theirs  # heavy: keeps --help under 0.3 s

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = (
        False  # a line that cannot be written, as on a full disk, is left out without a traceback
    )

    def setup_formatter(logger: logging.Logger) -> None:
        """Take the place of Streamlit's function, which gives each of its loggers a handler for a terminal."""
        # Access lines carry paths with ids. The others do not hand on: Uvicorn puts handlers of its own above.
        logger.handlers[:] = [] if logger.name == "uvicorn.access" else [handler]
        logger.propagate = False

    theirs.setup_formatter = setup_formatter
    theirs.update_formatter()
