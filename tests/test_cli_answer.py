"""Account for answers from the command line, beside a house that runs and holds its index."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from app.api.lending import lent
from app.cli.answering import list_using, place_of, show_answer
from app.cli.replaying import replay_answer
from app.provenance import Entry, PassageRead, Standing
from app.replay import changes
from app.schema import answers
from app.settings import Settings
from retrieval.errors import InvalidRequest, NotFound
from tests.fakes import ScriptedModel
from tests.house import House, ask, events, open_house
from tests.test_cli_asking import served
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

PAY = "Band E7 starts at 61,400 euros a year [1]."
PAY_QUESTION = "Where does salary band E7 start?"


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
    yield opened
    opened.services.close()


def asked(house: House, user: str, question: str = QUESTION) -> str:
    """Return the id of the answer to a question."""
    return str(ask(house, user, question)["answer"]["id"])


def shown(house: House, answer: str, user: str | None, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what `answer show` writes, for people and for machines."""
    for as_json in (False, True):
        show_answer(house.services.settings, answer, user=user, as_json=as_json)
    return capsys.readouterr().out


def used(house: House, document: str, capsys: pytest.CaptureFixture[str], since: str = "") -> str:
    """Return what `answer using` writes for people."""
    list_using(house.services.settings, document, since=since, passage=None, as_json=False)
    return capsys.readouterr().out


