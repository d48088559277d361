"""Rectify (Art. 16 GDPR): the name an account is shown by, or the text of a document, on record before it is done.

A corrected document is a new version of the old one: from the moment it is shown nobody finds the wrong text, and old
answers leave out what rests on it. What a source keeps is corrected there, or the next sync would bring it back.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from app.audit.events import Kind
from app.identity import Person
from app.records import Records
from ingest.catalog import Document
from ingest.database import utc_now
from ingest.jobs import INGEST, Order
from ingest.originals import opened
from ingest.types import UPLOAD, Origin, SourceFile
from retrieval.errors import InvalidRequest, NotFound, OriginalsUnavailable

RECTIFIED: Final = "rectified"


@dataclass(frozen=True, slots=True)
class Correction:
    """Hold the job that brings the corrected text, and how many answers read the document so far."""

    job: str
    document: str
    answers: int


def rectify_person(records: Records, account: str, *, name: str, title: str, by: Person) -> None:
    """Show a local account by this name and title; an empty one stays as it is.

    Raises NotFound, InvalidRequest where the company's provider tells the name or none is given, Unavailable.
    """
    known = records.accounts.listed(account)
    if not known:
        raise NotFound(f"there is no account '{account}'", remedy="`intramuros people list` names them")
    if any(vouched_at for _, _, vouched_at in known):
        raise InvalidRequest(
            f"the name of '{account}' is what the company's provider says",
            remedy="correct it there; the next sign-in brings it",
        )
    if not (name or title):
        raise InvalidRequest("nothing is to be corrected", remedy="name --name, --title or both")
    pseudonym = records.audit.pseudonym(account)
    records.audit.record(Kind.ACCESS, by.id, outcome=RECTIFIED, person=pseudonym)
    records.accounts.rename(account, name=name, title=title)


def rectify_document(records: Records, named: str, corrected: Path, *, by: Person) -> Correction:
    """Order a document replaced by its corrected file, with the readers it has.

    Raises NotFound, InvalidRequest for one that a source or another document brings, BrokenDocument, DiskFull,
    OriginalsUnavailable.
    """
    document = records.catalog.find(named)
    _refuse_elsewhere(document)
    if records.collections.get(document.collection_id).private_to is not None:
        raise InvalidRequest(
            f"'{document.file_name}' is a person's own file", remedy="they bring it anew in the page"
        )
    copy = _spooled(records, corrected)
    readers = records.catalog.readers(document.id)
    file = SourceFile(UPLOAD, document.key, copy, document.file_name, readers, origin=Origin.COPY)
    records.audit.record(Kind.ACCESS, by.id, outcome=RECTIFIED, document=document.id)
    answers = sum(1 for _ in records.ledger.using(document.id))
    order = Order(INGEST, document.collection_id, UPLOAD, (file,), created_by=by.id)
    return Correction(records.jobs.place(order, now=utc_now()), document.id, answers)


def _refuse_elsewhere(document: Document) -> None:
    if document.parent_id is not None:
        raise InvalidRequest(
            f"'{document.file_name}' is attached to another document",
            remedy="correct that one, and bring it anew",
        )
    if document.source != UPLOAD:
        raise InvalidRequest(
            f"'{document.file_name}' comes from {document.source}, which would bring the wrong text back",
            remedy="correct it there, then `intramuros ingest sync`",
        )


def _spooled(records: Records, file: Path) -> Path:
    """Return a copy for the worker, whole or not there; one that no job names is swept."""
    records.room.require()
    copy = records.settings.site.uploads_dir / uuid4().hex
    with opened(file) as source:
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                shutil.copyfileobj(source, target)
        except OSError as error:
            copy.unlink(missing_ok=True)
            raise OriginalsUnavailable(
                f"'{file.name}' cannot be stored: {error.strerror}",
                remedy="free disk space, or give the account that runs Intramuros the right to write there",
            ) from error
    return copy
