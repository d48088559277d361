"""Show the dialogue: question, sources, the answer as it comes, the checked answer, feedback."""

import time
from collections.abc import Sequence

import streamlit as st

from ui import answers, own_files, past, questions, theme
from ui.client import Api, Gone, PageError
from ui.live import LiveAnswer, Progress
from ui.records import Asked, Conversation, Message, Sentence, Source, Status
from ui.render import fill, plain_label, stream_html
from ui.state import Tab
from ui.words import WORDS

REDRAW_S = 0.08  # twelve pictures a second read as flowing, and leave the process room for others
OFFERED_S = 60.0  # what to ask next is looked up anew after this: what leads there may have been closed
LONGEST_OFFER = 120  # characters, as the API sends them: no part of what is asked is hidden
PATIENCE_S = 1.0  # how long a silent stream waits before it looks whether the page still wants it
_NOTICE = '<div class="im-notice" role="note"><div><b>{label}</b> · {text}</div></div>'


def load(api: Api, tab: Tab) -> Conversation | None:
    """Return the open conversation, None for a new one; a vanished one becomes a new one."""
    if not tab.mine.conversation_id:
        return None
    try:
        conversation = api.conversation(tab.mine.conversation_id)
    except Gone:
        st.toast(WORDS.conversation_gone)
        tab.go("ask")
        return None
    if (
        tab.mine.live is not None
        and tab.mine.live.progress().is_over
        and _is_kept(conversation, tab.mine.live)
    ):
        tab.mine.live = None
    if conversation.writing and live_here(tab) is None:  # after a reload, or asked in another tab
        tab.mine.live = LiveAnswer(
            api, conversation_id=conversation.id, question=Asked(""), answer_id=conversation.writing
        )
    return conversation


def sources_of(conversation: Conversation | None, tab: Tab, answer_id: str) -> tuple[Source, ...]:
    """Return the sources of an answer of this conversation, finished or on its way."""
    for message in conversation.messages if conversation else ():
        if message.answer is not None and message.answer.id == answer_id:
            return message.sources
    if tab.mine.live is not None and tab.mine.live.progress().answer_id == answer_id:
        return tab.mine.live.progress().sources or ()
    return ()


def sentences_of(conversation: Conversation | None, answer_id: str) -> tuple[Sentence, ...]:
    """Return the sentences of a finished answer of this conversation; none of one on its way."""
    messages = conversation.messages if conversation else ()
    answers = [message.answer for message in messages if message.answer is not None]
    return next((answer.sentences for answer in answers if answer.id == answer_id), ())


def live_here(tab: Tab) -> LiveAnswer | None:
    """Return the answer on its way if it belongs to the open conversation."""
    if tab.mine.live is not None and tab.mine.live.conversation_id == tab.mine.conversation_id:
        return tab.mine.live
    return None


def said(tab: Tab) -> str:
    """Return what screen readers say of the answer that has just ended, empty at every other time."""
    progress = tab.mine.live.progress() if tab.mine.live is not None else None
    if progress is None or not progress.is_over:
        return ""
    if progress.failure is not None:
        return progress.failure.message
    text = progress.answer.text if progress.answer is not None else ""
    return f"{WORDS.answer_there} {text}"


def ask(api: Api, tab: Tab, question: str, replaces: str = "") -> None:
    """Send a question, starting a conversation where none is open; `replaces` is one that gives way to it."""
    if not question.strip():
        return
    if not tab.mine.conversation_id:
        tab.mine.conversation_id = api.start_conversation()
        tab.mine.scope_of = tab.mine.conversation_id  # a new one goes on with what was chosen last
    tab.mine.open_citation = None
    tab.mine.asked += 1
    tab.mine.edited = ""
    tab.mine.noticed = ()
    asked = Asked(question.strip(), tab.mine.is_quoted, tab.mine.scope, replaces)
    tab.mine.live = LiveAnswer(api, conversation_id=tab.mine.conversation_id, question=asked)


def draw(api: Api, tab: Tab, status: Status, conversation: Conversation | None) -> None:
    """Show the dialogue. While an answer is written this returns only when it is complete."""
    own_files.draw(api, tab)
    live = live_here(tab)
    messages = _standing(conversation.messages if conversation else (), live)
    if not messages and live is None:
        _welcome(api, tab, status)
        return
    if conversation is not None:
        _menu(api, tab, conversation)
    _dialogue(api, tab, messages, is_writing=live is not None and not live.progress().is_over)
    if live is None:
        questions.notice(tab)
        if conversation is not None and messages:
            _ask_next(api, tab, conversation)
        return
    text = live.question.text
    if text and not (messages and messages[-1].text == text):
        questions.show(text)
    if live.progress().is_over:
        questions.notice(tab)
        _show_end(api, tab, live.progress())
    else:
        _follow(api, tab, live)


def _welcome(api: Api, tab: Tab, status: Status) -> None:
    scope = WORDS.welcome_scope.format(count=status.documents) if status.documents else WORDS.welcome_empty
    theme.title(WORDS.welcome, scope)
    theme.show(fill(_NOTICE, label=WORDS.ai, text=WORDS.ai_notice))
    if status.model.state == "loading":
        theme.banner(WORDS.model_loading, WORDS.welcome_loading)
    if not (status.documents and status.trial):
        return
    theme.section(WORDS.suggest)
    _offer(api, tab, WORDS.suggestions, columns=2)


