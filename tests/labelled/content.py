"""Invent what a document says, whatever format it is written in later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.labelled.languages import Language, Value

Grid = list[list[str]]


@dataclass(frozen=True, slots=True)
class Content:
    """Hold what one document says, in whatever format it is written."""

    language: Language
    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]  # a heading and its sentences
    header: tuple[str, ...]  # of the columns; the first is that of the keys
    groups: tuple[str, ...]  # headers over pairs of columns, () where there are none
    rows: tuple[tuple[Value, ...], ...]
    banner: str  # at the head of each page
    hidden: str
    menu: tuple[str, ...]

    @property
    def text(self) -> list[str]:
        """Return what is read apart from the table."""
        return [self.title, *(one for heading, body in self.sections for one in (heading, *body))]

    def grid(self, shown: Callable[[Value], str] | None = None) -> Grid:
        """Return the table as texts; a header over two columns stands in the first of them."""
        shown = shown or self.language.shown
        over = [["", *(name for group in self.groups for name in (group, ""))]] if self.groups else []
        return [*over, list(self.header), *([shown(value) for value in row] for row in self.rows)]

    def cells(self, shown: Callable[[Value], str] | None = None) -> list[dict[str, str]]:
        """Return each value of the table with its key and its header, and again with the header over it."""
        found = []
        for key, *values in self.grid(shown)[1 + bool(self.groups) :]:
            for at, value in enumerate(values):
                names = [self.header[at + 1], *([self.groups[at // 2]] if self.groups else [])]
                found += [{"column": name, "row": key, "value": value} for name in names]
        return found


@dataclass(frozen=True, slots=True)
class Labelled:
    """Hold a file and its labels."""

    content: bytes
    snippets: list[str]
    forbidden: list[str]
    cells: list[dict[str, str]]


def content_of(random: Random, language: Language, *, rows: int, is_grouped: bool) -> Content:
    """Return an invented document."""
    company = random.choice(language.companies)
    sections = []
    for heading in random.sample(language.headings, 3):
        sentences = random.sample(language.sentences, 4)
        sections.append((heading, tuple(_filled(random, sentence, language) for sentence in sentences)))
    kinds = (
        ["quantity", "amount"] * 2
        if is_grouped
        else random.sample(list(language.columns), random.randint(3, 4))
    )
    numbers = random.sample(range(100, 999), rows)
    return Content(
        language=language,
        title=f"{random.choice(language.titles)} {random.randint(2019, 2031)}-{random.randint(10, 99)}",
        sections=tuple(sections),
        header=(random.choice(language.keys), *(language.columns[kind] for kind in kinds)),
        groups=tuple(str(year) for year in (2024, 2025)) if is_grouped else (),
        rows=tuple(
            (f"{random.choice(language.items)} {number}", *(_value(random, kind, language) for kind in kinds))
            for number in numbers
        ),
        banner=f"{company} | {language.secret} | {random.randint(1000, 9999)}-{random.choice('ABCDE')}",
        hidden=_filled(random, language.hidden, language),
        menu=language.menu,
    )


def _filled(random: Random, sentence: str, language: Language) -> str:
    return sentence.format(
        place=random.choice(language.places),
        other=random.choice(language.places),
        item=random.choice(language.items),
        count=random.randint(11, 980),
        code=f"{random.choice('ABDEFGK')}{random.randint(1000, 99999)}",
    )


def _value(random: Random, kind: str, language: Language) -> Value:
    match kind:
        case "quantity":
            return random.randint(2, 9800)
        case "amount":
            return random.randint(3, 48_000) + random.randint(1, 9) / 10 + random.randint(1, 9) / 100
        case "date":
            return date(2025, 1, 1) + timedelta(days=random.randint(0, 700))
        case _:
            return random.choice(language.places)


def iso_dates(content: Content) -> Callable[[Value], str]:
    """Return how a value is written where dates are those of ISO 8601."""
    return lambda value: str(value) if isinstance(value, date) else content.language.shown(value)
