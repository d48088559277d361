"""Tell who looks after a collection what personal data was found in it: counts by kind and document, never a value."""

from dataclasses import replace

from fastapi import APIRouter

from app.api.documents import PRIVATE, is_private
from app.api.schemas import Wire
from app.api.sessions import Wired
from app.api.stewards import Looking
from ingest.guard.tally import Holding, Tally

router = APIRouter(prefix="/api", tags=["administration"])


class HoldingRow(Wire):
    """Show a document that holds personal data."""

    document: str
    file_name: str
    found: dict[str, int]  # by kind

    @classmethod
    def of(cls, holding: Holding) -> "HoldingRow":
        """Return a row."""
        found = {kind.value: count for kind, count in holding.found.items()}
        return cls(document=holding.document_id, file_name=holding.file_name, found=found)


class PersonalDataView(Wire):
    """Show what was found in a collection, and what becomes of it."""

    policy: str
    looked_at: int
    not_looked_at: int
    with_personal_data: int
    found: dict[str, int]  # by kind
    documents: tuple[HoldingRow, ...]  # that hold most

    @classmethod
    def of(cls, tally: Tally, policy: str) -> "PersonalDataView":
        """Return the view."""
        return cls(
            policy=policy,
            looked_at=tally.looked_at,
            not_looked_at=tally.not_looked_at,
            with_personal_data=tally.with_personal_data,
            found={kind.value: count for kind, count in tally.found.items()},
            documents=tuple(HoldingRow.of(one) for one in tally.most),
        )


@router.get("/administration/collections/{collection}/personal-data")
def found(collection: str, services: Wired, steward: Looking) -> PersonalDataView:
    """Return what was found in the visible documents of a collection that the asker looks after."""
    known = steward.collection(collection, services)
    tally = services.review.personal_data(known.id)
    named = tuple(
        replace(one, file_name=PRIVATE)
        if is_private(steward.person, services.catalog.readers(one.document_id))
        else one
        for one in tally.most
    )
    return PersonalDataView.of(replace(tally, most=named), known.personal_data)
