"""Remember what one browser tab is at. Streamlit keeps it per tab; nothing of it is shared between people."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import cast

import streamlit as st

from ui.audit_records import AnswersUsing, AuditPage, Chain, Wanted
from ui.live import LiveAnswer
from ui.records import Collection, Front, Heading, Message, User

KEY = "intramuros"


@dataclass(slots=True)
class Audit:
    """Hold what an auditor looked for and found: each search is on record, so none is made twice."""

    wanted: Wanted
    page: AuditPage
    befores: tuple[int, ...] = ()  # the cursors of the pages on the way to this one
    chain: Chain | None = None  # of a check made here
    answers: AnswersUsing | None = None


@dataclass(slots=True)
class Mine:
    """Hold what is one person's in a tab; it goes as a whole when they sign out."""

    token: str = field(default="", repr=False)
    user: User | None = None
    place: str = "ask"  # the dialogue, else the name of one of the places
    conversation_id: str = ""
    open_citation: tuple[str, int] | None = None  # answer id, source number
    turned_to: tuple[tuple[str, int], int] | None = None  # citation, and the page its document was turned to
    # citation, page asked for, in full size
    page_drawn: tuple[tuple[str, int], int | None, bool] | None = None
    is_full_size: bool = False  # page images, not fitted to the width
    live: LiveAnswer | None = None
    asked: int = 0  # questions so far
    is_quoted: bool | None = None  # answers in the documents' own words; None = as the house does
    is_delete_asked: bool = False
    collections: tuple[float, tuple[Collection, ...]] | None = None  # when asked for, and what may be asked
    listed: int = 30  # past conversations in the list
    scope: tuple[str, ...] = ()  # ids of the collections to search; none = all
    scope_of: str = ""  # the conversation it was taken up from
    brought: set[str] = field(default_factory=set)  # own files handed over in this conversation
    # files that were not taken, with the remedy
    not_taken: list[tuple[str, str]] = field(default_factory=list)
    pending: str = ""  # a question that waits for the files to be read
    noticed: tuple[str, ...] = ()  # personal data in the last question, by its kinds
    edited: str = ""  # the question that is being worded anew
    suggested: tuple[str, float, tuple[str, ...]] = ("", 0.0, ())  # answer, when offered, what to ask next
    audit: Audit | None = None  # what an auditor looks at
    made_key: str = field(default="", repr=False)  # shown once
    unproven: Callable[[], None] | None = None  # what waits until its person has shown who they are
    proof_tried: str = field(default="", repr=False)  # the provider's token that was handed over for that
    opened_request: str = ""  # the emergency access that is read by
    opened_chats: tuple[Heading, ...] = ()
    opened_dialogue: tuple[Message, ...] = ()
    thanked: set[str] = field(default_factory=set)  # answers whose thumb got its reason


@dataclass(slots=True)
class Tab:
    """Hold the state of one tab; everything that survives a rerun is here, what outlives a sign-out beside `mine`."""

    front: Front = field(default_factory=Front)
    is_front_known: bool = False
    refused: str = field(default="", repr=False)  # the provider's token that opened nothing
    calm_message: str = ""  # shown once above the sign-in form
    forget_token: bool = False  # the browser still has to drop the token it keeps
    mine: Mine = field(default_factory=Mine)

    @property
    def is_auditors(self) -> bool:
        """Return whether an auditor sits here, who has one place and reads nothing else."""
        return self.mine.user is not None and self.mine.user.role == "auditor"

    @property
    def is_admins(self) -> bool:
        """Return whether an administrator sits here."""
        return self.mine.user is not None and self.mine.user.role == "admin"

    def go(self, place: str, conversation_id: str = "") -> None:
        """Show another place; the document beside the answer closes."""
        mine = self.mine
        mine.place = place
        mine.conversation_id = conversation_id
        mine.open_citation = None
        mine.is_delete_asked = False
        mine.edited = ""
        mine.noticed = ()
        mine.pending = ""
        mine.unproven = None
        mine.opened_request, mine.opened_chats, mine.opened_dialogue = "", (), ()
        mine.brought.clear()
        mine.not_taken.clear()

    def sign_in(self, token: str, user: User) -> None:
        """Remember who sits here."""
        self.mine.token, self.mine.user = token, user
        self.forget_token = False
        self.calm_message = ""

    def sign_out(self, message: str) -> None:
        """Forget the person and everything of theirs."""
        self.mine = Mine()
        self.forget_token = True
        self.calm_message = message


def tab() -> Tab:
    """Return this tab's state."""
    memory = cast(MutableMapping[str, Tab], st.session_state)
    if KEY not in memory:
        memory[KEY] = Tab()
    return memory[KEY]
