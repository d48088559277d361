"""What everybody is told is recorded: every store with data of employees, and the terms of the running settings."""

from pathlib import Path

from app.privacy.inventory import STORES
from app.privacy.notice import EXEMPT, ROWS, notice
from app.privacy.store import EMPLOYEES
from app.settings import Settings
from tests.house import House
from ui.words import Words

WITHOUT_DAYS = {"account", "backups", "traces"}


def test_no_store_with_data_of_employees_is_left_out() -> None:
    """A new store needs a row, or a reason why none: add it to `app.privacy.notice`."""
    told = [store for stores, _ in ROWS.values() for store in stores]
    about_employees = {store.name for store in STORES if EMPLOYEES in store.about}

    assert about_employees <= {*told, *EXEMPT}
    assert {*told, *EXEMPT} <= {store.name for store in STORES}
    assert len(told) == len(set(told))


def test_page_has_the_words_for_every_row() -> None:
    """And for how long what has no number of days is kept."""
    words = Words()

    assert [row[0] for row in words.recorded_rows] == list(ROWS)
    assert (
        {key for key, _ in words.recorded_until} == WITHOUT_DAYS == {k for k, (_, s) in ROWS.items() if not s}
    )


def test_terms_are_those_of_the_settings(tmp_path: Path) -> None:
    """Whoever changes a term changes the page; traces are told of where there are any."""
    settings = Settings.model_validate(
        {
            "site": {"data_dir": tmp_path},
            "retention": {"chat_days": 14},
            "audit": {"days": 180, "addresses": True},
            "privacy": {"works_council": False},
        }
    )
    found = notice(settings)
    days = {row.key: row.days for row in found.rows}

    assert (days["chat"], days["audit"], days["account"], "traces" in days) == (14, 180, None, False)
    assert (found.works_council, found.addresses, found.fewest) == (False, True, 5)
    traced = Settings.model_validate({"tracing": {"endpoint": "http://collector:4318"}})
    assert notice(traced).rows[-1].key == "traces"


def test_everybody_who_is_signed_in_reads_it(house: House) -> None:
    """As the API tells it; nobody else does."""
    reply = house.client.get("/api/recorded", headers=house.token("ben"))

    assert {row["key"] for row in reply.json()["rows"]} == set(ROWS) - {"traces"}
    assert reply.json()["works_council"] is True
    assert house.client.get("/api/recorded").status_code == 401
