"""Hold what is read out of the claims of a token: groups and names, whoever wrote them."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.openid import identity_of, with_paths
from app.sections import SignIn
from retrieval.errors import NotSignedIn
from tests.provider_tokens import CLIENT, FakeProvider

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYCLOAK = {"groups": ["/staff/hr/payroll", "/it"], "realm_access": {"roles": ["admin", "user"]}}


@pytest.mark.parametrize(
    ("claims", "path", "groups"),
    [
        (KEYCLOAK, "groups", ("it", "staff", "staff/hr", "staff/hr/payroll")),
        (KEYCLOAK, "realm_access.roles", ("admin", "user")),
        ({"groups": ["0f3c-guid", "9a"]}, "groups", ("0f3c-guid", "9a")),  # Entra ID
        ({"groups": "only-one"}, "groups", ("only-one",)),
        ({"https://example.eu/groups": ["hr"]}, "https://example.eu/groups", ("hr",)),
        ({}, "groups", ()),
        ({"groups": []}, "groups", ()),
        (
            {"groups": ["hr", 7, None, "", " hr", "a\nb", "x" * 201, "/", "everyone"]},
            "groups",
            ("everyone", "hr"),
        ),
        ({"realm_access": "x"}, "realm_access.roles", ()),
    ],
)
def test_groups_as_providers_write_them(claims: dict[str, Any], path: str, groups: tuple[str, ...]) -> None:
    """A path lies in the groups above it; what no principal can carry gives no right."""
    settings = SignIn(issuer="https://id.example.eu", groups_claim=path)
    base = FakeProvider(issuer=settings.issuer).claims(NOW, groups=None)

    assert identity_of({**base, **claims}, settings, audience=CLIENT, now=NOW).groups == groups


@pytest.mark.parametrize("claims", [{"hasgroups": True}, {"_claim_names": {"groups": "src1"}}])
def test_groups_that_were_left_out_are_said_to_be(claims: dict[str, Any]) -> None:
    """Somebody in more groups than fit is told, rather than let in with none of their rights."""
    settings = SignIn(issuer="https://id.example.eu")
    base = FakeProvider(issuer=settings.issuer).claims(NOW, groups=None)

    with pytest.raises(NotSignedIn, match="too many"):
        identity_of({**base, **claims}, settings, audience=CLIENT, now=NOW)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "  Zoë\n\x00 O'Neil "}, "Zoë O'Neil"),
        ({"name": 7, "preferred_username": "zoe"}, "zoe"),
        ({"name": "\u202e"}, "7f3"),
        ({"name": "x" * 1000}, "x" * 200),
    ],
)
def test_name_is_shown_and_nothing_else(claims: dict[str, Any], name: str) -> None:
    """It is printable, in one line, short."""
    settings = SignIn(issuer="https://id.example.eu")
    base = FakeProvider(issuer=settings.issuer).claims(NOW)

    assert identity_of({**base, **claims}, settings, audience=CLIENT, now=NOW).name == name


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_a_claim_holds_it_is_refused_or_fits(value: object) -> None:
    """No form of a claim that a provider may send breaks the house."""
    settings = SignIn(issuer="https://id.example.eu")
    base = FakeProvider(issuer=settings.issuer).claims(NOW)
    for name in (
        "aud",
        "exp",
        "iat",
        "nbf",
        "sub",
        "name",
        "groups",
        "azp",
        "events",
        "_claim_names",
        "hasgroups",
    ):
        try:
            told = identity_of({**base, name: value}, settings, audience=CLIENT, now=NOW)
        except NotSignedIn:
            pass
        else:
            assert told.subject
            assert all(group.isprintable() for group in told.groups)


@given(st.text())
def test_path_of_a_group_holds_its_parents(group: str) -> None:
    """Each of them begins the next one."""
    names = with_paths(group)

    assert all(later.startswith(f"{earlier}/") for earlier, later in pairwise(names))
