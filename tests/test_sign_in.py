"""Sign-in through the company's provider, and API keys, as other programs see them: over the API of a real house."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.api.scopes import ROUTES
from app.openid import LOGOUT_EVENT
from app.sections import SignIn
from ingest.database import utc_now
from tests.fakes import ScriptedModel
from tests.house import House, admitting, open_house
from tests.provider_tokens import FakeProvider, serving


@dataclass(frozen=True)
class Site:
    """Hold a house whose people a provider vouches for."""

    house: House
    provider: FakeProvider

    def enter(self, **claims: Any) -> Any:
        """Hand in a fresh ID token with these claims changed."""
        return self.hand_in(self.provider.token(utc_now(), **claims))

    def hand_in(self, token: str) -> Any:
        """Hand in an ID token."""
        return self.house.client.post("/api/session/provider", json={"id_token": token})

    def bearer(self, token: str) -> dict[str, str]:
        """Return the header that bears a token."""
        return {"Authorization": f"Bearer {token}"}

    def get(self, path: str, token: str) -> Any:
        """Fetch a path as who bears this token."""
        return self.house.client.get(path, headers=self.bearer(token))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a house behind a provider, with a document that group:hr reads."""
    house = open_house(tmp_path / "data", ScriptedModel("Band E7 starts at 61,400 euros [1]."))
    house.bring_in(tmp_path / "b", "hr", salary="# Pay\n\nSalary band E7 starts at 61,400 euros.")
    with serving(FakeProvider()) as provider:
        settings = SignIn(
            issuer=provider.issuer,
            api_audience="intramuros-api",
            admin_groups=("it-office",),
            auditor_groups=("audit",),
            group_parents={"payroll": ("hr",)},
        )
        yield Site(admitting(house, settings), provider)
        house.services.close()


def test_provider_brings_people_in(site: Site) -> None:
    """Name, groups and what they lie in come with the token; documents of those groups can be read."""
    entered = site.enter().json()

    assert entered["user"]["name"] == "Marc Petit"
    assert entered["user"]["groups"] == ["hr", "payroll"]
    listed = site.get("/api/documents", entered["token"]).json()
    assert "salary.md" in {document["file_name"] for document in listed}
    other = site.enter(sub="8a1", groups=["sales"]).json()
    assert "salary.md" not in site.get("/api/documents", other["token"]).text


def test_roles_come_from_groups(site: Site) -> None:
    """Who administers does not audit, and neither reads more."""
    roles = {
        groups: site.enter(sub="9", groups=list(groups)).json()["user"]["role"]
        for groups in (("it-office",), ("audit",), ("audit", "it-office"), ("sales",))
    }

    assert list(roles.values()) == ["admin", "auditor", "admin", "employee"]


def test_no_other_way_stands_open(site: Site) -> None:
    """Local passwords are refused where a provider vouches, and the page is told so."""
    assert site.house.client.get("/api/front").json()["provider"] is True
    reply = site.house.client.post("/api/session", json={"user": "anna", "password": "correct horse"})
    assert reply.status_code == 403


def test_provider_is_not_asked_where_accounts_are_local(tmp_path: Path) -> None:
    """Without an issuer no token opens anything."""
    house = open_house(tmp_path / "data", ScriptedModel())
    assert house.client.get("/api/front").json()["provider"] is False
    assert house.client.post("/api/session/provider", json={"id_token": "a.b.c"}).status_code == 403
    assert house.client.post("/api/session/provider/left", data={"logout_token": "a.b.c"}).status_code == 403
    house.services.close()


def test_id_token_is_not_a_bearer_token(site: Site) -> None:
    """It lies in a cookie, and would outlive the sign-out; only access tokens for the API itself are taken."""
    now = utc_now()
    assert site.get("/api/me", site.provider.token(now)).status_code == 401
    access = site.provider.token(now, aud="intramuros-api")
    assert site.get("/api/me", access).json()["name"] == "Marc Petit"
    assert site.hand_in(access).status_code == 401
    late = site.provider.token(now - timedelta(hours=1), aud="intramuros-api")
    assert site.get("/api/me", late).status_code == 401


def test_signing_out_ends_all_and_the_cookie_opens_nothing(site: Site) -> None:
    """The ID token that the browser may still hold is worth nothing after it."""
    token = site.provider.token(utc_now())
    here, there = (site.hand_in(token).json()["token"] for _ in range(2))

    assert site.house.client.delete("/api/session", headers=site.bearer(here)).status_code == 204

    assert {site.get("/api/me", one).status_code for one in (here, there)} == {401}
    assert site.hand_in(token).status_code == 401
    assert site.enter().status_code == 200


def test_old_token_gives_nothing_back(site: Site) -> None:
    """A token of before, refused or not, restores neither groups nor role of sessions and keys that are in use."""
    before = utc_now() - timedelta(minutes=10)
    told = {"groups": ["it-office", "payroll"], "exp": int(utc_now().timestamp()) + 600}
    old_id = site.provider.token(before, **told)
    old_access = site.provider.token(before, **told, aud="intramuros-api")
    session = site.enter(groups=[]).json()["token"]

    assert site.hand_in(old_id).status_code == 401
    assert site.get("/api/me", old_access).json()["role"] == "employee"
    today = site.get("/api/me", session).json()
    assert (today["groups"], today["role"]) == ([], "employee")


