"""Where personal data is masked: no way out of the house shows it to readers who are not named."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from app.reopening import Today
from app.types import Answer, Outcome, Sentence, Verdict
from ingest.guard.policy import Policy
from ingest.schema import chunks
from ingest.types import Origin, SourceFile, State
from retrieval.readers import reader_of
from tests.access_things import pdf
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, House, ask, open_house

HANDBOOK, HR = COLLECTIONS
NAME, IBAN = "Katarzyna Whitcombe", "DE89 3704 0044 0532 0130 00"
LETTER = f"# Salary of {NAME}\n\nThe salary of {NAME} goes to {IBAN} every month.\n"
ANNA, BEN = reader_of("anna", ["hr"]), reader_of("ben", ["finance"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one letter that all may read, and whose personal data only human resources sees."""
    masking = replace(HANDBOOK, personal_data=Policy.MASK, personal_data_readers=("group:hr",))
    opened = open_house(tmp_path / "data", ScriptedModel(), collections=(masking, HR))
    opened.bring_in(tmp_path / "in", "handbook", salary_katarzyna_whitcombe=LETTER)
    with opened.client:
        yield opened
    opened.services.close()


def told(house: House, user: str) -> dict[str, str]:
    """Return what each route tells a person, as text."""
    headers = house.token(user)
    (document,) = house.client.get("/api/documents", headers=headers).json()
    found = house.client.get("/api/documents/search", params={"q": "salary month"}, headers=headers)
    chunk = found.json()["documents"][0]["source"]["chunk_id"]
    return {
        "list": str(document),
        "find": found.text,
        "passage": house.client.get(f"/api/passages/{chunk}", headers=headers).text,
        "answer": str(ask(house, user, "Where does the salary go every month?")),
        "original": house.client.get(f"/api/documents/{document['id']}/original", headers=headers).text,
    }


def test_no_route_shows_it_to_a_reader_who_is_not_named(house: House) -> None:
    """Ben reads who and where to as kinds; the original is refused. Anna reads it all."""
    for name, text in told(house, "ben").items():
        assert "Whitcombe" not in text, name
        assert "whitcombe" not in text, name
        assert IBAN not in text, name
    hers = told(house, "anna")
    assert "Whitcombe" in hers["passage"]
    assert IBAN in hers["find"]
    assert hers["original"] == LETTER


def test_the_model_reads_masked_text(house: House) -> None:
    """What is put before the model for Ben holds no name; for Anna it does."""
    model = house.services.model
    assert isinstance(model, ScriptedModel)
    ask(house, "ben", "Where does the salary go every month?")
    of_ben = str(model.asked[-1])
    ask(house, "anna", "Where does the salary go every month?")
    assert "Whitcombe" not in of_ben
    assert "‹person›" in of_ben
    assert "Whitcombe" in str(model.asked[-1])


def test_a_search_for_the_name_finds_no_words_of_it(house: House) -> None:
    """Who looks for a name that is masked for them is not told that a document mentions it."""
    for user, expected in (("ben", 0), ("anna", 1)):
        found = house.client.get(
            "/api/documents/search", params={"q": "whitcombe"}, headers=house.token(user)
        )
        assert len(found.json()["documents"]) == expected


def test_what_nobody_looked_at_is_looked_at_when_it_is_read(house: House) -> None:
    """A document from before the collection masked is masked all the same."""
    with house.services.engine.begin() as connection:
        connection.execute(update(chunks).values(personal=None))
        ids = list(connection.execute(chunks.select()).scalars())
    for reader, is_masked in ((BEN, True), (ANNA, False)):
        for passage in house.services.passages.fetch(ids, reader=reader).values():
            assert passage.is_masked is is_masked
            assert ("Whitcombe" in passage.text) is not is_masked


def test_pages_show_what_is_masked_and_are_refused(house: House, tmp_path: Path) -> None:
    """A picture of the page cannot be masked, so it is shown to readers of personal data alone."""
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf("Bonus of May", f"The bonus of {NAME} is paid in May."))
    [item] = house.bring_in_files(
        "handbook",
        SourceFile(
            f"folder:{tmp_path}", "letter.pdf", path, "letter.pdf", ("everyone",), origin=Origin.LISTED
        ),
    )
    assert item.state is State.VISIBLE
    for user, status in (("ben", 403), ("anna", 200)):
        headers = house.token(user)
        found = house.client.get("/api/documents/search", params={"q": "bonus"}, headers=headers)
        source = found.json()["documents"][0]["source"]
        reply = house.client.get(f"/api/passages/{source['chunk_id']}/page.png", headers=headers)
        assert (reply.status_code, source["has_page_image"]) == (status, status == 200)


def test_an_answer_from_before_is_masked_when_it_is_opened_again(house: House) -> None:
    """Words that were written when the collection did not mask yet are masked by what stands in them."""
    with house.services.engine.connect() as connection:
        ids = list(connection.execute(chunks.select()).scalars())
    text = f"It goes to {IBAN}."
    sentence = Sentence(text, (1,), Verdict.SUPPORTED, ((0, 4),))
    old = Answer(Outcome.ANSWERED, text, (sentence,), "en", "m", None, {}, 0, ())
    shown = Today(house.services.passages, BEN).answer(old, ids[:1])
    assert shown.text == "It goes to ‹iban›."
    assert (shown.sentences[0].text, shown.sentences[0].phrases) == ("It goes to ‹iban›.", ())
    assert Today(house.services.passages, ANNA).answer(old, ids[:1]) == old
