"""What becomes of personal data in a collection: left, counted, waiting, and let in by somebody who may."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.guard.policy import Policy, bare_name, counted, look, masked, told
from ingest.guard.types import Kind, Mark
from ingest.types import State
from retrieval.errors import DeclarationMissing
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, House, open_house

HANDBOOK, HR = COLLECTIONS
IBAN = "DE89 3704 0044 0532 0130 00"
LETTER = f"# Payment\n\nPlease pay Anna Keller to {IBAN} by Friday.\n"
RULE = "# Travel\n\nEvery trip is booked two weeks ahead.\n"

Open = Callable[[Policy], House]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Give what opens a house whose handbook has a policy."""
    houses: list[House] = []

    def open_it(policy: Policy) -> House:
        collections = (replace(HANDBOOK, personal_data=policy, personal_data_readers=("group:hr",)), HR)
        houses.append(open_house(tmp_path / "data", ScriptedModel(), collections=collections))
        return houses[-1]

    yield open_it
    for house in houses:
        house.services.close()


def states(house: House) -> dict[str, State]:
    """Return the state of each document by its file's name."""
    return {one.file_name: one.state for one in house.services.catalog.listed()}


def test_a_text_is_masked_by_kind_and_its_counts_hold_no_value() -> None:
    """What is marked is replaced by the name of its kind, the rest stands as it was."""
    marks = look(LETTER, "en")
    assert masked(LETTER, marks) == "# Payment\n\nPlease pay ‹person› to ‹iban› by Friday.\n"
    assert told(counted(marks)) == "1 × person, 1 × iban"
    assert masked("nothing", ()) == "nothing"
    assert counted([Mark(0, 1, Kind.EMAIL), Mark(2, 3, Kind.PHONE), Mark(4, 5, Kind.PHONE)]) == {
        Kind.PHONE: 2,
        Kind.EMAIL: 1,
    }


def test_names_of_files_are_read_as_the_words_they_are_made_of() -> None:
    """A file that is called after somebody is masked, one that is called after a rule is not."""
    assert bare_name("lebenslauf_anna_keller.pdf") == "lebenslauf ‹person›.pdf"
    assert bare_name("travel-rules-2024.pdf") == "travel-rules-2024.pdf"


def test_companies_are_no_persons() -> None:
    """A VAT number is found, so that nothing else is made of it, and is no personal data."""
    assert look("VAT number DE136695976 of the supplier", "en") == ()


def test_warning_counts_and_shows(opened: Open, tmp_path: Path) -> None:
    """Both documents are visible; who looks after the collection is told of one, by kind, and a reader is not."""
    house = opened(Policy.WARN)
    house.bring_in(tmp_path / "in", "handbook", letter=LETTER, travel=RULE)
    assert set(states(house).values()) == {State.VISIBLE}
    path = "/api/administration/collections/handbook/personal-data"
    with house.client:
        view = house.client.get(path, headers=house.token("root")).json()
        assert house.client.get(path, headers=house.token("anna")).status_code == 403
    assert (view["policy"], view["looked_at"], view["with_personal_data"]) == ("warn", 2, 1)
    assert view["found"] == {"person": 1, "iban": 1}
    assert [(one["file_name"], one["found"]) for one in view["documents"]] == [
        ("letter.md", {"person": 1, "iban": 1})
    ]
    assert IBAN not in str(view)


def test_as_it_is_means_that_nobody_looks(opened: Open, tmp_path: Path) -> None:
    """Nothing is counted, and the tally says that nobody looked."""
    house = opened(Policy.INDEX)
    house.bring_in(tmp_path / "in", "handbook", letter=LETTER)
    tally = house.services.review.personal_data("handbook")
    assert (tally.looked_at, tally.not_looked_at, tally.found) == (0, 1, {})


def test_a_document_waits_until_somebody_lets_it_in(opened: Open, tmp_path: Path) -> None:
    """It is set aside with kinds and counts and no value; let in, it is visible; other bytes wait again."""
    house = opened(Policy.QUARANTINE)
    house.bring_in(tmp_path / "in", "handbook", letter=LETTER, travel=RULE)
    assert states(house) == {"letter.md": State.QUARANTINED, "travel.md": State.VISIBLE}
    waiting = house.services.catalog.get(house.document("letter.md"))
    assert waiting.reason == "it holds personal data: 1 × person, 1 × iban"
    with house.client:
        headers = house.token("root")
        house.client.post("/api/retries", headers=headers, json={"documents": [waiting.id]})
        house.work()
        assert states(house)["letter.md"] is State.QUARANTINED  # trying again is not letting in
        order = {"documents": [waiting.id], "let_in": True}
        assert house.client.post("/api/retries", headers=house.token("ben"), json=order).status_code == 403
        assert house.client.post("/api/retries", headers=headers, json=order).status_code == 202
        house.work()
    assert states(house)["letter.md"] is State.VISIBLE
    assert house.services.review.personal_data("handbook").found == {Kind.PERSON: 1, Kind.IBAN: 1}
    house.bring_in(tmp_path / "in", "handbook", letter=LETTER + "\nAnd Ben Okafor knows.\n")
    assert states(house)["letter.md"] is State.QUARANTINED
    reason = house.services.catalog.get(waiting.id).reason
    assert reason is not None
    assert "Keller" not in reason


def test_a_policy_that_does_not_exist_is_refused(opened: Open) -> None:
    """A declaration names one of the four."""
    house = opened(Policy.WARN)
    with pytest.raises(DeclarationMissing, match="personal_data"):
        house.services.collections.declare(replace(HANDBOOK, personal_data="burn"))
