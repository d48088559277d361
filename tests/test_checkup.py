"""How the running house is doing: what is found from within, and whom it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from app.checkup import check_answers, check_model_state, check_queue
from ingest.jobs import INGEST, Order
from tests.house import House

ROUTES = ("/api/checkup", "/api/checkup/model", "/api/consistency")


def test_whole_house_is_in_order(house: House) -> None:
    """Every organ is looked at; in a sound house only the machine itself may be wanting."""
    reply = house.client.get("/api/checkup", headers=house.token("root")).json()
    found = {one["name"]: one["severity"] for one in reply["findings"]}
    organs = {"version", "model", "answers", "database", "index", "embedder", "vectors", "queue", "clock"}
    assert organs | {"data directory", "OCR", "parsers", "retention"} == set(found)
    assert {found[name] for name in organs} == {"ok"}
    assert all(one["remedy"] for one in reply["findings"] if one["severity"] != "ok")


def test_index_that_broke_is_one_finding_among_others(house: House) -> None:
    """A closed index is an error with a remedy; the other organs are looked at all the same."""
    house.services.index.close()
    reply = house.client.get("/api/checkup", headers=house.token("root")).json()
    found = {one["name"]: one for one in reply["findings"]}
    assert found["index"]["severity"] == "error"
    assert found["index"]["remedy"]
    assert found["database"]["severity"] == "ok"


def test_model_that_is_away_is_told_by_its_examination(house: House) -> None:
    """Nothing listens at the model's address: one finding with a remedy, and no traceback."""
    reply = house.client.get("/api/checkup/model", headers=house.token("root")).json()
    assert [one["severity"] for one in reply["findings"]] == ["error"]
    assert reply["findings"][0]["remedy"]


@pytest.mark.parametrize("user", ["anna", "ben"])
def test_health_is_for_administrators(house: House, user: str) -> None:
    """Others get 403 from each of its routes."""
    headers = house.token(user)
    assert {house.client.get(path, headers=headers).status_code for path in ROUTES} == {403}


@pytest.mark.parametrize(("state", "severity"), [("ready", "ok"), ("loading", "warning"), ("down", "error")])
def test_state_of_the_model_is_told(state: str, severity: str) -> None:
    """A loading model will be there; one that is down needs somebody."""
    found = check_model_state("mixtral", state)
    assert (found.severity, bool(found.remedy)) == (severity, severity != "ok")


def test_each_failed_probe_is_a_finding() -> None:
    """What keeps a question from being answered is told by its name."""
    assert [one.severity for one in check_answers({})] == ["ok"]
    found = check_answers({"model": "does not answer", "search": "by words only"})
    assert [one.message for one in found] == ["model: does not answer", "search: by words only"]


def test_queue_that_nobody_works_off_is_an_error(house: House) -> None:
    """A job that waits is in order while another runs, or for five minutes; then its worker is gone."""
    jobs = house.services.jobs
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    order = Order(INGEST, "handbook", "upload", (), "root")
    jobs.place(order, now=noon)

    def severity(minutes: int) -> str:
        return check_queue(jobs.recent(), now=noon + timedelta(minutes=minutes)).severity

    assert [severity(minutes) for minutes in (1, 4, 6)] == ["ok", "ok", "error"]
    jobs.place(order, now=noon)
    assert jobs.claim("worker", now=noon)
    assert severity(6) == "ok"
    assert check_queue((), now=noon).severity == "ok"
