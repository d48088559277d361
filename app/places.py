"""Read a passage as places, the rows of its tables and its sentences, and tie what a sentence states to one of them.

A number that stands in the passage may belong to another row. It is taken for another's where one place says all that
its own place says of the sentence, and more: of "Spain 145 EUR" the row "France 145" says nothing else, "Spain 125"
says Spain. The same tells the columns of a row apart by their headers. Pure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from app import facts, tables
from retrieval.language import terms

_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")
Holds = Callable[["Place"], bool]


@dataclass(frozen=True)
class Place:
    """Hold a row of a table, a sentence or a cell: what a fact and the words around it have in common."""

    text: str
    language: str
    cells: tuple["Place", ...] = ()  # of a row
    headers: tuple["Place", ...] = ()  # of its table, one a cell

    @cached_property
    def terms(self) -> frozenset[str]:
        """Return the stemmed content words, and single capital letters, which name classes and buildings."""
        return frozenset(term for term in terms(self.text, self.language) if not term.isdigit()) | letters(
            self.text
        )

    @cached_property
    def facts(self) -> facts.Facts:
        """Return numbers, dates, times and codes."""
        return facts.read(self.text, is_source=True)

    @cached_property
    def squeezed(self) -> str:
        """Return letters and digits only, to find codes in."""
        return facts.squeeze(self.text)


@dataclass(frozen=True)
class Tied:
    """Hold what a sentence says: its stemmed words, and for each of its facts whether a place holds it."""

    words: frozenset[str]
    facts: Sequence[Holds]
    fits: Holds  # whether the numbers count the same

    def agrees(self, places: Sequence[Place]) -> bool:
        """Return whether every fact that stands in a place stands in one that no other place outdoes."""
        return all(self._is_tied(number, places) for number in range(len(self.facts)))

    def _is_tied(self, number: int, places: Sequence[Place]) -> bool:
        holding = [place for place in places if self.facts[number](place)]
        if not holding:
            return True  # it stands in the title, a heading or the header, and says nothing of rows
        said = [self._said(place, number) for place in places]
        return any(
            not any(self._said(place, number) < other for other in said)
            and self.fits(place)
            and self._is_in_column(place, number)
            and self._is_of_label(place, number, places)
            for place in holding
        )

    def _is_in_column(self, row: Place, number: int) -> bool:
        figures = [
            (cell, header)
            for cell, header in zip(row.cells[1:], row.headers[1:], strict=False)
            if any(character.isdigit() for character in cell.text)
        ]
        if not any(self.facts[number](cell) for cell, _ in figures):
            return True
        held = [self._held(cell, number) for cell, _ in figures]
        said = [self._said(header, number) for _, header in figures]
        # "begins at 5:50 and ends at 13:20" names two columns, and states a fact of each
        return any(
            self.facts[number](cell)
            and not any(
                said[here] < said[there] and held[there] <= held[here] for there in range(len(figures))
            )
            for here, (cell, _) in enumerate(figures)
        )

    def _is_of_label(self, row: Place, number: int, places: Sequence[Place]) -> bool:
        """Return whether no other row is named more fully by its first cell without stating a fact of its own."""
        if not row.cells:
            return True
        label, held = self.words & row.cells[0].terms, self._held(row, number)
        return not any(
            label < self.words & other.cells[0].terms and self._held(other, number) <= held
            for other in places
            if other.cells and other.headers == row.headers
        )

    def _held(self, place: Place, without: int) -> frozenset[str]:
        return frozenset(str(n) for n, holds in enumerate(self.facts) if n != without and holds(place))

    def _said(self, place: Place, without: int) -> frozenset[str]:
        return (self.words & place.terms) | self._held(place, without)


def letters(text: str) -> frozenset[str]:
    """Return the capital letters that stand alone: class B, building C."""
    return frozenset(re.findall(r"(?<![\w'’.-])[A-Z](?![\w'’.-])", text))


def read_places(text: str, language: str) -> tuple[Place, ...]:
    """Return rows and sentences in order; the words of `language` are what compares. Headers belong to their rows."""
    found: list[Place] = []
    headers: tuple[Place, ...] = ()
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_first = number == 0 or not tables.is_row(lines[number - 1])
        if not tables.is_row(line):
            headers = ()
            found += [Place(part, language) for part in _SENTENCE.split(line.strip()) if part]
        elif tables.says_nothing(line):
            continue
        elif is_first and tables.has_head(lines[number : number + 2]):
            headers = _cells(line, language)
        else:
            found.append(Place(line, language, _cells(line, language), headers))
    return tuple(found)


def _cells(line: str, language: str) -> tuple[Place, ...]:
    return tuple(Place(cell, language) for cell in tables.cells(line))
