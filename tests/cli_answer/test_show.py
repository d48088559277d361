"""Show answers, and list those that used a document: what is written, and what of it for whom."""

import json

import pytest
from sqlalchemy import update

from app.cli.answering import list_using, place_of, show_answer
from app.provenance import PassageRead, Standing
from app.schema import answers
from retrieval.errors import InvalidRequest, NotFound
from tests.cli_answer.asking import asked
from tests.fakes import ScriptedModel
from tests.house import House, ask
from tests.two_documents import QUESTION

PAY = "Band E7 starts at 61,400 euros a year [1]."
PAY_QUESTION = "Where does salary band E7 start?"


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
