"""Run collections: what they declare and hold, and their sources. For administrators, and managers of their own."""

import os
from collections import Counter

from fastapi import APIRouter

from app.api.administration_schemas import CollectionState, ShortfallRow, SourceCard
from app.api.document_schemas import Placed
from app.api.sessions import Wired
from app.api.stewards import Looking
from app.declared import DeclaredSource
from app.ordering import order_sync
from app.sample import read_company
from app.sources import source_name
from app.standing import SourceStanding, settings_lines, shortfalls
from app.wiring import Services
from ingest.collections import Collection
from ingest.database import utc_now
from ingest.jobs import Job
from retrieval.errors import NotFound

router = APIRouter(prefix="/api", tags=["administration"])


@router.get("/administration/collections")
def standing(services: Wired, steward: Looking) -> list[CollectionState]:
    """Return how the collections stand that the asker looks after; nobody's private ones."""
    counts, syncs = services.collections.count_states(), services.jobs.last_syncs()
    reviews = Counter(one.collection_id for one in services.review.remarks() if one.needs_review)
    declared = _declared(services)
    return [
        CollectionState(
            **{name: getattr(one, name) for name in CollectionState.model_fields if hasattr(one, name)},
            documents={state.value: count for state, count in counts.get(one.id, {}).items()},
            sources=tuple(SourceCard.of(source) for source in sources),
            shortfalls=tuple(
                ShortfallRow.of(found)
                for found in shortfalls(
                    one,
                    counts.get(one.id, {}),
                    sources,
                    to_review=reviews[one.id],
                    is_declared=one.id in declared,
                    now=utc_now(),
                )
            ),
            settings=settings_lines(one, [source.declared for source in sources]),
        )
        for one in services.collections.all()
        if one.id in steward.collections and one.private_to is None
        for sources in [_sources(one, services, syncs)]
    ]


@router.post("/sources/{source}/sync", status_code=202)
def sync(source: str, services: Wired, steward: Looking) -> Placed:
    """Order a declared source synchronised; the job says what becomes of it."""
    declared = next((one for one in services.settings.sources if one.id == source), None)
    if declared is None or declared.collection not in steward.collections:
        raise NotFound("there is no such source", remedy="choose one from the list of those you look after")
    return Placed(job=order_sync(services, source, collection=None, created_by=steward.person.id))


def _declared(services: Services) -> frozenset[str]:
    """Return the ids of the collections that settings or trial name today."""
    of_trial = [one.id for one in read_company().collections] if services.settings.site.trial else []
    return frozenset([*of_trial, *(one.id for one in services.settings.collections)])


def _sources(
    collection: Collection, services: Services, syncs: dict[tuple[str, str], Job]
) -> tuple[SourceStanding, ...]:
    return tuple(
        SourceStanding(one, syncs.get((collection.id, source_name(one))), is_there=_is_there(one))
        for one in services.settings.sources
        if one.collection == collection.id
    )


def _is_there(source: DeclaredSource) -> bool:
    """Return whether a folder can be listed; a bucket is asked by its sync alone, which may take its time."""
    return source.path is None or (source.path.is_dir() and os.access(source.path, os.R_OK | os.X_OK))
