"""Show collections to those who look after them: declaration, contents, sources, and what they lack."""

import streamlit as st

from ui import theme
from ui.administered import CollectionState, Shortfall, SourceCard
from ui.client import PageError
from ui.languages import moment
from ui.office import Office
from ui.render import Safe, fill, join, plain_label
from ui.words import WORDS

_HEAD = (
    '<div class="im-row"><h2 class="im-name">{name}</h2><span class="im-tag">{confidentiality}</span></div>'
)
_FACTS = '<dl class="im-facts">{facts}</dl>'
_FACT = "<div><dt>{name}</dt><dd>{value}</dd></div>"
_LACK = '<div class="im-lack"><b>{what}</b> {remedy}</div>'
_SOURCE = '<div class="im-source"><b>{id}</b> <span class="im-path">{place}</span><p class="im-small">{facts}</p></div>'


def draw(api: Office) -> None:
    """Show the page of collections."""
    with st.container(key="wide"):
        theme.title(WORDS.collections, WORDS.collections_hint)
        states = api.collection_states()
        if not states:
            theme.small(WORDS.collections_none)
        for state in states:
            with st.container(border=True, key=f"collection_{state.id}"):
                _card(api, state)


def _card(api: Office, state: CollectionState) -> None:
    theme.show(fill(_HEAD, name=state.name, confidentiality=state.confidentiality))
    if state.shortfalls:
        theme.show(join([_lack(one) for one in state.shortfalls]))
    theme.show(_facts(state))
    theme.section(WORDS.sources_of)
    if not state.sources:
        theme.small(WORDS.sources_none)
    for source in state.sources:
        _source(api, source)
    with st.expander(WORDS.as_declared, key=f"declared_{state.id}"):
        theme.small(WORDS.as_declared_hint)
        st.code(state.settings, language="toml", wrap_lines=True)


def _facts(state: CollectionState) -> Safe:
    names = dict(WORDS.states)
    contents = " · ".join(f"{count} {names.get(key, key)}" for key, count in state.documents.items())
    facts = (
        (WORDS.purpose, state.purpose),
        (WORDS.legal_basis, state.legal_basis),
        (WORDS.owner, state.owner),
        (WORDS.kept, WORDS.retention_days.format(days=state.retention_days)),
        (WORDS.personal_data, _personal_data(state)),
        (WORDS.readers, _principals(state.readers)),
        (WORDS.managers, _principals(state.managers)),
        (WORDS.contents, contents or WORDS.contents_none),
    )
    return fill(_FACTS, facts=join([fill(_FACT, name=name, value=value) for name, value in facts]))


def _personal_data(state: CollectionState) -> str:
    policy = dict(WORDS.personal_policies).get(state.personal_data, state.personal_data)
    if state.personal_data != "mask":
        return policy
    return WORDS.personal_data_shown.format(policy=policy, readers=_principals(state.personal_data_readers))


def _principals(principals: tuple[str, ...]) -> str:
    """Return who is meant, in words."""

    def said(principal: str) -> str:
        kind, _, name = principal.partition(":")
        if kind == "group":
            return WORDS.group.format(name=name)
        return name or WORDS.everyone

    return ", ".join(said(one) for one in principals) or WORDS.nobody


def _lack(shortfall: Shortfall) -> Safe:
    known = {name: (what, remedy) for name, what, remedy in WORDS.lacks}
    what, remedy = known.get(shortfall.lack, (shortfall.lack, ""))
    values = {"count": shortfall.count, "source": shortfall.source, "intake": WORDS.jobs}
    return fill(_LACK, what=what.format(**values), remedy=remedy.format(**values))


def _source(api: Office, source: SourceCard) -> None:
    with st.container(key=f"doc_source_{source.id}", horizontal=True, vertical_alignment="center"):
        theme.show(fill(_SOURCE, id=source.id, place=source.place, facts=_schedule(source)))
        st.button(
            WORDS.sync_now,
            key=f"sync_{source.id}",
            help=plain_label(WORDS.sync_of.format(source=source.id)),
            on_click=_sync,
            args=(api, source.id),
        )


def _schedule(source: SourceCard) -> str:
    plan = [WORDS.every.format(minutes=source.every_minutes)] if source.every_minutes else []
    plan += [WORDS.watched] if source.is_watched else []
    facts = [", ".join(plan) or WORDS.on_demand, _last(source)]
    facts += [WORDS.next_run.format(time=moment(source.next_at))] if source.next_at else []
    return " · ".join(facts)


def _last(source: SourceCard) -> str:
    last = source.last
    if last is None:
        return WORDS.last_never
    state = dict(WORDS.job_states).get(last.state, last.state)
    outcome = WORDS.run_outcome.format(state=state, total=last.total, failed=last.failed)
    outcome += f" ({last.message})" if last.message else ""
    return WORDS.last_run.format(time=moment(last.finished_at or last.created_at), outcome=outcome)


def _sync(api: Office, source: str) -> None:
    try:
        api.sync(source)
    except PageError as error:
        theme.refuse(error)
        return
    st.toast(WORDS.sync_placed.format(place=WORDS.jobs))
