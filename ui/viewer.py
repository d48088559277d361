"""Show the document beside the answer: the page with the passage highlighted, or the passage among its neighbours."""

from base64 import b64encode
from collections.abc import Sequence

import streamlit as st

from ui import theme
from ui.client import Api, Gone, PageError
from ui.languages import day
from ui.records import PassageView, Sentence, Source
from ui.render import Safe, fill, join, place_in
from ui.state import Tab
from ui.tables import Phrases, passage_html, table_html
from ui.words import WORDS

PAGE_WIDTH = 1100  # pixels; sharp in the column of a large screen
_HEAD = '<h2 class="im-doc-title">{title}</h2><p class="im-small">{facts}</p>{path}'
_PATH = '<p class="im-path">{path}</p>'
_PAGE = '<div class="im-page"><img alt="{alt}" src="data:image/png;base64,{png}"></div>'
_TEXT = '<div class="im-passage"><div class="im-near">{before}</div>{marked}<div class="im-near">{after}</div></div>'
_MARKED = '<div class="im-marked" role="mark">{text}</div>'


def draw(api: Api, tab: Tab, sources: Sequence[Source], sentences: Sequence[Sentence]) -> None:
    """Show the open citation, with what `sentences` rest on marked. Each call asks the API, so lost rights show."""
    answer_id, number = tab.open_citation or ("", 0)
    with st.container(key="viewer"):
        _bar(tab, answer_id, number, [source.number for source in sources])
        wanted = next((source for source in sources if source.number == number), None)
        try:
            view = api.passage(wanted.chunk_id) if wanted else None
        except Gone:
            view = None
        except PageError as error:
            theme.banner(error.message, error.remedy, tone="wrong")
            return
        if view is None:
            theme.banner(WORDS.gone, WORDS.gone_hint, tone="calm")
            return
        _head(view.source)
        _body(api, view, _phrases(sentences, number))
        _download(api, view.source)


def _bar(tab: Tab, answer_id: str, number: int, numbers: list[int]) -> None:
    place = numbers.index(number) if number in numbers else 0
    with st.container(horizontal=True, vertical_alignment="center", key="viewer_bar"):
        theme.small(WORDS.source_of.format(number=place + 1, count=max(1, len(numbers))))
        for key, icon, label, step in (
            ("previous", ":material/chevron_left:", WORDS.previous, -1),
            ("next", ":material/chevron_right:", WORDS.following, 1),
        ):
            target = place + step
            is_there = 0 <= target < len(numbers)
            st.button(
                label,
                icon=icon,
                help=label,
                type="tertiary",
                key=f"icon_{key}",
                disabled=not is_there,
                on_click=_open,
                args=(tab, answer_id, numbers[target] if is_there else number),
            )
        st.button(
            WORDS.close,
            icon=":material/close:",
            help=WORDS.close,
            type="tertiary",
            key="icon_close",
            on_click=_close,
            args=(tab,),
        )


def _head(source: Source) -> None:
    facts = " · ".join(
        fact for fact in (source.file_name, place_in(source), day(source.dated), source.collection) if fact
    )
    path = fill(_PATH, path=" › ".join(source.heading_path)) if source.heading_path else Safe("")
    theme.show(fill(_HEAD, title=source.title, facts=facts, path=path))


def _phrases(sentences: Sequence[Sentence], number: int) -> Phrases:
    """Return where in the passage of this number the words stand that the answer's sentences rest on."""
    return [
        phrase
        for sentence in sentences
        for cited, phrase in zip(
            sentence.citations, sentence.phrases, strict=False
        )  # none of an earlier version
        if cited == number
    ]


def _body(api: Api, view: PassageView, phrases: Phrases) -> None:
    if view.source.has_page_image and _page(api, view.source):
        with st.expander(WORDS.as_text, expanded=bool(phrases)):
            theme.show(_passage(view, phrases))
    else:
        theme.show(_passage(view, phrases))


def _page(api: Api, source: Source) -> bool:
    """Show the page and return True, or return False where no image is to be had."""
    try:
        png = api.page_image(source.chunk_id, width=PAGE_WIDTH)
    except PageError:
        # The text of the passage says the same; the image is a comfort.
        return False
    alt = WORDS.page_image.format(page=source.page, title=source.title)
    # Inside the page, because Streamlit would serve a picture to anyone who has its address.
    theme.show(fill(_PAGE, alt=alt, png=Safe(b64encode(png).decode("ascii"))))
    return True


def _passage(view: PassageView, phrases: Phrases) -> Safe:
    is_marked = any(start < end for start, end in phrases)
    # The passage's own table can be marked; the document's, drawn from its cells, may hold other rows.
    if view.blocks_html and not is_marked:
        text = table_html(view.blocks_html)
    else:
        text = passage_html(view.source.text, phrases)
    return fill(
        _TEXT,
        before=join([passage_html(text) for text in view.before]),
        marked=fill(_MARKED, text=text),
        after=join([passage_html(text) for text in view.after]),
    )


def _download(api: Api, source: Source) -> None:
    def original() -> bytes:
        return api.original(source.document_id)

    st.download_button(
        WORDS.download,
        data=original,
        file_name=source.file_name,
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        key="viewer_download",
    )


def _open(tab: Tab, answer_id: str, number: int) -> None:
    tab.open_citation = (answer_id, number)


def _close(tab: Tab) -> None:
    tab.open_citation = None
