"""Tell how the house is used, by whole weeks, to administrators, and to managers of their collections.

What tells of fewer than five people is left out, here as everywhere: `app.suppression`.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.documents import is_private
from app.api.schemas import Wire
from app.api.sessions import Wired
from app.api.stewards import Looking, Steward
from app.asked import AskedQuestions
from app.suppression import FEWEST
from app.usage import HOUSE, Report, WeekCount, count_week, report_week, week_named, weeks_over
from app.wiring import Services
from ingest.database import utc_now
from retrieval.errors import NotFound

router = APIRouter(prefix="/api", tags=["administration"])


class WeekRow(Wire):
    """Show a week in figures; None = fewer than `fewest` people, or computable to that."""

    week: date  # its Monday, UTC
    questions: int | None
    outcomes: dict[str, int | None]

    @classmethod
    def of(cls, count: WeekCount) -> "WeekRow":
        """Return a week's row."""
        return cls(week=count.week, questions=count.questions, outcomes=dict(count.outcomes))


class PaceRow(Wire):
    """Show how long a stage took."""

    stage: str
    median_ms: int | None
    p95_ms: int | None


class CitedRow(Wire):
    """Show how many answers cite a document."""

    title: str
    file_name: str
    collection: str
    answers: int


class CollectionUse(Wire):
    """Show how many questions a collection was asked, and how many it had no answer to."""

    id: str
    name: str
    questions: int | None
    refused: int | None


class UsageReport(Wire):
    """Show a week of the house, or of one collection."""

    fewest: int
    collection: str  # "" = the house
    week: WeekRow
    days: dict[date, int | None]
    thumbs: dict[str, int | None]
    stages: tuple[PaceRow, ...]
    documents: tuple[CitedRow, ...]
    collections: tuple[CollectionUse, ...]  # of those the asker looks after


@router.get("/usage/weeks")
def weeks(
    services: Wired, steward: Looking, collection: Annotated[str, Query(max_length=64)] = HOUSE
) -> list[WeekRow]:
    """Return the weeks that are told of, the latest first, in the figures that each one's report begins with."""
    scope = _scope(collection, steward, services)
    rules = {one.id: one.readers for one in services.collections.all() if one.private_to is None}
    reading, scopes = AskedQuestions(services.engine), (HOUSE, *rules)
    return [
        WeekRow.of(count_week(reading.counted(week, rules), week, scopes)[scope])
        for week in weeks_over(utc_now(), kept_days=services.settings.retention.chat_days)
    ]


@router.get("/usage")
def usage(
    services: Wired,
    steward: Looking,
    collection: Annotated[str, Query(max_length=64)] = HOUSE,
    week: Annotated[str, Query(max_length=10)] = "",
) -> UsageReport:
    """Return the report on a week that is over, by its Monday, the latest where none is named."""
    scope = _scope(collection, steward, services)
    chosen = week_named(week, now=utc_now(), kept_days=services.settings.retention.chat_days)
    rules = {one.id: one.readers for one in services.collections.all() if one.private_to is None}
    asked, scopes = AskedQuestions(services.engine).whole(chosen, rules), (HOUSE, *rules)
    report = report_week(asked, chosen, scopes, of=scope)
    return UsageReport(
        fewest=FEWEST,
        collection=scope,
        week=WeekRow.of(report.count),
        days=dict(report.days),
        thumbs=dict(report.thumbs),
        stages=tuple(
            PaceRow(stage=one.stage, median_ms=one.median_ms, p95_ms=one.p95_ms) for one in report.stages
        ),
        documents=_cited(report, steward, services),
        collections=_collections(count_week(asked, chosen, scopes), steward, services),
    )


def _scope(collection: str, steward: Steward, services: Services) -> str:
    """Return what the report is of. Raises NotFound; the house as a whole is for administrators."""
    if collection == HOUSE and steward.is_admin:
        return HOUSE
    known = steward.collection(collection, services)
    if known.private_to is not None:
        raise NotFound(
            "there is no such collection", remedy="choose one from the list of those you look after"
        )
    return known.id


def _cited(report: Report, steward: Steward, services: Services) -> tuple[CitedRow, ...]:
    rows = []
    for document, count in report.documents:
        known = services.catalog.get(document)
        if is_private(steward.person, services.catalog.readers(document)):
            continue
        rows.append(
            CitedRow(
                title=known.title, file_name=known.file_name, collection=known.collection_id, answers=count
            )
        )
    return tuple(rows)


def _collections(
    counts: dict[str, WeekCount], steward: Steward, services: Services
) -> tuple[CollectionUse, ...]:
    return tuple(
        CollectionUse(
            id=one.id,
            name=one.name,
            questions=counts[one.id].questions,
            refused=counts[one.id].outcomes["refused"],
        )
        for one in services.collections.all()
        if one.id in steward.collections and one.private_to is None
    )
