"""Run the few lines the page needs in the browser: clicks on chips, copying, keys, what a tab or browser remembers.

They also do what only a screen reader notices: name the page's language, announce an answer once, move the focus.
The script, browser.js, is constant. The token lies in the tab's sessionStorage, which ends with the tab; never in the
address or in a cookie. The chosen language lies in the browser's localStorage, since it says nothing about a person and
is for every tab.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from ui.languages import LANGUAGES

NAME = "intramuros_browser"
KEY = "browser_script"
SCRIPT = Path(__file__).with_name("browser.js")
_LIVE = '<div role="status" aria-live="polite" aria-atomic="true"></div>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Hold what the script is told in a run."""

    token: str
    forget: bool
    asked: int  # questions so far; when it grows, the view goes down to the newest
    language: str
    chosen: str  # the language the reader chose in this tab, empty where they did not
    conversation: str = ""  # the open one; where another is opened, the view goes down too
    said: str = ""  # read out once by screen readers
    opened: str = ""  # the citation whose document is open, as a chip's target
    names: Sequence[tuple[str, str, str]] = ()  # of Streamlit's furniture: selector, attribute or none, words


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold what the browser says that it remembers: the token of this tab, before a reload, and the language."""

    token: str = ""
    language: str = ""


@lru_cache(maxsize=1)
def _component() -> Callable[..., object]:
    return st.components.v2.component(NAME, html=_LIVE, js=SCRIPT.read_text(encoding="utf-8"))


def clicked() -> tuple[str, int] | None:
    """Return the citation whose chip made this run; asked before `attach`, which tells the script what is open."""
    return citation(getattr(st.session_state.get(KEY), "cited", None))


def attach(told: Told) -> Heard:
    """Mount the script and return what it says."""
    with st.container(key="browser"):
        result = _component()(
            key=KEY,
            data=asdict(told),
            on_remembered_change=_nothing,
            on_cited_change=_nothing,
            on_refused_change=_nothing,
        )
    return remembered(getattr(result, "remembered", None))


def remembered(value: object) -> Heard:
    """Return what the browser kept; a token that is no text or a language that the page does not speak is left out."""
    kept = value if isinstance(value, Mapping) else {}
    token, language = kept.get("token"), kept.get("language")
    return Heard(
        token if isinstance(token, str) else "",
        language if isinstance(language, str) and language in LANGUAGES else "",
    )


def citation(value: object) -> tuple[str, int] | None:
    """Return answer id and source number of a chip's target, None where it is not one."""
    if not isinstance(value, str):
        return None
    answer_id, _, number = value.rpartition(":")
    return (answer_id, int(number)) if answer_id and number.isdecimal() and number.isascii() else None


def _nothing() -> None:
    """Streamlit hands a trigger over only where a callback is registered."""
