"""A week of questions in figures: whole weeks only, no person, nothing of other collections, over the real ledger."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.identity import Person
from app.schema import memberships, users
from app.usage import week_named, weeks_over
from ingest.database import utc_now
from retrieval.errors import InvalidRequest
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, PASSWORD, House, open_house, tell

HANDBOOK, HR = COLLECTIONS
LAST = weeks_over(utc_now())[0]
BEFORE = weeks_over(utc_now())[1]
STAFF = [f"staff-{number:02}" for number in range(12)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house of twelve employees, six of them of HR, with a document in each collection."""
    opened = open_house(
        tmp_path / "data",
        ScriptedModel(),
        collections=(replace(HANDBOOK, managers=("user:anna",)), replace(HR, managers=("user:ben",))),
    )
    opened.services.accounts.save(Person(STAFF[0], "Staff 0", "", "employee", ("hr",)), password=PASSWORD)
    with (
        opened.services.engine.begin() as connection
    ):  # the others never sign in: no hash is worked out for them
        people = [{"id": user, "name": user, "title": "", "role": "employee"} for user in STAFF[1:]]
        connection.execute(users.insert().values(password_hash=""), people)
        in_hr = [{"user_id": user, "group_name": "hr"} for user in STAFF[1:6]]
        connection.execute(memberships.insert(), in_hr)
    opened.bring_in(tmp_path / "a", "handbook", leave="# Leave\n\n28 days.\n")
    opened.bring_in(tmp_path / "b", "hr", bands="# Bands\n\nE7.\n")
    with opened.client:
        yield opened


def report(house: House, user: str = "root", **params: str) -> Any:
    """Return a report somebody gets."""
    reply = house.client.get("/api/usage", headers=house.token(user), params=params)
    assert reply.status_code == 200, reply.text
    return reply.json()


def trend(house: House, user: str = "root", **params: str) -> Any:
    """Return the weeks somebody gets."""
    reply = house.client.get("/api/usage/weeks", headers=house.token(user), params=params)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_a_week_is_told_in_figures(house: House) -> None:
    """Questions by day and outcome, thumbs, times and documents, where five people or more are behind each."""
    for number, user in enumerate(STAFF):
        tell(house, user, LAST, cites="leave.md", thumb="up" if number < 6 else None, total_ms=1000 + number)
        tell(house, user, LAST + timedelta(days=1), outcome="not_in_documents")
    told = report(house)
    assert told["week"]["week"] == LAST.isoformat()
    assert told["week"]["questions"] == 24
    assert (told["week"]["outcomes"]["answered"], told["week"]["outcomes"]["refused"]) == (12, 12)
    assert list(told["days"].values()) == [12, 12, None, None, None, None, None]
    assert told["thumbs"] == {"up": 6, "down": None}
    paces = {one["stage"]: (one["median_ms"], one["p95_ms"]) for one in told["stages"]}
    assert paces["total"] == (1000, 1010)
    assert paces["queue"] == (None, None)
    assert [(one["file_name"], one["answers"]) for one in told["documents"]] == [("leave.md", 12)]
    assert {one["id"]: (one["questions"], one["refused"]) for one in told["collections"]} == {
        "handbook": (24, 12),
        "hr": (12, 6),
    }
    assert [one["questions"] for one in trend(house)[:2]] == [24, None]


def test_fewer_than_five_people_are_not_told(house: House) -> None:
    """However much four people ask, nothing of it is in the report."""
    for user in STAFF[:4]:
        for _ in range(10):
            tell(house, user, LAST, cites="leave.md", thumb="down")
    told = report(house)
    assert told["week"]["questions"] is None
    assert set(told["week"]["outcomes"].values()) | set(told["days"].values()) == {None}
    assert set(told["thumbs"].values()) == {None}
    assert {one["median_ms"] for one in told["stages"]} == {None}
    assert told["documents"] == []
    assert {one["questions"] for one in told["collections"]} == {None}


