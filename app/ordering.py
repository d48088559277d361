"""Order a source synchronised, or what was set aside read again: the jobs that people and the clock ask for."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from app.records import Records
from app.sources import collection_of, folder_name, open_source
from ingest.catalog import Document
from ingest.database import utc_now
from ingest.jobs import RETRY, SYNC, Order
from ingest.sync import refuse_losses
from ingest.types import SourceFile, State

OPERATOR = "operator"  # who orders from the command line; it knows no accounts
SCHEDULE = "schedule"  # the clock, or a watched folder


def order_sync(
    records: Records, name: str, *, collection: str | None, created_by: str, allow_empty: bool = False
) -> str:
    """Order a declared source, by its id, or a folder mirrored; return the job's id.

    Raises NotFound, InvalidRequest (it is being synchronised already), Unavailable (it cannot be listed, or lists
    little of what it had).
    """
    settings = records.settings
    is_declared = any(one.id == name for one in settings.sources)
    chosen = collection or collection_of(settings, name)
    full_name = name if is_declared else folder_name(Path(name))
    source = open_source(settings, full_name, collection=records.collections.get(chosen))
    files = tuple(source.files())
    known = records.inventory.known(chosen, source.name)
    before = [one.key for one in known if one.state is not State.FORGOTTEN]
    refuse_losses([file.key for file in files], before, allow_empty=allow_empty)
    order = Order(SYNC, chosen, source.name, files, created_by, forget_vanished=True)
    return records.jobs.place(order, now=utc_now())


def order_retries(
    records: Records, documents: Iterable[Document], *, created_by: str, lets_in: bool = False
) -> list[str]:
    """Order documents read again, also unchanged ones; return the jobs' ids, one a collection and source.

    With `lets_in` these very bytes are let in although they hold personal data.

    A document that no job names any more is left out: its source brings it with the next sync.
    """
    files: dict[tuple[str, str], list[SourceFile]] = {}
    for document in documents:
        file = records.items.last_file(document.collection_id, document.source, document.key)
        if file is not None:
            # As it may be read today: the job may be older than the last change of its readers.
            file = replace(file, readers=records.catalog.readers(document.id))
            files.setdefault((document.collection_id, document.source), []).append(file)
    return [
        records.jobs.place(
            Order(RETRY, collection, source, tuple(found), created_by, lets_in=lets_in), now=utc_now()
        )
        for (collection, source), found in files.items()
    ]
