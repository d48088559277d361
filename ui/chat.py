"""Show the page: one run, top to bottom. Streamlit runs this file for every click of every person."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# `streamlit run ui/chat.py` puts ui/ on the path instead of the directory that holds the package.
_ROOT = str(Path(__file__).resolve().parent.parent)
if _ROOT not in sys.path:
    sys.path.insert(1, _ROOT)

import httpx  # noqa: E402  # the path comes first
import streamlit as st  # noqa: E402  # as above
from streamlit.runtime.uploaded_file_manager import UploadedFile  # noqa: E402  # as above

from ui import (  # noqa: E402  # as above
    API_URL_VARIABLE,
    browser,
    conversation,
    own_files,
    places,
    questions,
    scope,
    sidebar,
    signin,
    theme,
    uploads,
    viewer,
)
from ui.client import Api, PageError, SessionEnded, connect  # noqa: E402  # as above
from ui.languages import CHOSEN, of_reader  # noqa: E402  # as above
from ui.office import Office  # noqa: E402  # as above
from ui.places import PLACES  # noqa: E402  # as above
from ui.records import Conversation, Status  # noqa: E402  # as above
from ui.state import Tab, tab  # noqa: E402  # as above
from ui.words import WORDS  # noqa: E402  # as above

DEFAULT_API_URL = "http://127.0.0.1:8600"


def main() -> None:
    """Tell who sits here, then show the place they are at."""
    here = tab()
    pool = _pool(os.environ.get(API_URL_VARIABLE, DEFAULT_API_URL))
    _look_at_front(Api(pool), here)
    st.set_page_config(page_title=here.front.name, page_icon=str(theme.ICON), layout="wide")
    theme.send_styles()
    here.mine.open_citation = browser.clicked() or here.mine.open_citation
    _take_up(pool, here, browser.attach(_told(here)))
    door = st.empty()  # emptied at once where somebody is in: what a run does not reach stays on the screen
    if not here.mine.token:
        uploads.close()
        with door.container():
            signin.draw(Api(pool), here)
            sidebar.pick_language()
        return
    try:
        _show(Office(pool, here.mine.token), here)
    except SessionEnded:
        here.sign_out(WORDS.session_ended)
        st.rerun()
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        st.button(WORDS.try_again, key="try_again")


def _look_at_front(api: Api, here: Tab) -> None:
    """Learn once in a tab how the house is called and how people sign in; while the API is away, again and again."""
    if here.is_front_known:
        return
    with suppress(PageError):
        here.front, here.is_front_known = api.front(), True


def _told(here: Tab) -> browser.Told:
    answer_id, number = here.mine.open_citation or ("", 0)
    return browser.Told(
        token=here.mine.token,
        forget=here.forget_token,
        asked=here.mine.asked,
        language=of_reader(),
        chosen=st.session_state.get(CHOSEN, ""),
        conversation=here.mine.conversation_id,
        said=conversation.said(here),
        opened=f"{answer_id}:{number}" if answer_id else "",
        names=theme.furniture(),
    )


def _show(api: Office, here: Tab) -> None:
    status = api.status()
    if here.is_admins or here.is_auditors:
        here.mine.user = api.me()  # a role may end while the places that it opens are on the screen
    places.lead_back(here, status)
    with st.sidebar:
        sidebar.draw(api, here, status)
    uploads.admit(here.mine.place)
    _write_address(here)
    place = PLACES.get(here.mine.place)
    if place is None:
        _talk(api, here, status)
    else:
        place.draw(api, here, status)


def _talk(api: Api, here: Tab, status: Status) -> None:
    is_writing = _is_writing(here)
    with st.bottom:
        sent = st.chat_input(
            WORDS.ask_waiting if is_writing else WORDS.ask_placeholder,
            max_chars=questions.LONGEST,
            accept_file="multiple",
            disabled=is_writing,
            key="question",
        )
    if sent:
        try:
            _take(api, here, sent.text, sent.files)
        finally:
            uploads.release(sent.files)
        st.rerun()
    if here.mine.pending and not own_files.are_being_read(api, here):
        question, here.mine.pending = here.mine.pending, ""
        conversation.ask(api, here, question)
        st.rerun()
    dialogue = conversation.load(api, here)
    scope.take_up(here, dialogue)
    with st.bottom, st.container(key="foot", horizontal=True):
        scope.draw(api, here)
        own_files.manage(api, here)
    _draw(api, here, status, dialogue)
    if is_writing and not _is_writing(here):
        st.rerun()  # it ended while the page was drawn, and the line to write in stands there locked


def _draw(api: Api, here: Tab, status: Status, dialogue: Conversation | None) -> None:
    if here.mine.open_citation is None:
        conversation.draw(api, here, status, dialogue)
        return
    talk, beside = st.columns([1.12, 1], gap="large")
    with beside:  # first, because the dialogue below may go on for as long as an answer is written
        cited = here.mine.open_citation[0]
        sentences = conversation.sentences_of(dialogue, cited)
        viewer.draw(api, here, conversation.sources_of(dialogue, here, cited), sentences)
    with talk:
        conversation.draw(api, here, status, dialogue)


def _take(api: Api, here: Tab, question: str, files: Sequence[UploadedFile]) -> None:
    """Ask, or first hand the files over that came along: the question waits until they are read."""
    here.mine.not_taken.clear()
    if not files:
        conversation.ask(api, here, question)
        return
    if not here.mine.conversation_id:
        here.mine.conversation_id = api.start_conversation()
        here.mine.scope_of = here.mine.conversation_id
    own_files.hand_over(api, here, files)
    here.mine.collections = None  # the own collection may be new
    here.mine.pending = question.strip()


def _is_writing(here: Tab) -> bool:
    live = conversation.live_here(here)
    return live is not None and not live.progress().is_over


def _take_up(pool: httpx.Client, here: Tab, kept: browser.Heard) -> None:
    """After a reload: go on in the language and as the account that the browser remembers."""
    is_heard = bool(kept.language) and CHOSEN not in st.session_state
    if is_heard:
        st.session_state[CHOSEN] = kept.language
    if kept.token and not here.mine.token:
        _restore(Api(pool, kept.token), here, kept.token)
        is_heard = True
    if is_heard:
        st.rerun()


def _restore(api: Api, here: Tab, token: str) -> None:
    """Take the token up again and open the conversation, with an answer that is being written."""
    try:
        here.sign_in(token, api.me())
        here.mine.conversation_id = st.query_params.get("c", "")
    except SessionEnded:
        here.sign_out(WORDS.session_ended)
    except PageError:
        # The API is away. The browser keeps the token and offers it again with the next click.
        here.mine.token = ""


def _write_address(here: Tab) -> None:
    """Keep the open conversation in the address; it is worth nothing without the token."""
    is_open = here.mine.place == "ask" and here.mine.conversation_id
    wanted = {"c": here.mine.conversation_id} if is_open else {}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


@st.cache_resource(show_spinner=False)
def _pool(base_url: str) -> httpx.Client:
    return connect(base_url)


main()
