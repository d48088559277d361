"""Ask for the faults of a house where its index is held: through the server, by the command, and by whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.api.lending import lent
from app.cli.consistency import inspect_house
from app.models.catalogue import entry
from app.models.install import accept_model
from app.schema import sessions
from ingest.consistency import FaultKind
from retrieval.errors import IndexUnavailable
from retrieval.lock import hold
from tests.faults import (
    Site,
    drift,
    expire,
    well,
)
from tests.test_models_install import placed_by_hand


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a house with two documents, one answer, and nothing amiss."""
    found = well(tmp_path)
    yield found
    found.house.services.close()


def test_api_tells_administrators_only(site: Site) -> None:
    """The route gives ids and counts to the role admin, and nothing to anyone else."""
    drift(site)
    assert site.house.client.get("/api/consistency", headers=site.house.token("ben")).status_code == 403

    told = site.house.client.get("/api/consistency", headers=site.house.token("root")).json()

    assert [fault["kind"] for fault in told["faults"]] == ["readers drift"]
    assert (told["documents"], told["originals"]) == (2, 2)


def test_command_asks_the_server_that_holds_the_index(site: Site) -> None:
    """Beside a running server the command gets its findings through the API and leaves no session behind."""
    settings = site.house.services.settings
    subject = expire(site)
    lock = hold(settings.site.index_dir / settings.embedder.model)
    site.house.token("root")
    with lent(site.house.services) as address:
        port = int(address.rpartition(":")[2])
        beside = settings.model_copy(update={"api": settings.api.model_copy(update={"port": port})})

        found = inspect_house(beside)

        with site.house.services.engine.connect() as connection:
            of_root = select(sessions).where(sessions.c.user_id == "root")
            assert len(connection.execute(of_root).all()) == 1  # the browser's goes on, the command's is gone
            assert connection.execute(select(sessions).where(sessions.c.user_id == "operator")).all() == []
    lock.close()
    assert [(fault.kind, fault.subject) for fault in found.faults] == [(FaultKind.EXPIRED, subject)]


def test_command_opens_a_free_index_itself(site: Site, tmp_path: Path) -> None:
    """Without a server the command compares here; every version of another model is named, once, and nothing else."""
    settings = placed_by_hand(tmp_path / "models")
    accept_model(entry("bge-m3"), tmp_path / "models")
    house = site.house.services.settings
    place = house.site.model_copy(update={"models_dir": tmp_path / "models"})

    found = inspect_house(house.model_copy(update={"site": place, "embedder": settings.embedder}))

    assert {fault.kind for fault in found.faults} == {FaultKind.WRONG_MODEL}
    assert {fault.subject for fault in found.faults} == {site.version(), site.version("salary.md")}
    assert all("bge-m3@" in fault.message for fault in found.faults)


def test_command_says_who_holds_the_index(site: Site, free_port: int) -> None:
    """Where another command holds the index and no server answers, the person reads what to wait for."""
    settings = site.house.services.settings
    beside = settings.model_copy(update={"api": settings.api.model_copy(update={"port": free_port})})
    lock = hold(settings.site.index_dir / settings.embedder.model)
    with pytest.raises(IndexUnavailable, match="holds the index") as refused:
        inspect_house(beside)
    lock.close()
    assert "wait" in refused.value.remedy
