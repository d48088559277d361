"""Draw what is the page's own: wordmark, styles - and be the one place that sends HTML to the browser."""

from functools import lru_cache
from pathlib import Path

import streamlit as st

from ui.records import Front
from ui.render import Safe, fill
from ui.words import WORDS

ACCENTS = {"light": "#1d5c63", "dark": "#7cc4bd"}  # as in styles.css; a company may have colours of its own
# A gate in a crenellated wall. Streamlit's own page icons are fetched from the internet by the browser.
ICON = Path(__file__).with_name("icon.svg")
_WORDMARK = '<div class="im-wordmark">{sign}<span>{name}</span></div>'
_LARGE_WORDMARK = '<h1 class="im-wordmark im-large">{sign}<span>{name}</span></h1>'
_GATE = '<i class="im-gate"></i>'
_LOGO = '<img class="im-logo" alt="" src="{logo}">'
_TITLE = '<h1 class="im-title">{title}</h1><p class="im-subtitle">{subtitle}</p>'
_THREAD = '<h1 class="im-thread">{text}</h1>'
_SECTION = '<h2 class="im-section">{text}</h2>'
_SMALL = '<p class="im-small">{text}</p>'
_BANNER = '<div class="im-banner {tone}" role="status"><b>{title}</b><p>{text}</p></div>'
_STEP = '<div class="im-step" role="status">{text}</div>'
_STYLE = "<style>{css}</style>"


def show(html: Safe) -> None:
    """Send HTML that was made by render; every other string is a type error."""
    st.html(html)


def send_styles() -> None:
    """Send the page's styles; needed on every run, because Streamlit forgets what a run does not draw."""
    accents = (st.get_option(f"theme.{ground}.linkColor") or own for ground, own in ACCENTS.items())
    st.html(_STYLE.replace("{css}", _css(*accents)))


def wordmark(front: Front, *, large: bool = False) -> None:
    """Show the logo, or the gate, and the name of the house; large, it is the page's heading."""
    sign = fill(_LOGO, logo=front.logo) if front.logo.startswith("data:image/") else fill(_GATE)
    show(fill(_LARGE_WORDMARK if large else _WORDMARK, sign=sign, name=front.name))


def title(text: str, subtitle: str) -> None:
    """Show a page's title with the line below it."""
    show(fill(_TITLE, title=text, subtitle=subtitle))


def thread(text: str) -> None:
    """Show what a conversation is called: the page's heading, and yet no more than a side note to the eye."""
    show(fill(_THREAD, text=text))


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


def furniture() -> list[tuple[str, str, str]]:
    """Return what Streamlit's own furniture, which speaks English alone, is called: selector, attribute, words.

    Without an attribute the words are the element's text. A "#" in an attribute stands for the element's text.
    """
    label = "aria-label"
    named = (
        ("SkipToContent", "", "", WORDS.skip),
        ("Sidebar", "", label, WORDS.sidebar),
        ("SidebarCollapseButton", " button", label, WORDS.sidebar_hide),
        ("ExpandSidebarButton", "", label, WORDS.sidebar_show),
        ("ChatInputSubmitButton", "", label, WORDS.send),
        ("ChatInputFileUploadButton", " :is(input, button)", label, WORDS.browse),
        ("Feedback", " [role=radiogroup]", label, WORDS.rate),
        ("Feedback", " button:first-child", label, WORDS.good),
        ("Feedback", " button:last-child", label, WORDS.bad),
        ("TextInput", " button[aria-pressed=false]", label, WORDS.password_show),
        ("TextInput", " button[aria-pressed=true]", label, WORDS.password_hide),
        ("TooltipIcon", " button:not([data-testid])", label, WORDS.explanation),
        ("Selectbox", " button", label, WORDS.list_open),
        ("MultiSelect", " input", "placeholder", WORDS.choose),
        ("MultiSelect", " button[aria-label=Open]", label, WORDS.list_open),
        ("Selectbox", " input", "placeholder", WORDS.choose),
        ("FileUploaderDropzone", " > input", label, WORDS.browse),
        ("FileUploaderDropzone", " button [data-testid=stMarkdownContainer] p", "", WORDS.browse),
        ("FileUploaderDropzone", " button[aria-label='Add files']", label, WORDS.browse),
        ("Pagination", " [role=navigation]", label, WORDS.page_list),
        ("PaginationPrev", "", label, WORDS.page_before),
        ("PaginationNext", "", label, WORDS.page_after),
        ("PaginationPage", "", label, WORDS.page.format(page="#")),
        ("PaginationPageActive", "", label, WORDS.page.format(page="#")),
    )
    return [(f"[data-testid=st{part}]{inside}", attribute, words) for part, inside, attribute, words in named]


@lru_cache(maxsize=1)
def _css(light: str, dark: str) -> str:
    css = Path(__file__).with_name("styles.css").read_text(encoding="utf-8")
    return css.replace(ACCENTS["light"], light).replace(ACCENTS["dark"], dark)
