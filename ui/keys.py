"""Show one's API keys: make one for another program, take one back. What opens is shown once, when it is made."""

from functools import partial

import streamlit as st

from ui import theme
from ui.administered import Key
from ui.client import PageError
from ui.languages import day
from ui.office import Office
from ui.render import fill
from ui.state import Tab
from ui.words import WORDS

FIRST = ("ask",)  # what most keys are for
LONGEST_DAYS = 365  # the API's own limit
_ROW = '<div class="im-row"><b>{name}</b><span class="im-small">{facts}</span></div>'


def draw(api: Office, tab: Tab) -> None:
    """Show the page of one's keys."""
    with st.container(key="wide"):
        theme.title(WORDS.keys, WORDS.keys_hint)
        _made(tab)
        with st.expander(WORDS.key_new, icon=":material/add:"):
            _form(api, tab)
        keys = api.keys()
        if not keys:
            theme.small(WORDS.keys_none)
        for key in keys:
            with st.container(key=f"key_{key.id}", horizontal=True, vertical_alignment="center"):
                _row(api, key)


def _made(tab: Tab) -> None:
    """Show a key that was just made, until the page is drawn for another reason."""
    secret, tab.mine.made_key = tab.mine.made_key, ""
    if secret:
        theme.banner(WORDS.key_made, WORDS.key_made_hint, tone="calm")
        st.code(secret, language=None)


def _form(api: Office, tab: Tab) -> None:
    known = dict(WORDS.key_scopes)
    with st.form("new_key", border=False, clear_on_submit=True):
        name = st.text_input(WORDS.key_name, max_chars=80)
        scopes = st.pills(
            WORDS.key_may,
            list(known),
            default=FIRST,
            selection_mode="multi",
            format_func=lambda one: known[one],
        )
        days = st.number_input(WORDS.key_days, min_value=1, max_value=LONGEST_DAYS, value=90)
        if st.form_submit_button(WORDS.key_make, type="primary"):
            try:
                tab.mine.made_key = api.make(name.strip(), tuple(scopes), days=days).secret
            except PageError as error:
                theme.banner(error.message, error.remedy, tone="wrong")
                return
            st.rerun()


def _row(api: Office, key: Key) -> None:
    known = dict(WORDS.key_scopes)
    seen = WORDS.key_seen.format(day=day(key.seen_at)) if key.seen_at else WORDS.key_unused
    until = WORDS.key_until.format(day=day(key.expires_at))
    facts = " · ".join((", ".join(known.get(scope, scope) for scope in key.scopes), until, seen))
    theme.show(fill(_ROW, name=key.name, facts=facts))
    theme.icon_button(
        WORDS.key_revoke, icon="key_off", key=f"revoke_{key.id}", act=partial(_revoke, api, key.id)
    )


def _revoke(api: Office, key: str) -> None:
    try:
        api.revoke(key)
    except PageError as error:
        theme.refuse(error)
    else:
        st.toast(WORDS.key_revoked)
