"""Show one answer: what became of the question, its sources, its label, and the thumbs below it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import streamlit as st

from ui import scope, theme, thumbs
from ui.client import Api
from ui.records import Answer, Message, Source
from ui.render import (
    Safe,
    answer_html,
    copy_text,
    fill,
    join,
    lines,
    place_in,
    plain_label,
    prose_html,
    where,
)
from ui.state import Tab
from ui.tables import passage_html
from ui.words import WORDS

_FOOT = '<div class="im-foot">{label}{checked}{copy}</div>'
_LABEL = '<span class="im-tag">{text}</span>'
_COPY = '<button type="button" class="im-copy" data-copy="{text}" data-done="{done}">{copy}</button>'
_CHECKED = "<span>{text}</span>{legend}"
_LEGEND = '<span class="im-legend"><i class="im-key-{verdict}"></i>{text}</span>'
_CARD = (
    '<div class="im-card"><h2>{number} · {title}</h2><p class="im-small">{place}</p><div class="im-clamp">{text}</div>'
    '<button type="button" class="im-copy" data-cite="{target}" aria-label="{label}">{open}</button></div>'
)


def draw(api: Api, tab: Tab, message: Message) -> None:
    """Show a finished answer with all that belongs to it."""
    answer = cast(Answer, message.answer)
    names = scope.names(api, tab)
    if answer.outcome == "not_in_documents":
        theme.banner(answer.text, answer.notice or "", tone="calm")
        if message.sources:
            with st.expander(WORDS.nearest):
                _cards(answer.id, message.sources)
    elif answer.outcome == "passages_only":
        theme.banner(WORDS.passages_only, answer.notice or WORDS.passages_loading)
        _cards(answer.id, message.sources)
    else:
        _text(tab, answer, message.sources, names)
    if message.searched is not None:
        theme.small(WORDS.searched.format(names=scope.named(message.searched, names)))
    _foot(answer, message.sources, names)
    thumbs.draw(api, tab, message, answer)


def label() -> Safe:
    """Return the mark of what an AI wrote or chose, also while it is being written (AI Act, Art. 50)."""
    return fill(_LABEL, text=WORDS.ai_label)


def source_strip(tab: Tab, answer_id: str, sources: Sequence[Source]) -> None:
    """Show the sources in a row of buttons, each opening its document."""
    with st.container(key=f"strip_{answer_id}", horizontal=True, gap="small"):
        for source in sources:
            st.button(
                f"{source.number} · {plain_label(where(source), max_chars=46)}",
                key=f"source_{answer_id}_{source.number}",
                help=plain_label(" › ".join((source.title, *source.heading_path)), max_chars=200),
                on_click=open_source,
                args=(tab, answer_id, source.number),
            )


def open_source(tab: Tab, answer_id: str, number: int) -> None:
    """Show a source beside the answer."""
    tab.mine.open_citation = (answer_id, number)


def _text(tab: Tab, answer: Answer, sources: Sequence[Source], names: Mapping[str, str]) -> None:
    if answer.outcome == "failed":
        theme.banner(WORDS.failed, answer.notice or WORDS.failed_remedy, tone="wrong")
    if answer.sentences:
        theme.show(answer_html(_kept(answer), sources, names))
    elif answer.text.strip():
        theme.show(prose_html(answer.text))
    if answer.outcome in {"answered", "documents"} and answer.notice:
        theme.show(prose_html(answer.notice))
    if answer.outcome == "stopped":
        theme.banner(WORDS.stopped, answer.notice or "", tone="calm")
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    used = [source for source in sources if source.number in cited]
    if used and answer.outcome != "documents":  # whose lines name them
        source_strip(tab, answer.id, used)


def _kept(answer: Answer) -> Answer:
    """Return the answer without sentences that the check took out of its text."""
    kept = (s for s in answer.sentences if s.verdict != "unsupported" or s.text.strip() in answer.text)
    return replace(answer, sentences=tuple(kept))


def _cards(answer_id: str, sources: Sequence[Source]) -> None:
    for source in sources:
        theme.show(
            fill(
                _CARD,
                number=source.number,
                title=source.title,
                place=" › ".join(part for part in (place_in(source), *source.heading_path) if part),
                text=passage_html(source.text),
                target=f"{answer_id}:{source.number}",
                label=WORDS.chip_label.format(number=source.number, title=where(source), verdict=""),
                open=WORDS.open_document,
            )
        )


def _foot(answer: Answer, sources: Sequence[Source], names: Mapping[str, str]) -> None:
    is_list = answer.outcome == "documents"
    claims = [s for s in answer.sentences if s.verdict != "not_a_claim" and not is_list]
    supported = sum(sentence.verdict != "unsupported" for sentence in claims)
    counted = WORDS.checked.format(supported=supported, claims=len(claims))
    if any(sentence.verdict == "quoted" for sentence in claims):
        counted = WORDS.quoted.format(claims=len(claims))
    theme.show(
        fill(
            _FOOT,
            label=Safe("") if is_list else label(),
            checked=fill(_CHECKED, text=counted, legend=_legend(answer)) if claims else Safe(""),
            copy=fill(
                _COPY, text=lines(copy_text(answer, sources, names)), done=WORDS.copied, copy=WORDS.copy
            )
            if answer.text.strip()
            else Safe(""),
        )
    )


def _legend(answer: Answer) -> Safe:
    """Return the meaning of the colours that occur, if there is more than one."""
    occurring = {sentence.verdict for sentence in answer.sentences}
    keys = [
        fill(_LEGEND, verdict=verdict, text=text) for verdict, text in WORDS.legend if verdict in occurring
    ]
    return join(keys if len(keys) > 1 else [])