def _offer(api: Api, tab: Tab, questions: Sequence[str], *, columns: int) -> None:
    with st.container(key="suggestions"):
        places = st.columns(columns)
        for number, question in enumerate(questions):
            place = places[number % columns]
            if place.button(
                plain_label(question, max_chars=LONGEST_OFFER), width="stretch", key=f"suggestion_{number}"
            ):
                ask(api, tab, question)
                st.rerun()


def _ask_next(api: Api, tab: Tab, conversation: Conversation) -> None:
    """Offer what the documents answer beside what was asked; without an answer from the API, nothing."""
    answer = conversation.messages[-1].answer
    if answer is None:
        return
    of_answer, at, questions = tab.mine.suggested
    if of_answer != answer.id or time.monotonic() - at > OFFERED_S:
        try:
            questions = api.suggestions(conversation.id)
        except PageError:
            questions = ()
        tab.mine.suggested = (answer.id, time.monotonic(), questions)
    if questions:
        theme.small(WORDS.ask_next)
        _offer(api, tab, questions, columns=1)


def _menu(api: Api, tab: Tab, conversation: Conversation) -> None:
    with st.container(key="menu", horizontal=True, vertical_alignment="center"):
        theme.thread(conversation.title or WORDS.untitled)
        with st.popover(WORDS.conversation_menu, icon=":material/more_horiz:", type="tertiary"):
            with st.form("rename", border=False):
                title = st.text_input(WORDS.rename, value=conversation.title, max_chars=120)
                if st.form_submit_button(WORDS.save) and title.strip():
                    api.rename_conversation(conversation.id, title.strip())
                    st.rerun()
            past.exports(lambda form: api.export(form, conversation.id), "conversation", key="export")
            if tab.mine.is_delete_asked:
                theme.small(WORDS.delete_sure)
                if st.button(WORDS.delete, type="primary", key="delete_for_good"):
                    api.delete_conversation(conversation.id)
                    tab.go("ask")
                    tab.mine.live = None
                    st.toast(WORDS.deleted)
                    st.rerun()
            elif st.button(WORDS.delete, icon=":material/delete:", type="tertiary", key="delete_asked"):
                tab.mine.is_delete_asked = True
                st.rerun()


def _standing(messages: Sequence[Message], live: LiveAnswer | None) -> Sequence[Message]:
    """Return the messages without those that are about to give way to the question on its way.

    They are there again where it was refused: the API cuts nothing then.
    """
    if live is None or live.progress().is_over:
        return messages
    ids = [message.id for message in messages]
    return messages[: ids.index(live.question.replaces)] if live.question.replaces in ids else messages


def _dialogue(api: Api, tab: Tab, messages: Sequence[Message], *, is_writing: bool) -> None:
    asked = [message.id for message in messages if message.role == "user"]

    def put(text: str, replaces: str) -> None:
        ask(api, tab, text, replaces)
        st.rerun()

    for message in messages:
        if message.answer is not None:
            answers.draw(api, tab, message)
        elif is_writing:
            questions.show(message.text)
        else:
            questions.draw(tab, message, is_last=message.id == asked[-1], put=put)


def _follow(api: Api, tab: Tab, live: LiveAnswer) -> None:
    strip, words, stop = st.container(), st.empty(), st.container()
    is_strip_drawn = False
    progress = live.progress()
    while not progress.is_over:
        tab.mine.noticed = progress.noticed
        if progress.sources and not is_strip_drawn:
            with strip:
                answers.source_strip(tab, progress.answer_id, progress.sources)
            with stop:
                st.button(
                    WORDS.stop,
                    icon=":material/stop_circle:",
                    key="stop",
                    on_click=_stop,
                    args=(api, progress.answer_id),
                )
            is_strip_drawn = True
        with words.container():
            _writing(progress)
        time.sleep(REDRAW_S)
        progress = live.wait(progress.version, timeout_s=PATIENCE_S)
    st.rerun()  # with the end: everything is drawn anew from what the server keeps


def _writing(progress: Progress) -> None:
    if progress.sources is None:
        theme.step(WORDS.searching)
    elif not progress.text and progress.position:
        theme.step(WORDS.waiting.format(position=progress.position))
    elif not progress.text:
        theme.step(WORDS.reading.format(count=len(progress.sources)))
    else:
        theme.show(stream_html(progress.text))
        theme.show(answers.label())
        theme.step(WORDS.checking)


def _show_end(api: Api, tab: Tab, progress: Progress) -> None:
    """Show what the conversation on the server does not hold (yet); kept until the next question."""
    if progress.failure is not None:
        theme.banner(progress.failure.message, progress.failure.remedy or WORDS.failed_remedy, tone="wrong")
    elif progress.answer is not None:
        message = Message("live", "assistant", answer=progress.answer, sources=progress.sources or ())
        answers.draw(api, tab, message)


def _stop(api: Api, answer_id: str) -> None:
    try:
        api.stop(answer_id)
    except PageError:
        # Over already, or the API is away: the stream itself tells which.
        return


def _is_kept(conversation: Conversation, live: LiveAnswer) -> bool:
    answer = live.progress().answer
    return answer is not None and any(
        message.answer is not None and message.answer.id == answer.id for message in conversation.messages
    )
