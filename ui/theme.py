"""Draw what is the page's own: wordmark, styles - and be the one place that sends HTML to the browser."""

from functools import lru_cache
from pathlib import Path

import streamlit as st

from ui.render import Safe, fill

# A gate in a crenellated wall. Streamlit's own page icons are fetched from the internet by the browser.
ICON = Path(__file__).with_name("icon.svg")
_WORDMARK = '<div class="im-wordmark {size}"><i class="im-gate"></i><span>{site}</span></div>'
_TITLE = '<h1 class="im-title">{title}</h1><p class="im-subtitle">{subtitle}</p>'
_SECTION = '<p class="im-section">{text}</p>'
_SMALL = '<p class="im-small">{text}</p>'
_BANNER = '<div class="im-banner {tone}" role="status"><b>{title}</b><p>{text}</p></div>'
_STEP = '<div class="im-step" role="status">{text}</div>'
_STYLE = "<style>{css}</style>"


def show(html: Safe) -> None:
    """Send HTML that was made by render; every other string is a type error."""
    st.html(html)


def send_styles() -> None:
    """Send the page's styles; needed on every run, because Streamlit forgets what a run does not draw."""
    st.html(_STYLE.replace("{css}", _css()))


def wordmark(site: str, *, large: bool = False) -> None:
    """Show the gate and the site's name."""
    show(fill(_WORDMARK, site=site, size="im-large" if large else ""))


def title(text: str, subtitle: str) -> None:
    """Show a page's title with the line below it."""
    show(fill(_TITLE, title=text, subtitle=subtitle))


def section(text: str) -> None:
    """Show a small heading."""
    show(fill(_SECTION, text=text))


def small(text: str) -> None:
    """Show a side note."""
    show(fill(_SMALL, text=text))


def banner(heading: str, text: str, *, tone: str = "") -> None:
    """Show a message; tones are "", "calm" and "wrong"."""
    show(fill(_BANNER, title=heading, text=text, tone=f"im-{tone}" if tone else ""))


def step(text: str) -> None:
    """Show that something is under way."""
    show(fill(_STEP, text=text))


@lru_cache(maxsize=1)
def _css() -> str:
    return Path(__file__).with_name("styles.css").read_text(encoding="utf-8")
