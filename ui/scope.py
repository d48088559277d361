"""Know the collections that this person may ask, and let them choose which are searched."""

import time
from collections.abc import Mapping, Sequence

import streamlit as st

from ui.client import Api, PageError
from ui.records import Collection, Conversation
from ui.render import plain_label
from ui.state import Tab
from ui.words import WORDS

KNOWN_S = 60.0  # rights change, and the API decides anyway: this is what names are shown by


def collections(api: Api, tab: Tab) -> tuple[Collection, ...]:
    """Return the collections this person may know, those of a minute ago at most; none while the API is away."""
    if tab.mine.collections is None or time.monotonic() - tab.mine.collections[0] > KNOWN_S:
        try:
            tab.mine.collections = (time.monotonic(), api.collections())
        except PageError:
            return ()
    return tab.mine.collections[1]


def names(api: Api, tab: Tab) -> dict[str, str]:
    """Return the names of the collections by id."""
    return {one.id: one.name for one in collections(api, tab)}


def named(ids: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the names of collections in a line; one that may not be known any more is told by its id."""
    return ", ".join(names.get(one, one) for one in ids)


def take_up(tab: Tab, conversation: Conversation | None) -> None:
    """Choose what the open conversation was last asked within; a new one goes on with what is chosen."""
    if tab.mine.scope_of == tab.mine.conversation_id:
        return
    tab.mine.scope_of = tab.mine.conversation_id
    answered = [one for one in (conversation.messages if conversation else ()) if one.answer is not None]
    if answered:
        tab.mine.scope = answered[-1].searched or ()


def draw(api: Api, tab: Tab) -> None:
    """Show what is searched, and the choice behind it; with one collection there is nothing to choose."""
    known = names(api, tab)
    if len(known) < 2:
        return
    tab.mine.scope = tuple(one for one in tab.mine.scope if one in known)
    chosen = named(tab.mine.scope, known) or WORDS.scope_all
    key = f"scope_{tab.mine.conversation_id}"
    with (
        st.container(key="scope"),
        st.popover(plain_label(WORDS.scope.format(names=chosen)), icon=":material/rule:", type="tertiary"),
    ):
        st.pills(
            WORDS.scope_label,
            list(known),
            selection_mode="multi",
            default=list(tab.mine.scope),
            format_func=lambda one: plain_label(known[one]),
            help=WORDS.scope_hint,
            key=key,
            on_change=_choose,
            args=(tab, key),
        )


def _choose(tab: Tab, key: str) -> None:
    tab.mine.scope = tuple(st.session_state.get(key) or ())
