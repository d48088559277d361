"""Read what comes over the wire: replies, and the events of an answer."""

from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from ui.records import Answer, Event, Failure, Noticed, SourcesFound, Token, Waiting

T = TypeVar("T")

_EVENTS: dict[str, TypeAdapter[Event]] = {
    "noticed": TypeAdapter(Noticed),
    "sources": TypeAdapter(SourcesFound),
    "waiting": TypeAdapter(Waiting),
    "token": TypeAdapter(Token),
    "answer": TypeAdapter(Answer),
    "error": TypeAdapter(Failure),
}


def reply_of(kind: type[T], content: bytes) -> T:
    """Return a reply as a record. Raises pydantic.ValidationError."""
    return cast(T, _reader(cast(Hashable, kind)).validate_json(content))


@cache  # a reader is compiled: made anew for each reply, an eighth of the page's time went into it
def _reader(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(type[Any], kind))


def parse_events(lines: Iterator[str]) -> Iterator[tuple[int, Event]]:
    """Yield (number, event) of a server-sent event stream; comments and unknown events are skipped."""
    number, name, data = 0, "", list[str]()
    for line in lines:
        if line:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "id" and value.isdecimal():
                number = int(value)
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            continue
        if name in _EVENTS and data:
            yield number, _EVENTS[name].validate_json("\n".join(data))
        name, data = "", []
