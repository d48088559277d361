"""Show auditors the audit trail: whether it was touched, what is on it, and which answers used a document."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import streamlit as st

from ui import theme
from ui.audit_records import AuditEvent, Wanted
from ui.client import PageError
from ui.languages import moment, number
from ui.office import Office
from ui.render import Safe, fill
from ui.state import Audit, Tab
from ui.words import WORDS

T = TypeVar("T")
LONGEST_ID = 64
FAULTS = 3  # of a broken chain, in the banner; the command line names more

_CODE = "<code>{text}</code>"


def draw(api: Office, tab: Tab) -> None:
    """Show the audit page. A search is made where one is asked for, not at every click: each is on record."""
    with st.container(key="wide"):
        theme.title(WORDS.audit, WORDS.audit_hint)
        if tab.mine.audit is None:
            tab.mine.audit = Audit(Wanted(), api.audit(Wanted()))
        _state(api, tab.mine.audit)
        _form(api, tab.mine.audit)
        _found(api, tab.mine.audit)
        _using(api, tab.mine.audit)


def _state(api: Office, audit: Audit) -> None:
    verified, chain = audit.page.verified, audit.chain
    if chain is not None and not chain.is_whole:
        told = " ".join(WORDS.audit_fault.format(seq=f.seq, message=f.message) for f in chain.faults[:FAULTS])
        _broken(chain.verified_at, told)
    elif chain is not None:
        _whole(chain.records, chain.verified_at)
    elif verified is None:
        theme.banner(WORDS.audit_unchecked, WORDS.audit_unchecked_hint)
    elif verified.is_whole:
        _whole(verified.records, verified.at)
    else:
        _broken(verified.at, "")
    if st.button(WORDS.audit_check, icon=":material/verified_user:", key="audit_check"):
        looked = _tried(api.verify_audit)
        if looked is not None:
            audit.chain = looked
            st.rerun()


def _whole(records: int, at: str) -> None:
    hint = WORDS.audit_whole_hint.format(records=number(records), time=_time(at))
    theme.banner(WORDS.audit_whole, hint, tone="calm")


def _broken(at: str, faults: str) -> None:
    hint = WORDS.audit_broken_hint.format(time=_time(at), faults=faults)
    theme.banner(WORDS.audit_broken, hint, tone="wrong")


def _form(api: Office, audit: Audit) -> None:
    names = dict(WORDS.audit_events)
    with st.form("audit_search", border=False):
        since, until, kinds = st.columns([1, 1, 2])
        first = since.date_input(WORDS.audit_from, value=None, format="YYYY-MM-DD", key="audit_since")
        last = until.date_input(WORDS.audit_to, value=None, format="YYYY-MM-DD", key="audit_until")
        chosen = kinds.multiselect(
            WORDS.audit_kinds,
            list(names),
            format_func=lambda kind: names[kind],
            placeholder=WORDS.audit_any,
            key="audit_kinds",
        )
        who, what = st.columns(2)
        actor = who.text_input(WORDS.audit_actor, max_chars=LONGEST_ID, key="audit_actor")
        thing = what.text_input(WORDS.audit_thing, max_chars=LONGEST_ID, key="audit_thing")
        if st.form_submit_button(WORDS.audit_search, type="primary"):
            audit.wanted = Wanted(first, last, tuple(chosen), actor.strip(), thing.strip())
            _turn(api, audit, ())


def _found(api: Office, audit: Audit) -> None:
    if not audit.page.events:
        theme.small(WORDS.audit_none)
        return
    rows = [_cells(event) for event in audit.page.events]
    theme.table(WORDS.audit_table, WORDS.audit_columns, rows, are_records=True)
    with st.container(key="audit_pages", horizontal=True):
        if st.button(WORDS.audit_newer, disabled=not audit.befores, key="audit_newer"):
            _turn(api, audit, audit.befores[:-1])
            st.rerun()
        older = audit.page.before
        if st.button(WORDS.audit_older, disabled=older is None, key="audit_older") and older is not None:
            _turn(api, audit, (*audit.befores, older))
            st.rerun()
        st.download_button(
            WORDS.audit_download,
            data=partial(api.audit_lines, audit.wanted),
            file_name="audit.jsonl",
            mime="application/x-ndjson",
            icon=":material/download:",
            on_click="ignore",
            key="audit_download",
        )


def _turn(api: Office, audit: Audit, befores: tuple[int, ...]) -> None:
    try:
        audit.page = api.audit(audit.wanted, before=befores[-1] if befores else 0)
        audit.befores = befores
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")


def _using(api: Office, audit: Audit) -> None:
    theme.section(WORDS.audit_using)
    with st.form("audit_using", border=False):
        document = st.text_input(WORDS.audit_document, max_chars=LONGEST_ID, key="audit_document").strip()
        theme.small(WORDS.audit_using_hint)
        if st.form_submit_button(WORDS.audit_show) and document:
            audit.answers = _tried(partial(api.answers_using, document))
    used = audit.answers
    if used is None:
        return
    if not used.answers:
        theme.small(WORDS.audit_unused)
        return
    rows = [
        (
            _code(one.answer),
            moment(one.at, is_exact=True),
            _code(one.actor or WORDS.audit_nobody),
            one.outcome,
            WORDS.audit_cited if one.is_cited else WORDS.audit_read,
        )
        for one in used.answers
    ]
    theme.table(WORDS.audit_using, WORDS.audit_answer_columns, rows, are_records=True)
    if used.has_more:
        theme.small(WORDS.audit_more)


def _tried(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except PageError as error:
        theme.banner(error.message, error.remedy, tone="wrong")
        return None


def _cells(event: AuditEvent) -> tuple[str, ...]:
    kind = dict(WORDS.audit_events).get(event.kind, event.kind)
    who = _code(event.actor or WORDS.audit_nobody)
    source = {"address": event.source} if event.source else {}
    things = [
        f"{name} {_listed(value)}" for name, value in (*event.objects.items(), *source.items()) if value
    ]
    return (
        str(event.seq),
        moment(event.at, is_exact=True),
        kind,
        event.outcome,
        who,
        _code("; ".join(things)),
    )


def _listed(value: str | int | Sequence[str]) -> str:
    return str(value) if isinstance(value, str | int) else ", ".join(value)


def _code(text: str) -> Safe:
    return fill(_CODE, text=text)


def _time(at: str) -> str:
    return f"{moment(at, is_exact=True)} UTC"
