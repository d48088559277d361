"""Show one's past conversations: found by words, grouped by date, some at a time; and let them be taken along."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from ui import theme
from ui.client import Api
from ui.languages import days_ago
from ui.records import Heading
from ui.render import plain_label
from ui.state import Tab
from ui.words import WORDS

AT_ONCE = 30  # the list is for picking up a thread; more come when asked for
FORMS: tuple[tuple[Literal["markdown", "json"], str], ...] = (("markdown", "md"), ("json", "json"))
MIME = "application/octet-stream"  # saved, whatever a browser would do with its kind


def draw(api: Api, tab: Tab) -> None:
    """Show the list with its search. Raises PageError."""
    words = st.text_input(
        WORDS.find_conversation,
        placeholder=WORDS.find_conversation,
        label_visibility="collapsed",
        icon=":material/search:",
        max_chars=200,
        key="find_conversation",
    ).strip()
    shown = api.conversations(words, limit=tab.mine.listed + 1)
    if not shown:
        theme.small(WORDS.no_such_conversation if words else WORDS.no_conversations)
        return
    for number, (label, group) in enumerate(grouped(shown[: tab.mine.listed], datetime.now(UTC))):
        theme.section(label)
        with st.container(key=f"past_group_{number}", gap=None):
            for heading in group:
                _one(heading, tab)
    if len(shown) > tab.mine.listed:
        st.button(WORDS.more, type="tertiary", key="more_conversations", on_click=_more, args=(tab,))


def grouped(headings: Sequence[Heading], now: datetime) -> list[tuple[str, list[Heading]]]:
    """Return the headings under what the reader calls their last day, in the order they came in; no group is empty."""
    groups: dict[str, list[Heading]] = {}
    for heading in headings:
        groups.setdefault(_period(days_ago(heading.updated_at, now)), []).append(heading)
    return list(groups.items())


def exports(make: Callable[[str], bytes], name: str, *, key: str) -> None:
    """Offer what `make` returns for a format as a file; it is fetched when it is asked for."""
    for form, ending in FORMS:
        st.download_button(
            WORDS.export.format(form="Markdown" if form == "markdown" else "JSON"),
            data=lambda form=form: make(form),  # type: ignore[misc]  # the loop's value, not its last
            file_name=f"{name}.{ending}",
            mime=MIME,
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key=f"{key}_{form}",
        )


def _period(ago: int | None) -> str:
    for limit, label in ((0, WORDS.today), (1, WORDS.yesterday), (7, WORDS.week), (30, WORDS.month)):
        if ago is not None and ago <= limit:
            return label
    return WORDS.earlier


def _one(heading: Heading, tab: Tab) -> None:
    is_open = tab.mine.place == "ask" and tab.mine.conversation_id == heading.id
    st.button(
        plain_label(heading.title or WORDS.untitled, max_chars=60),
        type="tertiary",
        width="stretch",
        key=f"past_{'now_' if is_open else ''}{heading.id}",
        on_click=tab.go,
        args=("ask", heading.id),
    )


def _more(tab: Tab) -> None:
    tab.mine.listed += AT_ONCE
