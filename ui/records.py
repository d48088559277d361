"""Hold what the API returns, as frozen records. Unknown fields are ignored, so the API may grow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["quoted", "supported", "repaired", "unsupported", "not_a_claim"]
Outcome = Literal["answered", "documents", "not_in_documents", "passages_only", "stopped", "failed"]
ModelCondition = Literal["loading", "ready", "down"]
Thumb = Literal["up", "down"]
Marked = Literal["phrase", "passage", "nothing"]


@dataclass(frozen=True, slots=True)
class User:
    """Say who is signed in."""

    id: str
    name: str
    groups: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True)
class Front:
    """Say what everybody may know: how the house is called, its logo, how people sign in."""

    name: str = "Intramuros"
    logo: str = ""  # a data: address, empty where the page's own gate stands for it
    provider: bool = False  # the company's signs people in, in place of local accounts


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Hold what a successful sign-in returns."""

    token: str = field(repr=False)
    expires_at: str
    user: User


@dataclass(frozen=True, slots=True)
class Persona:
    """Describe a demo account of a trial, password included: it is no secret."""

    id: str
    name: str
    title: str
    groups: tuple[str, ...]
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Model:
    """Name the language model and say whether it can answer."""

    name: str
    state: ModelCondition


@dataclass(frozen=True, slots=True)
class Status:
    """Describe the site as the asker may see it."""

    model: Model
    documents: int
    trial: bool
    site: str
    version: str = ""
    quotes: bool = False  # whether answers are quotations where a question does not say otherwise
    manages: bool = False  # whether this person looks after a collection


@dataclass(frozen=True, slots=True)
class Collection:
    """Describe a collection by its declaration."""

    id: str
    name: str
    purpose: str
    owner: str
    legal_basis: str = ""
    retention_days: int | None = None
    confidentiality: str = ""
    documents: int = 0
    can_add: bool = True
    can_share: bool = False  # add for all its readers


@dataclass(frozen=True, slots=True)
class Source:
    """Describe a passage an answer was written from; citation n means the source of number n."""

    number: int  # 1-based
    chunk_id: str
    document_id: str
    title: str
    file_name: str
    collection: str
    media_type: str
    language: str
    heading_path: tuple[str, ...]  # outermost first
    text: str
    page: int | None = None  # 1-based
    dated: str = ""
    has_page_image: bool = False
    cells: str | None = None  # of a spreadsheet: the range the passage was read from, "B4:F20"
    position: int = 0  # order within the document


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one checked sentence and the source numbers it cites."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    # Of each citation, where in its passage's text the supporting words stand (end exclusive); (0, 0) where nowhere.
    phrases: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a checked answer; it replaces whatever was streamed before it."""

    id: str
    outcome: Outcome
    text: str
    sentences: tuple[Sentence, ...]
    language: str = ""
    model: str = ""
    notice: str | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """Hold one turn: a user's has `text`, an assistant's has `answer` and `sources`."""

    id: str
    role: Literal["user", "assistant"]
    created_at: str = ""
    text: str = ""
    answer: Answer | None = None
    sources: tuple[Source, ...] = ()
    feedback: Thumb | None = None
    searched: tuple[str, ...] | None = None  # ids of the collections that were chosen; None = all


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a question as it goes to the API."""

    text: str
    is_quoted: bool | None = None  # in the documents' own words; None = as the house does
    collections: tuple[str, ...] = ()  # ids of those to search; none = all
    replaces: str = ""  # id of an earlier question that gives way, with all that came after it

    def wire(self) -> dict[str, object]:
        """Return it as the API takes it."""
        return {
            "question": self.text,
            "quoted": self.is_quoted,
            "collections": self.collections or None,
            "replaces": self.replaces or None,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """Say what a person thinks of an answer, and whether their question goes along with it."""

    value: Thumb
    kinds: tuple[str, ...] = ()
    reason: str = ""
    with_question: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """Name a conversation in the list."""

    id: str
    title: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Hold a conversation with its messages, oldest first."""

    id: str
    title: str
    messages: tuple[Message, ...] = ()
    writing: str | None = None  # the answer on its way


@dataclass(frozen=True, slots=True)
class Document:
    """Describe a document in the list."""

    id: str
    title: str
    file_name: str
    collection: str
    media_type: str
    state: str
    pages: int | None = None
    reason: str | None = None
    remedy: str | None = None
    readers: tuple[str, ...] = ()
    updated_at: str = ""
    can_open: bool = True  # who looks after a collection is told of documents that they may not read


@dataclass(frozen=True, slots=True)
class Nearby:
    """Hold a passage beside the one that is looked at."""

    text: str
    heading_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassageView:
    """Hold a passage with its neighbours, authorised anew."""

    source: Source
    before: tuple[Nearby, ...] = ()
    after: tuple[Nearby, ...] = ()
    pages: int | None = None  # of the document
    header: tuple[str, ...] = ()  # of a mail: its lines From, To, Date, Subject


@dataclass(frozen=True, slots=True)
class PageImage:
    """Hold a page of an original as a picture, authorised anew."""

    png: bytes = field(repr=False)
    page: int  # 1-based
    points: int  # its width on paper, 1/72 inch
    marked: Marked
    mark_at: str = ""  # where the first mark begins, "12% 53%" of width and height


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Hold questions that the documents answer."""

    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """Open a stream: the answer's id and the passages it will be written from."""

    answer_id: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Say that the model is busy with others; `position` is the place in the line, from 1; 0 after the wait."""

    position: int


@dataclass(frozen=True, slots=True)
class Token:
    """Carry the next piece of text, unchecked."""

    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Close a stream with an error."""

    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """Tell which personal data the question holds that it hardly needs."""

    kinds: tuple[str, ...]


Event = Noticed | SourcesFound | Waiting | Token | Answer | Failure
