"""Let a person judge an answer: a thumb, what is wrong, and to take it back."""

import streamlit as st

from ui import theme
from ui.client import Api, PageError
from ui.records import Answer, Judgement, Message, Thumb
from ui.state import Tab
from ui.words import WORDS

THUMBS: tuple[Thumb, Thumb] = ("down", "up")  # the order of Streamlit's thumbs
LONGEST = 500


def draw(api: Api, tab: Tab, message: Message, answer: Answer) -> None:
    """Show the thumbs, and below one that is down what may be said with it."""
    key = f"thumb_{answer.id}"
    given = THUMBS.index(message.feedback) if message.feedback else None
    with st.container(key=f"feedback_{answer.id}", horizontal=True, vertical_alignment="center"):
        st.feedback("thumbs", key=key, default=given, on_change=_rated, args=(api, tab, answer.id, key))
        if answer.id in tab.mine.thanked:
            theme.small(WORDS.thanks)
    if message.feedback == "down" and answer.id not in tab.mine.thanked:
        _reason(api, tab, answer.id)


def _reason(api: Api, tab: Tab, answer_id: str) -> None:
    known = dict(WORDS.reasons)
    with st.form(f"reason_{answer_id}"):
        kinds = st.pills(
            WORDS.reason, list(known), selection_mode="multi", format_func=lambda one: known[one]
        )
        text = st.text_area(WORDS.reason_words, max_chars=LONGEST, height=80)
        theme.small(WORDS.reason_read_by)
        with_question = st.checkbox(WORDS.reason_question)
        if st.form_submit_button(WORDS.reason_send):
            api.give_feedback(answer_id, Judgement("down", tuple(kinds), text.strip(), with_question))
            tab.mine.thanked.add(answer_id)
            st.rerun()


def _rated(api: Api, tab: Tab, answer_id: str, key: str) -> None:
    value = st.session_state.get(key)
    tab.mine.thanked.discard(answer_id)
    try:
        if value is None:
            api.take_feedback_back(answer_id)
        else:
            api.give_feedback(answer_id, Judgement(THUMBS[value]))
    except PageError as error:
        theme.refuse(error)
