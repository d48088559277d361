"""API keys: for few things, for a limited time, with the rights of their owner at the moment of use."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.identity import Accounts, Person
from app.keys import LONGEST_DAYS, MOST_KEYS, ApiKeys, Scope
from app.openid import Identity
from app.schema import api_keys
from ingest.database import stamp
from retrieval.errors import InvalidRequest, NotFound, NotSignedIn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANNA = Person("anna", "Anna Keller", "", "employee", ("hr",))
BEN = replace(ANNA, id="ben", name="Ben")


@pytest.fixture
def accounts(database: Engine) -> Accounts:
    """Give a register with two people."""
    register = Accounts(database)
    for person in (ANNA, BEN):
        register.save(person, password="correct horse")
    return register


@pytest.fixture
def keys(database: Engine, accounts: Accounts) -> ApiKeys:
    """Give their keys."""
    return ApiKeys(database)


def test_key_opens_what_it_is_for(keys: ApiKeys) -> None:
    """It leads to its owner and its scopes, and the list shows it without what opens."""
    secret, made = keys.make("anna", " nightly report ", ("read", "ask"), days=30, now=NOON)

    assert keys.owner(secret, now=NOON) == ("anna", frozenset({"ask", "read"}))
    assert made.name == "nightly report"
    (listed,) = keys.listed("anna", now=NOON)
    assert listed == replace(made, seen_at=stamp(NOON))
    assert secret not in repr(listed)
    assert keys.listed("ben", now=NOON) == ()


def test_key_is_not_stored(keys: ApiKeys, database: Engine) -> None:
    """What lies in the database opens nothing."""
    secret, _ = keys.make("anna", "report", ("ask",), days=30, now=NOON)
    with database.connect() as connection:
        assert secret not in repr([*connection.execute(select(api_keys))])


def test_key_ends_with_its_term(keys: ApiKeys) -> None:
    """To the moment."""
    secret, _ = keys.make("anna", "report", ("ask",), days=30, now=NOON)
    keys.owner(secret, now=NOON + 30 * DAY - timedelta(seconds=1))

    with pytest.raises(NotSignedIn):
        keys.owner(secret, now=NOON + 30 * DAY)
    assert keys.listed("anna", now=NOON + 30 * DAY) == ()


def test_revoked_key_opens_nothing(keys: ApiKeys) -> None:
    """At once, and only its owner takes it back."""
    secret, made = keys.make("anna", "report", ("ask",), days=30, now=NOON)
    with pytest.raises(NotFound) as foreign:
        keys.revoke(made.id, "ben")
    with pytest.raises(NotFound) as missing:
        keys.revoke("no-such-key", "ben")
    assert foreign.value.message == missing.value.message
    keys.owner(secret, now=NOON)

    keys.revoke(made.id, "anna")
    with pytest.raises(NotSignedIn):
        keys.owner(secret, now=NOON)


def test_key_dies_with_the_account(keys: ApiKeys, accounts: Accounts) -> None:
    """A disabled person's programs are out too."""
    secret, _ = keys.make("anna", "report", ("ask",), days=30, now=NOON)
    accounts.disable("anna")

    with pytest.raises(NotSignedIn):
        keys.owner(secret, now=NOON)


def test_key_of_somebody_who_never_signs_in_any_more_rests(keys: ApiKeys, accounts: Accounts) -> None:
    """The provider is the one who knows of a leaver: without its word for a month the key opens nothing."""
    marc = Identity("https://id.example.eu", "7f3", "Marc", (), has_groups=True, issued_at=NOON)
    person = accounts.welcome(marc, role="employee")
    secret, _ = keys.make(person.id, "report", ("ask",), days=365, now=NOON)
    keys.owner(secret, now=NOON + 29 * DAY)

    with pytest.raises(NotSignedIn, match="30 days"):
        keys.owner(secret, now=NOON + 30 * DAY)
    accounts.welcome(replace(marc, issued_at=NOON + 40 * DAY), role="employee")
    keys.owner(secret, now=NOON + 41 * DAY)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", ("ask",), 30),
        (" ", ("ask",), 30),
        ("x", (), 30),
        ("x", ("ask",), 0),
        ("x", ("ask",), LONGEST_DAYS + 1),
    ],
)
def test_key_without_name_scope_or_term_is_not_made(
    keys: ApiKeys, name: str, scopes: tuple[Scope, ...], days: int
) -> None:
    """There is no key for everything, and none for ever."""
    with pytest.raises(InvalidRequest):
        keys.make("anna", name, scopes, days=days, now=NOON)


def test_keys_of_a_person_are_few(keys: ApiKeys) -> None:
    """The next one is refused until one is revoked or expires."""
    for number in range(MOST_KEYS):
        keys.make("anna", str(number), ("ask",), days=1, now=NOON)
    with pytest.raises(InvalidRequest, match="keys"):
        keys.make("anna", "one more", ("ask",), days=1, now=NOON)

    keys.make("anna", "tomorrow", ("ask",), days=1, now=NOON + DAY)
