"""Sessions end in time, with the sign-out and with the account, and an old ID token opens none."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.identity import Accounts, Person
from app.openid import Identity
from app.schema import sessions as table
from app.sessions import Lifetime, Sessions
from retrieval.errors import NotFound, NotSignedIn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Person("anna", "Anna Keller", "HR officer", "employee", ("hr",))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ID_TOKEN = "head.claims.signature"
VOUCHED = Identity("https://id.example.eu", "7f3", "Anna", (), has_groups=True, issued_at=NOON)


@pytest.fixture
def accounts(database: Engine) -> Accounts:
    """Give a register that knows Anna."""
    register = Accounts(database)
    register.save(ANNA, password="correct horse")
    return register


@pytest.fixture
def sessions(database: Engine, accounts: Accounts) -> Sessions:
    """Give sessions of half an hour without a request, and ten hours in all."""
    return Sessions(database, accounts, Lifetime(idle=30 * MINUTE, whole=10 * HOUR))


def is_in(sessions: Sessions, token: str, now: datetime) -> bool:
    """Return whether the token leads to somebody."""
    try:
        sessions.who(token, now=now)
    except NotSignedIn:
        return False
    return True


def test_session_leads_back_to_the_person(sessions: Sessions) -> None:
    """The token is Anna's; a made-up one is nobody's."""
    token = sessions.open("anna", now=NOON).token

    assert sessions.who(token, now=NOON) == ANNA
    assert not is_in(sessions, "made-up \udc80", NOON)


def test_session_that_is_not_used_ends(sessions: Sessions) -> None:
    """After half an hour without a request it is over; a request in time carries it on."""
    token = sessions.open("anna", now=NOON).token

    assert is_in(sessions, token, NOON + 29 * MINUTE)
    assert is_in(sessions, token, NOON + 57 * MINUTE)
    assert not is_in(sessions, token, NOON + 88 * MINUTE)
    assert not is_in(sessions, token, NOON + 88 * MINUTE)


def test_page_that_nobody_is_at_does_not_carry_its_session_on(sessions: Sessions) -> None:
    """What it asks by itself, to show how a job goes on, is answered until then and counts for nothing."""
    token = sessions.open("anna", now=NOON).token
    for minutes in range(1, 30):
        assert sessions.who(token, now=NOON + minutes * MINUTE, is_attended=False) == ANNA

    assert not is_in(sessions, token, NOON + 30 * MINUTE)


def test_session_ends_after_ten_hours_however_busy(sessions: Sessions) -> None:
    """No request carries it beyond."""
    token = sessions.open("anna", now=NOON).token
    for minutes in range(0, 600, 20):
        assert is_in(sessions, token, NOON + minutes * MINUTE)

    assert not is_in(sessions, token, NOON + 10 * HOUR)


def test_signing_out_ends_every_session_of_the_person(sessions: Sessions) -> None:
    """Another browser's too."""
    here, there = (sessions.open("anna", now=NOON).token for _ in range(2))

    sessions.end(here, now=NOON)

    assert not is_in(sessions, here, NOON)
    assert not is_in(sessions, there, NOON)


def test_disabled_account_is_out_at_once(sessions: Sessions, accounts: Accounts) -> None:
    """Open sessions die with the account, and no new one opens."""
    token = sessions.open("anna", now=NOON).token
    accounts.disable("anna")

    assert not is_in(sessions, token, NOON)
    with pytest.raises(NotFound):
        sessions.open("anna", now=NOON)
    accounts.enable("anna")
    assert not is_in(sessions, token, NOON)


def test_group_change_counts_from_the_next_request(sessions: Sessions, accounts: Accounts) -> None:
    """Groups are read afresh: a session opened before the change has the new ones."""
    token = sessions.open("anna", now=NOON).token
    accounts.save(Person("anna", "Anna Keller", "", "employee", ()), password="correct horse")

    assert sessions.who(token, now=NOON).groups == ()


def test_new_password_ends_the_sessions(sessions: Sessions, accounts: Accounts) -> None:
    """Whoever got hold of a session loses it with the password."""
    token = sessions.open("anna", now=NOON).token
    accounts.save(ANNA, password="another one")

    assert not is_in(sessions, token, NOON)


