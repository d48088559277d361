"""The HTTP API: questions, uploads, errors. Who may use which route is in test_access_matrix."""

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.types import State
from tests.fakes import ScriptedModel
from tests.house import House, ask, events, open_house
from tests.syntax import modules

LEAVE = "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n"
SALARY = "# Salary bands\n\nBand E7 starts at 61,400 euros a year.\n"
ANSWER = "Employees in Kassel have 28 days of annual leave [1]."
QUESTION = "How many days of annual leave do employees in Kassel have?"


@pytest.fixture
def model() -> ScriptedModel:
    """Give a model that knows the answer."""
    return ScriptedModel(ANSWER)


@pytest.fixture
def house(tmp_path: Path, model: ScriptedModel) -> Iterator[House]:
    """Give a house with one document for all and one for HR."""
    opened = open_house(tmp_path / "data", model)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    with opened.client:
        yield opened


def test_question_is_answered_with_its_source(house: House) -> None:
    """Sources come first, then the text, then the checked answer that cites the passage."""
    got = ask(house, "ben", QUESTION)

    assert got["answer"]["outcome"] == "answered"
    assert got["answer"]["sentences"][0]["verdict"] == "supported"
    cited = got["answer"]["sentences"][0]["citations"][0]
    assert got["sources"]["sources"][cited - 1]["file_name"] == "leave.md"


def test_a_body_of_another_length_than_announced_is_refused(house: House) -> None:
    """In chunks, a body is as long as it likes, whatever the announced length says: nothing of it is read."""
    headers = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    reply = house.client.post("/api/session", headers=headers, content=iter([b"x" * 1000]))
    assert (reply.status_code, reply.json()["title"]) == (411, "Length required")


def test_what_nobody_foresaw_is_counted_and_marked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is a problem with the headers of every response, and shows in the metrics."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(house.services.history), "listed", broken)
    reply = house.client.get("/api/conversations", headers=house.token("ben"))
    assert (reply.status_code, reply.json()["title"]) == (500, "Failed")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    counted = 'intramuros_requests_total{route="/api/conversations",status="500"} 1.0'
    assert counted in house.client.get("/metrics").text


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


def test_same_question_gives_each_only_what_they_may_read(house: House) -> None:
    """The HR officer gets the salary passage among the sources, the controller nothing of it."""
    question = "Where does salary band E7 start?"

    assert "salary.md" in {s["file_name"] for s in ask(house, "anna", question)["sources"]["sources"]}
    assert "61,400" not in json.dumps(ask(house, "ben", question))
    assert "salary" not in json.dumps(ask(house, "root", question)["sources"])


def test_closed_document_vanishes_from_old_conversations(house: House) -> None:
    """After the readers changed, an old answer's source and passage are no longer shown."""
    got = ask(house, "anna", "Where does salary band E7 start?")
    chunk = next(s["chunk_id"] for s in got["sources"]["sources"] if s["file_name"] == "salary.md")
    house.services.catalog.set_readers({house.document("salary.md"): ["group:board"]})

    shown = house.client.get(f"/api/conversations/{got['conversation']}", headers=house.token("anna")).json()

    assert "salary.md" not in {s["file_name"] for s in shown["messages"][1]["sources"]}
    assert house.client.get(f"/api/passages/{chunk}", headers=house.token("anna")).status_code == 404


def test_sentence_of_a_closed_document_is_withheld(house: House) -> None:
    """Revocation reaches old answers and the stream that is followed again: neither text nor source is shown."""
    got = ask(house, "ben", QUESTION)
    running = got["answer"]["id"]
    house.services.catalog.set_readers({house.document("leave.md"): ["group:board"]})
    headers = house.token("ben")

    shown = house.client.get(f"/api/conversations/{got['conversation']}", headers=headers).json()
    followed = house.client.get(f"/api/answers/{running}/events", headers=headers).text

    assert "28 days" not in json.dumps(shown["messages"][1])
    assert "no longer read" in shown["messages"][1]["answer"]["notice"]
    assert "leave.md" not in followed


def test_changed_rule_of_a_collection_closes_its_documents(house: House) -> None:
    """Documents that follow their collection's rule follow the new one; the old readers find nothing."""
    rule = replace(house.services.collections.get("handbook"), readers=("group:hr",))

    changed = house.services.collections.declare(rule)

    assert changed == (house.document("leave.md"),)
    assert "28 days" not in json.dumps(ask(house, "ben", QUESTION))


def test_guessing_passwords_is_slowed(house: House) -> None:
    """After twenty attempts in a minute a name has to wait, right password or not."""
    replies = [
        house.client.post("/api/session", json={"user": "nobody", "password": "guess"}).status_code
        for _ in range(21)
    ]

    assert replies == [401] * 20 + [429]


