"""Show a page of the original: the cited words highlighted, the pages before and after it, two sizes."""

from base64 import b64encode
from dataclasses import dataclass
from functools import partial

import streamlit as st

from ui import theme
from ui.client import Api, Gone, PageError
from ui.records import PageImage, PassageView
from ui.render import Safe, fill
from ui.state import Tab
from ui.tables import Phrases
from ui.words import WORDS

FIT_PX = 1100  # sharp in the column of a large screen
FULL_PX = 1600  # sharp at a size of its own
CSS_PX_A_POINT = 96 / 72  # CSS: a pixel is 1/96 inch
# Streamlit's own picture would be served to anyone who has its address; this one is part of the page.
_PAGE = (
    '<div class="im-page im-{size}" tabindex="0" role="group" aria-label="{alt}" data-at="{at}" '
    'data-shown="{shown}">{image}</div>'
)
_IMAGE = '<img alt="{alt}" style="width: {width}" src="data:image/png;base64,{png}">'
_OPENING = '<div class="im-page im-opening" role="status"><div class="im-step">{text}</div></div>'


@dataclass(frozen=True, slots=True)
class _Asked:
    """Say which page is asked for; None = the cited one."""

    citation: tuple[str, int]
    page: int | None
    is_full_size: bool


def draw(api: Api, tab: Tab, view: PassageView, phrases: Phrases) -> bool:
    """Show the page and return True, or return False where no picture is to be had. Raises Gone."""
    citation = tab.mine.open_citation or ("", 0)
    page = tab.mine.turned_to[1] if tab.mine.turned_to and tab.mine.turned_to[0] == citation else None
    asked = _Asked(citation, page, tab.mine.is_full_size)
    bar, paper = st.container(), st.empty()
    key = (citation, page, tab.mine.is_full_size)
    if tab.mine.page_drawn != key:  # else the picture that stands there is the one to come
        with paper:
            theme.show(fill(_OPENING, text=WORDS.page_loading))
    image = _fetched(api, view, asked, phrases)
    if image is None:
        paper.empty()
        tab.mine.page_drawn = None
        return False
    tab.mine.page_drawn = key
    with bar:
        _bar(tab, view, image, asked)
        if image.marked == "passage" and any(start < end for start, end in phrases):
            theme.small(WORDS.whole_passage)
    with paper:
        theme.show(_picture(view, image, asked))
    return True


def _fetched(api: Api, view: PassageView, asked: _Asked, phrases: Phrases) -> PageImage | None:
    marks = [(start, end) for start, end in phrases if start < end]
    width = FULL_PX if asked.is_full_size else FIT_PX
    chunk = view.source.chunk_id
    try:
        return api.page_image(chunk, width=width, page=asked.page, marks=marks)
    except Gone:
        api.passage(chunk)  # the picture alone may be missing; the right to the text is asked for again
        return None
    except PageError:
        # The text of the passage says the same; the picture is a comfort.
        return None


def _bar(tab: Tab, view: PassageView, image: PageImage, asked: _Asked) -> None:
    pages = max(view.pages or image.page, image.page)
    with st.container(horizontal=True, vertical_alignment="center", key="viewer_pages"):
        _turn(tab, asked, WORDS.previous_page, "chevron_left", to=image.page - 1 if image.page > 1 else None)
        theme.small(WORDS.page_of.format(page=image.page, pages=pages))
        _turn(tab, asked, WORDS.next_page, "chevron_right", to=image.page + 1 if image.page < pages else None)
        if asked.page is not None and image.marked == "nothing":
            theme.icon_button(
                WORDS.back_to_passage,
                icon="undo",
                key="page_cited",
                act=partial(_go, tab, asked.citation, None),
            )
        st.button(
            WORDS.fit_width if asked.is_full_size else WORDS.full_size,
            icon=":material/fit_width:" if asked.is_full_size else ":material/zoom_in:",
            type="tertiary",
            key="zoom",
            on_click=_zoom,
            args=(tab,),
        )


def _turn(tab: Tab, asked: _Asked, label: str, icon: str, *, to: int | None) -> None:
    theme.icon_button(
        label,
        icon=icon,
        key="page_previous" if icon == "chevron_left" else "page_next",
        act=partial(_go, tab, asked.citation, to),
        is_disabled=to is None,
    )


def _picture(view: PassageView, image: PageImage, asked: _Asked) -> Safe:
    words = {"phrase": WORDS.page_phrase, "passage": WORDS.page_image, "nothing": WORDS.page_plain}
    alt = words[image.marked].format(page=image.page, title=view.source.title)
    width = f"{image.points * CSS_PX_A_POINT:.0f}px" if asked.is_full_size else "100%"
    png = Safe(b64encode(image.png).decode("ascii"))
    drawn = fill(_IMAGE, alt=alt, width=Safe(width), png=png)
    size = "full" if asked.is_full_size else "fit"
    key = f"{view.source.chunk_id} {image.page} {size}"
    return fill(_PAGE, size=size, alt=alt, at=image.mark_at, shown=key, image=drawn)


def _go(tab: Tab, citation: tuple[str, int], page: int | None) -> None:
    tab.mine.turned_to = None if page is None else (citation, page)


def _zoom(tab: Tab) -> None:
    tab.mine.is_full_size = not tab.mine.is_full_size
