"""Take a terminal's control sequences out of plain text, and with them what they conceal. Pure.

Source: ECMA-48, 5.3 (C1 controls, as a byte or behind ESC), 5.6 (strings), 8.3.117 (select graphic rendition); ISO
8613-6 and xterm for colours beyond the eight. A string that nothing ends ends with its line, lest it take the file
along. What is erased, or overwritten after a carriage return, stays: an editor shows it, and logs of progress are full
of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.parse.hidden.colour import Colour, alike
from ingest.parse.hidden.passage import Passages

SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])"  # control sequence: parameters, final letter
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])([^\x07\x1b\x9c\r\n]*)(\x07|\x1b\\|\x9c)?"  # a title, a link, ...
    r"|\x1b[ -/]*[0-~]"
    r"|(\x08{4,})"  # over more than one letter goes no typewriter
)
ANY = re.compile(r"[\x1b\x90\x98\x9b\x9d-\x9f]|\x08{4}")
RENDITION = "m"
CONCEAL, REVEAL = 8, 28
INK, PAPER = 38, 48  # 5;n or 2;r;g;b follow
BY_NUMBER, BY_PARTS = 5, 2
SIXTEEN: tuple[Colour, ...] = (  # xterm's; where a reader's terminal has others, equal ones are still equal
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
    (255, 255, 255),
)  # fmt: skip
LEVELS = (
    0,
    95,
    135,
    175,
    215,
    255,
)  # of the cube of 216 colours that follows the sixteen; then come 24 greys
CUBE, GREYS, END = 16, 232, 256
SECOND_SCREEN = ("?1049", "?1047", "?47")  # of full-screen programs, gone when they end


@dataclass(frozen=True, slots=True)
class _Pen:
    is_concealed: bool = False
    is_aside: bool = False  # on the second screen
    ink: Colour | None = None  # None = that of the terminal
    paper: Colour | None = None

    @property
    def is_seen(self) -> bool:
        is_lost = self.ink is not None and self.paper is not None and alike(self.ink, self.paper)
        return not (self.is_concealed or self.is_aside or is_lost)


def shown_in_terminal(text: str) -> tuple[str, int]:
    """Return the text as a terminal shows it, and how many passages it conceals."""
    if not ANY.search(text):
        return text, 0
    pieces: list[str] = []
    concealed, place, pen = Passages(), 0, _Pen()
    for found in [*SEQUENCE.finditer(text), None]:
        piece = text[place : found.start() if found else None]
        if found and found[5]:
            piece, over = _overwritten(piece, len(found[5]))
            concealed.hide(over)
        if pen.is_seen:
            pieces.append(piece)
            concealed.show(piece)
        else:
            concealed.hide(piece)
        if found:
            place = found.end()
            pen = _after(pen, found)
            if found[3] and not found[4]:  # a string that nothing ends
                concealed.hide(found[3])
    return "".join(pieces), concealed.count


def _overwritten(piece: str, count: int) -> tuple[str, str]:
    """Part a passage before what so many steps back on its line leave to be written over."""
    begin = max(len(piece) - count, piece.rfind("\n") + 1)
    return piece[:begin], piece[begin:]


def _after(pen: _Pen, found: re.Match[str]) -> _Pen:
    """Return the pen after one sequence."""
    parameters, final = found[1], found[2]
    if final == RENDITION:
        return _changed(pen, parameters)
    if final in ("h", "l") and parameters in SECOND_SCREEN:
        return replace(pen, is_aside=final == "h")
    return pen


def _changed(pen: _Pen, parameters: str) -> _Pen:
    """Return the pen after a rendition; a number left out is 0."""
    numbers = _numbers(parameters)
    for number in numbers:
        if number in (INK, PAPER):
            colour = _extended(numbers)
            pen = replace(pen, ink=colour) if number == INK else replace(pen, paper=colour)
        elif number == 0:
            pen = _Pen(is_aside=pen.is_aside)
        elif number in (CONCEAL, REVEAL):
            pen = replace(pen, is_concealed=number == CONCEAL)
        elif 30 <= number <= 39 or 90 <= number <= 97:
            pen = replace(pen, ink=_basic(number - 30))
        elif 40 <= number <= 49 or 100 <= number <= 107:
            pen = replace(pen, paper=_basic(number - 40))
    return pen


def _numbers(parameters: str) -> Iterator[int]:
    """Yield the numbers, those of a colour written with colons without the space of colours that may stand in them."""
    for part in parameters.split(";"):
        fields = part.split(":")
        if len(fields) == 6 and fields[1] == str(BY_PARTS):  # 38:2:space:r:g:b
            del fields[2]
        yield from (int(text) if text.isdigit() and len(text) < 10 else 0 for text in fields)


def _extended(numbers: Iterator[int]) -> Colour | None:
    """Take what follows 38 or 48, and return the colour it names."""
    kind = next(numbers, 0)
    if kind == BY_PARTS:
        red, green, blue = (next(numbers, 0) for _ in range(3))
        return (red, green, blue)
    number = next(numbers, END) if kind == BY_NUMBER else END
    if number < CUBE:
        return SIXTEEN[number]
    if number < GREYS:
        steps = divmod(number - CUBE, 36)
        return (LEVELS[steps[0]], LEVELS[steps[1] // 6], LEVELS[steps[1] % 6])
    grey = 8 + 10 * (number - GREYS)
    return (grey, grey, grey) if number < END else None


def _basic(number: int) -> Colour | None:
    """Return one of the eight, or from 60 on of the eight bright ones; None is the terminal's own."""
    if number >= 60:
        number -= 60 - 8
        return SIXTEEN[number] if number < len(SIXTEEN) else None
    return SIXTEEN[number] if number < 8 else None
