"""Conversations are found by their words and taken along; both as the reader of today."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from app.api.export_formats import escaped
from app.provenance import AI_SOURCE
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.payloads import PAYLOADS
from tests.two_documents import ANSWER, LEAVE, QUESTION


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document for all."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with opened.client:
        yield opened


def found(house: House, user: str, words: str, **page: int) -> list[str]:
    """Return the titles that a search lists."""
    reply = house.client.get("/api/conversations", headers=house.token(user), params={"q": words, **page})
    return [one["title"] for one in reply.json()]


def close(house: House) -> None:
    """Take the right to the only document away."""
    house.services.catalog.set_readers({house.document("leave.md"): ["group:nobody"]})


def test_search_looks_into_titles_questions_and_answers(house: House) -> None:
    """Words in any case, all of them somewhere in the conversation; another person's are not looked into."""
    first = ask(house, "ben", QUESTION)["conversation"]
    ask(house, "ben", "Gibt es ÜBERSTUNDEN?")
    headers = house.token("ben")
    house.client.patch(f"/api/conversations/{first}", headers=headers, json={"title": "Holidays"})

    assert found(house, "ben", "holid") == ["Holidays"]
    assert found(house, "ben", "überstunden") == ["Gibt es ÜBERSTUNDEN?"]
    assert found(house, "ben", "28 days have KASSEL") == ["Holidays"]
    assert found(house, "ben", "kassel überstunden") == []
    assert found(house, "ben", "100%_") == []
    assert found(house, "anna", "kassel") == []


def test_search_is_paged(house: House) -> None:
    """Pages follow each other, newest first, as those of the whole list do."""
    for number in range(3):
        ask(house, "ben", f"Question {number} about leave?")
    assert found(house, "ben", "leave", limit=2) == ["Question 2 about leave?", "Question 1 about leave?"]
    assert found(house, "ben", "leave", skip=2, limit=2) == ["Question 0 about leave?"]
    assert found(house, "ben", "", skip=1, limit=1) == ["Question 1 about leave?"]


def test_search_does_not_tell_what_a_closed_document_says(house: House) -> None:
    """An answer is searched as it would be shown now; one's own question is found all the same."""
    ask(house, "ben", "How long is leave?")
    assert found(house, "ben", "Kassel") == ["How long is leave?"]
    close(house)
    assert found(house, "ben", "Kassel") == []
    assert found(house, "ben", "long") == ["How long is leave?"]


def test_json_export_holds_sources_and_the_mark_of_ai(house: House) -> None:
    """Each answer says for machines that a model wrote it, and by which; the source stands with its collection."""
    conversation = ask(house, "ben", QUESTION)["conversation"]
    reply = house.client.get(f"/api/conversations/{conversation}/export", headers=house.token("ben"))
    got = reply.json()

    assert reply.headers["Content-Disposition"] == f'attachment; filename="conversation-{conversation}.json"'
    question, answer = got["messages"]
    assert got["ai_generated"] is True
    assert "ai_generated" not in question
    assert (answer["ai_generated"], answer["digital_source_type"]) == (True, AI_SOURCE)
    assert (answer["model"], answer["text"]) == ("scripted", ANSWER)
    assert (answer["sources"][0]["file_name"], answer["sources"][0]["collection"]) == ("leave.md", "Handbook")


def test_every_kind_of_answer_is_marked(house: House) -> None:
    """Also where the documents hold no answer or the model is down; a list of documents is not a model's work."""
    model: Any = house.services.model
    outcomes = {}
    for question, mood in (("What is the capital of Peru?", "ready"), (QUESTION, "down")):
        model.mood = mood
        got = ask(house, "ben", question)
        path = f"/api/conversations/{got['conversation']}/export"
        exported = house.client.get(path, headers=house.token("ben")).json()["messages"][1]
        outcomes[exported["outcome"]] = exported["ai_generated"]
    listed = ask(house, "ben", "Which documents mention Kassel?")["conversation"]
    exported = house.client.get(f"/api/conversations/{listed}/export", headers=house.token("ben")).json()

    assert outcomes == {"not_in_documents": True, "passages_only": True}
    assert (exported["ai_generated"], exported["messages"][1]["outcome"]) == (False, "documents")


def test_markdown_export_reads_as_a_text(house: House) -> None:
    """A head with the mark for machines, then question, answer, source and label."""
    conversation = ask(house, "ben", QUESTION)["conversation"]
    path = f"/api/conversations/{conversation}/export?format=markdown"
    text = house.client.get(path, headers=house.token("ben")).text

    assert "ai_generated: true" in text.split("---")[1]
    assert f"## {QUESTION}" in text
    assert re.search(r"^- \\\[1\\\] Annual leave .*Handbook$", text, re.MULTILINE)
    assert "*AI-generated · scripted*" in text


def test_export_leaves_out_what_is_closed_by_now(house: House) -> None:
    """Neither the answer's words nor the source go along once the document was closed."""
    conversation = ask(house, "ben", "How long is leave?")["conversation"]
    close(house)
    for form in ("json", "markdown"):
        for path in (f"/api/conversations/{conversation}/export", "/api/conversations/export"):
            text = house.client.get(path, headers=house.token("ben"), params={"format": form}).text
            assert "How long is leave?" in text
            assert "Kassel" not in text
            assert "leave.md" not in text


def test_all_conversations_are_exported_in_one_file(house: House) -> None:
    """Everything of one's own, newest first, and nothing of others; a person without any gets an empty list."""
    ask(house, "ben", QUESTION)
    ask(house, "ben", "How long is leave?")
    got = house.client.get("/api/conversations/export", headers=house.token("ben")).text

    assert [one["title"] for one in json.loads(got)] == ["How long is leave?", QUESTION]
    assert house.client.get("/api/conversations/export", headers=house.token("anna")).json() == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_foreign_text_stays_text_in_markdown(payload: str) -> None:
    """No payload links, loads or becomes a tag where the exported file is shown, autolinks included."""
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    kinds = {
        inner.type for token in markdown.parse(escaped(payload)) for inner in (token, *(token.children or ()))
    }
    assert not kinds & {"link_open", "image", "html_block", "html_inline", "fence", "heading_open"}
    assert not re.search(r"(?i)(https?://|ftp://|www\.\w|mailto:|\w@\w)", escaped(payload))


@pytest.mark.parametrize(
    "text",
    ["a\n\n- b", "a\r- b", "a\n \n+ b", "a\n\n1. b", "a\n2) b", "a\n\n---\nai_generated: false", "a\n\n==="],
)
def test_foreign_lines_stay_lines_in_markdown(text: str) -> None:
    """A blank line, or an old Mac's line end, before a mark hides it from nothing: no list, rule or heading."""
    kinds = {token.type for token in MarkdownIt("commonmark").parse(escaped(text))}
    assert kinds == {"paragraph_open", "inline", "paragraph_close"}
