"""Whoever reads an answer is told that an AI made it, and so is every program that fetches one (AI Act, Art. 50)."""

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from app.api.lending import lent
from app.api.schemas import Answer as Shown
from app.cli.asking import answer_as
from app.provenance import AI_SOURCE
from app.types import Answer, Outcome
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.test_cli_asking import served
from tests.test_ui_pages import ask as ask_page
from tests.test_ui_pages import open_page, seen
from tests.two_documents import ANSWER, LEAVE, QUESTION
from ui.languages import CHOSEN, LANGUAGES
from ui.records import Outcome as OnPage
from ui.words import words_in

MADE = {"ai_generated": True, "digital_source_type": AI_SOURCE}
NOT_MADE = {"ai_generated": False, "digital_source_type": None}
# Question, mood of the model, outcome, mark.
PATHS = (
    (QUESTION, "ready", "answered", MADE),
    ("What is the capital of Peru?", "ready", "not_in_documents", MADE),
    (QUESTION, "down", "passages_only", MADE),
    ("Which documents mention Kassel?", "ready", "documents", NOT_MADE),
)
each_path = pytest.mark.parametrize(("question", "mood", "outcome", "mark"), PATHS)
each_language = pytest.mark.parametrize("language", sorted(LANGUAGES))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document for all."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with opened.client:
        yield opened


def marked(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the mark of an answer."""
    return {name: answer.get(name) for name in MADE}


def in_mood(house: House, mood: str) -> None:
    """Have the model ready or down."""
    model: Any = house.services.model
    model.mood = mood


@each_path
def test_answers_of_the_api_carry_the_mark(
    house: House, question: str, mood: str, outcome: str, mark: object
) -> None:
    """The answer as it ends, the same in the history, and in both exports."""
    in_mood(house, mood)
    got = ask(house, "ben", question)
    assert (got["answer"]["outcome"], marked(got["answer"])) == (outcome, mark)
    place, headers = f"/api/conversations/{got['conversation']}", house.token("ben")
    message = house.client.get(place, headers=headers).json()["messages"][1]
    assert marked(message["answer"]) == mark
    exported = house.client.get(f"{place}/export", headers=headers).json()["messages"][1]
    assert marked(exported) == mark
    text = house.client.get(f"{place}/export", headers=headers, params={"format": "markdown"}).text
    assert ("AI-generated" in text) is (mark == MADE)


@each_path
def test_answers_to_chat_clients_carry_the_mark(
    house: House, question: str, mood: str, outcome: str, mark: object
) -> None:
    """In one piece and as a stream; a client that shows answers can say what they are."""
    in_mood(house, mood)
    headers, body = house.token("ben"), {"messages": [{"role": "user", "content": question}]}
    whole = house.client.post("/v1/chat/completions", headers=headers, json=body).json()
    assert (whole["outcome"], marked(whole["choices"][0]["message"])) == (outcome, mark)
    text = house.client.post("/v1/chat/completions", headers=headers, json={**body, "stream": True}).text
    pieces = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    deltas = [piece["choices"][0]["delta"] for piece in pieces]
    assert [marked(delta) for delta in deltas if "content" in delta] == [mark]


@each_path
def test_answers_of_the_command_line_carry_the_mark(
    house: House, question: str, mood: str, outcome: str, mark: object
) -> None:
    """`intramuros ask` says so to people, and with --json to programs."""
    in_mood(house, mood)
    with lent(house.services) as address:
        answered = answer_as(served(house, address), "ben", question)
    assert (answered.answer["outcome"], marked(answered.as_json()["answer"])) == (outcome, mark)
    assert ("AI-generated" in answered.as_text()) is (mark == MADE)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_outcome_is_without_a_mark(outcome: Outcome) -> None:
    """Also what was stopped or failed halfway: only a list of documents is nobody's writing."""
    answer = Answer(outcome, "Thirty", (), "en", "scripted", None, {}, 0, ())
    expected = NOT_MADE if outcome is Outcome.DOCUMENTS else MADE
    assert marked(Shown.of("a", answer).model_dump()) == expected


@each_language
def test_notice_stands_before_the_first_question(site: object, language: str) -> None:
    """Who signs in reads in their language that this is an AI system, before anything was asked."""
    page = open_page()
    page.session_state[CHOSEN] = language
    page = page.button(key="enter_anna.keller").click().run()
    words = words_in(language)
    assert not page.exception
    assert words.ai_notice in unescape(seen(page))


@each_language
def test_answers_on_the_page_are_labelled_in_the_readers_language(site: object, language: str) -> None:
    """Answers, refusals to guess and bare passages: what the reader sees says that it is an AI's."""
    page = open_page()
    page.session_state[CHOSEN] = language
    page = page.button(key="enter_anna.keller").click().run()
    tag = f'<span class="im-tag">{words_in(language).ai_label}</span>'
    for question in ("hotel", "salary", "loading"):
        page = ask_page(page, question)
        assert seen(page).count(tag) >= 1, question
    assert seen(page).count(tag) == 3


@pytest.mark.parametrize("outcome", get_args(OnPage))
def test_every_outcome_is_labelled_on_the_page(outcome: str) -> None:
    """The foot of an answer says what it is, however it ended."""

    def foot(ended: str) -> None:
        from ui import answers  # AppTest runs this body alone
        from ui.records import Answer

        answers._foot(Answer("a", ended, "Thirty", ()), (), {})  # type: ignore[arg-type]  # a plain string by now

    page = AppTest.from_function(foot, kwargs={"ended": outcome}).run()
    assert not page.exception
    assert ("AI-generated" in seen(page)) is (outcome != "documents")


def test_what_is_being_written_is_labelled() -> None:
    """The words that stream in carry the label already: nobody reads them without it."""

    def writing() -> None:
        from ui.conversation import _writing  # AppTest runs this body alone
        from ui.live import Progress

        _writing(Progress(answer_id="a", sources=(), text="Thirty days"))

    page = AppTest.from_function(writing).run()
    assert not page.exception
    assert "AI-generated" in seen(page)
