"""Show what is around the dialogue: past conversations, the other places, who sits here, the model's state."""

from collections.abc import Mapping

import streamlit as st

from ui import past, signin, theme
from ui.client import Api, PageError
from ui.languages import CHOSEN, LANGUAGES, of_reader
from ui.places import Place, open_to
from ui.records import Status
from ui.render import fill
from ui.state import Tab
from ui.words import WORDS

_MODEL = '<p class="im-small" title="{name}"><span class="im-dot im-dot-{state}"></span>{text}</p>'
_PERSON = '<p class="im-small">{name}</p>'


def draw(api: Api, tab: Tab, status: Status) -> None:
    """Show the sidebar; it only changes what the tab shows."""
    theme.wordmark(tab.front)
    places = open_to(tab, status)
    if tab.is_auditors:
        _places(tab, places)
    else:
        _talks(api, tab, status, places)
    _foot(api, tab, status, places)


def _talks(api: Api, tab: Tab, status: Status, places: Mapping[str, Place]) -> None:
    st.button(
        WORDS.new_conversation,
        icon=":material/add:",
        width="stretch",
        on_click=tab.go,
        args=("ask",),
        key="new_conversation",
    )
    _places(tab, places)
    tab.mine.is_quoted = st.toggle(
        WORDS.quote_only,
        value=status.quotes if tab.mine.is_quoted is None else tab.mine.is_quoted,
        help=WORDS.quote_only_hint,
        key="quoted",
    )
    try:
        past.draw(api, tab)
    except PageError as error:
        theme.small(error.message)


def pick_language() -> None:
    """Offer the languages, each by its own name; the choice is for this tab, and the browser remembers it."""
    spoken = of_reader()
    # A widget of its own for each language, or what the browser last sent would be taken for a choice.
    key = f"language_{spoken}"
    st.selectbox(
        WORDS.language,
        list(LANGUAGES),
        index=list(LANGUAGES).index(spoken),
        format_func=LANGUAGES.__getitem__,
        filter_mode=None,
        icon=":material/language:",
        label_visibility="collapsed",
        width=180,
        on_change=_choose,
        args=(key,),
        key=key,
    )


def _choose(key: str) -> None:
    st.session_state[CHOSEN] = st.session_state[key]


def _places(tab: Tab, places: Mapping[str, Place]) -> None:
    with st.container(key="places", gap=None):
        for name, place in places.items():
            if place.is_at_foot:
                continue
            now = "now_" if tab.mine.place == name else ""
            st.button(
                place.called(),
                icon=place.icon,
                type="tertiary",
                width="stretch",
                key=f"place_{now}{name}",
                on_click=tab.go,
                args=(name,),
            )


def _foot(api: Api, tab: Tab, status: Status, places: Mapping[str, Place]) -> None:
    st.space("small")
    texts = {"ready": WORDS.model_ready, "loading": WORDS.model_loading, "down": WORDS.model_down}
    state = status.model.state
    theme.show(fill(_MODEL, name=status.model.name, state=state, text=texts[state]))
    if tab.mine.user is not None:
        theme.show(fill(_PERSON, name=" · ".join((tab.mine.user.name, *tab.mine.user.groups))))
    with st.container(key="own_places", gap=None):
        for name, place in places.items():
            if place.is_at_foot:
                st.button(
                    place.called(), icon=place.icon, type="tertiary", key=name, on_click=tab.go, args=(name,)
                )
        st.button(
            WORDS.sign_out,
            icon=":material/logout:",
            type="tertiary",
            on_click=signin.sign_out,
            args=(api, tab),
            key="sign_out",
        )
    pick_language()
