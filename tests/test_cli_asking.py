"""Put questions from the command line to a house that is being served."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.api.lending import lent
from app.audit.trail import Wanted
from app.cli.asking import answer_as, find_as
from app.settings import Settings
from retrieval.errors import InvalidRequest
from tests.house import House

SALARY = "# Salary bands\n\nBand E7 starts at 61,400 EUR."


def served(house: House, address: str) -> Settings:
    """Return the house's settings with the port that it is served at."""
    settings = house.services.settings
    port = urlsplit(address).port
    return settings.model_copy(update={"api": settings.api.model_copy(update={"port": port})})


def test_documents_are_found_as_the_account_that_looks(house: House, tmp_path: Path) -> None:
    """HR finds the document and where it opens, the controller nothing; a wording of no words is refused."""
    house.bring_in(tmp_path / "hr", "hr", salary=SALARY)
    with lent(house.services) as address:
        settings = served(house, address)
        found = find_as(settings, "anna", "salary bands", skip=0, limit=5)
        assert (found["total"], found["documents"][0]["file_name"]) == (1, "salary.md")
        assert find_as(settings, "ben", "salary bands", skip=0, limit=5)["total"] == 0
        with pytest.raises(InvalidRequest, match="nothing to look for"):
            find_as(settings, "anna", "?!", skip=0, limit=5)
        listed = answer_as(settings, "anna", "Which documents mention salary?")
        assert listed.is_answered
        assert "salary.md" in listed.as_text()
        pdf = {"kinds": ["pdf"]}
        assert not answer_as(settings, "anna", "Where does band E7 start?", wishes={"only": pdf}).sources
        with pytest.raises(InvalidRequest):
            answer_as(
                settings, "anna", "Where does band E7 start?", wishes={"only": {"kinds": ["parchment"]}}
            )
        assert house.services.history.listed("anna") == ()
        acted = house.services.audit.trail.found(Wanted(kinds=("acted-as",)), limit=99)
        pseudonyms = [json.loads(one.objects)["person"] for one in acted]
        assert pseudonyms.count(house.services.audit.pseudonym("ben")) == 1
        assert pseudonyms.count(house.services.audit.pseudonym("anna")) == len(acted) - 1 > 2


def test_documents_are_looked_for_beside_a_full_minute_of_questions(house: House, tmp_path: Path) -> None:
    """Searches for documents have a limit of their own, and that one holds too."""
    house.bring_in(tmp_path / "hr", "hr", salary=SALARY)
    house.services.rate._per_minute = 0
    house.services.lookups._per_minute = 1
    headers = house.token("anna")
    codes = [
        house.client.get("/api/documents/search", params={"q": "salary"}, headers=headers).status_code
        for _ in range(2)
    ]
    assert codes == [200, 429]
