"""Show what is recorded of everybody here, from the running settings, and who looked at one's chats; it prints."""

import streamlit as st

from ui import past, theme
from ui.languages import moment, of_reader
from ui.office import Office
from ui.recorded_records import Recorded, RecordedRow, Seen
from ui.render import fill, join
from ui.state import Tab
from ui.words import WORDS

_LIST = '<ul class="im-list">{points}</ul>'
_PARAGRAPH = '<p class="im-list">{text}</p>'
_POINT = "<li>{text}</li>"


def draw(api: Office, tab: Tab) -> None:
    """Show the page; who administers or audits finds the papers of the house below it."""
    found, seen = api.recorded(), api.accesses()
    with st.container(key="notice"):
        theme.title(WORDS.recorded, WORDS.recorded_hint)
        theme.table(WORDS.recorded_table, WORDS.recorded_columns, _rows(found), are_records=True)
        theme.small(WORDS.recorded_addresses if found.addresses else WORDS.recorded_no_addresses)
        theme.small(WORDS.recorded_figures.format(fewest=found.fewest))
        theme.section(WORDS.recorded_not)
        _points(*WORDS.recorded_nots)
        theme.section(WORDS.recorded_looks)
        may = WORDS.recorded_two if found.works_council else WORDS.recorded_one
        theme.show(fill(_PARAGRAPH, text=may.format(hours=found.hours)))
        if not seen:
            theme.small(WORDS.recorded_unseen)
        for one in seen:
            _look(one)
    if tab.is_admins or tab.is_auditors:
        _papers(api)


def _papers(api: Office) -> None:
    theme.section(WORDS.papers)
    theme.small(WORDS.papers_hint)
    language = of_reader()  # the file is fetched by a thread that serves nobody in particular
    st.download_button(
        WORDS.papers_take,
        data=lambda: api.papers(language),
        file_name="compliance.zip",
        mime=past.MIME,
        icon=":material/download:",
        on_click="ignore",
        key="take_papers",
    )


def _rows(found: Recorded) -> list[tuple[str, str, str, str]]:
    """Return what is kept; a row that the page has no words for stands there by its key, rather than not at all."""
    known = {key: texts for key, *texts in WORDS.recorded_rows}
    rows = []
    for row in found.rows:
        what, purpose, who = known.get(row.key, (row.key, "", ""))
        rows.append((what, purpose, _term(row), who))
    return rows


def _term(row: RecordedRow) -> str:
    if row.days is not None:
        return WORDS.recorded_days.format(days=row.days)
    return dict(WORDS.recorded_until).get(row.key, "")


def _look(seen: Seen) -> None:
    told = WORDS.recorded_seen.format(
        since=moment(seen.since),
        until=moment(seen.until),
        by=seen.requested_by,
        second=seen.approved_by,
        count=seen.reads,
    )
    theme.banner(told, WORDS.recorded_why.format(reason=seen.reason))


def _points(*texts: str) -> None:
    theme.show(fill(_LIST, points=join([fill(_POINT, text=text) for text in texts])))
