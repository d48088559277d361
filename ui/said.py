"""Show those who look after a collection what readers say of its answers, and of no reader who said it."""

import streamlit as st

from ui import theme
from ui.administered import Said
from ui.client import Gone
from ui.office import Office
from ui.render import fill
from ui.words import WORDS

SHOWN = 50  # the newest: older ones speak of documents that have changed since
_SAID = '<div class="im-row"><b>{kinds}</b><span class="im-small">{facts}</span><p>{reason}</p></div>'


def draw(api: Office, collection: str) -> None:
    """Show what is said of answers from a collection."""
    theme.section(WORDS.said)
    try:
        entries = api.said(collection)
    except Gone:
        theme.small(WORDS.said_for_managers)
        return
    theme.small(WORDS.said_hint if entries else WORDS.said_none)
    for entry in entries[:SHOWN]:
        with st.container(border=True):
            _entry(entry)


def _entry(entry: Said) -> None:
    known = dict(WORDS.reasons)
    kinds = ", ".join(known.get(kind, kind) for kind in entry.kinds)
    value = WORDS.thumbs_up if entry.value == "up" else WORDS.thumbs_down
    asked = WORDS.said_asked.format(question=entry.question) if entry.question else ""
    facts = " · ".join(fact for fact in (entry.month, *(one.title for one in entry.documents), asked) if fact)
    theme.show(fill(_SAID, kinds=kinds or value, facts=facts, reason=entry.reason))
