"""Every route against every kind of caller, read off the application itself: a route without a rule fails here."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from starlette.routing import Route

from app.api.sessions import services_of
from app.schema import metadata
from ingest.database import reading
from tests.access import MISSING, ROUTES, Rule, allows, refusals
from tests.access_callers import CALLERS, Caller
from tests.access_things import MANAGED, SECRETS, Thing, furnish, secrets_in
from tests.fakes import ScriptedModel
from tests.house import open_house

REMEDY = "add a line to ROUTES in tests/access.py that says who may use it"
# What a refused request may write: when a session or a key was last used, and that it was refused.
WRITTEN_BY_REFUSALS = {"seen_at"}
RECORDS = {"audit_events"}
FAULT = "SELECT secret FROM /srv/intramuros version 0.1.0"


class Reply(NamedTuple):
    """Hold what came back."""

    status: int
    text: str


class Furnished:
    """Hold a house with Anna's things in it and every caller's headers, made before anybody calls."""

    def __init__(self, folder: Path) -> None:
        policies = folder / "policies"
        policies.mkdir()
        self.house = open_house(
            folder / "data",
            ScriptedModel("It is written in the document [1]."),
            collections=MANAGED,
            sources=[{"id": "policies", "kind": "folder", "path": policies, "collection": "hr"}],
        )
        self.things = furnish(self.house, folder)
        self.headers = {who.name: who.headers(self.house) for who in CALLERS}

    def call(self, route: tuple[str, str], who: Caller, path: str) -> Reply:
        """Send a request of this caller."""
        method, _ = route
        headers = self.headers[who.name]
        reply = self.house.client.request(method, path, headers=headers, **ROUTES[route].content)
        return Reply(reply.status_code, reply.content.decode(errors="replace"))

    def written(self) -> dict[str, list[str]]:
        """Return all that is in the database, and which files are kept, but for what refusals may write."""
        with reading(self.house.services.engine) as connection:
            held = {
                name: sorted(
                    map(
                        repr,
                        connection.execute(
                            select(*(one for one in table.c if one.name not in WRITTEN_BY_REFUSALS))
                        ).all(),
                    )
                )
                for name, table in metadata.tables.items()
                if name not in RECORDS
            }
        root = self.house.services.settings.site.data_dir
        kept = (root / "originals", self.house.services.settings.site.uploads_dir)
        held["files"] = sorted(str(path) for folder in kept for path in folder.rglob("*"))
        return held


def furnished(folder: Path) -> Iterator[Furnished]:
    """Give such a house, closed afterwards."""
    made = Furnished(folder)
    with made.house.client:
        yield made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """Give one house for all who are refused: nothing in it changes."""
    yield from furnished(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Furnished]:
    """Give a house of its own for somebody who may change things."""
    yield from furnished(tmp_path)


def known(app: FastAPI) -> set[tuple[str, str]]:
    """Return every method and path the application answers, those left out of its description too."""
    found = list(iter_route_contexts(app.routes))
    assert [one for one in found if not isinstance(one.original_route, Route)] == [], "only routes, no mounts"
    return {(method, str(one.path_format)) for one in found for method in one.methods or ()}


def sorted_rules() -> list[tuple[tuple[str, str], Rule]]:
    """Return the table with what ends something last."""
    return sorted(ROUTES.items(), key=lambda item: item[1].ends)


def tried(things: tuple[Thing, ...], path: str) -> tuple[Thing, ...]:
    """Return the things that differ for a path: both where a document is named, else one."""
    return things if "{document}" in path or "{chunk}" in path else things[:1]


def test_every_route_has_a_rule(kept: Furnished) -> None:
    """A route that nobody wrote a rule for fails here, and so does a rule whose route is gone."""
    app = kept.house.client.app
    assert isinstance(app, FastAPI)
    routes = known(app)
    assert len(routes) > 25  # an empty table would prove nothing
    assert routes - set(ROUTES) == set(), REMEDY
    assert set(ROUTES) - routes == set(), "no such route any more: take its line out of ROUTES"


def test_a_new_route_is_noticed() -> None:
    """The walk sees routes that are left out of the description, and does not overlook a mounted application."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/api/secret/{thing}", lambda: None, methods=["PUT"], include_in_schema=False)
    assert ("PUT", "/api/secret/{thing}") in known(app)
    app.mount("/hidden", FastAPI())
    with pytest.raises(AssertionError):
        known(app)