def test_token_is_not_stored(sessions: Sessions, database: Engine) -> None:
    """What lies in the database opens nothing."""
    token = sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON).token
    with database.connect() as connection:
        rows = repr([*connection.execute(select(table))])

    assert token not in rows
    assert ID_TOKEN not in rows


def test_fresh_id_token_opens_a_session_and_an_old_one_none(sessions: Sessions) -> None:
    """A token that was kept somewhere, unused, is worth nothing after five minutes."""
    assert is_in(sessions, sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON + MINUTE).token, NOON + MINUTE)
    with pytest.raises(NotSignedIn, match="over"):
        sessions.open_by("head.others.signature", ANNA, VOUCHED, now=NOON + 6 * MINUTE)


def test_second_tab_joins_while_the_first_is_in_use(sessions: Sessions) -> None:
    """It ends when the first one would: ten hours after the token was issued."""
    first = sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON)
    sessions.who(first.token, now=NOON + 25 * MINUTE)
    second = sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON + 40 * MINUTE)

    assert second.expires_at == first.expires_at
    assert is_in(sessions, second.token, NOON + 40 * MINUTE)


def test_id_token_opens_nothing_after_its_sessions_lay_idle(sessions: Sessions) -> None:
    """A browser left alone is signed out, whatever its cookie still holds."""
    sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON)

    with pytest.raises(NotSignedIn):
        sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON + 31 * MINUTE)


def test_id_token_opens_nothing_after_the_sign_out(sessions: Sessions) -> None:
    """Not even within its five minutes; a new token of a new sign-in does, in the same second."""
    token = sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON).token
    sessions.end(token, now=NOON)

    with pytest.raises(NotSignedIn):
        sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON)
    assert is_in(sessions, sessions.open_by("head.new.signature", ANNA, VOUCHED, now=NOON).token, NOON)


def test_signature_written_otherwise_is_no_other_token(sessions: Sessions) -> None:
    """ECDSA has two for the same claims; what the token says is what was used up."""
    sessions.end(sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON).token, now=NOON)

    with pytest.raises(NotSignedIn):
        sessions.open_by("head.claims.another", ANNA, VOUCHED, now=NOON)


def test_disabled_and_enabled_again_needs_a_new_sign_in(sessions: Sessions, accounts: Accounts) -> None:
    """The token of before is used up, however fresh."""
    sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON)
    accounts.disable("anna")
    accounts.enable("anna")

    with pytest.raises(NotSignedIn):
        sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON)


def test_operator_speaks_for_a_person_without_ending_their_sessions(sessions: Sessions) -> None:
    """The lent token is the person's and ends with the command; what the person has open goes on."""
    own = sessions.open("anna", now=NOON).token
    with sessions.as_person("anna", now=NOON) as lent:
        assert sessions.who(lent, now=NOON) == ANNA
    assert not is_in(sessions, lent, NOON)
    assert is_in(sessions, own, NOON)
    with pytest.raises(NotFound), sessions.as_person("nobody", now=NOON):
        pass


def test_operator_administers_where_nobody_has_the_role(sessions: Sessions) -> None:
    """The command line needs no account of a person; the lent session ends with it."""
    with sessions.as_administrator(now=NOON) as lent:
        assert sessions.who(lent, now=NOON).role == "admin"
    assert not is_in(sessions, lent, NOON)


def test_sessions_of_which_nothing_follows_are_forgotten(sessions: Sessions, database: Engine) -> None:
    """An ended one stays until it would have expired, so that its ID token opens no other; then it is gone."""
    token = sessions.open_by(ID_TOKEN, ANNA, VOUCHED, now=NOON).token
    sessions.end(token, now=NOON)
    sessions.open("anna", now=NOON + 9 * HOUR)
    with database.connect() as connection:
        assert len(connection.execute(select(table)).all()) == 2
    sessions.open("anna", now=NOON + 10 * HOUR)
    with database.connect() as connection:
        assert len(connection.execute(select(table)).all()) == 2
