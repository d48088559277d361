"""Let people take their conversations along: one, or all of them. Sources are those the reader of today may read."""

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from app.api.conversations import dialogue
from app.api.export_formats import ENDINGS, MEDIA_TYPES, Format, Taken, as_markdown, as_record
from app.api.sessions import SignedInPerson, Wired
from app.identity import Person
from app.wiring import Services
from ingest.database import stamp, utc_now
from retrieval.errors import NotFound

router = APIRouter(prefix="/api", tags=["conversations"])
Wanted = Annotated[Format, Query(alias="format")]


@router.get("/conversations/export")
def export_all(services: Wired, person: SignedInPerson, form: Wanted = "json") -> StreamingResponse:
    """Return all one's conversations in one file, newest first: a JSON list, or Markdown one after the other."""
    return StreamingResponse(
        _all(services, person, form), media_type=MEDIA_TYPES[form], headers=_named("conversations", form)
    )


@router.get("/conversations/{conversation}/export")
def export(conversation: str, services: Wired, person: SignedInPerson, form: Wanted = "json") -> Response:
    """Return one conversation as a file, with its sources and the mark of what a model wrote."""
    known = services.history.get(conversation, person.id).id  # a name of ours, whatever was asked for
    text = _written(known, services, person, form)
    return Response(text, media_type=MEDIA_TYPES[form], headers=_named(f"conversation-{known}", form))


def _all(services: Services, person: Person, form: Format) -> Iterator[str]:
    is_json = form == "json"
    before = "[" if is_json else ""
    for heading in services.history.listed(person.id):
        try:
            text = _written(heading.id, services, person, form)
        except NotFound:
            continue  # deleted since the file was begun
        yield before + text
        before = ",\n" if is_json else "\n"
    if is_json:
        yield "]" if before != "[" else "[]"


def _written(conversation: str, services: Services, person: Person, form: Format) -> str:
    shown = dialogue(conversation, services, person)
    names = {one.id: one.name for one in services.collections.for_person(person.id)}
    read = {source.collection for message in shown.messages for source in message.sources}
    taken = Taken(
        services.settings.site.name,
        stamp(utc_now()),
        {key: name for key, name in names.items() if key in read},
    )
    if form == "markdown":
        return as_markdown(shown, taken)
    return json.dumps(as_record(shown, taken), ensure_ascii=False)


def _named(name: str, form: Format) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{ENDINGS[form]}"'}