@pytest.mark.parametrize("who", CALLERS, ids=lambda who: who.name)
def test_who_may_not_is_refused_and_changes_nothing(kept: Furnished, who: Caller) -> None:
    """A thing of somebody else's is refused byte for byte as one that never was, and stays as it is."""
    before = kept.written()
    running = kept.house.services.answers.get(kept.things[0].names["answer"], "anna")
    running.stop.clear()
    wrong: dict[tuple[str, str], object] = {}
    is_signed_in = "signed in" in who.standings
    count = 0
    for route, rule in sorted_rules():
        for thing in tried(kept.things, route[1]):
            if allows(rule, thing, who):
                continue
            count += 1
            foreign = kept.call(route, who, route[1].format(**thing.names))
            missing = kept.call(route, who, route[1].format_map(dict.fromkeys(thing.names, MISSING)))
            if foreign.status not in refusals(rule, who) or foreign != missing or secrets_in(foreign.text):
                wrong[route] = (foreign, missing)
    assert wrong == {}
    assert count >= (3 if is_signed_in else 25)
    assert kept.written() == before
    assert not running.stop.is_set()


@pytest.mark.parametrize("who", CALLERS, ids=lambda who: who.name)
def test_who_may_is_served_and_shown_no_more(fresh: Furnished, who: Caller) -> None:
    """The negative control: each caller gets what is theirs, and no word of it that is for others only."""
    wrong: dict[tuple[str, str], object] = {}
    hidden = {word for word, standing in SECRETS.items() if standing not in who.standings}
    count = 0
    for route, rule in sorted_rules():
        for thing in tried(fresh.things, route[1]):
            if not allows(rule, thing, who):
                continue
            count += 1
            reply = fresh.call(route, who, route[1].format(**thing.names))
            leaked = secrets_in(reply.text) & hidden
            if reply.status not in rule.expected or leaked:
                wrong[route] = (reply.status, leaked, reply.text[:300])
    assert wrong == {}
    assert count >= 7
    if "owner" in who.standings:
        return
    # Whoever else used all they may, Anna's sessions and conversation are still hers.
    shown = fresh.call(
        ("GET", "/api/conversations/{conversation}"),
        next(one for one in CALLERS if "owner" in one.standings),
        f"/api/conversations/{fresh.things[0].names['conversation']}",
    )
    assert shown.status == 200
    assert '"title":"Mirabelle"' in shown.text


def test_secrets_are_really_there(fresh: Furnished) -> None:
    """The words that may not be seen elsewhere are seen by their owner, so that not seeing them means something."""
    owner = next(one for one in CALLERS if "owner" in one.standings)
    seen: set[str] = set()
    for thing in fresh.things:
        for template in ("/api/conversations/{conversation}", "/api/passages/{chunk}"):
            seen |= secrets_in(fresh.call(("GET", template), owner, template.format(**thing.names)).text)
    assert seen == set(SECRETS)


def test_a_fault_of_ours_says_nothing_about_us(kept: Furnished) -> None:
    """Whatever breaks, on every route, the body is the same and names no query, path or version."""

    def broken() -> None:
        raise RuntimeError(FAULT)

    app = kept.house.client.app
    assert isinstance(app, FastAPI)
    owner = next(one for one in CALLERS if "owner" in one.standings)
    app.dependency_overrides[services_of] = broken
    bodies = set()
    try:
        for route, rule in ROUTES.items():
            if route[1] in {"/healthz", "/openapi.json"}:  # these need nothing that could break
                continue
            reply = kept.call(route, owner, route[1].format(**kept.things[0].names))
            assert reply.status == 500, (route, rule, reply.text)
            bodies.add(reply.text)
    finally:
        app.dependency_overrides.clear()
    (body,) = bodies
    assert not [word for word in (*FAULT.split(), "Traceback", "RuntimeError", ".py") if word in body]
