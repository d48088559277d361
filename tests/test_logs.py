"""Check app.logs: one line an event, ids only, and nothing can forge a line."""

import io
import json
import logging
import typing

from hypothesis import given
from hypothesis import strategies as st

from app import logs
from ingest.events import Fields, event, logger

CANARY = "canary-7f3a"


def test_event_is_one_line_of_json(lines: io.StringIO) -> None:
    """Name, level, time and fields can be read by a machine."""
    event(logger("answer"), "question_answered", answer_id="a1", duration_ms=12.5)
    (line,) = lines.getvalue().splitlines()
    record = json.loads(line)
    assert (record["logger"], record["event"]) == ("intramuros.answer", "question_answered")
    assert (record["answer_id"], record["duration_ms"]) == ("a1", 12.5)
    assert record["at"].endswith("+00:00")


@given(value=st.text())
def test_no_value_can_begin_a_line(value: str) -> None:
    """Line breaks, escape sequences and lone surrogates in a value stay inside it."""
    record = logging.LogRecord("intramuros.x", logging.INFO, "", 0, "event", None, None)
    record.fields = {"reason": value}
    line = logs.JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["reason"] == value[: logs.MAX_VALUE_CHARS]


def test_libraries_write_templates_without_values(lines: io.StringIO) -> None:
    """The arguments of a library's message may be content; only its template is written."""
    logging.getLogger("some.library").warning("query failed for %s", CANARY)
    logging.getLogger("some.library").info("chatter")
    assert CANARY not in lines.getvalue()
    assert json.loads(lines.getvalue())["event"] == "query failed for %s"


def test_exception_is_written_without_its_message(lines: io.StringIO) -> None:
    """An error of the database quotes the text it choked on; type and place are enough to find it."""
    try:
        raise ValueError(CANARY)
    except ValueError:
        logger("answer").exception("question_failed")
    record = json.loads(lines.getvalue())
    assert record["exception"] == "ValueError"
    assert record["place"]
    assert CANARY not in lines.getvalue()


def test_no_field_is_for_content_or_people() -> None:
    """The closed list of fields names no text, question, answer, name, address or secret."""
    names = set(typing.get_type_hints(Fields))
    forbidden = {
        "text",
        "question",
        "answer",
        "title",
        "file_name",
        "user",
        "name",
        "email",
        "password",
        "token",
        "path",
    }
    assert names
    assert not names & forbidden
