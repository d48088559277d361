"""Who erases, exports or reads what is of others shows again who they are: themselves, and within 15 minutes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient

from app.api.server import build
from app.api.sessions import proven_admin_of
from app.audit.events import Kind
from app.identity import Person
from app.sections import SignIn
from app.sessions import PROOF_LASTS
from ingest.database import utc_now
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, admitting, open_house
from tests.provider_tokens import FakeProvider, serving

SECOND = timedelta(seconds=1)


def with_a_route(house: House) -> House:
    """Return the house with a route that asks for a fresh proof of an administrator."""
    router = APIRouter()

    @router.post("/api/grave", status_code=204)
    def grave(_person: Annotated[Person, Depends(proven_admin_of)]) -> None:
        """Do something grave."""

    app: FastAPI = build(house.services, with_worker=False)
    app.include_router(router)
    return House(house.services, TestClient(app, raise_server_exceptions=False))


@dataclass(frozen=True)
class Site:
    """Hold such a house, and the provider of its people where there is one."""

    house: House
    provider: FakeProvider | None = None

    def signed_in(self, user: str, *, ago: timedelta) -> dict[str, str]:
        """Return the headers of somebody who showed so long ago who they are."""
        token = self.house.services.sessions.open(user, now=utc_now()).token
        self.house.services.sessions.prove(token, at=utc_now() - ago)
        return {"Authorization": f"Bearer {token}"}

    def tried(self, headers: dict[str, str]) -> Any:
        """Return the reply to somebody who wants to do something grave."""
        return self.house.client.post("/api/grave", headers=headers)

    def proves(self, headers: dict[str, str], **proof: str) -> Any:
        """Return the reply to a proof."""
        return self.house.client.post("/api/session/proof", headers=headers, json=proof)


@pytest.fixture
def site(house: House) -> Site:
    """Give a house of local accounts."""
    return Site(with_a_route(house))


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Site]:
    """Give a house whose people a provider vouches for."""
    house = open_house(tmp_path / "data", ScriptedModel())
    with serving(FakeProvider()) as provider:
        settings = SignIn(issuer=provider.issuer, admin_groups=("it-office",))
        yield Site(with_a_route(admitting(house, settings)), provider)
        house.services.close()


def entered(company: Site, now: datetime, **claims: Any) -> dict[str, str]:
    """Sign an administrator of the company in; return the headers."""
    assert company.provider is not None
    token = company.provider.token(now, groups=["it-office"], **claims)
    reply = company.house.client.post("/api/session/provider", json={"id_token": token})
    return {"Authorization": f"Bearer {reply.json()['token']}"}


def test_proof_counts_for_a_quarter_of_an_hour(site: Site) -> None:
    """A second before its end it opens the route, a minute after it the route asks for another, and says how."""
    assert timedelta(minutes=15) == PROOF_LASTS
    assert site.tried(site.signed_in("root", ago=PROOF_LASTS - 10 * SECOND)).status_code == 204

    late = site.tried(site.signed_in("root", ago=PROOF_LASTS + SECOND))

    assert late.status_code == 403
    assert late.json()["type"] == "urn:intramuros:problem:proof-too-old"
    assert "password" in late.json()["remedy"]


def test_password_proves_it_again(site: Site) -> None:
    """The same session goes on; a wrong password proves nothing, ends nothing, and is on record."""
    headers = site.signed_in("root", ago=timedelta(hours=1))

    wrong = site.proves(headers, password="not it")
    assert (wrong.status_code, site.tried(headers).status_code) == (403, 403)
    assert [one.kind for one in site.house.services.audit.trail.records()][-2:] == [Kind.DENIED, Kind.DENIED]
    assert site.proves(headers, password=PASSWORD).status_code == 204
    assert site.tried(headers).status_code == 204
    assert site.house.client.get("/api/me", headers=headers).status_code == 200


def test_proof_gives_no_right(site: Site) -> None:
    """An employee who has just signed in is still none of the administrators."""
    assert site.tried(site.signed_in("anna", ago=timedelta())).status_code == 403


def test_guessing_the_password_of_an_open_session_is_slowed(site: Site) -> None:
    """Who finds a screen unlocked has the same few tries a minute as at the door."""
    headers = site.signed_in("root", ago=timedelta(hours=1))

    replies = [site.proves(headers, password=str(number)).status_code for number in range(30)]

    assert replies[-1] == 429


def test_provider_has_to_say_when_they_signed_in_there(company: Site) -> None:
    """A token without that claim may rest on the sign-in of this morning: it lets people in, and proves nothing."""
    now = utc_now()
    headers = entered(company, now)

    assert company.tried(headers).status_code == 403
    fresh = entered(company, now, auth_time=int(now.timestamp()) - 60)
    assert company.tried(fresh).status_code == 204
    of_this_morning = entered(company, now, auth_time=int(now.timestamp()) - 7200)
    assert company.tried(of_this_morning).status_code == 403


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"auth_time": -30}, 204),
        ({}, 403),
        ({"auth_time": -901}, 403),
        ({"auth_time": -30, "sub": "somebody-else"}, 403),
    ],
)
def test_fresh_token_of_the_provider_proves_it_again(
    company: Site, claims: dict[str, Any], status: int
) -> None:
    """It has to be of the same person, and to say that they signed in there just now; the clock is not moved ahead."""
    now = utc_now()
    headers = entered(company, now)
    assert company.provider is not None
    told = (
        {**claims, "auth_time": int(now.timestamp()) + claims["auth_time"]}
        if claims.get("auth_time")
        else claims
    )

    reply = company.proves(headers, id_token=company.provider.token(now, **told))

    assert reply.status_code == status
    assert company.tried(headers).status_code == status
    assert company.proves(headers, password=PASSWORD).status_code == 403


def test_provider_ahead_of_our_clock_does_not_prolong_it(company: Site) -> None:
    """A sign-in that it dates an hour from now counts as one of now."""
    now = utc_now()
    headers = entered(company, now, auth_time=int(now.timestamp()) + 3600)
    token = headers["Authorization"].removeprefix("Bearer ")

    company.house.services.sessions.require_proof(token, now=now + PROOF_LASTS - SECOND)
    assert company.tried(headers).status_code == 204
    with pytest.raises(Exception, match="show again who you are"):
        company.house.services.sessions.require_proof(token, now=now + PROOF_LASTS + 5 * SECOND)
