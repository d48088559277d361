"""Let administrators ask to read somebody's chats, approve it for each other, and read: what is open, and no more."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from ui import proof, questions, theme
from ui.emergency_records import AccessRequest
from ui.languages import moment
from ui.office import Office
from ui.records import Message
from ui.render import answer_html, fill, plain_label, prose_html
from ui.state import Tab
from ui.words import WORDS

LONGEST_REASON = 500  # characters, the API's own limit
MOST_HOURS = 24
HOURS = 4
_ROW = '<div class="im-row"><b>{person}</b><span class="im-small">{facts}</span></div><p class="im-small">{reason}</p>'
_LABEL = '<p class="im-small"><span class="im-tag">{text}</span></p>'


def draw(api: Office, tab: Tab) -> None:
    """Show the place."""
    with st.container(key="wide"):
        theme.title(WORDS.emergency, WORDS.emergency_hint)
        proof.draw(api, tab)
        with st.expander(WORDS.emergency_ask, icon=":material/add:"):
            _form(api, tab)
        found = api.access_requests()
        if not found:
            theme.small(WORDS.emergency_none)
        now = datetime.now(UTC).isoformat()
        for one in found:
            with st.container(border=True, key=f"request_{one.id}"):
                _request(api, tab, one, now)


def _form(api: Office, tab: Tab) -> None:
    with st.form("new_request", border=False):
        person = st.text_input(WORDS.emergency_person, max_chars=128)
        reason = st.text_area(WORDS.emergency_reason, max_chars=LONGEST_REASON)
        hours = st.number_input(WORDS.emergency_hours, min_value=1, max_value=MOST_HOURS, value=HOURS)
        is_sent = st.form_submit_button(WORDS.emergency_send, type="primary")
    if is_sent and person.strip() and reason.strip():
        proof.attempt(api, tab, partial(_ask, api, person.strip(), reason.strip(), hours))
        st.rerun()


def _ask(api: Office, person: str, reason: str, hours: int) -> None:
    api.ask_access(person, reason, hours=hours)
    st.toast(WORDS.emergency_asked)


def _request(api: Office, tab: Tab, one: AccessRequest, now: str) -> None:
    standing = one.standing(now)
    theme.show(
        fill(
            _ROW,
            person=WORDS.emergency_of.format(person=one.person),
            facts=_facts(one, dict(WORDS.emergency_states)[standing]),
            reason=one.reason,
        )
    )
    is_mine = tab.mine.user is not None and tab.mine.user.id == one.requested_by
    with st.container(horizontal=True):
        if standing == "waiting" and not is_mine:
            _button(
                api, tab, WORDS.emergency_approve, f"approve_{one.id}", partial(api.approve_access, one.id)
            )
        if standing == "open" and is_mine:
            _button(api, tab, WORDS.emergency_open, f"read_{one.id}", partial(_open, api, tab, one.id))
        if standing != "over":
            _button(api, tab, WORDS.emergency_end, f"end_{one.id}", partial(api.end_access, one.id))
    if standing == "open" and is_mine and tab.mine.opened_request == one.id:
        _conversations(api, tab, one)


def _facts(one: AccessRequest, standing: str) -> str:
    told = WORDS.emergency_by.format(by=one.requested_by, at=moment(one.requested_at), hours=one.hours)
    state = standing.format(until=moment(one.expires_at or ""), second=one.approved_by or "")
    return f"{told} · {state} · {WORDS.emergency_reads.format(count=one.reads)}"


def _button(api: Office, tab: Tab, label: str, key: str, act: "partial[None]") -> None:
    st.button(label, key=key, on_click=proof.attempt, args=(api, tab, act))


def _open(api: Office, tab: Tab, request: str) -> None:
    tab.mine.opened_chats = api.opened_conversations(request)
    tab.mine.opened_request = request
    tab.mine.opened_dialogue = ()


def _conversations(api: Office, tab: Tab, one: AccessRequest) -> None:
    if not tab.mine.opened_chats:
        theme.small(WORDS.emergency_empty)
    for chat in tab.mine.opened_chats:
        label = plain_label(f"{moment(chat.updated_at)} · {chat.title or WORDS.untitled}", max_chars=120)
        _button(api, tab, label, f"chat_{chat.id}", partial(_read, api, tab, one.id, chat.id))
    for message in tab.mine.opened_dialogue:
        _message(message)


def _read(api: Office, tab: Tab, request: str, conversation: str) -> None:
    tab.mine.opened_dialogue = api.opened_conversation(request, conversation).messages


def _message(message: Message) -> None:
    if message.answer is None:
        questions.show(message.text)
        return
    answer = message.answer
    theme.show(fill(_LABEL, text=WORDS.ai_label))
    if answer.sentences:
        theme.show(answer_html(answer, message.sources, {}))
    else:
        theme.show(prose_html(answer.text or answer.notice or ""))
