"""Accounts, sign-in and sessions."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.identity import Accounts, Person
from app.schema import sessions, users
from retrieval.errors import NotFound, NotSignedIn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Person("anna", "Anna Keller", "HR officer", "employee", ("hr", "works-council"))


@pytest.fixture
def accounts(database: Engine) -> Accounts:
    """Give a register that knows Anna."""
    register = Accounts(database, session_hours=10)
    register.save(ANNA, password="correct horse")
    return register


def test_right_password_opens_a_session(accounts: Accounts) -> None:
    """The token leads back to the person with all groups."""
    signed_in = accounts.sign_in("anna", "correct horse", now=NOON)

    assert accounts.who(signed_in.token, now=NOON) == ANNA
    assert ANNA.reader().principals == {"user:anna", "group:hr", "group:works-council", "everyone"}


@pytest.mark.parametrize(("user", "password"), [("anna", "wrong"), ("nobody", "correct horse"), ("", "")])
def test_wrong_name_and_wrong_password_look_alike(accounts: Accounts, user: str, password: str) -> None:
    """The refusal does not tell who exists."""
    with pytest.raises(NotSignedIn, match="name or password is wrong"):
        accounts.sign_in(user, password, now=NOON)


def test_session_ends(accounts: Accounts) -> None:
    """After ten hours, after sign-out and with a made-up token nobody is signed in."""
    token = accounts.sign_in("anna", "correct horse", now=NOON).token

    with pytest.raises(NotSignedIn):
        accounts.who(token, now=NOON + timedelta(hours=10))
    accounts.sign_out(token)
    with pytest.raises(NotSignedIn):
        accounts.who(token, now=NOON)
    with pytest.raises(NotSignedIn):
        accounts.who("made-up \udc80", now=NOON)


def test_operator_speaks_for_a_person_without_ending_their_sessions(accounts: Accounts) -> None:
    """The lent token is the person's and ends with the command; what the person has open goes on."""
    own = accounts.sign_in("anna", "correct horse", now=NOON).token
    with accounts.as_person("anna", now=NOON) as lent:
        assert accounts.who(lent, now=NOON) == ANNA
    with pytest.raises(NotSignedIn):
        accounts.who(lent, now=NOON)
    assert accounts.who(own, now=NOON) == ANNA
    with pytest.raises(NotFound), accounts.as_person("nobody", now=NOON):
        pass


def test_disabled_account_is_out_at_once(accounts: Accounts) -> None:
    """Open sessions die with the account, and no new one opens."""
    token = accounts.sign_in("anna", "correct horse", now=NOON).token

    accounts.disable("anna")

    with pytest.raises(NotSignedIn):
        accounts.who(token, now=NOON)
    with pytest.raises(NotSignedIn):
        accounts.sign_in("anna", "correct horse", now=NOON)
    with pytest.raises(NotFound):
        accounts.open_session("anna", now=NOON)


def test_group_change_counts_from_the_next_request(accounts: Accounts) -> None:
    """Groups are read afresh: a session opened before the change has the new ones."""
    token = accounts.sign_in("anna", "correct horse", now=NOON).token

    accounts.save(Person("anna", "Anna Keller", "", "employee", ()), password="correct horse")

    assert accounts.who(token, now=NOON).groups == ()


def test_neither_password_nor_token_is_stored(accounts: Accounts, database: Engine) -> None:
    """What lies in the database opens nothing."""
    token = accounts.sign_in("anna", "correct horse", now=NOON).token

    with database.connect() as connection:
        rows = [*connection.execute(select(users)), *connection.execute(select(sessions))]
    assert "correct horse" not in repr(rows)
    assert token not in repr(rows)


def test_new_password_ends_the_sessions(accounts: Accounts) -> None:
    """Whoever got hold of a session loses it with the password."""
    token = accounts.sign_in("anna", "correct horse", now=NOON).token

    accounts.save(ANNA, password="another one")

    with pytest.raises(NotSignedIn):
        accounts.who(token, now=NOON)


def test_account_saved_again_is_enabled(accounts: Accounts) -> None:
    """Adding somebody back lets them in."""
    accounts.disable("anna")

    accounts.save(ANNA, password="correct horse")

    assert accounts.sign_in("anna", "correct horse", now=NOON).person == ANNA
