"""Which readers a mapping of patterns gives."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.rules import Rule, readers_by
from retrieval.errors import InvalidRequest

NAMES = st.text("ab.*?[]{}()+^$\\|-ü", min_size=1, max_size=5).filter(lambda name: name not in {".", ".."})
KEYS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("match", "key", "is_hit"),
    [
        ("hr/**", "hr/a.md", True),
        ("hr/**", "hr/deep/a.md", True),
        ("hr/**", "hr", False),
        ("hr/**", "hr2/a.md", False),
        ("hr/**", "HR/a.md", False),
        ("*.pdf", "a.pdf", True),
        ("*.pdf", "sub/a.pdf", False),
        ("**/*.pdf", "a.pdf", True),
        ("**/*.pdf", "x/y/a.pdf", True),
        ("hr/*/open/**", "hr/2024/open/a", True),
        ("hr/*/open/**", "hr/2024/x/open/a", False),
        ("?.md", "a.md", True),
        ("?.md", "/.md", False),
        ("a[1].md", "a[1].md", True),
        ("a[1].md", "a1.md", False),
        ("**", "a\nb/c", True),
    ],
)
def test_pattern_means_what_the_settings_say(match: str, key: str, *, is_hit: bool) -> None:
    """One star stays within a name, two cross folders, everything else is literal."""
    assert (readers_by([Rule(match, ("everyone",))], key) == ("everyone",)) is is_hit


def test_first_match_wins() -> None:
    """A later, wider rule does not open what an earlier one keeps closed."""
    rules = [Rule("board/**", ("group:board",)), Rule("secret/**", ()), Rule("**", ("everyone",))]
    assert readers_by(rules, "board/a.md") == ("group:board",)
    assert readers_by(rules, "secret/a.md") == ()
    assert readers_by(rules, "other/a.md") == ("everyone",)


def test_no_match_is_nobody() -> None:
    """A file that no rule names is visible to nobody."""
    assert readers_by([Rule("hr/**", ("group:hr",))], "it/a.md") == ()


def test_one_name_in_two_spellings_is_one_name() -> None:
    """A folder written by a Mac does not slip past its rule into a wider one."""
    rules = [Rule("Geschäftsführung/**", ("group:board",)), Rule("**", ("everyone",))]
    key = unicodedata.normalize("NFD", "Geschäftsführung/Plan.md")
    assert readers_by(rules, key) == ("group:board",)


@pytest.mark.parametrize("match", ["", "/srv/hr/**", "../hr/**", "hr/../**", "./hr"])
def test_pattern_that_could_never_match_is_refused(match: str) -> None:
    """A rule that protects nothing must not look like one that does."""
    with pytest.raises(InvalidRequest, match="pattern"):
        Rule(match, ("everyone",))


@pytest.mark.parametrize("reader", ["", "all", "group:", "Group:hr", "user: anna"])
def test_malformed_principal_is_refused(reader: str) -> None:
    """A mistyped principal is an error, not a rule for nobody."""
    with pytest.raises(InvalidRequest, match="principal"):
        Rule("**", (reader,))


@given(key=KEYS)
def test_two_stars_match_everything_and_a_literal_only_itself(key: str) -> None:
    """Whatever stands in a name is no pattern of its own."""
    assert readers_by([Rule("**", ("everyone",))], key) == ("everyone",)
    literal = key.translate(str.maketrans("*?", "xx"))
    assert readers_by([Rule(literal, ("everyone",))], literal) == ("everyone",)
    assert readers_by([Rule(literal, ("everyone",))], literal + "a") == ()
