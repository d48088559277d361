"""What becomes of a file whose reading or publishing broke off, row by row."""

import pytest

from ingest.outcome import MAX_ATTEMPTS, Again, OurFault, SetAside, outcome_of
from ingest.types import Busy, Cancelled
from retrieval.errors import EmptyDocument, NotFound, ParserStopped

EMPTY = EmptyDocument("empty", remedy="fill it")
CRASH = ParserStopped("crashed", remedy="split it")
LAST = MAX_ATTEMPTS - 1


@pytest.mark.parametrize(
    ("error", "attempts", "expected"),
    [
        (Busy(), 0, Again(is_attempt=False)),
        (Busy(), LAST, Again(is_attempt=False)),
        (Cancelled(), LAST, Again(is_attempt=False)),
        (EMPTY, 0, SetAside(EMPTY)),
        (CRASH, 0, Again(is_attempt=True)),
        (CRASH, LAST - 1, Again(is_attempt=True)),
        (CRASH, LAST, SetAside(CRASH)),
        (ZeroDivisionError(), 0, Again(is_attempt=True)),
        (NotFound("no such source", remedy="declare it"), 0, Again(is_attempt=True)),
    ],
)
def test_outcome_follows_from_the_error(error: Exception, attempts: int, expected: SetAside | Again) -> None:
    """Who stands in the way is waited for, a bad document is set aside at once, a crash has three attempts."""
    assert outcome_of(error, attempts, file_name="a.txt") == expected


@pytest.mark.parametrize("attempts", [LAST, LAST + 7])
def test_our_fault_names_the_file_and_where_to_look(attempts: int) -> None:
    """After the last attempt the document waits, and says that the log knows more."""
    outcome = outcome_of(ZeroDivisionError(), attempts, file_name="a.txt")

    assert isinstance(outcome, SetAside)
    assert isinstance(outcome.error, OurFault)
    assert "'a.txt'" in outcome.error.message
    assert "document_broke" in outcome.error.remedy
