"""Find the words of a phrase among the words of a page, and say where they stand. Pure.

A passage was read off the page: its words are there, but a word may be hyphenated or set in ligatures, a space be
missing, a line broken, a cell wrapped, and another column may run between. So letters are compared, and where they do
not follow one another as they should, the run of words (of a table: of lines) that is most like the phrase is taken.
"""

import unicodedata
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.parse.pdf.hyphens import HYPHENS
from ingest.parse.pdf.words import Place, Word, place_of, rows_of

MIN_SHARE = 0.5  # of the phrase's letters; with less, the mark would lie on something else
MIN_LIKENESS = (
    0.4  # of a run to the phrase; in a row that is wider than the passage's part, half is of other columns
)
MAX_EXCESS = 1.6  # letters of a run, in those of the phrase
MAX_LINES = 8  # that one row of a table may be wrapped to
MAX_GAP = 3  # words that were not found between two that were
COLUMN_GAP = 1.8  # line heights between two words that are marked apart


@dataclass(frozen=True, slots=True)
class Found:
    """Say what share of a phrase's letters was found, 0 to 1, and where: one place a line."""

    share: float
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """Hold the letters of a word and the words it is made of: two where it is hyphenated."""

    letters: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Hold neighbouring units, which of them the phrase holds too, and how like it they are, 0 to 1."""

    units: Sequence[_Unit]
    matched: Sequence[bool]
    share: float
    likeness: float


def find(phrase: str, words: Sequence[Word], *, near: float = 0.0) -> Found:
    """Return where a phrase stands among words in reading order; without places where most of it is missing.

    A row of a table is given in Markdown. `near`, 0 to 1, says how far into the words it is expected: of equal
    places the nearest is taken.
    """
    wanted = [letters for letters in map(folded, phrase.split()) if letters]
    is_row = phrase.lstrip().startswith("|")
    if not wanted or not words:
        return Found(0.0)
    if not is_row and (exact := _exact("".join(wanted), words, near)):
        return Found(1.0, _places(exact))
    runs = _bands(words, sum(map(len, wanted))) if is_row else _tails(words, set(wanted))
    best = _best(wanted, runs, near)
    if best is None or best.share < MIN_SHARE or best.likeness < MIN_LIKENESS:
        return Found(best.share if best else 0.0)
    return Found(best.share, _rows(best) if is_row else _places(_marked(best)))


def folded(text: str) -> str:
    """Return the letters and digits alone, without case, accents, ligatures and soft hyphens."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def _exact(wanted: str, words: Sequence[Word], near: float) -> list[Word]:
    """Return the words whose letters are those wanted, one after the other; none where no words are exactly they."""
    pieces = [folded(word.text) for word in words]
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for index, piece in enumerate(pieces):
        if piece:
            starts[length] = index
            length += len(piece)
            ends[length] = index
    page, found = "".join(pieces), []
    at = page.find(wanted)
    while at >= 0:
        if at in starts and at + len(wanted) in ends:
            found.append(at)
        at = page.find(wanted, at + 1)
    if not found:
        return []
    at = min(found, key=lambda at: abs(at / length - near))
    return list(words[starts[at] : ends[at + len(wanted)] + 1])


def _tails(words: Sequence[Word], wanted: Container[str]) -> Iterator[tuple[float, list[_Unit]]]:
    """Yield what follows each word that is wanted, itself first, with how far into the words that is."""
    units = _units(words)
    for start, unit in enumerate(units):
        if unit.letters in wanted:
            yield start / len(units), units[start:]


def _bands(words: Sequence[Word], letters: int) -> Iterator[tuple[float, list[_Unit]]]:
    """Yield neighbouring visual lines as one, as a row of a table may be wrapped, with how far down they begin."""
    lines = [_units(row.words) for row in rows_of(words)]
    for start in range(len(lines)):
        size = 0
        for end in range(start + 1, min(start + MAX_LINES, len(lines)) + 1):
            size += sum(len(unit.letters) for unit in lines[end - 1])
            # What is hyphenated within a cell goes on in the line below, behind the cells beside it.
            yield start / len(lines), _rejoined(lines[start:end])
            if size > MAX_EXCESS * letters:
                break


