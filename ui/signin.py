"""Ask who sits here: the company's provider tells, or, in a trial, a demo persona or a password."""

from contextlib import suppress
from http import HTTPStatus

import streamlit as st
from streamlit.errors import StreamlitAuthError

from ui import theme
from ui.client import Api, PageError
from ui.records import Persona
from ui.render import Safe, fill, join, plain_label
from ui.state import Tab
from ui.words import WORDS

_PERSON = '<div class="im-person"><b>{name}</b><span class="im-small">{title}</span><div>{groups}</div></div>'
_GROUP = '<span class="im-group">{name}</span>'


def draw(api: Api, tab: Tab) -> None:
    """Show the sign-in page; on success the tab knows its person and the page runs again."""
    theme.wordmark(tab.front, large=True)
    theme.small(WORDS.tagline)
    if tab.calm_message:
        theme.banner(tab.calm_message, "", tone="calm")
    try:
        if tab.front.provider:
            _by_provider(api, tab)
            return
        personas = api.personas()
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        st.button(WORDS.try_again)
        return
    if personas:
        _cards(api, tab, personas)
        with st.expander(WORDS.own_account):
            _form(api, tab)
    else:
        _form(api, tab)


def _by_provider(api: Api, tab: Tab) -> None:
    """Go on with what the provider said when it sent this browser back, else send it there."""
    token = id_token()
    if token and token != tab.refused:
        try:
            signed_in = api.sign_in_by(token)
        except PageError as error:
            tab.refused = token
            theme.banner(
                error.message,
                error.remedy,
                tone="calm" if error.status == HTTPStatus.UNAUTHORIZED else "wrong",
            )
        else:
            tab.sign_in(signed_in.token, signed_in.user)
            st.rerun()
    theme.small(WORDS.provider_hint)
    if st.button(WORDS.provider_sign_in, type="primary", icon=":material/login:", key="provider"):
        try:
            st.login()
        except StreamlitAuthError:
            theme.banner(WORDS.provider_missing, WORDS.provider_missing_remedy, tone="wrong")


def id_token() -> str:
    """Return the ID token that the provider gave this browser, "" without one."""
    if not st.user.get("is_logged_in"):
        return ""
    return str(st.user.tokens["id"] or "")


def sign_out(api: Api, tab: Tab) -> None:
    """End every session of this person here, and at the provider."""
    with suppress(PageError):  # over already, or the API is away: this tab forgets them in any case
        api.sign_out()
    tab.sign_out(WORDS.signed_out)
    if id_token():
        st.logout()


def _cards(api: Api, tab: Tab, personas: tuple[Persona, ...]) -> None:
    theme.section(WORDS.persona_heading)
    theme.small(WORDS.persona_hint)
    for start in range(0, len(personas), 2):
        columns = st.columns(2)
        for column, persona in zip(columns, personas[start : start + 2], strict=False):
            with column, st.container(key=f"persona_{persona.id}"):
                _card(api, tab, persona)


def _card(api: Api, tab: Tab, persona: Persona) -> None:
    groups = join([fill(_GROUP, name=group) for group in persona.groups]) or Safe("")
    theme.show(fill(_PERSON, name=persona.name, title=persona.title, groups=groups))
    label = WORDS.persona_enter.format(name=plain_label(persona.name.split()[0]))
    if st.button(label, key=f"enter_{persona.id}", width="stretch"):
        _enter(api, tab, persona.id, persona.password)


def _form(api: Api, tab: Tab) -> None:
    with st.form("sign_in", border=False):
        user = st.text_input(WORDS.user, max_chars=200, autocomplete="username")
        password = st.text_input(
            WORDS.password, type="password", max_chars=200, autocomplete="current-password"
        )
        if st.form_submit_button(WORDS.sign_in, type="primary"):
            _enter(api, tab, user.strip(), password)


def _enter(api: Api, tab: Tab, user: str, password: str) -> None:
    try:
        signed_in = api.sign_in(user=user, password=password)
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        return
    tab.sign_in(signed_in.token, signed_in.user)
    st.rerun()
