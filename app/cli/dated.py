"""Read the days that a person names on the command line: a year, a month or a day, or two of these as a range."""

import calendar
import re
from datetime import date
from typing import Final

from retrieval.errors import InvalidRequest

_DAYS: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def days_of(text: str) -> tuple[date | None, date | None]:
    """Return the first and the last day meant; None where an end is open. Raises InvalidRequest.

    "2025-03..2025-04" is from the first of March to the last of April, "2025.." from 2025 on, "" any day.
    """
    first, range_mark, last = (part.strip() for part in text.partition(".."))
    begin, end = _days(first, text)[0], _days(last if range_mark else first, text)[1]
    if begin and end and begin > end:
        raise InvalidRequest(f"--dated {text!r} ends before it begins", remedy="put the earlier day first")
    return begin, end


def _days(part: str, text: str) -> tuple[date | None, date | None]:
    """Return the first and the last day of a year, a month or a day."""
    if not part:
        return None, None
    found = _DAYS.fullmatch(part)
    year, *rest = [int(number) for number in found.groups() if number] if found else [0]
    try:
        first = date(year, *[*rest, 1, 1][:2])
    except ValueError as error:
        raise InvalidRequest(
            f"--dated {text!r} names no days",
            remedy="write a year, a month or a day (2025, 2025-03, 2025-03-01), or two as 2025-01..2025-06",
        ) from error
    month = rest[0] if rest else 12
    return first, date(year, month, rest[1] if len(rest) > 1 else calendar.monthrange(year, month)[1])
