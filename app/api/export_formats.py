"""Write a conversation for its owner to take along: as JSON, or as Markdown to read. Pure.

What a model wrote is marked for machines too, and by name.
Foreign text cannot link, load or format where the Markdown is shown: its marks are escaped.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.api.schemas import Dialogue, Message, Source
from app.provenance import AI_SOURCE, ai_mark, is_ai_made

Format = Literal["json", "markdown"]
MEDIA_TYPES: Mapping[Format, str] = {"json": "application/json", "markdown": "text/markdown; charset=utf-8"}
ENDINGS: Mapping[Format, str] = {"json": "json", "markdown": "md"}
# Blanks before a mark are those of its line: one that takes in the line before escapes that line alone.
_MARKS = re.compile(r"([\\`*_\[\]<>#!|~&${}]|(?:^|(?<=\r))[^\S\r\n]*(?:[-+=]|\d+(?=[.)])))", re.MULTILINE)
_LINKS = re.compile(r"(?i)(?<=[a-z0-9])(:(?=//)|@)|(?<=www)\.|(?<=mailto):")


@dataclass(frozen=True, slots=True)
class Taken:
    """Say of which house, and when, a copy was taken."""

    site: str
    at: str  # UTC
    collections: Mapping[str, str]  # names by id, of those the reader may know


def is_ai(message: Message) -> bool:
    """Return whether a model had a part in a message."""
    return message.answer is not None and is_ai_made(message.answer.outcome)


def as_record(dialogue: Dialogue, taken: Taken) -> dict[str, object]:
    """Return a conversation with its sources, each answer marked, ready for JSON."""
    return {
        "site": taken.site,
        "exported_at": taken.at,
        "id": dialogue.id,
        "title": dialogue.title,
        "ai_generated": any(map(is_ai, dialogue.messages)),
        "messages": [_message(message, taken) for message in dialogue.messages],
    }


def as_markdown(dialogue: Dialogue, taken: Taken) -> str:
    """Return a conversation to read: a head of keys, then questions, answers and what they cite."""
    has_ai = any(map(is_ai, dialogue.messages))
    head = [
        "---",
        f"exported_at: {taken.at}",
        f"ai_generated: {str(has_ai).lower()}",
        *([f"digital_source_type: {AI_SOURCE}"] if has_ai else []),
        "---",
        "",
        f"# {escaped(dialogue.title)}",
    ]
    return "\n".join([*head, *(line for one in dialogue.messages for line in _lines(one, taken)), ""])


def escaped(text: str) -> str:
    """Return `text` so that it shows as written in Markdown: no link, image, tag, heading or list comes of it."""
    return _LINKS.sub(r"\\\g<0>", _MARKS.sub(r"\\\1", text))


def _message(message: Message, taken: Taken) -> dict[str, object]:
    if message.answer is None:
        return {"role": message.role, "created_at": message.created_at, "text": message.text}
    answer = message.answer
    return {
        "role": message.role,
        "created_at": message.created_at,
        **ai_mark(answer.outcome),
        "model": answer.model,
        "outcome": answer.outcome,
        "text": answer.text,
        "notice": answer.notice,
        "sentences": [one.model_dump(include={"text", "citations", "verdict"}) for one in answer.sentences],
        "sources": [_source(one, taken) for one in message.sources],
        "feedback": message.feedback,
        "searched": None if message.searched is None else list(message.searched),
    }


def _source(source: Source, taken: Taken) -> dict[str, object]:
    kept = {"number", "document_id", "title", "file_name", "page", "cells", "dated", "heading_path", "text"}
    return source.model_dump(include=kept) | {"collection": taken.collections.get(source.collection, "")}


def _lines(message: Message, taken: Taken) -> Iterator[str]:
    answer = message.answer
    yield ""
    if answer is None:
        yield f"## {escaped(' '.join(message.text.split()))}"
        return
    yield from filter(None, (escaped(answer.text), answer.notice and f"\n{escaped(answer.notice)}"))
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    yield ""
    for one in message.sources:
        if one.number in cited:
            place = "" if one.page is None else f"page {one.page}"
            told = (one.title, place, one.cells, one.dated, taken.collections.get(one.collection))
            yield f"- \\[{one.number}\\] " + " · ".join(escaped(part) for part in told if part)
    if is_ai(message):
        yield ""
        yield f"*AI-generated · {escaped(answer.model)}*"
