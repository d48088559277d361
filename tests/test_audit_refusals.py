"""What is refused is on the audit trail, as what it was, and nobody fills the trail with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.audit.events import Kind
from app.audit.refusals import PER_MINUTE
from app.identity import Accounts
from app.openid import LOGOUT_EVENT
from app.sections import SignIn
from ingest.database import utc_now
from retrieval.errors import DatabaseUnavailable, NotSignedIn
from tests.audit.reading import MISSING, break_trail, kinds, newest
from tests.fakes import ScriptedModel
from tests.house import House, admitting, ask, open_house
from tests.provider_tokens import FakeProvider, serving
from tests.test_sign_in import Site
from tests.two_documents import ANSWER, LEAVE, QUESTION

MORE = 5


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with opened.client:
        yield opened


@pytest.fixture
def site(house: House) -> Iterator[Site]:
    """Give the house behind a provider."""
    with serving(FakeProvider()) as provider:
        yield Site(admitting(house, SignIn(issuer=provider.issuer)), provider)


def pass_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every refusal be recorded again."""
    monkeypatch.setattr("app.audit.refusals.RateLimit.admit", lambda *_, **__: None)


# what the provider says


def leave(site: Site, token: str) -> int:
    """Hand in a logout token."""
    path = "/api/session/provider/left"
    return int(site.house.client.post(path, data={"logout_token": token}).status_code)


def test_a_sign_out_is_on_record_once_its_token_is_verified(site: Site) -> None:
    """Garbage is a stranger's refusal, and does not fill the trail; what the provider signed is a sign-out."""
    assert {leave(site, "a.b.c") for _ in range(PER_MINUTE + MORE)} == {400}
    assert Kind.SIGN_OUT not in kinds(site.house)
    assert kinds(site.house).count(Kind.DENIED) == PER_MINUTE
    assert newest(site.house, Kind.DENIED)["actor"] is None

    assert leave(site, site.provider.token(utc_now(), events={LOGOUT_EVENT: {}})) == 204
    assert newest(site.house, Kind.SIGN_OUT)["outcome"] == "by the provider"


# how much is recorded


def test_nobody_fills_the_trail_with_their_refusals(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many a minute and account; the next one tells how many were left out, and others have their own count."""
    headers = house.token("ben")
    paths = (f"/api/conversations/{MISSING}", "/api/remarks")
    for turn in range(PER_MINUTE + MORE):
        assert house.client.get(paths[turn % 2], headers=headers).status_code in (403, 404)
    assert kinds(house).count(Kind.DENIED) == PER_MINUTE

    house.client.get("/api/remarks", headers=house.token("anna"))
    anna = newest(house, Kind.DENIED)
    assert (anna["actor"], "unrecorded" in anna) == (house.services.audit.pseudonym("anna"), False)
    pass_minute(monkeypatch)
    house.client.get("/api/remarks", headers=headers)
    assert newest(house, Kind.DENIED)["unrecorded"] == MORE
    house.client.get("/api/remarks", headers=headers)
    assert "unrecorded" not in newest(house, Kind.DENIED)


def test_wrong_names_do_not_fill_the_trail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One limit holds for all names together: names cost nothing."""

    def refuse(*_: str) -> None:
        raise NotSignedIn("wrong", remedy="try again")  # the hash is slow on purpose

    monkeypatch.setattr(Accounts, "check", refuse)
    for turn in range(PER_MINUTE + MORE):
        body = {"user": f"name-{turn}", "password": "wrong"}
        assert house.client.post("/api/session", json=body).status_code == 401
    assert kinds(house).count(Kind.SIGN_IN_DENIED) == PER_MINUTE

    pass_minute(monkeypatch)
    house.client.post("/api/session", json={"user": "ben", "password": "wrong"})
    told = newest(house, Kind.SIGN_IN_DENIED)
    assert (told["actor"], told["unrecorded"]) == (house.services.audit.pseudonym("ben"), MORE)


def test_a_number_that_could_not_be_recorded_is_told_later(house: House) -> None:
    """Where the trail takes no record, what was counted is kept for the next one."""
    refusals = house.client.app.state.audited.refusals  # type: ignore[attr-defined]  # a FastAPI application
    refusals._uncounted["sign-ins"] = MORE
    break_trail(house)
    with pytest.raises(DatabaseUnavailable):
        refusals.record("sign-ins", Kind.SIGN_IN_DENIED, "ben", outcome="refused", about={})
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER shut")
    refusals.record("sign-ins", Kind.SIGN_IN_DENIED, "ben", outcome="refused", about={})
    assert newest(house, Kind.SIGN_IN_DENIED)["unrecorded"] == MORE


# what did not happen


def test_what_was_refused_at_the_door_is_not_recorded_as_done(house: House) -> None:
    """A key that is not for it, or an account without the role, leaves a refusal and neither order nor sign-out."""
    headers = house.token("ben")
    new = {"name": "k", "scopes": ["read"]}
    secret = house.client.post("/api/keys", headers=headers, json=new).json()["secret"]
    key = {"Authorization": f"Bearer {secret}"}
    document = house.document("leave.md")
    before = len(kinds(house))
    assert house.client.delete(f"/api/conversations/{MISSING}", headers=key).status_code == 403
    assert house.client.delete(f"/api/documents/{document}", headers=key).status_code == 403
    assert house.client.delete(f"/api/documents/{document}", headers=headers).status_code == 403
    assert house.client.post(f"/api/remarks/{document}/accept", headers=headers).status_code == 403
    assert kinds(house)[before:] == [Kind.DENIED] * 4
    house.client.delete("/api/session", headers=key)
    assert Kind.SIGN_OUT not in kinds(house)


# what is cut off


def messages(house: House, conversation: str, headers: dict[str, str]) -> list[Any]:
    """Return the messages of a conversation."""
    found: list[Any] = house.client.get(f"/api/conversations/{conversation}", headers=headers).json()[
        "messages"
    ]
    return found


def test_editing_a_question_is_an_erasure(house: House) -> None:
    """It deletes turns: this is on record before, and where it cannot be, nothing is cut; the question stands below."""
    headers = house.token("ben")
    conversation = ask(house, "ben", QUESTION)["conversation"]
    assert Kind.ERASURE not in kinds(house)
    before = messages(house, conversation, headers)
    path, body = (
        f"/api/conversations/{conversation}/messages",
        {"question": QUESTION, "replaces": before[0]["id"]},
    )
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER shut BEFORE INSERT ON audit_events WHEN NEW.kind = 'erasure'"
            " BEGIN SELECT RAISE(ABORT, 'shut'); END"
        )
    assert "audit trail" in house.client.post(path, headers=headers, json=body).text
    assert messages(house, conversation, headers)[:-1] == before
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER shut")
    house.client.post(path, headers=headers, json=body)
    told = newest(house, Kind.ERASURE)
    assert told["conversation"] == conversation
    assert told["actor"] == house.services.audit.pseudonym("ben")
    assert json.dumps(told).count(QUESTION) == 0
