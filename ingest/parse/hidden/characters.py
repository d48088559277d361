"""Find and take out characters a reader does not see, and tell attacks from typography. Pure.

Text for the machine alone is smuggled as tag characters, variation selectors or sequences of zero-width characters,
or broken up by them so that no filter knows its words; bidirectional controls show a text in another order than it
is read in (Boucher and Anderson, Trojan Source, 2021). The same characters join emoji, shape Arabic and Indic
letters, part Thai words, and say where a long address may break: those stay or go silently.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.types import Finding, FindingKind

TAG = "\U000e0000-\U000e007f"
SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
MARK = "\u200e\u200f\u061c"  # left-to-right, right-to-left, Arabic letter mark
OVERRIDE = "\u202d\u202e"
CONTROL = "\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH = "\u200b-\u200d\u2060-\u2064\u206a-\u206f\ufeff\u034f\u180e\u115f\u1160\u3164\uffa0"
SOFT_HYPHEN = "\u00ad"

# Scripts whose letters ZWJ and ZWNJ shape, and those (the second line) written without spaces between words.
SHAPED = "\u0590-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\uabff\ufb1d-\ufdff\ufe70-\ufefc"
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u3040-\u30ff\u3400-\u9fff"
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
PICTURES = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

ANY = re.compile(f"[{TAG}{SELECTOR}{MARK}{CONTROL}{ZERO_WIDTH}{SOFT_HYPHEN}]")
KEPT = re.compile(
    "|".join(
        (
            "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f",  # flags of Scotland, Wales, ...
            f"(?<=[{PICTURES}0-9#*])[\ufe0e\ufe0f](?![{SELECTOR}])",  # shown as text or as a picture
            f"(?<=[{PICTURES}\ufe0f])\u200d(?=[{PICTURES}])",  # family, profession, colour
            f"(?<=[{IDEOGRAPHS}])[\U000e0100-\U000e01ef\ufe00-\ufe02](?![{SELECTOR}])",  # shape of an ideograph
            f"(?<=[\u2200-\u22ff\u2a00-\u2aff])\ufe00(?![{SELECTOR}])",  # shape of a mathematical sign
            f"(?<=[{SHAPED}])[\u200c\u200d](?![\u200c\u200d])",
        )
    )
)
RUN = re.compile(f"[{ZERO_WIDTH}{MARK}]{{2,}}")
# One hidden character or several within a word: on both sides a letter or a digit of a script with spaces.
IN_WORD = re.compile(
    f"(?<=[^\\W{UNSPACED}{SHAPED}])[{ZERO_WIDTH}{MARK}]+(?=[^\\W{UNSPACED}{SHAPED}{ZERO_WIDTH}])"
)
OPERATORS = frozenset("\u2061\u2062\u2063\u2064")  # of mathematics: f applied to x, a times b
BREAKABLE = re.compile(r"\S{25,}")  # what a line may have to break within: addresses, identifiers
BREAK_HINT = "\u200b"
WINDOWS_PATH = re.compile(
    "\u202a(?=[A-Za-z]:\\\\)"
)  # Windows' own dialogue puts it before a path that is copied
MIN_CODED_RUN = 4  # characters of two kinds in a row: shorter ones come from editors
MAX_PLAIN_RUN = 16  # of one kind; some editors leave a handful in empty paragraphs
MIN_SCATTERED = 8  # of two kinds, scattered: a letter's worth of bits


@dataclass(slots=True)
class Scan:
    """Clean texts one by one and remember what was found in all of them."""

    tags: int = 0
    selectors: int = 0
    controls: int = 0
    suspicious: int = 0  # zero-width characters where no typography puts them
    scattered: Counter[str] = field(default_factory=Counter)

    def clean(self, text: str) -> str:
        """Return the text without hidden characters, but with those that shape what is seen."""
        if text.isascii() or not ANY.search(text):
            return text
        is_right_to_left = RIGHT_TO_LEFT.search(text) is not None
        text = text.removeprefix("\ufeff").replace(SOFT_HYPHEN, "")
        pieces: list[str] = []
        place = 0
        for found in KEPT.finditer(text):
            pieces += [text[place : found.start()], found.group()]
            place = found.end()
        pieces.append(text[place:])
        self._count(text, pieces[::2], is_right_to_left=is_right_to_left)
        unseen = _UNSEEN_BETWEEN_RIGHT_TO_LEFT if is_right_to_left else ANY
        return "".join(
            unseen.sub("", piece) if index % 2 == 0 else piece for index, piece in enumerate(pieces)
        )

    def findings(self) -> tuple[Finding, ...]:
        """Return what a person should look at."""
        suspicious = self.suspicious
        if len(self.scattered) > 1 and self.scattered.total() >= MIN_SCATTERED:
            suspicious = max(suspicious, self.scattered.total())
        counts = {
            FindingKind.TAG_CHARACTERS: self.tags,
            FindingKind.INVISIBLE_CHARACTERS: self.selectors + suspicious,
            FindingKind.BIDIRECTIONAL_CONTROLS: self.controls,
        }
        return tuple(Finding(kind, count) for kind, count in counts.items() if count)

    def _count(self, text: str, pieces: Iterable[str], *, is_right_to_left: bool) -> None:
        for piece in pieces:
            self.tags += _number(piece, TAG)
            self.selectors += _number(piece, SELECTOR)
            self.controls += _number(piece, OVERRIDE if is_right_to_left else CONTROL)
            self.controls -= len(WINDOWS_PATH.findall(piece)) if not is_right_to_left else 0
            if not is_right_to_left:
                self.scattered.update(re.findall(f"[{ZERO_WIDTH}{MARK}]", piece))
        self.suspicious += sum(len(run) for run in _coded_runs(text)) + sum(map(len, _in_words(text)))


_UNSEEN_BETWEEN_RIGHT_TO_LEFT = re.compile(f"[{TAG}{SELECTOR}{OVERRIDE}{ZERO_WIDTH}]")


def _number(text: str, characters: str) -> int:
    return len(re.findall(f"[{characters}]", text))


def _coded_runs(text: str) -> Iterator[str]:
    for found in RUN.finditer(text):
        run = found.group()
        if len(run) > MAX_PLAIN_RUN or (len(run) >= MIN_CODED_RUN and len(set(run)) > 1):
            yield run


def _in_words(text: str) -> Iterator[str]:
    """Yield what stands within words, but for hints where a long one may break and signs of mathematics."""
    long_ones = [found.span() for found in BREAKABLE.finditer(text)]
    for found in IN_WORD.finditer(text):
        is_hint = set(found.group()) == {BREAK_HINT} and any(
            start <= found.start() < end and _is_hinted(text[start:end]) for start, end in long_ones
        )
        if not is_hint and not set(found.group()) <= OPERATORS:
            yield found.group()


def _is_hinted(word: str) -> bool:
    """Say whether a word is parted into pieces as hints part it; a filter is fooled letter by letter."""
    pieces = word.split(BREAK_HINT)
    return len(word) / len(pieces) >= 4
