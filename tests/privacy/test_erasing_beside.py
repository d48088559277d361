"""The command erases and purges through the server that holds the index, and writes what it signs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.api.lending import lent
from app.cli.erasing import order_erasure, order_purge, require_new, write_receipt
from app.privacy.erasure_requests import ErasureRequests
from app.privacy.holding import place
from app.privacy.holds import Kind
from app.privacy.receipt import public_text, read, receipt_key, verdict
from app.records import Records
from retrieval.errors import IndexUnavailable, OnHold, SetupRefused
from retrieval.lock import hold
from tests.house import House
from tests.privacy.erasable import PLUM, filled, tables_with


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house whose index is held by a running server."""
    opened = filled(tmp_path)
    settings = opened.services.settings
    lock = hold(settings.site.index_dir / settings.embedder.model)
    yield opened
    lock.close()
    opened.services.close()


@pytest.fixture
def beside(house: House) -> Iterator[Records]:
    """Give the records of that house, as a command has them beside it."""
    with lent(house.services) as address:
        port = int(address.rpartition(":")[2])
        settings = house.services.settings
        api = settings.api.model_copy(update={"port": port})
        yield replace(house.services, settings=settings.model_copy(update={"api": api}))


def test_command_erases_through_the_server(house: House, beside: Records, tmp_path: Path) -> None:
    """Receipt and purge come from the process that has the index; no session of the command is left."""
    told = order_erasure(beside, Kind.DOCUMENT, house.document("leave.md"), "redact")
    assert not tables_with(house, PLUM)
    write_receipt(told, tmp_path / "receipt.json")
    assert verdict(read(tmp_path / "receipt.json"), public_text(receipt_key(beside.settings))) == "ours"
    assert (tmp_path / "receipt.json").stat().st_mode & 0o777 == 0o600
    order_purge(beside)
    (done,) = ErasureRequests(beside.engine).listed()
    assert done.purged_at
    assert "sessions" not in tables_with(house, "operator")


def test_receipt_is_never_written_over_another(tmp_path: Path) -> None:
    """A file that is there refuses the command before anything is erased."""
    (tmp_path / "there.json").write_text("x")
    with pytest.raises(SetupRefused):
        require_new(tmp_path / "there.json")
    with pytest.raises(SetupRefused):
        write_receipt({"id": "1"}, tmp_path / "there.json")
    assert (tmp_path / "there.json").read_text() == "x"


def test_hold_refuses_the_command(house: House, beside: Records) -> None:
    """What is on hold is refused before the server is asked."""
    document = house.document("leave.md")
    place(house.services, Kind.DOCUMENT, document, "Mirabelle against Quince", by="root")
    with pytest.raises(OnHold):
        order_erasure(beside, Kind.DOCUMENT, document, "redact")
    assert tables_with(house, PLUM)


def test_index_that_another_command_holds_is_told(house: House) -> None:
    """Where whoever holds the index is no server, nothing is erased and the process is named."""
    services = house.services
    api = services.settings.api.model_copy(update={"port": 9})
    away = replace(services, settings=services.settings.model_copy(update={"api": api}))
    with pytest.raises(IndexUnavailable, match="holds the index"):
        order_erasure(away, Kind.DOCUMENT, house.document("leave.md"), "redact")
    assert tables_with(house, PLUM)
