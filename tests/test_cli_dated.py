"""Hold the days that can be named on the command line."""

from datetime import date

import pytest

from app.cli.dated import days_of
from retrieval.errors import InvalidRequest


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", None, None),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-3-1", date(2025, 3, 1), date(2025, 3, 1)),
        ("2025-03..2025-04", date(2025, 3, 1), date(2025, 4, 30)),
        ("2025-03-05..", date(2025, 3, 5), None),
        ("..2025", None, date(2025, 12, 31)),
        ("..", None, None),
    ],
)
def test_days_are_those_meant(text: str, first: date | None, last: date | None) -> None:
    """A year or a month is all of its days; an open end is open."""
    assert days_of(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2025-13", "2025-02-30", "25", "2025..soon", "2026..2025", "0000", "2025-00", "2025-00-05"],
)
def test_what_names_no_days_is_refused(text: str) -> None:
    """The message shows what was written, the remedy how to write it."""
    with pytest.raises(InvalidRequest, match="--dated"):
        days_of(text)
