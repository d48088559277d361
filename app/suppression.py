"""Hide figures that tell of fewer than five people, and those from which a hidden one could be computed. Pure.

A figure is the set of answers behind it; a scope is the whole house or one collection, each with the same kinds of
figures. Hidden are figures with fewer than five askers, none included; then, as in the complementary suppression of
official statistics (Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001), so many others that no
difference of two shown figures, and no total less its shown parts, belongs to one to four people. Combinations of
three and more scopes are not followed: whoever computes with them does not know which answers the scopes share.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

FEWEST: Final = 5  # people behind a figure that is shown; as works councils and statistical offices ask


class Figure(NamedTuple):
    """Name a figure: what it counts, and which part of it."""

    kind: str
    part: str = ""


TOTAL: Final = Figure("questions")
PARTS: Final = ("day", "outcome")  # kinds whose figures add up to the total
MEASURED: Final = ("stage",)  # kinds that show no count: nothing can be subtracted from them

Answers = frozenset[int]
Scopes = Mapping[str, Mapping[Figure, Answers]]


def hidden(scopes: Scopes, askers: Sequence[str]) -> frozenset[tuple[str, Figure]]:
    """Return the figures to hide, as (scope, figure); `askers` says of each answer, by its number, who asked."""
    table = _Table(scopes, askers)
    while table.hide(table.betrayed()):
        pass
    return frozenset(table.hidden)


class _Table:
    """Hold which figures are hidden so far. Each round hides more, so that the rounds come to an end."""

    def __init__(self, scopes: Scopes, askers: Sequence[str]) -> None:
        self.scopes = {name: dict(sorted(figures.items())) for name, figures in sorted(scopes.items())}
        self.askers = askers
        self.hidden = {
            (name, figure)
            for name, figures in self.scopes.items()
            for figure, answers in figures.items()
            if self.people(answers, at_most=FEWEST) < FEWEST or self._leaves_few(name, figure)
        }

    def people(self, answers: Answers, *, at_most: int | None = None) -> int:
        """Return how many people are behind answers; counting ends at `at_most`, which large sets reach at once."""
        found: set[str] = set()
        for one in answers:
            found.add(self.askers[one])
            if len(found) == at_most:
                break
        return len(found)

    def tells(self, answers: Answers) -> bool:
        """Return whether these answers, taken by themselves, would tell of one to four people."""
        return 0 < self.people(answers, at_most=FEWEST) < FEWEST

    def shown(self, scope: str) -> dict[Figure, Answers]:
        return {f: a for f, a in self.scopes[scope].items() if (scope, f) not in self.hidden}

    def hide(self, figures: Iterator[tuple[str, Figure]]) -> bool:
        """Hide the first of these that is not hidden yet; return whether there was one."""
        found = next((one for one in figures if one not in self.hidden), None)
        if found is not None:
            self.hidden.add(found)
        return found is not None

    def betrayed(self) -> Iterator[tuple[str, Figure]]:
        """Yield figures that have to be hidden as things stand."""
        for scope, figures in self.scopes.items():
            if TOTAL in figures and (scope, TOTAL) in self.hidden:
                yield from ((scope, figure) for figure in figures)  # parts would add up to it
                continue
            for kind in PARTS:
                yield from self._parts(scope, kind)
        yield from self._across()

    def _leaves_few(self, scope: str, figure: Figure) -> bool:
        """Return whether a figure, taken from the total, leaves one to four people; of parts `_parts` takes care."""
        figures = self.scopes[scope]
        is_free = figure.kind not in (TOTAL.kind, *PARTS, *MEASURED)
        return is_free and self.tells(figures.get(TOTAL, frozenset()) - figures[figure])

    def _parts(self, scope: str, kind: str) -> Iterator[tuple[str, Figure]]:
        """Yield the smallest shown part where what is hidden beside it tells of one to four people."""
        total = self.scopes[scope].get(TOTAL, frozenset())
        shown = {figure: answers for figure, answers in self.shown(scope).items() if figure.kind == kind}
        if shown and self.tells(total.difference(*shown.values())):
            yield scope, min(shown, key=lambda figure: (self.people(shown[figure]), figure))

    def _across(self) -> Iterator[tuple[str, Figure]]:
        """Yield figures of a scope that lie within those of another, all but one to four people; and equal ones."""
        for scope in self.scopes:
            for figure, answers in self.shown(scope).items():
                for other, figures in self.scopes.items():
                    if figure.kind in MEASURED or other == scope or figure not in figures:
                        continue
                    theirs, is_shown = figures[figure], (other, figure) not in self.hidden
                    if is_shown and answers < theirs and self.tells(theirs - answers):
                        yield scope, figure
                    if not is_shown and answers == theirs:
                        yield scope, figure