def test_show_tells_all_but_the_words(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an account: pseudonym, filter, passages by place, hash, model; no question, sentence, text or name."""
    text = shown(house, asked(house, "ben"), None, capsys)

    for fact in (
        "leave.md",
        "there",
        ["user:ben", "everyone"][1],
        "scripted",
        "prompt version",
        "supported",
    ):
        assert fact in text
    for words in (QUESTION, "28 days", "Kassel", "ben"):
        assert words not in text


def test_words_are_shown_to_whoever_may_read_them(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """The asker gets question, sentences and passages; another account the passages it may read, and nothing else."""
    answer = asked(house, "anna", PAY_QUESTION)
    own, foreign = (shown(house, answer, user, capsys) for user in ("anna", "ben"))

    assert PAY_QUESTION in own
    assert "user:anna" in own
    assert "anna" not in foreign
    assert "61,400" in own
    assert "28 days" in foreign  # the handbook was among the passages, and is for all
    assert PAY_QUESTION not in foreign
    assert "61,400" not in foreign


def test_show_keeps_to_the_rights_of_today(
    house: House, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once a document is closed to the asker, neither its text nor the sentence that rests on it is shown."""
    model.text = PAY
    answer = asked(house, "anna", PAY_QUESTION)
    assert "61,400" in shown(house, answer, "anna", capsys)
    house.services.catalog.set_readers({house.document("salary.md"): ["group:board"]})

    assert "61,400" not in shown(house, answer, "anna", capsys)


def test_show_for_machines_is_one_document(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """What is on record is there by name, what is not shown is null."""
    answer = asked(house, "ben")
    show_answer(house.services.settings, answer, user=None, as_json=True)
    told = json.loads(capsys.readouterr().out)

    assert (told["id"], told["question"], told["outcome"]) == (answer, None, "answered")
    assert told["making"]["prompt_version"]
    assert {one["text"] for one in (*told["sentences"], *told["passages"])} == {None}


def test_unknown_answer_and_account_are_told(house: House) -> None:
    """Neither shows anything."""
    settings = house.services.settings
    with pytest.raises(NotFound, match="on record"):
        show_answer(settings, "nothing", user=None, as_json=False)
    with pytest.raises(NotFound, match="no account 'nobody'"):
        show_answer(settings, asked(house, "ben"), user="nobody", as_json=False)


def test_using_lists_the_answers_of_a_document(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """By file name and id, cited and read apart; of a gone document by its whole id; no name and no word is written."""
    answer, document = asked(house, "ben"), house.document("leave.md")
    text = used(house, "leave.md", capsys)

    assert f"{answer} " in text
    assert "cited [1]" in text
    assert "ben" not in text
    assert used(house, document[:8], capsys) == text
    assert "answers that used it: 0" in used(house, "leave.md", capsys, "2999-01-01")
    house.services.catalog.drop_document(document)
    assert used(house, document, capsys) == text
    with pytest.raises(NotFound):
        used(house, "leave.md", capsys)
    with pytest.raises(InvalidRequest, match="names no day"):
        used(house, document, capsys, "last week")


def test_using_for_machines_is_one_array(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Written piece by piece, it is read as a whole; none is an empty array."""
    ids = {asked(house, "ben"), asked(house, "anna")}
    settings = house.services.settings
    list_using(settings, "leave.md", since="", passage=None, as_json=True)
    assert {one["answer_id"] for one in json.loads(capsys.readouterr().out)} == ids
    list_using(settings, "leave.md", since="2999-01-01", passage=None, as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def replayed(
    settings: Settings, answer: str, user: str | None, capsys: pytest.CaptureFixture[str]
) -> tuple[bool, str]:
    """Return whether a replay found everything as it was, and what it wrote for machines."""
    is_same = replay_answer(settings, answer, user=user, as_json=True)
    return is_same, capsys.readouterr().out


def test_replay_of_an_unchanged_answer_finds_no_change(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same house gives the same answer, and nothing of the second time is kept."""
    answer = asked(house, "ben")
    before = house.services.history.listed("ben")
    with lent(house.services) as address:
        is_same, told = replayed(served(house, address), answer, None, capsys)

    assert is_same, told
    assert house.services.history.listed("ben") == before
    assert len(list(house.services.ledger.using(house.document("leave.md")))) == 1


def test_replay_shows_what_changed(
    house: House, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    """A document that is gone, another sentence, another model; words only as the account that asked."""
    answer = asked(house, "ben")
    with lent(house.services) as address:
        settings = served(house, address)
        model.text, model.name = "Employees in Kassel have 28 days [1].", "another"
        is_same, told = replayed(settings, answer, None, capsys)
        assert not is_same
        assert "other words" in told
        assert '"now": "another"' in told
        assert "Kassel" not in told
        assert "28 days of annual leave" in replayed(settings, answer, "ben", capsys)[1]
        with pytest.raises(InvalidRequest, match="another account"):
            replayed(settings, answer, "anna", capsys)
        assert house.services.history.listed("anna") == ()
        house.services.catalog.drop_document(house.document("leave.md"))
        assert ": gone (passage" in replayed(settings, answer, None, capsys)[1]


def test_replay_leaves_nothing_though_the_api_is_gone(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it asked again is taken back in the database, not by a request that may fail without a word."""
    answer, before = asked(house, "ben"), house.services.history.listed("ben")
    monkeypatch.setattr(httpx.Client, "delete", lambda *_, **__: httpx.Response(503))
    with lent(house.services) as address:
        replayed(served(house, address), answer, None, capsys)
    assert house.services.history.listed("ben") == before


def test_replay_quotes_what_was_quoted(
    house: House, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    """A question that wished for quotations, in a house that writes, is asked again with that wish."""
    model.text = "It writes of something else [1]."
    answer = str(ask(house, "ben", QUESTION, quoted=True)["answer"]["id"])
    with lent(house.services) as address:
        is_same, told = replayed(served(house, address), answer, None, capsys)
    assert is_same, told


def test_notice_with_words_of_the_question_is_the_askers(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """It repeats what somebody asked, put right ("Read as: …"); nobody else sees it."""
    answer = asked(house, "ben")
    with house.services.engine.begin() as connection:
        connection.execute(update(answers).values(notice="Read as: resignation."))
    assert "resignation" not in shown(house, answer, None, capsys)
    assert "resignation" not in shown(house, answer, "anna", capsys)
    assert shown(house, answer, "ben", capsys).count("resignation") == 2


def test_closed_document_is_not_named_to_the_account_that_looks(
    house: House, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs the server sees titles; shown as an account, only those of what it may read."""
    model.text = PAY
    answer = asked(house, "anna", PAY_QUESTION)
    assert "salary.md" in shown(house, answer, None, capsys)
    assert "salary.md" in shown(house, answer, "anna", capsys)
    told = shown(house, answer, "ben", capsys)
    assert "salary.md" not in told
    assert "Salary" not in told


def test_titles_cannot_write_to_the_terminal() -> None:
    """Escapes and line breaks of a title or a file name do not reach it."""
    read = PassageRead(
        1, "c", "d", "v", None, Standing.THERE, "T\x1b]0;x\x07\n  [2] Minutes", "f\x1b[2J.pdf", 1, ""
    )
    assert place_of(read).isprintable()


def test_quoted_answer_says_how_the_model_judged(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """The prompt by which it judged, and not the one by which it would have written."""
    told = shown(house, str(ask(house, "ben", QUESTION, quoted=True)["answer"]["id"]), None, capsys)
    assert "prompt version:    quoted-1" in told
    assert "one for each quotation" in told
    assert "at most 1 tokens" in told


def test_replay_stands_where_the_conversation_stood(house: House, model: ScriptedModel) -> None:
    """A follow-up is asked again after what was said before it, and not after what was said since."""
    first = ask(house, "ben", QUESTION)
    headers, address = house.token("ben"), f"/api/conversations/{first['conversation']}/messages"
    replies = [
        house.client.post(address, headers=headers, json={"question": text}).text
        for text in ("And for annual leave of interns in Kassel?", "And in Hamburg?")
    ]
    with lent(house.services) as running:
        replay_answer(served(house, running), events(replies[0])["answer"]["id"], user=None, as_json=True)
    contents = " ".join(message.content for message in model.asked[-1])

    assert QUESTION in contents
    assert "interns" in contents
    assert "Hamburg" not in contents


def entry(house: House) -> Entry:
    """Return the entry of an answer."""
    return house.services.ledger.entry(asked(house, "ben"))


def test_what_was_not_recorded_is_not_compared(house: House) -> None:
    """An answer of an earlier release differs in nothing that it does not know of."""
    answer = asked(house, "ben")
    now = house.services.ledger.entry(answer)
    with house.services.engine.begin() as connection:
        empty = dict.fromkeys(("asker", "question_id", "earlier_turns", "prompt_version", "max_tokens"))
        connection.execute(update(answers).values(**empty))

    assert changes(house.services.ledger.entry(answer), now, with_words=True) == ()


def test_other_prompt_and_sampling_are_told(house: House) -> None:
    """Either may explain another answer."""
    then = entry(house)
    assert then.provenance.making is not None
    making = replace(then.provenance.making, prompt_version="0", max_tokens=1, weights="0000")
    now = replace(then, provenance=replace(then.provenance, making=making))

    assert [one.what for one in changes(then, now, with_words=False)] == [
        "weights",
        "prompt version",
        "sampling",
    ]
