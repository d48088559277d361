"""Draw what is the page's own: wordmark, styles - and be the one place that sends HTML to the browser."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import streamlit as st

from ui.client import PageError
from ui.languages import number
from ui.records import Front
from ui.render import Safe, fill, join, plain_label
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
_TABLE = '<div class="im-table"><table><caption class="im-unseen">{caption}</caption>{parts}</table></div>'
# On a narrow screen each record becomes a card; a wide one may scroll, which keys can do only where it takes the focus.
_RECORDS = (
    '<div class="im-table im-audit" tabindex="0" role="region" aria-label="{caption}">'
    "<table><caption>{caption}</caption>{parts}</table></div>"
)
_PARTS = "<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>"
_HEAD = '<th scope="col">{text}</th>'
_CELL = '<td data-label="{label}">{value}</td>'
_ROW = "<tr>{cells}</tr>"
_STYLE = "<style>{css}</style>"


Cell = int | str | None


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


def table(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, are_records: bool = False
) -> None:
    """Show a table that a screen reader calls by its name; whole numbers as the reader writes them, None as a dash.

    Records show their name, and are cards where the screen is narrow.
    """
    parts = fill(
        _PARTS,
        heads=join([fill(_HEAD, text=head) for head in heads]),
        rows=join([_row(heads, row) for row in rows]) if rows else Safe(""),
    )
    show(fill(_RECORDS if are_records else _TABLE, caption=name, parts=parts))


def icon_button(
    label: str, *, icon: str, key: str, act: Callable[[], None] | None = None, is_disabled: bool = False
) -> bool:
    """Show a button of an icon alone, whose label is heard and is its tooltip; return whether it was pressed."""
    return st.button(
        label,
        icon=f":material/{icon}:",
        help=label,
        type="tertiary",
        key=f"icon_{key}",
        disabled=is_disabled,
        on_click=act,
    )


def refuse(error: PageError) -> None:
    """Say for a moment that an action was refused, and what to do."""
    st.toast(plain_label(f"{error.message} {error.remedy}", max_chars=300))


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
        ("Toast", "", label, WORDS.message),
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


def _row(heads: Sequence[str], row: Sequence[Cell]) -> Safe:
    cells = [fill(_CELL, label=head, value=_written(cell)) for head, cell in zip(heads, row, strict=True)]
    return fill(_ROW, cells=join(cells))


def _written(cell: Cell) -> str:
    if cell is None:
        return WORDS.usage_hidden
    return number(cell) if isinstance(cell, int) else cell


@lru_cache(maxsize=1)
def _css(light: str, dark: str) -> str:
    css = Path(__file__).with_name("styles.css").read_text(encoding="utf-8")
    return css.replace(ACCENTS["light"], light).replace(ACCENTS["dark"], dark)
