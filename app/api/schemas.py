"""Say what of people, questions and answers goes over the wire. No schema carries a score or a vector."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app import types
from app.identity import Person
from app.openid import LONGEST_TOKEN
from app.provenance import AI_SOURCE, is_ai_made
from app.sessions import SignedIn
from ingest.formats import PAGED
from retrieval.kinds import MEDIA_TYPES, Kind
from retrieval.types import Only, Passage

# The stages of the search would time, to the microsecond, words and documents that the asker may not read.
SHOWN_STAGES = ("first_token", "total")
STEP_MS = 100  # timings are rounded up to it; a person feels no less


class Wire(BaseModel):
    """Refuse what a schema does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Credentials(Wire):
    """Carry a sign-in."""

    user: str = Field(max_length=128)
    password: str = Field(max_length=1024)


class ProviderToken(Wire):
    """Carry what the company's provider gave the page."""

    id_token: str = Field(max_length=LONGEST_TOKEN)


class Proof(Wire):
    """Carry what shows that the person of a session is there: one of the two."""

    password: str = Field("", max_length=1024)
    id_token: str = Field("", max_length=LONGEST_TOKEN)


class Front(Wire):
    """Say what everybody may know: how the house is called and looks, and how people sign in."""

    name: str
    logo: str
    provider: bool  # the company's, in place of local accounts


class User(Wire):
    """Show an account to its owner."""

    id: str
    name: str
    groups: tuple[str, ...]
    role: str

    @classmethod
    def of(cls, person: Person) -> "User":
        """Return what a person sees of their own account."""
        return cls(id=person.id, name=person.name, groups=person.groups, role=person.role)


class Session(Wire):
    """Carry a fresh token."""

    token: str
    expires_at: str
    user: User

    @classmethod
    def of(cls, signed_in: SignedIn) -> "Session":
        """Return what a person gets at sign-in."""
        user = User.of(signed_in.person)
        return cls(token=signed_in.token, expires_at=signed_in.expires_at, user=user)


class Persona(Wire):
    """Show a demo account of the trial, password and all."""

    id: str
    name: str
    title: str
    groups: tuple[str, ...]
    password: str


class ModelStatus(Wire):
    """Say whether the language model would answer."""

    name: str
    state: Literal["loading", "ready", "down"]


class Status(Wire):
    """Say how the site is doing, as far as an employee cares."""

    model: ModelStatus
    documents: int
    trial: bool
    site: str
    version: str
    quotes: bool  # whether answers are quotations where a question does not say otherwise
    manages: bool  # whether the asker looks after a collection


class Source(Wire):
    """Show a passage an answer read."""

    number: int
    chunk_id: str
    document_id: str
    title: str
    file_name: str
    collection: str
    media_type: str
    language: str
    heading_path: tuple[str, ...]
    text: str
    page: int | None  # 1-based page, slide or sheet
    cells: str | None  # of a spreadsheet: its range, "B4:F20"
    dated: str
    has_page_image: bool
    position: int  # 0-based order within the document

    @classmethod
    def of(cls, passage: Passage, number: int) -> "Source":
        """Return what the asker sees of a passage; `number` is 1-based, as cited."""
        return cls(
            number=number,
            chunk_id=passage.chunk_id,
            document_id=passage.document_id,
            title=passage.title,
            file_name=passage.file_name,
            collection=passage.collection_id,
            media_type=passage.media_type,
            language=passage.language,
            heading_path=passage.heading_path,
            text=passage.text,
            page=passage.page,
            cells=passage.cells,
            dated=passage.dated,
            has_page_image=passage.media_type in PAGED and passage.page is not None and not passage.is_masked,
            position=passage.position,
        )


class Sentence(Wire):
    """Show a sentence with its citations and what the check found."""

    text: str
    citations: tuple[int, ...]
    verdict: str
    phrases: tuple[
        tuple[int, int], ...
    ]  # of each citation, where in its passage's text; 0, 0: nowhere in particular


class Answer(Wire):
    """Show a checked answer."""

    id: str
    outcome: str
    text: str
    sentences: tuple[Sentence, ...]
    language: str
    model: str
    notice: str | None
    timings_ms: Mapping[str, int]
    ai_generated: bool  # the mark for machines (AI Act, Art. 50(2))
    digital_source_type: str | None  # the term that IPTC has for it

    @classmethod
    def of(cls, answer_id: str, answer: types.Answer) -> "Answer":
        """Return what the asker sees of an answer."""
        sentences = tuple(
            Sentence(text=s.text, citations=s.citations, verdict=s.verdict, phrases=s.phrases)
            for s in answer.sentences
        )
        return cls(
            id=answer_id,
            outcome=answer.outcome,
            text=answer.text,
            sentences=sentences,
            language=answer.language,
            model=answer.model,
            notice=answer.notice,
            timings_ms={
                stage: math.ceil(answer.timings_ms[stage] / STEP_MS) * STEP_MS
                for stage in SHOWN_STAGES
                if stage in answer.timings_ms
            },
            ai_generated=is_ai_made(answer.outcome),
            digital_source_type=AI_SOURCE if is_ai_made(answer.outcome) else None,
        )


class Message(Wire):
    """Show one message of a conversation."""

    id: str
    role: str
    created_at: str
    text: str = ""
    answer: Answer | None = None
    sources: tuple[Source, ...] = ()
    feedback: str | None = None
    searched: tuple[str, ...] | None = None  # ids of the collections that the asker chose; None = all


class Conversation(Wire):
    """Show a conversation in the list."""

    id: str
    title: str
    updated_at: str


class Dialogue(Wire):
    """Show a whole conversation."""

    id: str
    title: str
    messages: tuple[Message, ...]
    writing: str | None = None  # the answer on its way


class Title(Wire):
    """Carry a new title."""

    title: str = Field(min_length=1, max_length=200)


class OnlyThese(Wire):
    """Carry which documents alone to look into; what is left out excludes none."""

    kinds: tuple[Kind, ...] = Field((), max_length=len(Kind))
    since: date | None = None  # of the document's version, this day included
    until: date | None = None

    def only(self) -> Only:
        """Return it as the search takes it."""
        types = tuple(one for kind in dict.fromkeys(self.kinds) for one in MEDIA_TYPES[kind])
        since, until = (day.isoformat() if day else "" for day in (self.since, self.until))
        return Only(types, since, until)


class NewQuestion(Wire):
    """Carry a question; without `collections` and `only` it is asked of all the asker may use."""

    question: str
    collections: tuple[str, ...] | None = None
    only: OnlyThese = OnlyThese()
    quoted: bool | None = None  # answer in the documents' own words; left out: as the house does
    keep: bool = True  # finish the answer for later when nobody follows it; else it is stopped then
    replaces: str | None = Field(
        None, max_length=64
    )  # id of an earlier question that gives way, with all after it


class Suggestions(Wire):
    """Carry questions that may be asked next."""

    questions: tuple[str, ...]
