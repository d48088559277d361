"""Accounts: local ones with a password, and those that the company's provider vouches for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.identity import OPERATOR, Accounts, Person, account_of
from app.openid import Identity
from app.schema import users
from ingest.database import stamp
from retrieval.errors import InvalidRequest, NotFound, NotSignedIn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Person("anna", "Anna Keller", "HR officer", "employee", ("hr", "works-council"))
MINUTE = timedelta(minutes=1)
MARC = Identity("https://id.example.eu", "7f3", "Marc Petit", ("payroll",), has_groups=True, issued_at=NOON)


@pytest.fixture
def accounts(database: Engine) -> Accounts:
    """Give a register that knows Anna, where payroll lies in hr, and hr in staff."""
    register = Accounts(database, parents={"payroll": ("hr",), "hr": ("staff",), "staff": ("payroll",)})
    register.save(replace(ANNA, groups=("works-council",)), password="correct horse")
    return register


def test_right_password_is_the_persons(accounts: Accounts) -> None:
    """Who gives the password is the person, who reads as themselves and with their groups."""
    anna = accounts.check("anna", "correct horse")

    assert anna.reader().principals == {"user:anna", "group:works-council", "everyone"}


@pytest.mark.parametrize(("user", "password"), [("anna", "wrong"), ("nobody", "correct horse"), ("", "")])
def test_wrong_name_and_wrong_password_look_alike(accounts: Accounts, user: str, password: str) -> None:
    """The refusal does not tell who exists."""
    with pytest.raises(NotSignedIn, match="name or password is wrong"):
        accounts.check(user, password)


def test_disabled_account_is_out(accounts: Accounts) -> None:
    """No password opens it, until it is enabled, or added anew."""
    accounts.disable("anna")
    with pytest.raises(NotSignedIn):
        accounts.check("anna", "correct horse")
    with pytest.raises(NotFound):
        accounts.person("anna")

    accounts.enable("anna")
    assert accounts.check("anna", "correct horse").name == "Anna Keller"
    accounts.disable("anna")
    accounts.save(ANNA, password="correct horse")
    assert accounts.check("anna", "correct horse").name == "Anna Keller"
    with pytest.raises(NotFound):
        accounts.enable("nobody")


def test_password_is_not_stored(accounts: Accounts, database: Engine) -> None:
    """What lies in the database opens nothing."""
    with database.connect() as connection:
        assert "correct horse" not in repr([*connection.execute(select(users))])


def test_nested_groups_are_resolved_when_they_are_read(accounts: Accounts, database: Engine) -> None:
    """A member of a group reads what the groups around it read, also in a circle."""
    marc = accounts.welcome(MARC, role="employee")

    assert marc.groups == ("hr", "payroll", "staff")
    assert Accounts(database).person(marc.id).groups == ("payroll",)


def test_provider_has_the_last_word_on_name_groups_and_role(accounts: Accounts) -> None:
    """Each sign-in writes what the provider says at that moment; the account stays the same one."""
    first = accounts.welcome(MARC, role="admin")
    again = accounts.welcome(
        replace(MARC, name="Marc Meyer", groups=(), issued_at=NOON + MINUTE), role="employee"
    )

    assert first.role == "admin"
    assert again == Person(first.id, "Marc Meyer", "", "employee", ())


def test_older_token_gives_no_right_back(accounts: Accounts) -> None:
    """What the newest token says stands; an older one, which may still be valid, changes neither groups nor role."""
    accounts.welcome(replace(MARC, issued_at=NOON + MINUTE, groups=()), role="employee")
    again = accounts.welcome(replace(MARC, groups=("payroll",)), role="admin")

    assert (again.groups, again.role) == ((), "employee")
    ((_, _, vouched_at),) = accounts.listed(again.id)
    assert vouched_at == stamp(NOON + MINUTE)


def test_account_is_issuer_and_subject(accounts: Accounts) -> None:
    """The same subject of another issuer is somebody else, and no way of writing the two makes one of them."""
    marc = accounts.welcome(MARC, role="employee")
    other = accounts.welcome(replace(MARC, issuer="https://other.example.eu"), role="employee")

    assert marc.id != other.id
    assert account_of("https://a", "b") != account_of("https://a\0b", "")
    assert account_of("https://a", "b") == account_of("https://a", "b")


def test_no_password_opens_an_account_of_the_provider(accounts: Accounts) -> None:
    """Not an empty one either."""
    marc = accounts.welcome(MARC, role="employee")

    for password in ("", "correct horse"):
        with pytest.raises(NotSignedIn):
            accounts.check(marc.id, password)


def test_account_that_is_disabled_here_stays_so(accounts: Accounts) -> None:
    """The provider's word does not let somebody in again whom the house has put out."""
    marc = accounts.welcome(MARC, role="employee")
    accounts.disable(marc.id)

    with pytest.raises(NotSignedIn, match="disabled"):
        accounts.welcome(MARC, role="employee")


def test_nobody_signs_in_as_the_operator(accounts: Accounts) -> None:
    """The command line's account has no password and cannot be given one."""
    assert accounts.operator() == OPERATOR == accounts.operator()
    with pytest.raises(NotSignedIn):
        accounts.check("operator", "")
    with pytest.raises(InvalidRequest, match="nobody's name"):
        accounts.save(replace(ANNA, id="operator"), password="long enough")


def test_list_tells_who_is_who(accounts: Accounts) -> None:
    """Each account stands there once, with what is known of it."""
    marc = accounts.welcome(MARC, role="auditor")
    accounts.disable("anna")

    listed = {person.id: (person.role, is_disabled, seen) for person, is_disabled, seen in accounts.listed()}
    assert listed == {"anna": ("employee", True, ""), marc.id: ("auditor", False, stamp(NOON))}
