"""Take people's own files in, and forget them at their word; when their time is over, retention does."""

import threading
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from app.identity import Person
from app.privacy.holds import require_free
from app.secret import keyed
from app.wiring import Services
from ingest.jobs import INGEST, Order
from ingest.own_files import OwnFile, key_of
from ingest.types import UPLOAD, Origin, SourceFile
from retrieval.readers import principal

NAME = "My files"  # of the collection, which its owner alone is ever shown
_one_at_a_time = threading.Lock()  # so that two uploads at once do not both find the last place free


def take_in(services: Services, person: Person, spooled: Path, name: str, *, now: datetime) -> str:
    """Order a spooled file to be read into the person's own collection; return the file's id.

    Raises InvalidRequest where the account's room is full; the spooled copy is deleted then.
    """
    size_bytes, identity = spooled.stat().st_size, str(uuid4())
    try:
        with _one_at_a_time:
            services.own_files.require_room(person.id, size_bytes)
            own = services.own_files.collection(
                person.id,
                name=NAME,
                identity=f"own-{keyed(f'own files of {person.id}', services.imprint.key)}",
                days=services.settings.ingest.private_days,
            )
            file = SourceFile(
                UPLOAD,
                key_of(person.id, identity),
                spooled,
                name,
                (principal("user", person.id),),
                origin=Origin.COPY,
                size_bytes=size_bytes,
            )
            services.jobs.place(Order(INGEST, own.id, UPLOAD, (file,), created_by=person.id), now=now)
    except BaseException:
        spooled.unlink(missing_ok=True)
        raise
    return identity


def forget(services: Services, person: Person, file: str) -> None:
    """Forget one of the person's files at once, whether it was read or still waits. Raises NotFound."""
    known: OwnFile = services.own_files.get(file, person.id)
    require_free(services.engine, person=person.id, document=known.document_id)
    if known.document_id is not None:
        services.pipeline.forget(known.document_id)
    for copy in services.own_files.drop_waiting(file, person.id):
        copy.unlink(missing_ok=True)
