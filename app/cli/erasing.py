"""Order an erasure or a purge: by the server that holds the index, else in this process; and write receipts down."""

import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import httpx

from app.adapters import index_holder
from app.cli.asking import client_of, is_ours
from app.identity import OPERATOR
from app.privacy.erasing import erase
from app.privacy.holds import Kind, require_free
from app.privacy.purging import purge
from app.privacy.receipt import receipt_key, signed, written
from app.privacy.redaction import Treatment
from app.records import Records
from app.reembedding import following
from app.wiring import Services
from ingest.database import utc_now
from retrieval.errors import IndexUnavailable, SetupRefused, Unavailable

TIMEOUT: Final = httpx.Timeout(None, connect=2.0)  # a collection may hold a million documents
OWNER_ONLY: Final = 0o600


def order_erasure(records: Records, kind: Kind, target: str, answers: Treatment) -> Mapping[str, Any]:
    """Erase a thing by its id and return the receipt. Raises NotFound, OnHold before anything, Unavailable kinds."""
    require_free(records.engine, **{kind.value: target})

    def here(services: Services) -> Mapping[str, Any]:
        done = erase(services, kind, target, answers=answers, by=OPERATOR.id)
        return signed(done, receipt_key(services.settings))

    order = {"kind": kind.value, "target": target, "answers": answers}
    return _done(records, here, "/api/erasures", order)


def order_purge(records: Records) -> None:
    """Leave no trace of what was erased. Raises Unavailable kinds."""

    def here(services: Services) -> Mapping[str, Any]:
        purge(services, now=utc_now())
        return {}

    _done(records, here, "/api/purge", {})


def require_new(place: Path) -> None:
    """Raise SetupRefused where a receipt cannot be written into a new file, before anything is erased."""
    if place.exists() or not os.access(place.absolute().parent, os.W_OK):
        raise SetupRefused(
            f"{place} is there already, or its folder cannot be written", remedy="name a new file"
        )


def write_receipt(receipt: Mapping[str, Any], place: Path) -> None:
    """Write a receipt into a new file for its owner alone. Raises SetupRefused."""
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
            try:
                file.write(written(receipt))
                file.flush()
            except OSError:
                place.unlink()  # half of it proves nothing
                raise
    except OSError as error:
        raise SetupRefused(
            f"the receipt {place} cannot be written: {error.strerror}",
            remedy=f"name another file: `intramuros privacy receipt show {receipt['id']} --out FILE`",
        ) from error


def _done(
    records: Records, here: Callable[[Services], Mapping[str, Any]], path: str, body: Mapping[str, str]
) -> Mapping[str, Any]:
    owner = index_holder(records.settings)
    if owner is None:
        with following(records.settings) as follower:
            return here(follower.services)
    settings = records.settings
    with client_of(f"http://{settings.api.host}:{settings.api.port}", timeout=TIMEOUT) as client:
        if not is_ours(client, version("intramuros")):
            raise IndexUnavailable(
                f"process {owner} holds the index and does not answer as the API of this version",
                remedy="wait until that command has ended, or stop the process, and run it again",
            )
        with records.sessions.as_administrator(now=utc_now()) as token:
            return _asked(client, token, path, body)


def _asked(client: httpx.Client, token: str, path: str, body: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        response = client.post(path, headers={"Authorization": f"Bearer {token}"}, json=body)
        told: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(
            f"the API broke off: {type(error).__name__}",
            remedy="run the command again, which finishes what was begun; the log is in data_dir/run",
        ) from error
    if response.is_error:
        raise Unavailable(told["detail"], remedy=told["remedy"])
    return told
