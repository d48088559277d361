"""Questions over HTTP: answered, quoted, kept and listed; what is left of an answer where the house is not whole."""

import json

import pytest

from tests.fakes import ScriptedModel
from tests.house import House, ask, events
from tests.two_documents import QUESTION


def test_question_is_answered_with_its_source(house: House) -> None:
    """Sources come first, then the text, then the checked answer that cites the passage."""
    got = ask(house, "ben", QUESTION)

    assert got["answer"]["outcome"] == "answered"
    assert got["answer"]["sentences"][0]["verdict"] == "supported"
    cited = got["answer"]["sentences"][0]["citations"][0]
    assert got["sources"]["sources"][cited - 1]["file_name"] == "leave.md"


def test_separators_of_lines_in_a_text_do_not_end_an_event(house: House, model: ScriptedModel) -> None:
    """Clients that split at U+2028 or U+0085, as the page's does, get each event in one line."""
    model.text = "Employees in Kassel\u2028have 28\u0085days of annual leave [1]."
    headers = house.token("ben")
    conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
    path = f"/api/conversations/{conversation}/messages"
    reply = house.client.post(path, headers=headers, json={"question": QUESTION})
    lines = reply.text.splitlines()
    assert len(lines) == len(reply.text.split("\n")) - 1
    assert all(json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def test_quoted_answer_stands_in_its_document(house: House) -> None:
    """Asked for, the answer is a sentence of a document, and says where in its passage; so when read again."""
    asked = ask(house, "ben", QUESTION, quoted=True)
    (first, *_) = asked["answer"]["sentences"]
    (source,) = (one for one in asked["sources"]["sources"] if one["number"] == first["citations"][0])
    start, end = first["phrases"][0]
    assert source["text"][start:end] == first["text"]
    assert asked["answer"]["notice"].startswith("Quoted from the documents")
    headers = house.token("ben")
    kept = house.client.get(f"/api/conversations/{asked['conversation']}", headers=headers).json()[
        "messages"
    ][-1]
    assert kept["answer"]["sentences"] == asked["answer"]["sentences"]


def test_answer_is_kept_in_the_conversation(house: House) -> None:
    """Opened again, the conversation shows the question, the answer and its sources."""
    got = ask(house, "ben", QUESTION)
    shown = house.client.get(f"/api/conversations/{got['conversation']}", headers=house.token("ben")).json()

    assert [m["role"] for m in shown["messages"]] == ["user", "assistant"]
    assert shown["messages"][1]["answer"]["text"] == got["answer"]["text"]
    assert shown["messages"][1]["sources"][0]["file_name"] == "leave.md"


@pytest.mark.parametrize("mood", ["loading", "down"])
def test_without_the_model_the_passages_are_shown(house: House, model: ScriptedModel, mood: str) -> None:
    """A loading or dead model gives ranked passages and says so; it is no error."""
    model.mood = mood  # type: ignore[assignment]  # parametrised by name

    got = ask(house, "ben", QUESTION)

    assert got["answer"]["outcome"] == "passages_only"
    assert got["answer"]["notice"]
    assert got["sources"]["sources"]


def test_dead_index_answers_nothing(house: House, model: ScriptedModel) -> None:
    """Without retrieval there is an error with a remedy and no answer of the model."""
    house.services.index.close()

    got = ask(house, "ben", QUESTION)

    assert "answer" not in got
    assert got["error"]["remedy"]
    assert model.asked == []


def test_model_that_dies_gives_passages(house: House, model: ScriptedModel) -> None:
    """A model that breaks off before it said anything leaves the passages and a notice."""
    model.fails_after = 0

    assert ask(house, "ben", QUESTION)["answer"]["outcome"] == "passages_only"


@pytest.mark.parametrize("question", ["", "   ", "x" * 4001, "\ud83d alone", "nul \x00 inside"])
def test_bad_question_is_refused_whole(house: House, question: str) -> None:
    """Empty, too long and broken questions get 400 or 422, and are never cut."""
    headers = house.token("ben")
    conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
    reply = house.client.post(
        f"/api/conversations/{conversation}/messages",
        headers={**headers, "Content-Type": "application/json"},
        content=json.dumps({"question": question}),
    )

    assert reply.status_code in {400, 422}
    assert reply.json()["remedy"]


def test_person_over_the_limit_is_told_to_wait(house: House) -> None:
    """The question over the limit of the minute gets 429 and says when to come back."""
    house.services.rate._per_minute = 1
    ask(house, "ben", QUESTION)
    got = ask(house, "ben", QUESTION)

    assert got["status"] == 429


def test_openai_client_gets_citations(house: House) -> None:
    """A plain chat client gets the checked answer and its sources, whole and streamed."""
    body = {"model": "intramuros", "messages": [{"role": "user", "content": QUESTION}], "temperature": 1}
    headers = house.token("ben")

    whole = house.client.post("/v1/chat/completions", headers=headers, json=body).json()
    streamed = house.client.post("/v1/chat/completions", headers=headers, json={**body, "stream": True}).text

    assert "28 days" in whole["choices"][0]["message"]["content"]
    assert whole["choices"][0]["message"]["citations"][0]["file_name"] == "leave.md"
    assert streamed.rstrip().endswith("data: [DONE]")
    assert "28 days" in streamed


def test_documents_that_mention_something_are_listed(house: House) -> None:
    """The route and the chat list the same documents, each opening at its passage; nobody counts those of others."""
    hr: dict[str, str | int] = {"q": "salary", "limit": 1}
    mine = house.client.get("/api/documents/search", headers=house.token("anna"), params=hr).json()
    assert mine["total"] == 1
    assert mine["documents"][0]["file_name"] == "salary.md"
    chunk = mine["documents"][0]["source"]["chunk_id"]
    assert house.client.get(f"/api/passages/{chunk}", headers=house.token("anna")).status_code == 200
    others = house.client.get("/api/documents/search", headers=house.token("ben"), params=hr).json()
    assert others == {"total": 0, "skipped": 0, "documents": []}


def test_chat_lists_documents_without_the_model(house: House, model: ScriptedModel) -> None:
    """The list is kept in the conversation, without what may no longer be read when it is opened again."""
    got = ask(house, "anna", "Which documents mention salary?")
    assert (got["answer"]["outcome"], got["answer"]["model"]) == ("documents", "")
    assert "salary.md" in got["answer"]["text"]
    assert model.asked == []
    house.services.catalog.set_readers({house.document("salary.md"): ("group:board",)})
    address = f"/api/conversations/{got['conversation']}"
    kept = house.client.get(address, headers=house.token("anna")).json()["messages"][-1]
    assert kept["answer"]["outcome"] == "documents"
    assert "salary.md" not in kept["answer"]["text"]
    assert ask(house, "ben", "Which documents mention salary?")["answer"]["outcome"] == "not_in_documents"


def test_wording_that_names_nothing_is_refused(house: House) -> None:
    """What holds no word is refused with a remedy."""
    reply = house.client.get("/api/documents/search", headers=house.token("ben"), params={"q": "?!"})
    assert reply.status_code == 400
    assert "quotation marks" in reply.json()["remedy"]


def test_question_may_be_put_to_some_documents_alone(house: House) -> None:
    """Kinds and dates bound what is read, on top of what the asker may read; an unknown kind is refused."""

    def sources(user: str, **only: object) -> set[str]:
        headers = house.token(user)
        conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
        body = {"question": "Where does salary band E7 start, and how long is leave?", "only": only}
        reply = house.client.post(f"/api/conversations/{conversation}/messages", headers=headers, json=body)
        if reply.status_code != 200:
            return {str(reply.status_code)}
        return {one["file_name"] for one in events(reply.text)["sources"]["sources"]}

    assert sources("anna") == {"salary.md", "leave.md"}
    assert sources("anna", kinds=["text"], since="2020-01-01") == {"salary.md", "leave.md"}
    assert sources("ben", kinds=["text"], since="2020-01-01") == {"leave.md"}
    assert sources("anna", kinds=["pdf", "e-mail"]) == set()
    assert sources("anna", until="2019-12-31") == set()
    assert sources("anna", kinds=["pdf%"]) == {"422"}
    assert sources("anna", kinds=["text"] * 3) == {"salary.md", "leave.md"}
    assert sources("anna", kinds=["text"] * 1000) == {"422"}
