"""Show whether everything that an answer needs is there, and what to do where it is not."""

from collections.abc import Callable, Sequence

import streamlit as st

from ui import theme
from ui.administered import Finding
from ui.client import PageError
from ui.languages import moment
from ui.office import Office
from ui.render import Safe, fill, join
from ui.words import WORDS

_FINDING = (
    '<div class="im-finding"><span class="im-state"><span class="im-dot im-dot-{severity}"></span>{told}</span>'
    "<div><b>{name}</b> {message}{remedy}</div></div>"
)
_REMEDY = '<p class="im-remedy">{text}</p>'
SHOWN = 20  # faults a person reads; `intramuros doctor --deep` tells all
WORST_FIRST = ("error", "warning", "ok")


def draw(api: Office) -> None:
    """Show the page of health; the longer examinations run when asked for."""
    with st.container(key="wide"):
        theme.title(WORDS.health, WORDS.health_hint)
        _section(WORDS.check_again, "", lambda: _checkup(api), key="check_again", is_at_once=True)
        _section(WORDS.check_thorough, WORDS.check_thorough_hint, lambda: _model(api), key="check_model")
        _section(WORDS.check_stock, WORDS.check_stock_hint, lambda: _stock(api), key="check_stock")


def _section(name: str, hint: str, run: Callable[[], None], *, key: str, is_at_once: bool = False) -> None:
    """Show a button and, below it, what it found; what is asked for once is done in this run alone."""
    with st.container(border=True, key=f"box_{key}"):
        is_asked = st.button(name, key=key, icon=":material/refresh:" if is_at_once else None)
        if hint:
            theme.small(hint)
        if not is_asked and not is_at_once:
            return
        try:
            with st.spinner(name):
                run()
        except PageError as error:
            theme.banner(error.message, error.remedy, tone="wrong")


def _checkup(api: Office) -> None:
    found = api.checkup()
    _show(found.findings)
    theme.small(WORDS.checked_at.format(time=moment(found.checked_at)))


def _model(api: Office) -> None:
    _show(api.examine_model().findings)


def _stock(api: Office) -> None:
    stock = api.compare_stock()
    if not stock.faults:
        told = WORDS.stock_fits.format(
            documents=stock.documents, chunks=stock.chunks, originals=stock.originals
        )
        _show((Finding(WORDS.documents, "ok", told),))
        return
    _show([Finding(one.kind, "error", one.message, one.remedy) for one in stock.faults[:SHOWN]])
    if len(stock.faults) > SHOWN:
        theme.small(WORDS.and_more.format(count=len(stock.faults) - SHOWN))


def _show(findings: Sequence[Finding]) -> None:
    ordered = sorted(findings, key=lambda one: WORST_FIRST.index(one.severity))
    theme.show(join([_finding(one) for one in ordered]))


def _finding(finding: Finding) -> Safe:
    told = dict(WORDS.severities).get(finding.severity, finding.severity)
    remedy = fill(_REMEDY, text=finding.remedy) if finding.remedy else Safe("")
    return fill(
        _FINDING,
        severity=finding.severity,
        told=told,
        name=finding.name,
        message=finding.message,
        remedy=remedy,
    )