def test_spans_cannot_be_subtracted(house: House) -> None:
    """Seven people ask on Monday, an eighth on Tuesday: no choice of dates gives two reports that differ by one."""
    for user in STAFF[:7]:
        tell(house, user, LAST)
    tell(house, STAFF[7], LAST + timedelta(days=1))
    tuesday = (LAST + timedelta(days=1)).isoformat()
    headers = house.token("root")
    this_week = (LAST + timedelta(weeks=1)).isoformat()
    for week in (tuesday, this_week, "1999-01-04", "last"):
        reply = house.client.get("/api/usage", headers=headers, params={"week": week})
        assert reply.status_code == 400, week
    for span in (
        {"since": LAST.isoformat(), "until": tuesday},
        {"from": tuesday},
        {"day": tuesday},
        {"days": "1"},
    ):
        assert report(house, **span) == report(house)
    told = report(house)
    assert told["week"]["questions"] == 8
    assert set(told["days"].values()) == {None}  # Monday's seven would leave one for Tuesday
    assert [one["questions"] for one in trend(house, since=tuesday, until=tuesday)[:2]] == [8, None]


def test_the_week_that_goes_on_is_not_told(house: House) -> None:
    """Asked daily, it would tell each day what the last one added."""
    today = utc_now().date()
    for user in STAFF:
        tell(house, user, today)
    assert {one["questions"] for one in trend(house)} == {None}
    with pytest.raises(InvalidRequest, match="no Monday of a week that is over"):
        week_named(weeks_over(utc_now() + timedelta(weeks=1))[0].isoformat(), now=utc_now())


def test_a_manager_is_told_of_theirs_alone(house: House) -> None:
    """Ben sees what HR asked and which of its documents was cited, neither the house nor the handbook."""
    for number, user in enumerate(STAFF):
        tell(house, user, LAST, cites="bands.md" if number < 6 else "leave.md")
        tell(house, user, LAST, cites="leave.md")
    told = report(house, "ben", collection="hr")
    assert told["week"]["questions"] == 12
    assert [one["file_name"] for one in told["documents"]] == ["bands.md"]
    assert [one["id"] for one in told["collections"]] == ["hr"]
    headers = house.token("ben")
    foreign, missing, whole = (
        house.client.get("/api/usage", headers=headers, params={"collection": name})
        for name in ("handbook", "xy", "")
    )
    assert foreign.status_code == missing.status_code == whole.status_code == 404
    assert foreign.json() == missing.json()
    assert trend(house, "ben", collection="hr")[0] == told["week"]
    for path in ("/api/usage", "/api/usage/weeks"):
        assert house.client.get(path, headers=house.token("staff-00")).status_code == 403
        foreign = house.client.get(path, headers=headers, params={"collection": "handbook"})
        assert foreign.status_code == 404


def test_each_is_told_the_same_of_a_collection(house: House) -> None:
    """What the administrator and the manager see of one cannot be laid side by side to fill a gap."""
    for number, user in enumerate(STAFF):
        tell(house, user, LAST + timedelta(days=number % 3), outcome="failed" if number == 3 else "answered")
    ours, theirs = report(house, collection="hr"), report(house, "ben", collection="hr")
    assert {**ours, "collections": []} == {**theirs, "collections": []}


def test_nobody_is_named_and_no_word_is_told(house: House) -> None:
    """No account, pseudonym, question, answer or reason is in any report."""
    for user in STAFF:
        tell(house, user, LAST, cites="leave.md", thumb="down")
    text = json.dumps([report(house), report(house, "anna", collection="handbook")])
    assert "SECRET" not in text
    assert not [user for user in STAFF if user in text or user.title() in text]


def test_trend_and_week_agree(house: House) -> None:
    """A week is told the same in the trend as by itself, so that neither fills a gap of the other."""
    for number, user in enumerate(STAFF):
        for week in (LAST, BEFORE):
            tell(
                house,
                user,
                week + timedelta(days=number % 4),
                outcome=["answered", "failed"][number % 5 == 0],
            )
    weeks = trend(house)
    for week in (LAST, BEFORE):
        whole = report(house, week=week.isoformat())["week"]
        assert whole in weeks
        assert whole["questions"] == 12
