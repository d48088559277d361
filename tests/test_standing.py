"""How collections and their sources stand: what is due, missing or wrong, and who is told."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.declared import DeclaredCollection, DeclaredSource
from app.identity import Person
from app.standing import Lack, SourceStanding, settings_lines, shortfalls
from ingest.collections import Collection
from ingest.jobs import Job, JobKind, JobState
from ingest.types import State
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, PASSWORD, House, open_house

HANDBOOK, HR = COLLECTIONS
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURLY = DeclaredSource(
    id="policies", kind="folder", path=Path("/srv/policies"), collection="handbook", every_minutes=60
)


def a_sync(ago_minutes: int, state: JobState = JobState.DONE) -> Job:
    """Return a sync ordered so long before noon."""
    moment = (NOON - timedelta(minutes=ago_minutes)).isoformat()
    counts = dict.fromkeys(("total", "done", "failed", "unchanged", "pages", "bytes_total", "bytes_done"), 0)
    return Job(
        id="j",
        kind=JobKind.SYNC,
        collection_id="handbook",
        source="folder:/srv/policies",
        state=state,
        created_by="schedule",
        forget_vanished=True,
        message=None,
        created_at=moment,
        started_at=moment,
        finished_at=moment,
        **counts,
    )


def lacks(collection: Collection = HANDBOOK, **changes: Any) -> list[str]:
    """Return what is missing or wrong by name, of a collection with nothing but these."""
    given_: dict[str, Any] = {
        "counts": {State.VISIBLE: 3},
        "sources": (),
        "to_review": 0,
        "is_declared": True,
    }
    given_ |= changes
    counts, sources = given_.pop("counts"), given_.pop("sources")
    return [one.lack.value for one in shortfalls(collection, counts, sources, now=NOON, **given_)]


def test_nothing_is_missing_where_nothing_is() -> None:
    """A collection with readers, managers, documents and a source that runs on time is left alone."""
    sources = (SourceStanding(HOURLY, a_sync(30), is_there=True),)
    assert lacks(replace(HANDBOOK, managers=("group:hr",)), sources=sources) == []


@pytest.mark.parametrize(
    ("changes", "lack"),
    [
        ({"collection": replace(HANDBOOK, readers=(), managers=("group:hr",))}, Lack.NO_READERS),
        ({}, Lack.NO_MANAGERS),
        ({"counts": {}}, Lack.EMPTY),
        ({"counts": {State.QUARANTINED: 1, State.VISIBLE: 1}}, Lack.SET_ASIDE),
        ({"to_review": 2}, Lack.TO_REVIEW),
        ({"is_declared": False}, Lack.NOT_DECLARED),
        ({"sources": (SourceStanding(HOURLY, None, is_there=True),)}, Lack.NEVER_SYNCED),
        ({"sources": (SourceStanding(HOURLY, a_sync(5), is_there=False),)}, Lack.PLACE_GONE),
        ({"sources": (SourceStanding(HOURLY, a_sync(5, JobState.FAILED), is_there=True),)}, Lack.SYNC_FAILED),
        ({"sources": (SourceStanding(HOURLY, a_sync(121), is_there=True),)}, Lack.OVERDUE),
    ],
)
def test_each_shortfall_is_named(changes: dict[str, Any], lack: Lack) -> None:
    """What keeps a collection from its readers is told, each by itself."""
    assert lack in lacks(**changes)


def test_next_sync_is_counted_from_the_last() -> None:
    """By the clock only; a source on demand, or one that never ran, has no time."""
    assert SourceStanding(HOURLY, a_sync(45), is_there=True).next_at() == NOON + timedelta(minutes=15)
    assert SourceStanding(HOURLY, None, is_there=True).next_at() is None
    on_demand = HOURLY.model_copy(update={"every_minutes": 0})
    assert SourceStanding(on_demand, a_sync(45), is_there=True).next_at() is None
    assert lacks(sources=(SourceStanding(HOURLY, a_sync(119), is_there=True),)) == ["no_managers"]


@given(st.text(min_size=1).filter(str.strip))
def test_settings_lines_say_what_is_declared(words: str) -> None:
    """Pasted into the settings file, the lines declare the same collection and source, whatever the words."""
    text = words.encode("utf-8", "ignore").decode() or "x"
    collection = replace(HR, purpose=text, owner=text, managers=("group:hr",))
    bucket = DeclaredSource(
        id="files",
        kind="s3",
        collection="hr",
        endpoint="https://s3.example",
        bucket="b",
        access_key_file=Path("/run/secrets/a"),
        secret_key_file=Path("/run/secrets/b"),
        readers="mapping",
        rules=({"match": "x/**", "readers": ("group:hr",)},),  # type: ignore[arg-type]  # as TOML gives them
    )
    lines = settings_lines(collection, [HOURLY, bucket])
    read = tomllib.loads(lines)
    declared = DeclaredCollection.model_validate(read["collections"][0])
    assert Collection(**declared.model_dump(exclude={"quoted"})) == collection
    assert DeclaredSource.model_validate(read["sources"][0]) == HOURLY
    keys = {"access_key_file": "/run/secrets/a", "secret_key_file": "/run/secrets/b"}
    assert DeclaredSource.model_validate(read["sources"][1] | keys) == bucket
    assert "/run/secrets" not in lines


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with a source in each collection; one folder is not there."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "leave.md").write_text("# Leave\n\n28 days.\n")
    place = {"kind": "folder", "every_minutes": 60}
    opened = open_house(
        tmp_path / "data",
        ScriptedModel(),
        collections=(HANDBOOK, replace(HR, managers=("user:mia",))),
        sources=[
            {"id": "policies", "path": tmp_path / "policies", "collection": "handbook", **place},
            {"id": "contracts", "path": tmp_path / "gone", "collection": "hr", **place},
        ],
    )
    opened.services.accounts.save(Person("mia", "Mia", "", "employee", ()), password=PASSWORD)
    with opened.client:
        yield opened


def test_each_is_told_of_what_they_look_after(house: House) -> None:
    """The administrator sees both collections, the manager hers with its missing folder, an employee none."""
    admin, manager, employee = (
        house.client.get("/api/administration/collections", headers=house.token(user))
        for user in ("root", "mia", "anna")
    )
    assert [one["id"] for one in admin.json()] == ["handbook", "hr"]
    (mine,) = manager.json()
    assert mine["id"] == "hr"
    assert {(one["lack"], one["source"]) for one in mine["shortfalls"]} == {
        ("place_gone", "contracts"),
        ("never_synced", "contracts"),
    }
    assert employee.status_code == 403
    assert [
        house.client.get("/api/status", headers=house.token(user)).json()["manages"]
        for user in ("root", "mia", "anna")
    ] == [True, True, False]


def test_last_run_and_states_are_told(house: House) -> None:
    """After a sync the card counts the documents by state, and says how the run went and when the next is due."""
    headers = house.token("root")
    assert house.client.post("/api/sources/policies/sync", headers=headers).status_code == 202
    house.work()
    card = house.client.get("/api/administration/collections", headers=headers).json()[0]
    (source,) = card["sources"]
    assert card["documents"] == {"visible": 1}
    assert (source["last"]["state"], source["last"]["total"], source["last"]["failed"]) == ("done", 1, 0)
    due = datetime.fromisoformat(source["next_at"]) - datetime.fromisoformat(source["last"]["created_at"])
    assert due == timedelta(hours=1)
    (job,) = house.client.get("/api/jobs", headers=headers).json()
    assert (job["kind"], job["source"], job["ordered"], job["ordered_by"]) == (
        "sync",
        "policies",
        "me",
        "Root",
    )


def test_who_brought_something_for_themselves_is_not_named(house: House) -> None:
    """The manager reads who shared a file with all, and not who uploaded one of their own."""
    for readers, user in (("me", "anna"), ("collection", "root")):
        house.client.post(
            "/api/documents",
            headers=house.token(user),
            files={"file": ("x.md", b"# X\n\ntext")},
            data={"collection": "hr", "readers": readers},
        )
    jobs = house.client.get("/api/jobs", headers=house.token("mia")).json()
    assert {(job["source"], job["ordered"], job["ordered_by"]) for job in jobs} == {
        ("upload", "person", "Root"),
        ("upload", "person", ""),
    }
    house.work()
    for document in house.services.catalog.listed(collection_id="hr"):
        house.services.pipeline.forget(document.id)
    jobs = house.client.get("/api/jobs", headers=house.token("mia")).json()
    assert [job["ordered_by"] for job in jobs] == ["", ""]
