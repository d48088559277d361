"""Say in which language a reader is spoken to, and read that language's catalogue, dates and numbers.

The language is looked up whenever a text is needed: what the reader chose, else what their browser asks for, else
English. Nothing of a reader is kept here; what is kept is one set of texts a language.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

import streamlit as st
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from streamlit.runtime.scriptrunner import get_script_run_ctx

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "it": "Italiano"}
REFERENCE = "en"  # the language the texts are written in
CHOSEN = "intramuros_language"  # where Streamlit keeps a tab's choice
CATALOGUES = Path(__file__).with_name("locale")
UNTRANSLATED = "untranslated"  # in the metadata of a field whose text is the same in every language
# How dates and numbers are written; English is Britain's, since the houses are in Europe.
_REGIONS = {"en": "en_GB"}
_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold a text in singular and plural; `by` names the field that is counted, empty where there is one only."""

    one: str
    other: str
    by: str = ""

    def format(self, **inserts: object) -> str:
        """Return the form for the count in the present reader's language, whole numbers written as it writes them."""
        counted = inserts[self.by] if self.by else next(iter(inserts.values()))
        language = of_reader()
        # CLDR's third form of French, Spanish and Italian is for round millions; no text here counts so far.
        is_one = _locale(language).plural_form(cast(int, counted)) == "one"
        written = {name: _written(value, language) for name, value in inserts.items()}
        return (self.one if is_one else self.other).format(**written)


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one text as a catalogue knows it: where it belongs, what it says, its plural or an empty text."""

    context: str
    text: str
    plural: str = ""


def preferred(chosen: str, asked: Sequence[str]) -> str:
    """Return the chosen language, else the first of the asked ones (BCP 47, best first) that the page speaks."""
    wished = (tag.partition("-")[0].strip().lower() for tag in (chosen, *asked))
    return next((language for language in wished if language in LANGUAGES), REFERENCE)


def accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header (RFC 9110), best first; what is refused or no tag is left out."""
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.partition(";")
        try:
            weighed.append((float(weight.strip().removeprefix("q=") or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0 and tag]


def of_reader() -> str:
    """Return the language of whoever this thread draws the page for, English where it draws for nobody."""
    spoken = _SPOKEN.get()
    if spoken or get_script_run_ctx(suppress_warning=True) is None:
        return spoken or REFERENCE
    chosen = str(st.session_state.get(CHOSEN, ""))
    if chosen in LANGUAGES:
        return chosen
    asked = [st.context.locale or "", *accepted(st.context.headers.get("Accept-Language") or "")]
    return preferred("", asked)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have this thread, which works on behalf of a reader, use the reader's language."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def day(stamp: str) -> str:
    """Return the day of an ISO 8601 date or time as the reader writes it; any other text as it stands."""
    try:
        read = date.fromisoformat(stamp) if len(stamp) == 10 else _local(stamp).date()
    except ValueError:
        return stamp
    return format_date(read, "medium", locale=_locale(of_reader()))


def moment(stamp: str, *, is_exact: bool = False) -> str:
    """Return an ISO 8601 time as the reader writes it, in their time zone; any other text as it stands.

    An exact one is to the second and in UTC, for what is compared with the records of another machine.
    """
    try:
        read = _local(stamp)
    except ValueError:
        return stamp
    locale = _locale(of_reader())
    if is_exact:
        return format_datetime(read.astimezone(UTC), "medium", locale=locale)
    return format_datetime(read, "short", locale=locale)


def days_ago(stamp: str, now: datetime) -> int | None:
    """Return how many of the reader's days ago an ISO 8601 time was, 0 = today; None for any other text."""
    try:
        return (now.astimezone(_zone()).date() - _local(stamp).date()).days
    except ValueError:
        return None


def number(value: float, *, decimals: int = 0) -> str:
    """Return a number as the reader writes it, rounded to that many decimals, which are all shown."""
    places = f".{'0' * decimals}" if decimals else ""
    return format_decimal(value, format=f"#,##0{places}", locale=_locale(of_reader()))


def percent(share: float) -> str:
    """Return a share, 0 to 1, in whole per cent as the reader writes it."""
    return format_percent(share, locale=_locale(of_reader()))


def entries(texts: object) -> tuple[Entry, ...]:
    """Return every text of a record of texts that is to be translated, in its order."""
    found = []

    def note(entry: Entry) -> tuple[str, str]:
        found.append(entry)
        return entry.text, entry.plural

    for name, value in _translatable(texts):
        _retold(value, name, note)
    return tuple(found)


def catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as it is kept."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def translated(texts: T, found: Catalog) -> T:
    """Return the record with each text as the catalogue has it; what it lacks stays as it is."""
    assert is_dataclass(texts)  # noqa: S101 - a record of texts
    assert not isinstance(texts, type)  # noqa: S101 - as above
    changes = {name: _retold(value, name, partial(_say, found)) for name, value in _translatable(texts)}
    return cast(T, replace(texts, **changes))


def _translatable(texts: object) -> Iterator[tuple[str, object]]:
    assert is_dataclass(texts)  # noqa: S101 - a record of texts
    for one in fields(texts):
        if UNTRANSLATED not in one.metadata:
            yield one.name, getattr(texts, one.name)


def _retold(value: object, context: str, say: Callable[[Entry], tuple[str, str]]) -> object:
    """Return a text, a Counted, or rows of texts as `say` has them; a row of several is named by its first, its key."""
    if isinstance(value, str):
        return say(Entry(context, value))[0]
    if isinstance(value, Counted):
        one, other = say(Entry(context, value.one, value.other))
        return replace(value, one=one, other=other)
    rows: list[object] = []
    for number, row in enumerate(cast(tuple[str | tuple[str, ...], ...], value), start=1):
        if isinstance(row, str):
            rows.append(_retold(row, f"{context}.{number}", say))
            continue
        key, *texts = row
        names = (f"{context}.{key}", *(f"{context}.{key}.{place}" for place in range(2, len(texts) + 1)))
        rows.append((key, *(_retold(text, name, say) for name, text in zip(names, texts, strict=True))))
    return tuple(rows)


def _say(found: Catalog, entry: Entry) -> tuple[str, str]:
    message = found.get(entry.text, entry.context)
    said = message.string if message is not None and not message.fuzzy else ""
    forms = tuple(said) if isinstance(said, list | tuple) else (said, said)
    return forms[0] or entry.text, forms[-1] or entry.plural


def _locale(language: str) -> Locale:
    return Locale.parse(_REGIONS.get(language, language))


def _written(value: object, language: str) -> object:
    return format_decimal(value, locale=_locale(language)) if isinstance(value, int) else value


def _local(stamp: str) -> datetime:
    """Return the time in the reader's time zone; a time without a zone is UTC. Raises ValueError."""
    read = datetime.fromisoformat(stamp)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(_zone())


def _zone() -> ZoneInfo:
    name = st.context.timezone if get_script_run_ctx(suppress_warning=True) is not None else None
    try:
        return ZoneInfo(name or "UTC")
    except (
        ValueError,
        OSError,
        LookupError,
    ):  # a name that the browser made up, or that this machine does not know
        return ZoneInfo("UTC")