def test_body_over_the_limit_is_refused_before_it_is_read(house: House) -> None:
    """A sign-in of two megabytes is refused by its announced length."""
    reply = house.client.post("/api/session", json={"user": "x", "password": "y" * (2 << 20)})

    assert reply.status_code == 413


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


def test_every_route_is_in_the_description() -> None:
    """What is disclosed is read off the description: a route that is left out of it would escape that."""
    hidden = [m.name for m in modules() if m.package == "app" and "include_in_schema" in m.text]
    assert hidden == []


def test_administrator_reads_no_more_than_anyone(house: House) -> None:
    """The role gives states and jobs, never content."""
    headers = house.token("root")
    document = house.document("salary.md")

    assert "salary.md" in house.client.get("/api/documents", headers=headers).text
    assert house.client.get(f"/api/documents/{document}/original", headers=headers).status_code == 404


def test_upload_becomes_searchable_for_its_owner(house: House) -> None:
    """A note uploaded for oneself is found by its owner and by nobody else."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("../../etc/träume.md", "# Träume\n\nDas Codewort lautet Zwetschge.".encode())},
        data={"collection": "handbook", "readers": "me"},
    )
    house.work()
    job = house.client.get(f"/api/jobs/{reply.json()['job']}", headers=house.token("anna")).json()

    assert reply.status_code == 202
    assert (job["state"], job["documents"][0]["file_name"]) == ("done", "träume.md")
    assert "Zwetschge" in json.dumps(ask(house, "anna", "Wie lautet das Codewort?"), ensure_ascii=False)
    assert "Zwetschge" not in json.dumps(ask(house, "ben", "Wie lautet das Codewort?"), ensure_ascii=False)
    assert not list(house.services.settings.site.uploads_dir.iterdir())


def test_page_of_a_scan_is_shown_with_the_passage(house: House, tmp_path: Path) -> None:
    """A picture of a page is found by its text, and the page is drawn with the cited passage marked yellow."""
    path = tmp_path / "scan.png"
    picture = Image.new("L", (1400, 300), 255)
    ImageDraw.Draw(picture).text((100, 100), "The archive code is Quince.", font=ImageFont.load_default(56))
    picture.save(path, dpi=(150, 150))
    files = {"file": ("scan.png", path.read_bytes())}
    data = {"collection": "handbook", "readers": "me"}
    house.client.post("/api/documents", headers=house.token("anna"), files=files, data=data)
    house.work()

    sources = ask(house, "anna", "What is the archive code?")["sources"]["sources"]
    source = next(one for one in sources if one["file_name"] == "scan.png")
    url = f"/api/passages/{source['chunk_id']}/page.png?width=700"
    reply = house.client.get(url, headers=house.token("anna"))
    shades = Image.open(BytesIO(reply.content)).convert("RGB").getcolors(1 << 24)

    assert source["has_page_image"]
    assert (255, 214, 0) in {shade for _, shade in shades or ()}
    assert house.client.get(url, headers=house.token("ben")).status_code == 404


def test_private_upload_is_named_to_nobody_else(house: House) -> None:
    """The administrator sees that there is a document and its state, not what it is called."""
    house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("my-illness.md", b"# Note\n\nprivate")},
        data={"collection": "hr", "readers": "me"},
    )
    house.work()

    assert "my-illness.md" in house.client.get("/api/documents", headers=house.token("anna")).text
    assert "my-illness" not in house.client.get("/api/documents", headers=house.token("root")).text


def test_collections_say_where_one_may_add(house: House) -> None:
    """The list tells an employee where an upload would be taken."""
    cards = house.client.get("/api/collections", headers=house.token("anna")).json()

    assert {card["id"]: card["can_add"] for card in cards} == {"handbook": True, "hr": True}


def test_empty_upload_is_quarantined_with_a_remedy(house: House) -> None:
    """Zero bytes are taken in, judged and explained; nothing is searchable."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("empty.pdf", b"")},
        data={"collection": "hr", "readers": "me"},
    )
    house.work()
    job = house.client.get(f"/api/jobs/{reply.json()['job']}", headers=house.token("anna")).json()

    assert job["documents"][0]["state"] == State.QUARANTINED
    assert job["documents"][0]["remedy"]


