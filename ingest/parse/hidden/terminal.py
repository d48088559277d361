"""Take a terminal's control sequences out of plain text, and with them what they conceal. Pure.

Source: ECMA-48, control sequences and select graphic rendition (SGR).
"""

import re
from dataclasses import dataclass, replace

from ingest.parse.hidden.passage import Passages

SEQUENCE = re.compile(
    r"\x1b\[([0-?]*)[ -/]*([@-~])"  # control sequence: parameters, final letter
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # a title, a link or another string for the terminal
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
RENDITION = "m"
CONCEAL, REVEAL = 8, 28
EXTENDED = (38, 48)  # 5;n or 2;r;g;b follow


@dataclass(frozen=True, slots=True)
class _Pen:
    is_concealed: bool = False
    ink: int | None = None  # of the sixteen colours; None = that of the terminal, or any other
    paper: int | None = None

    @property
    def is_seen(self) -> bool:
        return not self.is_concealed and (self.ink is None or self.ink != self.paper)


def shown_in_terminal(text: str) -> tuple[str, int]:
    """Return the text as a terminal shows it, and how many passages it conceals."""
    if "\x1b" not in text:
        return text, 0
    pieces: list[str] = []
    concealed, place, pen = Passages(), 0, _Pen()
    for found in [*SEQUENCE.finditer(text), None]:
        piece = text[place : found.start() if found else None]
        if pen.is_seen:
            pieces.append(piece)
            concealed.show(piece)
        else:
            concealed.hide(piece)
        if found:
            place = found.end()
            pen = _changed(pen, found[1]) if found[2] == RENDITION else pen
    return "".join(pieces), concealed.count


def _changed(pen: _Pen, parameters: str) -> _Pen:
    """Return the pen after one sequence; a number left out is 0."""
    for number in (int(part or 0) for part in re.findall(r"\d{1,9}|(?:^|(?<=;))(?=;|$)", parameters)):
        if number in EXTENDED:
            return replace(pen, ink=None) if number == EXTENDED[0] else replace(pen, paper=None)
        if number == 0:
            pen = _Pen()
        elif number in (CONCEAL, REVEAL):
            pen = replace(pen, is_concealed=number == CONCEAL)
        elif 30 <= number <= 39 or 90 <= number <= 97:
            pen = replace(pen, ink=_colour(number))
        elif 40 <= number <= 49 or 100 <= number <= 107:
            pen = replace(pen, paper=_colour(number - 10))
    return pen


def _colour(number: int) -> int | None:
    return None if number == 39 else number
