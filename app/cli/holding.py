"""Find what a hold is to be on, by what people call it."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.privacy.holds import Kind
from app.records import Records, open_existing
from app.settings import Settings
from retrieval.errors import InvalidRequest, NotFound


@contextmanager
def records_of(settings: Settings) -> Iterator[Records]:
    """Give the records of a house that is there, running or not. Raises SetupRefused, DatabaseUnavailable."""
    records = open_existing(settings)
    try:
        yield records
    finally:
        records.engine.dispose()


def named(records: Records, target: str, kind: str) -> tuple[Kind, str]:
    """Return what is called so, by kind and id. Raises NotFound; InvalidRequest where several are, or no kind is."""
    if kind and kind not in set(Kind):
        raise InvalidRequest(f"'{kind}' is no kind", remedy=f"choose one of {', '.join(Kind)}")
    found = [one for one in _called(records, target) if kind in ("", one[0])]
    if len(found) > 1:
        raise InvalidRequest(
            f"'{target}' is the name of a {' and of a '.join(one for one, _ in found)}",
            remedy="say which with --kind",
        )
    if not found:
        raise NotFound(
            f"no person, document or collection is called '{target}'",
            remedy="take the id from `intramuros people list`, `ingest list` or `ingest status`",
        )
    return found[0]


def _called(records: Records, target: str) -> Iterator[tuple[Kind, str]]:
    if records.accounts.listed(target):
        yield Kind.PERSON, target
    if any(one.id == target for one in records.collections.all()):
        yield Kind.COLLECTION, target
    try:
        yield Kind.DOCUMENT, records.catalog.find(target).id
    except NotFound:
        return
