"""Personal data in a question: told to who asks or refused, and never mistaken for what people ask by."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.api.server import build
from app.privacy.asked import OfQuestions, delicate
from app.schema import messages
from ingest.database import reading
from ingest.guard.types import Kind
from retrieval.errors import DelicateQuestion
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION

IBAN = "DE89 3704 0044 0532 0130 00"
DELICATE = f"How many days of annual leave does the holder of {IBAN} have in Kassel?"


def house_that(tmp_path: Path, policy: OfQuestions) -> House:
    """Return a house with this policy and a document that answers."""
    house = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    settings = house.services.settings
    told = settings.model_copy(update={"privacy": settings.privacy.model_copy(update={"questions": policy})})
    services = replace(house.services, settings=told)
    return House(services, TestClient(build(services, with_worker=False), raise_server_exceptions=False))


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        (DELICATE, (Kind.IBAN,)),
        ("Meine Steuer-ID ist 65 929 970 489, wohin damit?", (Kind.TAX_ID,)),
        (f"Frau Keller ist an Krebs erkrankt, ihr Konto ist {IBAN}.", (Kind.HEALTH, Kind.IBAN)),
        ("Who is Anna Keller, born 1 March 1980, +49 561 123456, anna@firma.example?", ()),
        ("Wie melde ich mich krank?", ()),
        ("Do employees with a disability get more leave?", ()),
        (QUESTION, ()),
    ],
)
def test_what_a_question_hardly_needs_is_noticed(question: str, kinds: tuple[Kind, ...]) -> None:
    """Numbers with check digits and somebody's health; not names and dates, nor what rules are about."""
    assert delicate(question, "warn") == kinds
    assert delicate(question, "keep") == ()
    if kinds:
        with pytest.raises(DelicateQuestion):
            delicate(question, "refuse")
    else:
        assert delicate(question, "refuse") == ()


def test_harmless_questions_are_left_alone(eval_data: Path) -> None:
    """Of the evaluation sets' questions, none with personal data, one in a thousand at most is taken for such."""
    asked = [
        json.loads(line)["text"]
        for queries in sorted((eval_data / "retrieval").glob("*/queries.jsonl"))
        for line in queries.read_text(encoding="utf-8").splitlines()
    ]
    noticed = [question for question in asked if delicate(question, "warn")]
    assert len(asked) > 5_000
    assert len(noticed) <= len(asked) / 1_000, noticed


def test_asker_is_warned_first_and_answered_all_the_same(tmp_path: Path) -> None:
    """The event says what kind it is, without the value, and comes before any source."""
    house = house_that(tmp_path, "warn")
    with house.client:
        got = ask(house, "ben", DELICATE)
        plain = ask(house, "ben", QUESTION)
    assert list(got).index("noticed") < list(got).index("sources")
    assert got["noticed"] == {"kinds": ["iban"]}
    assert got["answer"]["outcome"] == "answered"
    assert "noticed" not in plain


def test_refused_question_is_kept_nowhere(tmp_path: Path) -> None:
    """Neither in the conversation nor in a file of the house, by the page's route and by chat clients' one."""
    house = house_that(tmp_path, "refuse")
    with house.client:
        headers = house.token("ben")
        conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
        reply = house.client.post(
            f"/api/conversations/{conversation}/messages", headers=headers, json={"question": DELICATE}
        )
        chat = house.client.post(
            "/v1/chat/completions",
            headers=headers,
            json={"model": "intramuros", "messages": [{"role": "user", "content": DELICATE}]},
        )
        assert ask(house, "ben", QUESTION)["answer"]["outcome"] == "answered"
    for refused in (reply, chat):
        assert (refused.status_code, refused.json()["type"]) == (
            422,
            "urn:intramuros:problem:delicate-question",
        )
        assert "iban" in refused.json()["detail"]
        assert "DE89" not in refused.text
    with reading(house.services.engine) as connection:
        assert connection.execute(select(messages.c.text).where(messages.c.text.contains("DE89"))).all() == []
    house.services.close()
    kept = [one for one in (tmp_path / "data").rglob("*") if one.is_file() and b"DE89" in one.read_bytes()]
    assert kept == []
