"""Order a source synchronised: list it, refuse what looks like an unmounted share, and place the job."""

from pathlib import Path

from app.records import Records
from app.sources import collection_of, folder_name, open_source
from ingest.database import utc_now
from ingest.jobs import SYNC, Order
from ingest.sync import refuse_losses
from ingest.types import State


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
