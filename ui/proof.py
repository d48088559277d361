"""Ask again who sits here, where the API wants to know before it does something, and then do that."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui import theme
from ui.client import Api, PageError
from ui.provider import AGAIN
from ui.signin import id_token
from ui.state import Tab
from ui.words import WORDS

WANTED = "proof-too-old"  # the API's word for it


def attempt(api: Api, tab: Tab, act: Callable[[], None]) -> None:
    """Do something; where the API asks who is there first, remember it, and `draw` asks."""
    try:
        act()
    except PageError as error:
        if error.problem != WANTED:
            theme.refuse(error)
        elif _is_shown_by_provider(api, tab):
            attempt(api, tab, act)
        else:
            tab.mine.unproven = act


def draw(api: Api, tab: Tab) -> None:
    """Show the question where something waits for its answer."""
    act = tab.mine.unproven
    if act is None:
        return
    with st.container(border=True, key="proof"):
        theme.section(WORDS.proof_heading)
        theme.small(WORDS.proof_provider_hint if tab.front.provider else WORDS.proof_hint)
        if tab.front.provider:
            _by_provider(tab)
        else:
            _by_password(api, tab, act)


def _by_password(api: Api, tab: Tab, act: Callable[[], None]) -> None:
    with st.form("proof_form", border=False):
        password = st.text_input(
            WORDS.password, type="password", max_chars=200, autocomplete="current-password"
        )
        with st.container(horizontal=True):
            is_sent = st.form_submit_button(WORDS.proof_go, type="primary")
            is_left = st.form_submit_button(WORDS.leave_it)
    if is_left:
        tab.mine.unproven = None
        st.rerun()
    if not is_sent:
        return
    try:
        api.prove(password=password)
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        return
    tab.mine.unproven = None
    attempt(api, tab, act)
    st.rerun()


def _by_provider(tab: Tab) -> None:
    with st.container(horizontal=True):
        if st.button(WORDS.proof_provider, type="primary", icon=":material/login:", key="proof_provider"):
            st.login(AGAIN)
        st.button(WORDS.leave_it, key="proof_left", on_click=partial(setattr, tab.mine, "unproven", None))


def _is_shown_by_provider(api: Api, tab: Tab) -> bool:
    """Return whether the ID token that this browser has is fresh enough; each is tried once."""
    token = id_token() if tab.front.provider else ""
    if not token or token == tab.mine.proof_tried:
        return False
    tab.mine.proof_tried = token
    try:
        api.prove(id_token=token)
    except PageError:
        return False
    return True
