"""Show a passage in its document: between its neighbours, and on its page. Each call asks for the right anew."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from app.api.document_schemas import PassageView
from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.identity import Person
from app.wiring import Services
from ingest.database import utc_now
from ingest.formats import PAGED
from ingest.types import Drawing, Phrase, Picture
from retrieval.errors import NotAllowed, NotFound
from retrieval.types import Passage

NEIGHBOURS: Final = (
    2  # passages shown before and after: enough to judge the context, little enough to take in
)
MAX_MARKS: Final = 8  # sentences of one answer that rest on the same passage
MAX_PAGE: Final = 10_000  # beyond what a document may have

Mark = Annotated[str, StringConstraints(pattern=r"^\d{1,6}-\d{1,6}$")]


class PageWish(Wire):
    """Carry which page is wanted, how wide, and which characters of the passage's text to mark on it."""

    width: int = Field(900, ge=200, le=2000)  # pixels
    page: int | None = Field(
        None, ge=1, le=MAX_PAGE
    )  # left out: the one that holds most of what is to be marked
    mark: tuple[Mark, ...] = Field((), max_length=MAX_MARKS)  # "20-80", the end exclusive


router = APIRouter(prefix="/api/passages", tags=["documents"])


@router.get("/{chunk}")
def passage(chunk: str, services: Wired, person: SignedInPerson) -> PassageView:
    """Return a passage between its neighbours."""
    found = _passage(chunk, services, person)
    around = services.passages.neighbours(found, reader=person.reader(), reach=NEIGHBOURS, with_first=True)
    version = services.versions.visible(found.document_id)
    return PassageView.of(found, around, reach=NEIGHBOURS, pages=version.pages if version else None)


@router.get("/{chunk}/page.png")
def page_image(
    chunk: str,
    services: Wired,
    person: SignedInPerson,
    wish: Annotated[PageWish, Query()],
) -> Response:
    """Return a page of the passage's document, by default one it stands on, with the passage marked.

    With `mark=20-80` only these characters of its text are, where their words are found on the page. The headers tell
    the page's number, its width in points, what is marked and where that begins.
    """
    found = _passage(chunk, services, person)
    if found.media_type not in PAGED or found.page is None:
        raise NotFound("this document has no page images", remedy="read the passage as text")
    if found.is_masked:
        raise NotAllowed(
            "the page shows the personal data that is masked for you", remedy="read the passage as text"
        )
    pages = (
        (wish.page,) if wish.page else tuple(dict.fromkeys((found.page, *(box.page for box in found.boxes))))
    )
    drawing = Drawing(pages, found.boxes, wish.width, _phrases(found.text, wish.mark))
    picture = services.page_images.picture(found.version_id, found.media_type, drawing, now=utc_now())
    _passage(chunk, services, person)  # drawing takes a while, in which a right may end
    return Response(picture.png, media_type="image/png", headers=_told(picture))


def _told(picture: Picture) -> dict[str, str]:
    """Return what the headers tell of a page: its number, its width, what is marked and where that begins."""
    marked = "nothing" if picture.mark_at is None else "phrase" if picture.has_phrase else "passage"
    at = {"X-Mark-At": "{:.0%} {:.0%}".format(*picture.mark_at)} if picture.mark_at else {}
    return {
        "Cache-Control": "private, no-store",
        "X-Page": str(picture.page),
        "X-Page-Points": f"{picture.width_points:.0f}",
        "X-Marked": marked,
        **at,
    }


def _phrases(text: str, marks: tuple[str, ...]) -> tuple[Phrase, ...]:
    places = [tuple(map(int, mark.split("-"))) for mark in marks]
    return tuple(
        Phrase(text[start:end], start / len(text)) for start, end in places if text[start:end].strip()
    )


def _passage(chunk: str, services: Services, person: Person) -> Passage:
    found = services.passages.fetch([chunk], reader=person.reader()).get(chunk)
    if found is None:
        raise NotFound(
            "this passage is not available to you", remedy="ask the document's owner if you need it"
        )
    return found