@pytest.mark.slow
def test_upload_of_60_megabytes_is_refused(house: House) -> None:
    """Over the limit: 413 with a remedy, and nothing stays on the disk."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("big.txt", b"x" * (60 << 20))},
        data={"collection": "hr"},
    )

    assert reply.status_code == 413
    assert reply.json()["remedy"]
    assert not house.services.settings.site.uploads_dir.exists()


@pytest.mark.parametrize("authorization", ["", "Bearer nobody's"])
def test_upload_of_a_stranger_is_refused_before_its_body_is_taken(house: House, authorization: str) -> None:
    """Who is not signed in cannot fill the disk: the answer comes while no byte of the file has been asked for."""
    asked, answers = [], []
    headers = {
        "content-type": "multipart/form-data; boundary=x",
        "content-length": str(40 << 20),
        "host": "x",
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/documents",
        "query_string": b"",
        "headers": [
            (name.encode(), value.encode())
            for name, value in {**headers, "authorization": authorization}.items()
        ],
    }

    async def receive() -> dict[str, object]:
        asked.append(1)
        return {"type": "http.request", "body": bytes(1 << 20), "more_body": len(asked) < 40}

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append((message.get("status"), len(asked)))

    async def serve() -> None:
        await house.client.app(scope, receive, send)

    asyncio.run(serve())

    assert answers[0] == (401, 0)


def test_upload_for_all_needs_an_administrator(house: House) -> None:
    """An employee cannot put a document before a whole group, nor into a collection they do not know."""
    files = {"file": ("x.md", b"# X\n\ntext")}
    form = {"collection": "hr", "readers": "collection"}

    assert (
        house.client.post("/api/documents", headers=house.token("anna"), files=files, data=form).status_code
        == 403
    )
    assert (
        house.client.post("/api/documents", headers=house.token("ben"), files=files, data=form).status_code
        == 404
    )


def test_administrator_removes_a_document(house: House) -> None:
    """Only the role admin may; afterwards the document answers nothing."""
    document = house.document("leave.md")

    assert house.client.delete(f"/api/documents/{document}", headers=house.token("anna")).status_code == 403
    assert house.client.delete(f"/api/documents/{document}", headers=house.token("root")).status_code == 204
    assert ask(house, "ben", QUESTION)["answer"]["outcome"] == "not_in_documents"


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


def test_every_error_is_a_problem_without_inner_life(house: House) -> None:
    """A wrong path, a wrong body and a fault of ours answer problem+json without a stack."""
    headers = house.token("ben")
    house.services.engine.dispose()
    replies = [
        house.client.get("/api/nowhere", headers=headers),
        house.client.post("/api/conversations/x/messages", headers=headers, json={"wrong": 1}),
        house.client.get("/api/jobs/x", headers=headers),
    ]

    for reply in replies:
        assert reply.headers["content-type"] == "application/problem+json"
        assert set(reply.json()) == {"type", "title", "status", "detail", "remedy"}
        assert "Traceback" not in reply.text


def test_readiness_needs_a_real_token(house: House, model: ScriptedModel) -> None:
    """Alive says nothing about ready: without a generation the probe answers 503 and says what fails."""
    model.mood = "down"

    assert house.client.get("/healthz").status_code == 200
    reply = house.client.get("/readyz")
    assert (reply.status_code, list(reply.json())) == (503, ["status", "model"])


def test_readiness_needs_the_index(house: House) -> None:
    """A closed index is not ready, also where no collection would be searched."""
    house.services.index.close()

    assert "search" in house.client.get("/readyz").json()


def test_metrics_name_nobody(house: House) -> None:
    """Counters move with a question and carry no person, document or text."""
    ask(house, "anna", QUESTION)
    text = house.client.get("/metrics").text

    assert 'intramuros_questions_total{language="en",outcome="answered"} 1.0' in text
    assert "anna" not in text
    assert "leave" not in text


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


def test_demo_accounts_are_for_the_trial_only(house: House, tmp_path: Path) -> None:
    """Outside the trial the list of personas does not exist."""
    assert house.client.get("/api/personas").status_code == 404
    trial = open_house(tmp_path / "trial", ScriptedModel(), trial=True)
    with trial.client:
        assert trial.client.get("/api/personas").json()[0]["password"]


def test_person_over_the_limit_is_told_to_wait(house: House) -> None:
    """The question over the limit of the minute gets 429 and says when to come back."""
    house.services.rate._per_minute = 1
    ask(house, "ben", QUESTION)
    got = ask(house, "ben", QUESTION)

    assert got["status"] == 429


def test_model_that_dies_gives_passages(house: House, model: ScriptedModel) -> None:
    """A model that breaks off before it said anything leaves the passages and a notice."""
    model.fails_after = 0

    assert ask(house, "ben", QUESTION)["answer"]["outcome"] == "passages_only"


def test_private_upload_is_named_to_no_administrator(house: House) -> None:
    """Neither the list, nor the jobs, nor the reason of its quarantine tell what somebody brought for themselves."""
    house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": ("my-diagnosis.pdf", b"%PDF-1.7 broken")},
        data={"collection": "hr", "readers": "me"},
    )
    house.work()
    own = house.client.get("/api/jobs", headers=house.token("anna")).text
    headers = house.token("root")

    assert "my-diagnosis" in own
    for path in ("/api/documents", "/api/jobs", "/api/remarks"):
        assert "my-diagnosis" not in house.client.get(path, headers=headers).text, path


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
