"""Hold who may read: principals, nested groups, default deny."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidRequest
from retrieval.readers import EVERYONE, clean_readers, is_principal, may_read, principal, reader_of

NAMES = st.text(alphabet="abc-_. äß'\"*%\\{}", min_size=1, max_size=12).filter(
    lambda name: name == name.strip()
)


def test_nested_groups_are_resolved() -> None:
    """A member of a team is a member of every group the team lies in, and of everyone."""
    parents = {"payroll": frozenset({"hr"}), "hr": frozenset({"staff"})}
    reader = reader_of("anna", ["payroll"], parents=parents)
    assert reader.subject == "user:anna"
    assert reader.principals == {"user:anna", "group:payroll", "group:hr", "group:staff", EVERYONE}


def test_cycle_of_groups_ends() -> None:
    """Groups that contain one another are resolved once and do not hang."""
    parents = {"a": frozenset({"b"}), "b": frozenset({"a"})}
    assert reader_of("x", ["a"], parents=parents).principals == {"user:x", "group:a", "group:b", EVERYONE}


@pytest.mark.parametrize("name", ["", " ", " hr", "hr ", "h\0r", "a\nb", "x" * 201])
def test_malformed_name_is_refused(name: str) -> None:
    """A name that stores may disagree about becomes no principal, with a remedy."""
    with pytest.raises(InvalidRequest, match="not a valid principal"):
        principal("group", name)


def test_malformed_group_gives_fewer_rights() -> None:
    """A group with a control character is dropped; the rest of the reader stands."""
    assert reader_of("x", ["a\0", "b"]).principals == {"user:x", "group:b", EVERYONE}


@pytest.mark.parametrize(
    "bad", ["", "*", "group:", "group:*\n", "role:hr", "Everyone", "everyone ", ":", "user"]
)
def test_malformed_reader_shows_to_nobody(bad: str) -> None:
    """A document whose only reader is malformed is visible to nobody."""
    assert clean_readers([bad]) == ()
    assert not may_read(reader_of("x", ["hr"]), [bad])


def test_no_reader_shows_to_nobody() -> None:
    """A document without readers is visible to nobody, not to everyone."""
    assert not may_read(reader_of("x", ["hr"]), [])


def test_star_is_a_name_and_no_wildcard() -> None:
    """`group:*` is the group called `*`."""
    assert not may_read(reader_of("x", ["hr"]), ["group:*"])


def test_group_does_not_pass_for_a_user() -> None:
    """A person called like a group is not in it."""
    assert not may_read(reader_of("hr", []), ["group:hr"])
    assert not may_read(reader_of("x", ["user:boss"]), ["user:boss"])


@given(NAMES, st.lists(NAMES, max_size=4), st.lists(NAMES, max_size=4))
def test_reading_means_sharing_a_principal(user: str, groups: list[str], readers: list[str]) -> None:
    """May read if and only if a reader of the document is one of the person's principals, whatever the characters."""
    reader = reader_of(user, groups)
    named = [principal("group", name) for name in readers]
    assert may_read(reader, named) == bool(set(readers) & set(groups))
    assert all(is_principal(one) for one in reader.principals)
    assert clean_readers(clean_readers(named)) == clean_readers(named) == tuple(sorted(set(named)))
