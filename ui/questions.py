"""Show a question of the dialogue, and let its asker word it anew or ask it again."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui import theme
from ui.records import Message
from ui.render import fill
from ui.state import Tab
from ui.words import WORDS

LONGEST = 4_000  # the API's own limit; longer ones would be refused there
_QUESTION = '<div class="im-question">{text}</div>'

Put = Callable[[str, str], None]  # a question, and the id of the one it takes the place of


def show(text: str) -> None:
    """Show a question that cannot be touched yet."""
    theme.show(fill(_QUESTION, text=text))


def notice(tab: Tab) -> None:
    """Tell of personal data in the last question, until the next one."""
    if tab.mine.noticed:
        names = dict(WORDS.noticed_kinds)
        kinds = ", ".join(names.get(kind, kind) for kind in tab.mine.noticed)
        theme.banner(WORDS.noticed.format(kinds=kinds), WORDS.noticed_remedy)


def draw(tab: Tab, message: Message, *, is_last: bool, put: Put) -> None:
    """Show a question with what may be done about it; `put` asks in its place."""
    if tab.mine.edited == message.id:
        _edit(tab, message, is_last=is_last, put=put)
        return
    show(message.text)
    with st.container(key=f"turn_{message.id}", horizontal=True, horizontal_alignment="right", gap=None):
        theme.icon_button(
            WORDS.edit, icon="edit", key=f"edit_{message.id}", act=partial(_open, tab, message.id)
        )
        if is_last and theme.icon_button(WORDS.ask_again, icon="refresh", key=f"again_{message.id}"):
            put(message.text, message.id)


def _edit(tab: Tab, message: Message, *, is_last: bool, put: Put) -> None:
    with st.form(f"edit_{message.id}"):
        text = st.text_area(WORDS.edit, value=message.text, max_chars=LONGEST)
        if not is_last:
            theme.small(WORDS.edit_cuts)
        with st.container(horizontal=True):
            is_sent = st.form_submit_button(WORDS.ask_again, type="primary")
            is_left = st.form_submit_button(WORDS.leave_it)
    if is_left:
        tab.mine.edited = ""
        st.rerun()
    if is_sent and text.strip():
        tab.mine.edited = ""
        put(text.strip(), message.id)


def _open(tab: Tab, message_id: str) -> None:
    tab.mine.edited = message_id