def _units(words: Sequence[Word]) -> list[_Unit]:
    units: list[_Unit] = []
    is_open = False
    for word in words:
        if is_open and word.text[:1].islower():
            before = units.pop()
            units.append(_Unit(before.letters + folded(word.text), (*before.words, word)))
        else:
            units.append(_Unit(folded(word.text), (word,)))
        is_open = _is_hyphenated(word)
    return units


def _rejoined(lines: Sequence[Sequence[_Unit]]) -> list[_Unit]:
    """Return the units of lines, those that end in a hyphen joined with what stands below them."""
    left = [list(line) for line in lines]
    for upper, lower in pairwise(left):
        for place, unit in enumerate(upper):
            last = unit.words[-1]
            below = [one for one in lower if one.words[0].text[:1].islower()]
            if _is_hyphenated(last) and below:
                rest = min(below, key=lambda one: abs(one.words[0].x0 - last.x0))
                lower.remove(rest)
                upper[place] = _Unit(unit.letters + rest.letters, (*unit.words, *rest.words))
    return [unit for line in left for unit in line]


def _is_hyphenated(word: Word) -> bool:
    return len(word.text) > 1 and word.text[-1] in HYPHENS and word.text[-2].isalpha()


def _best(wanted: Sequence[str], runs: Iterator[tuple[float, list[_Unit]]], near: float) -> _Run | None:
    """Return the run that is most like what is wanted, the nearest of those that are equally like."""
    bag = Counter(wanted)
    best: tuple[float, float, _Run] | None = None
    for place, units in runs:
        run = _likest(bag, sum(map(len, wanted)), units)
        if run is not None:
            rated = (round(run.likeness, 3), -abs(place - near), run)
            if best is None or rated[:2] > best[:2]:
                best = rated
    return best[2] if best else None


def _likest(bag: Counter[str], length: int, units: Sequence[_Unit]) -> _Run | None:
    """Return the beginning of the units that is most like a bag of words with so many letters in all."""
    left, matched = bag.copy(), list[bool]()
    hit = size = 0
    best: tuple[float, int, float] | None = None
    for unit in units:
        is_wanted = bool(unit.letters) and left[unit.letters] > 0
        matched.append(is_wanted)
        size += len(unit.letters)
        if is_wanted:
            left[unit.letters] -= 1
            hit += len(unit.letters)
            likeness = 2 * hit / (length + size)
            if best is None or likeness > best[0]:
                best = (likeness, len(matched), hit / length)
        if size > MAX_EXCESS * length + len(unit.letters):
            break
    if best is None:
        return None
    likeness, end, share = best
    return _Run(units[:end], matched[:end], share, likeness)


def _marked(run: _Run) -> list[Word]:
    """Return the words of a run that the phrase holds, and the few between them that it does not."""
    marked: list[Word] = []
    between: list[Word] = []
    for unit, is_matched in zip(run.units, run.matched, strict=True):
        if is_matched:
            marked += between if marked and len(between) <= MAX_GAP else []
            marked += unit.words
            between = []
        else:
            between += unit.words
    return marked


def _places(words: Sequence[Word]) -> tuple[Place, ...]:
    """Return one place a line for words in reading order."""
    lines: list[list[Word]] = []
    for word in words:
        if not lines or not _continues(lines[-1][-1], word):
            lines.append([])
        lines[-1].append(word)
    return tuple(map(place_of, lines))


def _rows(run: _Run) -> tuple[Place, ...]:
    """Return one place a line of a row, across its cells."""
    words = [word for unit, is_in in zip(run.units, run.matched, strict=True) if is_in for word in unit.words]
    return tuple(place_of(row.words) for row in rows_of(words))


def _continues(last: Word, word: Word) -> bool:
    height = max(min(last.y1 - last.y0, word.y1 - word.y0), 1.0)
    overlap = min(last.y1, word.y1) - max(last.y0, word.y0)
    return overlap > 0.5 * height and -height < word.x0 - last.x1 < COLUMN_GAP * max(last.y1 - last.y0, 6.0)
