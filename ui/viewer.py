"""Show the document beside the answer: its page with the cited words highlighted, or the passage among its neighbours.

Each run asks the API anew, for text, picture and original alike: nothing of a document is kept here, so a right that
ended shows with the next click, and then nothing of the document does.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from ui import page_image, theme
from ui.client import Api, Gone, PageError
from ui.languages import day
from ui.records import Nearby, PassageView, Sentence, Source
from ui.render import Safe, fill, join, place_in
from ui.state import Tab
from ui.tables import Cited, Phrases, passage_html
from ui.words import WORDS

AS_WRITTEN = (
    "text/plain",
    "message/",
    "application/vnd.ms-outlook",
    "text/csv",
)  # break their lines themselves
_HEAD = '<h2 class="im-doc-title">{title}</h2><p class="im-small">{facts}</p>{path}'
_PATH = '<p class="im-path">{path}</p>'
_TEXT = (
    '<div class="im-passage" data-shown="{key}"><div class="im-near">{before}</div>{marked}'
    '<div class="im-near">{after}</div></div>'
)
_MARKED = '<div class="im-marked" role="mark">{text}</div>'
_MAIL = '<dl class="im-mail">{fields}</dl>'
_FIELD = '<div class="{marked}"><dt>{name}</dt><dd>{value}</dd></div>'


def draw(api: Api, tab: Tab, sources: Sequence[Source], sentences: Sequence[Sentence]) -> None:
    """Show the open citation, with what `sentences` rest on marked. Each call asks the API, so lost rights show."""
    answer_id, number = tab.mine.open_citation or ("", 0)
    with st.container(key="viewer"):
        _bar(tab, answer_id, number, [source.number for source in sources])
        wanted = next((source for source in sources if source.number == number), None)
        place = st.empty()
        try:
            if wanted is None:
                raise Gone(WORDS.gone, remedy=WORDS.gone_hint)
            view = api.passage(wanted.chunk_id)
            with place.container():
                _document(api, tab, view, _Read(sources, sentences, wanted))
        except Gone:
            place.empty()
            tab.mine.suggested = ("", 0.0, ())  # they may name what was closed
            theme.banner(WORDS.gone, WORDS.gone_hint, tone="calm")
        except PageError as error:
            place.empty()
            theme.banner(error.message, error.remedy, tone="wrong")


class _Read:
    """Hold what the answer read of the open document, and what it rests on in the open passage."""

    def __init__(self, sources: Sequence[Source], sentences: Sequence[Sentence], wanted: Source) -> None:
        here = [source for source in sources if source.document_id == wanted.document_id]
        self.hits = [one.number for one in sorted(here, key=lambda one: one.position)]
        self.number = wanted.number
        resting = [sentence for sentence in sentences if wanted.number in sentence.citations]
        self.cited = Cited(_phrases(resting, wanted.number), " ".join(sentence.text for sentence in resting))


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


def _document(api: Api, tab: Tab, view: PassageView, read: _Read) -> None:
    _head(view.source)
    if len(read.hits) > 1:
        _hits(tab, read)
    if view.source.has_page_image and page_image.draw(api, tab, view, read.cited.phrases):
        with st.expander(WORDS.as_text):
            theme.show(passage(view, read.cited))
    else:
        if view.source.has_page_image:
            theme.small(WORDS.no_page_image)
        theme.show(passage(view, read.cited))
    _download(api, view.source)


def _bar(tab: Tab, answer_id: str, number: int, numbers: list[int]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="viewer_bar"):
        if number in numbers:
            place = numbers.index(number)
            theme.small(WORDS.source_of.format(number=place + 1, count=len(numbers)))
            _step(tab, answer_id, WORDS.previous, "previous", numbers[place - 1] if place else None)
            after = numbers[place + 1 : place + 2]
            _step(tab, answer_id, WORDS.following, "next", after[0] if after else None)
        theme.icon_button(WORDS.close, icon="close", key="close", act=partial(_close, tab))


def _hits(tab: Tab, read: _Read) -> None:
    """Show which of the passages that the answer read in this document is open, and lead to the others."""
    answer_id = (tab.mine.open_citation or ("", 0))[0]
    place = read.hits.index(read.number)
    after = read.hits[place + 1 : place + 2]
    with st.container(horizontal=True, vertical_alignment="center", key="viewer_hits"):
        theme.small(WORDS.passage_of.format(number=place + 1, count=len(read.hits)))
        before = read.hits[place - 1] if place else None
        _step(tab, answer_id, WORDS.previous_passage, "hit_previous", before)
        _step(tab, answer_id, WORDS.next_passage, "hit_next", after[0] if after else None)


def _step(tab: Tab, answer_id: str, label: str, key: str, target: int | None) -> None:
    theme.icon_button(
        label,
        icon="chevron_left" if key.endswith("previous") else "chevron_right",
        key=key,
        act=None if target is None else partial(_open, tab, answer_id, target),
        is_disabled=target is None,
    )


def _head(source: Source) -> None:
    facts = " · ".join(
        fact for fact in (source.file_name, place_in(source), day(source.dated), source.collection) if fact
    )
    theme.show(fill(_HEAD, title=source.title, facts=facts, path=_path(source.heading_path)))


def _path(headings: Sequence[str]) -> Safe:
    return fill(_PATH, path=" › ".join(headings)) if headings else Safe("")


def passage(view: PassageView, cited: Cited) -> Safe:
    """Return the passage between its neighbours; of a mail, below its header."""
    source, head = view.source, "\n".join(view.header)
    is_flowing = not source.media_type.startswith(AS_WRITTEN)
    is_headed = bool(head) and source.text.startswith(head)
    body = Cited(_moved(cited.phrases, len(head)), cited.said) if is_headed else cited
    text = source.text[len(head) :] if is_headed else source.text

    def near(passages: Sequence[Nearby]) -> Safe:
        return join(
            [
                join(
                    [
                        _path(one.heading_path) if one.heading_path != source.heading_path else Safe(""),
                        passage_html(one.text.removeprefix(head), is_flowing=is_flowing),
                    ]
                )
                for one in passages
            ]
        )

    shown = fill(
        _TEXT,
        key=source.chunk_id,
        before=near(view.before),
        marked=fill(_MARKED, text=passage_html(text, body, is_flowing=is_flowing)),
        after=near(view.after),
    )
    return join([_mail(view.header, cited.phrases if is_headed else ()), shown])


def _mail(header: Sequence[str], phrases: Phrases) -> Safe:
    """Return a mail's header as names and values, those marked that hold part of a phrase."""
    fields, start = [], 0
    for line in header:
        name, _, value = line.partition(": ")
        is_marked = any(begin < start + len(line) and end > start for begin, end in phrases)
        known = dict(WORDS.mail_fields).get(name, name)
        fields.append(fill(_FIELD, marked="im-phrase" if is_marked else "", name=known, value=value))
        start += len(line) + 1
    return fill(_MAIL, fields=join(fields)) if fields else Safe("")


def _moved(phrases: Phrases, by: int) -> Phrases:
    """Return places in a text as places in what is left of it without so many characters at its beginning."""
    return [(max(start - by, 0), end - by) for start, end in phrases if end > by]


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
    tab.mine.open_citation = (answer_id, number)
    tab.mine.turned_to = None


def _close(tab: Tab) -> None:
    tab.mine.open_citation = None