def test_access_token_that_tells_of_no_groups_takes_none_away(site: Site) -> None:
    """Its silence is no word about them."""
    session = site.enter().json()["token"]
    silent = site.provider.token(utc_now() + timedelta(seconds=2), groups=None, aud="intramuros-api")

    assert site.get("/api/me", silent).json()["groups"] == ["hr", "payroll"]
    assert site.get("/api/me", session).json()["groups"] == ["hr", "payroll"]


def test_leaving_at_the_provider_ends_all_here(site: Site) -> None:
    """Back-channel logout: only with a token that the provider signed for it."""
    session = site.enter().json()["token"]
    path = "/api/session/provider/left"
    now = utc_now()
    for token in (
        "",
        "a.b.c",
        site.provider.token(now),
        site.provider.token(now, events={LOGOUT_EVENT: {}}, sub="x"),
    ):
        site.house.client.post(path, data={"logout_token": token})
        assert site.get("/api/me", session).status_code == 200
    assert site.house.client.post(path, data={"logout_token": site.provider.token(now)}).status_code == 400

    left = site.provider.token(now, events={LOGOUT_EVENT: {}})
    assert site.house.client.post(path, data={"logout_token": left}).status_code == 204
    assert site.get("/api/me", session).status_code == 401


def test_disabled_account_is_out_by_every_way(site: Site) -> None:
    """Session, key, access token and a new sign-in end at once."""
    token = site.provider.token(utc_now())
    entered = site.hand_in(token).json()
    key = make_key(site, entered["token"], "read")
    access = site.provider.token(utc_now(), aud="intramuros-api")
    ways = (entered["token"], key, access)
    assert {site.get("/api/documents", one).status_code for one in ways} == {200}

    site.house.services.accounts.disable(entered["user"]["id"])

    assert {site.get("/api/documents", one).status_code for one in ways} == {401}
    assert "disabled" in site.hand_in(token).json()["detail"]  # and not that the sign-in is over
    assert "disabled" in site.enter().json()["detail"]


def test_provider_that_is_away_lets_nobody_in_and_puts_nobody_out(site: Site) -> None:
    """Who is signed in goes on; who comes is told that it is not their password."""
    session = site.enter().json()["token"]
    anew = Site(admitting(site.house, SignIn(issuer=site.provider.issuer)), site.provider)
    site.provider.is_down = True

    assert anew.get("/api/me", session).status_code == 200
    refused = anew.enter()
    assert refused.status_code == 503
    assert "who is signed in stays so" in refused.json()["remedy"]


def make_key(site: Site, session: str, *scopes: str) -> str:
    """Make a key over the API."""
    body = {"name": "report", "scopes": scopes}
    reply = site.house.client.post("/api/keys", headers=site.bearer(session), json=body)
    assert reply.status_code == 201
    return str(reply.json()["secret"])


@pytest.mark.parametrize("scope", ["ask", "read", "ingest"])
def test_key_opens_the_routes_of_its_scope_and_no_other(site: Site, scope: str) -> None:
    """Each route of the description is tried with a key of each scope; what no scope names, no key opens."""
    key = make_key(site, site.enter().json()["token"], scope)
    wrong = []
    for path, methods in site.house.client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            route = f"{method.upper()} {path}"
            reply = site.house.client.request(method, path, headers=site.bearer(key), json={})
            is_refused = reply.status_code == 403 and "this key is not for that" in reply.text
            is_open_to_all = path.startswith(
                ("/api/session/", "/healthz", "/readyz", "/metrics")
            ) or route in {
                "GET /api/front",
                "POST /api/session",
                "GET /api/personas",
                "DELETE /api/session",
            }
            if not is_open_to_all and is_refused == (ROUTES.get(route) == scope):
                wrong.append((route, reply.status_code))
    assert wrong == []


def test_scopes_name_routes_that_are_there(site: Site) -> None:
    """A route that is renamed does not leave its scope behind."""
    paths = site.house.client.get("/openapi.json").json()["paths"]
    known = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}

    assert set(ROUTES) <= known


def test_key_reads_what_its_owner_may_read_today(site: Site) -> None:
    """A group that is left is left for the key too, with the next sign-in that says so."""
    session = site.enter().json()["token"]
    key = make_key(site, session, "read")
    assert "salary.md" in site.get("/api/documents", key).text

    site.enter(groups=[])
    assert "salary.md" not in site.get("/api/documents", key).text


def test_one_cannot_see_or_revoke_the_keys_of_another(site: Site) -> None:
    """A foreign key is answered like a missing one."""
    mine = site.enter().json()["token"]
    make_key(site, mine, "ask")
    (key,) = site.get("/api/keys", mine).json()
    other = site.bearer(site.enter(sub="8a1").json()["token"])
    assert site.house.client.get("/api/keys", headers=other).json() == []
    foreign = site.house.client.delete(f"/api/keys/{key['id']}", headers=other)
    missing = site.house.client.delete("/api/keys/none", headers=other)

    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert site.house.client.delete(f"/api/keys/{key['id']}", headers=site.bearer(mine)).status_code == 204


def moment(text: str) -> datetime:
    """Return the time that the API names."""
    return datetime.fromisoformat(text)


def test_session_ends_ten_hours_after_the_provider_vouched(site: Site) -> None:
    """Counted from the token, not from when it was handed in."""
    issued = utc_now().replace(microsecond=0) - timedelta(minutes=4)
    ends = moment(site.hand_in(site.provider.token(issued)).json()["expires_at"])

    assert ends == issued + timedelta(hours=10)
