"""Say what an erasure leaves, and why, in words that tell nobody's name. Counted before it is carried out."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, or_, select

from app.privacy.erasure_requests import Kept, Request
from app.privacy.holds import Kind
from app.privacy.person_rows import rules_naming
from app.privacy.redaction import answers_that_read, count_remarks
from app.schema import audit_events
from app.wiring import Services
from ingest.database import reading
from ingest.schema import documents
from ingest.types import UPLOAD

TRAIL: Final = (
    "records under a pseudonym: to take single ones out would break the chain that proves the others; they go after "
    "audit.days (Art. 17(3)(b) and (e) GDPR)"
)
BACKUPS: Final = "out of reach of the house: a restore erases this again, and whoever keeps them deletes them"
SOURCES: Final = (
    "the company's own files, which the house only reads: the next sync brings them back until they go there"
)
REMARKS: Final = "what employees wrote of an answer in their own words; it goes after retention.feedback_days"
QUESTIONS: Final = (
    "what employees asked in their own words; it goes after retention.chat_days, or with their account"
)
FLAGGED: Final = "marked as resting on an erased document, and shown to nobody, as was ordered"
RULES: Final = "rules of collections name the account: whoever writes the settings takes it out there"
SETTINGS: Final = (
    "the settings declare it: it comes back empty at the next start, until it is taken out there"
)
SHARED: Final = (
    "handed over for all readers of a collection, they are the company's; the account is out of their names"
)


def kept_of(services: Services, request: Request) -> tuple[Kept, ...]:
    """Return what is left of what a request names; all else has to be gone. Raises DatabaseUnavailable."""
    of_kind = _of_person if request.kind is Kind.PERSON else _of_documents
    found = (*of_kind(services, request), Kept("backups", 0, BACKUPS))
    return tuple(one for one in found if one.count or one.store == "backups")


def _of_person(services: Services, request: Request) -> Iterator[Kept]:
    account = request.target or ""
    pseudonym = services.audit.pseudonym(account)
    theirs = or_(audit_events.c.actor == pseudonym, audit_events.c.objects.contains(f'"{pseudonym}"'))
    shared = (documents.c.source == UPLOAD) & documents.c.key.startswith(f"{account}/", autoescape=True)
    with reading(services.engine) as connection:
        records = select(func.count()).select_from(audit_events).where(theirs)
        yield Kept("audit trail", connection.execute(records).scalar_one(), TRAIL)
        others = shared & documents.c.id.not_in(request.documents)
        count = select(func.count()).select_from(documents).where(others)
        yield Kept("documents", connection.execute(count).scalar_one(), SHARED)
        yield Kept("configuration", len(rules_naming(connection, account)), RULES)


def _of_documents(services: Services, request: Request) -> Iterator[Kept]:
    read = answers_that_read(services.engine, request.documents)
    if request.answers == "flag":
        yield Kept("answers", len(read), FLAGGED)
    yield Kept("conversations", len(read), QUESTIONS)
    yield Kept("feedback", count_remarks(services.engine, request.documents), REMARKS)
    ids = set(request.documents)
    known = [one for one in services.catalog.listed() if one.id in ids]
    yield Kept("sources", sum(one.source != UPLOAD and one.parent_id is None for one in known), SOURCES)
    if request.kind is Kind.COLLECTION:
        declared = any(one.id == request.target for one in services.settings.collections)
        yield Kept("configuration", int(declared), SETTINGS)
