"""Replay answers: what is asked again, what of it is compared, and what is left behind."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import update

from app.api.lending import lent
from app.cli.replaying import replay_answer
from app.provenance import Entry
from app.replay import changes
from app.schema import answers
from app.settings import Settings
from retrieval.errors import InvalidRequest
from tests.cli_answer.asking import asked
from tests.fakes import ScriptedModel
from tests.house import House, ask, events
from tests.test_cli_asking import served
from tests.two_documents import QUESTION


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
