"""Read the events of an answer as they come over the wire."""

from collections.abc import Iterator

from pydantic import TypeAdapter

from ui.records import Answer, Event, Failure, SourcesFound, Token, Waiting

_EVENTS: dict[str, TypeAdapter[Event]] = {
    "sources": TypeAdapter(SourcesFound),
    "waiting": TypeAdapter(Waiting),
    "token": TypeAdapter(Token),
    "answer": TypeAdapter(Answer),
    "error": TypeAdapter(Failure),
}


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
