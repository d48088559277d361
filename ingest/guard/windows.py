"""Cut a text down to where digits stand: what has none is looked through once, not once for each shape. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_DIGITS: Final = re.compile(r"\d+")


def windows(text: str, *, before: int, after: int) -> list[tuple[int, int]]:
    """Return the parts of a text, (start, end) in characters, that reach so far before and after its digits."""
    found: list[tuple[int, int]] = []
    for match in _DIGITS.finditer(text):
        start, end = max(match.start() - before, 0), min(match.end() + after, len(text))
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def within(pattern: re.Pattern[str], text: str, parts: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern inside the parts of a text; it sees what stands before a part, not after."""
    for start, end in parts:
        yield from pattern.finditer(text, start, end)
