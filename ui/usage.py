"""Show how the house is used and how well it answers: weeks in figures, nobody by name."""

import streamlit as st

from ui import said, theme
from ui.administered import UsageReport, WeekRow
from ui.charts import bars
from ui.languages import day, number, percent
from ui.office import Office
from ui.render import plain_label
from ui.words import WORDS

HOUSE = ""


def draw(api: Office, *, is_admin: bool) -> None:
    """Show the page of usage and quality."""
    with st.container(key="wide"):
        theme.title(WORDS.usage, WORDS.usage_hint)
        names = {one.id: one.name for one in api.collection_states()}
        scopes = ([HOUSE] if is_admin else []) + list(names)
        if not scopes:
            theme.small(WORDS.collections_none)
            return
        of, when = st.columns(2)
        scope = of.selectbox(
            WORDS.usage_of,
            scopes,
            format_func=lambda one: plain_label(names.get(one, WORDS.usage_house)),
            key="usage_of",
        )
        weeks = api.usage_weeks(collection=scope)
        week = when.selectbox(
            WORDS.usage_week, [row.week for row in weeks], format_func=day, key="usage_week"
        )
        report = api.usage(collection=scope, week=week)
        theme.small(WORDS.usage_rule.format(fewest=report.fewest))
        _trend(weeks[::-1])
        _week(report)
        if scope != HOUSE:
            said.draw(api, scope)


def _trend(rows: tuple[WeekRow, ...]) -> None:
    while rows and rows[0].questions is None and len(rows) > 1:
        rows = rows[1:]  # before anybody asked
    outcomes = {told: [row.outcomes.get(name) for row in rows] for name, told in WORDS.outcomes}
    weeks = [day(row.week) for row in rows]
    bars(
        WORDS.by_week,
        weeks,
        {WORDS.questions: [row.questions for row in rows]},
        label_name=WORDS.week_column,
        key="weeks",
    )
    bars(WORDS.by_outcome, weeks, outcomes, label_name=WORDS.week_column, key="outcomes")


def _week(report: UsageReport) -> None:
    theme.section(f"{WORDS.usage_week} {day(report.week.week)}")
    if report.week.questions is None:
        theme.banner(WORDS.usage_none.format(fewest=report.fewest), "", tone="calm")
        return
    bars(
        WORDS.by_day,
        [day(one) for one in report.days],
        {WORDS.questions: list(report.days.values())},
        label_name=WORDS.day_column,
        key="days",
    )
    left, right = st.columns(2, gap="large")
    with left:
        theme.section(WORDS.by_outcome)
        theme.table(
            WORDS.by_outcome, (WORDS.outcome_column, WORDS.questions, WORDS.share), _shares(report.week)
        )
        theme.section(WORDS.thumbs)
        thumbs = ((WORDS.thumbs_up, report.thumbs.get("up")), (WORDS.thumbs_down, report.thumbs.get("down")))
        theme.table(WORDS.thumbs, (WORDS.thumbs, WORDS.answers_column), thumbs)
    with right:
        theme.section(WORDS.times)
        names = dict(WORDS.stages)
        paces = [
            (names.get(one.stage, one.stage), _seconds(one.median_ms), _seconds(one.p95_ms))
            for one in report.stages
        ]
        theme.table(WORDS.times, (WORDS.stage_column, WORDS.median, WORDS.p95), paces)
    _tables(report)


def _tables(report: UsageReport) -> None:
    theme.section(WORDS.cited_most)
    cited = [(f"{one.title} ({one.file_name})", one.answers) for one in report.documents]
    if cited:
        theme.table(WORDS.cited_most, (WORDS.document_column, WORDS.answers_column), cited)
    else:
        theme.small(WORDS.cited_none.format(fewest=report.fewest))
    theme.section(WORDS.by_collection)
    refused = dict(WORDS.outcomes)["refused"]
    uses = [(one.name, one.questions, one.refused) for one in report.collections]
    theme.table(WORDS.by_collection, (WORDS.collection_column, WORDS.questions, refused), uses)


def _shares(week: WeekRow) -> list[tuple[str, int | None, str | None]]:
    """Return each outcome with its number and its share of the week's questions."""
    rows = []
    for name, told in WORDS.outcomes:
        count = week.outcomes.get(name)
        share = percent(count / week.questions) if count is not None and week.questions else None
        rows.append((told, count, share))
    return rows


def _seconds(spent_ms: int | None) -> str | None:
    if spent_ms is None:
        return None
    return WORDS.seconds.format(count=number(spent_ms / 1000, decimals=1 if spent_ms >= 1000 else 2))
