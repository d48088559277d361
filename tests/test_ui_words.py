"""The page's texts: complete in every language, chosen for each reader, and the only ones that are shown."""

import ast
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from zoneinfo import ZoneInfo

import httpx
import pytest
import streamlit
from babel.messages.catalog import Catalog, Message
from streamlit.testing.v1 import AppTest

from app.api.problems import STATUS
from ui import languages
from ui.client import Api, PageError
from ui.intake import name_of
from ui.intake_records import Job
from ui.languages import (
    CHOSEN,
    LANGUAGES,
    REFERENCE,
    UNTRANSLATED,
    Entry,
    accepted,
    catalogue,
    day,
    days_ago,
    entries,
    moment,
    number,
    of_reader,
    percent,
    preferred,
    speaking,
    translated,
)
from ui.live import LiveAnswer
from ui.records import Asked, Event
from ui.words import WORDS, Words, words_in

UI = Path(__file__).resolve().parent.parent / "ui"
TREES = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(UI.glob("*.py"))}
ENGLISH = {entry.context: entry for entry in entries(Words())}
TRANSLATIONS = sorted(set(LANGUAGES) - {REFERENCE})
# Texts that are the same as in English, and why.
SAME_IN_ALL = {
    "full_size": "a figure",
    "seconds": "a unit",
    "minutes": "a unit",
    "hours": "a unit",
    "usage_hidden": "a dash",
}
SAME = {
    ("de", "audit_actor"): "the same word",
    ("de", "median"): "the same word",
    ("fr", "collection_column"): "the same word",
    ("fr", "collections"): "the same word",
    ("fr", "contents"): "the same word",
    ("fr", "document_column"): "the same word",
    ("fr", "documents"): "the same word",
    ("fr", "job_pages_per_s"): "the same word",
    ("fr", "mail_fields.Date"): "the same word",
    ("fr", "message"): "the same word",
    ("fr", "page"): "the same word",
    ("fr", "page_list"): "the same word",
    ("fr", "pages"): "the same word",
    ("fr", "questions"): "the same word",
    ("fr", "upload_where"): "the same word",
    ("it", "password"): "Italian has taken the word over",
}
each_translation = pytest.mark.parametrize("language", TRANSLATIONS)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def messages(language: str) -> dict[str, Message]:
    """Return the messages of a catalogue by context."""
    return {message.context or "": message for message in catalogue(language) if message.id}


def forms(message: Message) -> tuple[str, ...]:
    """Return the translation, in singular and plural where it has both."""
    said = message.string
    return tuple(said) if isinstance(said, list | tuple) else (said or "",)


def to_add(entry: Entry) -> str:
    """Return what a catalogue needs for a text, to be filled in."""
    plural = f'msgid_plural "{entry.plural}"\nmsgstr[0] ""\nmsgstr[1] ""' if entry.plural else 'msgstr ""'
    return f'msgctxt "{entry.context}"\nmsgid "{entry.text}"\n{plural}\n'


def braces(text: str) -> set[str]:
    """Return the names of the fields in a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@each_translation
def test_catalogue_holds_every_text(language: str) -> None:
    """Each English text is in each catalogue; the failure prints what to add to `ui/locale/<language>.po`."""
    known = messages(language)
    lacking = [
        entry
        for entry in ENGLISH.values()
        if entry.context not in known
        or entry != Entry(entry.context, *_ids(known[entry.context]))
        or not all(forms(known[entry.context]))
    ]
    assert not lacking, f"\n\nadd to ui/locale/{language}.po:\n\n" + "\n".join(map(to_add, lacking))


@each_translation
def test_catalogue_holds_nothing_else(language: str) -> None:
    """No text is fuzzy, was left behind by one that is gone, or stands there twice."""
    found = catalogue(language)
    contexts = re.findall(r'^msgctxt "(.*)"$', _text(language), re.MULTILINE)
    assert sorted(set(contexts) - set(ENGLISH)) == []
    assert len(contexts) == len(set(contexts))
    assert [message.context for message in found if message.id and message.fuzzy] == []
    assert list(found.obsolete) == []


@each_translation
def test_fields_are_those_of_the_english_text(language: str) -> None:
    """What is filled in stands in every form of every translation, under the same name."""
    wrong = {
        message.context: form
        for message in messages(language).values()
        for form in forms(message)
        if braces(form) != braces(_ids(message)[0])
    }
    assert wrong == {}


@each_translation
def test_nothing_is_left_in_english(language: str) -> None:
    """A translation that equals the English text is in a table above, with its reason."""
    same = {
        (language, entry.context)
        for entry in entries(words_in(language))
        if entry.text == ENGLISH[entry.context].text
        or (entry.plural and entry.plural == ENGLISH[entry.context].plural)
    }
    known = {(language, context) for context in SAME_IN_ALL} | {one for one in SAME if one[0] == language}
    assert same == known


@each_translation
def test_sentences_end_as_in_english(language: str) -> None:
    """A sentence stays a sentence, a label a label, a question a question."""
    ends = {
        message.context: form
        for message in messages(language).values()
        for form in forms(message)
        if _end(form) != _end(_ids(message)[0])
    }
    assert ends == {}


def test_rows_are_named_by_their_key_or_their_number() -> None:
    """Each text of a table is an entry of its own; keys are no texts."""

    @dataclass(frozen=True)
    class Some:
        names: tuple[str, ...] = ("No.", "Time")
        states: tuple[tuple[str, str], ...] = (("found", "waiting"),)
        lacks: tuple[tuple[str, str, str], ...] = (("empty", "It is empty.", "Fill it."),)

    assert entries(Some()) == (
        Entry("names.1", "No."),
        Entry("names.2", "Time"),
        Entry("states.found", "waiting"),
        Entry("lacks.empty", "It is empty."),
        Entry("lacks.empty.2", "Fill it."),
    )
    german = Catalog("de")
    for entry, said in zip(
        entries(Some()), ("Nr.", "Zeit", "wartet", "Sie ist leer.", "Füllen Sie sie."), strict=True
    ):
        german.add(entry.text, said, context=entry.context)
    told = translated(Some(), german)
    assert told.names == ("Nr.", "Zeit")
    assert told.states == (("found", "wartet"),)
    assert told.lacks == (("empty", "Sie ist leer.", "Füllen Sie sie."),)


def test_what_is_not_translated_says_why() -> None:
    """The only texts outside the catalogues carry the reason."""
    untranslated = {
        one.name: one.metadata[UNTRANSLATED] for one in fields(Words) if UNTRANSLATED in one.metadata
    }
    assert set(untranslated) == {"suggestions"}
    assert all(len(reason) > 20 for reason in untranslated.values())


@each_language
def test_the_reader_learns_of_the_ai_in_their_language(language: str) -> None:
    """The notice before the first question and the label of each answer name the AI (AI Act, Art. 50)."""
    name = {"en": "AI", "de": "KI"}.get(language, "IA")
    words = words_in(language)
    assert words.ai == name
    assert name in words.ai_label
    assert re.search(rf"\b{name}\b", words.ai_notice)


def test_what_was_chosen_stands_above_what_the_browser_asks_for() -> None:
    """The choice, then the browser's languages by their order, then English."""
    assert preferred("it", ["de-CH", "fr"]) == "it"
    assert preferred("", ["nl", "de-CH", "fr"]) == "de"
    assert preferred("", ["nl", ""]) == "en"
    assert preferred("../de", ["zz"]) == "en"


def test_a_browsers_header_is_read_by_weight() -> None:
    """The weights order the tags; what is refused, or is none, is left out."""
    assert accepted("nl;q=0.5, fr-CH, de;q=0.9, it;q=0, es;q=x, ;q=1") == ["fr-CH", "de", "nl"]
    assert accepted("") == []


def test_a_thread_speaks_the_language_of_the_reader_it_works_for() -> None:
    """Two threads at work at the same time keep their readers' languages apart; one without a reader speaks English."""

    def say(language: str) -> list[str]:
        with speaking(language):
            return [WORDS.try_again for _ in range(200)]

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(say, ["de", "it"] * 4))
    assert said == [[words_in(language).try_again] * 200 for language in ["de", "it"] * 4]
    assert WORDS.try_again == "Try again"


def test_what_a_thread_finds_is_told_in_the_readers_language() -> None:
    """An answer is followed by a thread of its own, which says what broke as its reader speaks."""

    class Cut(Api):
        def ask(self, *_: object, **__: object) -> Iterator[tuple[int, Event]]:
            yield from ()

    with speaking("de"):
        live = LiveAnswer(Cut(httpx.Client()), conversation_id="c", question=Asked("hotel"))
    failure = live.wait(0, timeout_s=20).failure
    assert failure is not None
    assert failure.message == words_in("de").connection_lost


@pytest.mark.parametrize(("language", "told"), [("en", "at most 10 a minute"), ("fr", "trop de demandes")])
def test_common_refusals_are_told_in_the_readers_language(language: str, told: str) -> None:
    """English readers get the API's own words; to others its English is not shown where the page has words for it."""
    problem = {
        "type": "urn:intramuros:problem:too-many-requests",
        "detail": "at most 10 a minute",
        "remedy": "wait",
    }
    refusing = httpx.MockTransport(lambda _: httpx.Response(429, json=problem))
    with speaking(language), pytest.raises(PageError, match=told):
        Api(httpx.Client(transport=refusing, base_url="http://api")).me()


def test_problems_told_are_those_of_the_api() -> None:
    """A type that the API does not know would never be shown."""
    types = {title.lower().replace(" ", "-") for _, _, title in STATUS}
    assert {kind for kind, *_ in Words().problems} <= types


def _a_page() -> None:
    import streamlit as st

    from ui.words import WORDS

    st.button(WORDS.try_again)


@pytest.mark.parametrize(
    ("chosen", "seen"), [("", "Try again"), ("de", "Erneut versuchen"), ("xx", "Try again")]
)
def test_a_tab_speaks_what_was_chosen_in_it(chosen: str, seen: str) -> None:
    """The choice of one tab is for the page it draws; a language that the page does not speak is none."""
    page = AppTest.from_function(_a_page)
    page.session_state[CHOSEN] = chosen
    assert [button.label for button in page.run().button] == [seen]


def test_the_browser_is_asked_where_nothing_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own language comes first, then the header of its requests."""

    class Context:
        locale: str | None = "pt-BR"
        headers: Mapping[str, str] = MappingProxyType({"Accept-Language": "nl, fr;q=0.8, de;q=0.9"})

    monkeypatch.setattr(languages, "get_script_run_ctx", lambda **_: object())
    monkeypatch.setattr(streamlit, "context", Context)
    assert of_reader() == "de"
    monkeypatch.setattr(Context, "locale", "es-ES")
    assert of_reader() == "es"


@pytest.mark.parametrize(
    ("language", "none", "one", "many"),
    [
        ("en", "0 pages", "1 page", "12,000 pages"),
        ("de", "0 Seiten", "1 Seite", "12.000 Seiten"),
        ("fr", "0 page", "1 page", "12\u202f000 pages"),
        ("es", "0 páginas", "1 página", "12.000 páginas"),
        ("it", "0 pagine", "1 pagina", "12.000 pagine"),
    ],
)
def test_what_is_counted_agrees(language: str, none: str, one: str, many: str) -> None:
    """Singular, plural and thousands are those of the language; French counts nothing in the singular."""
    with speaking(language):
        assert [WORDS.pages.format(pages=count) for count in (0, 1, 12_000)] == [none, one, many]


def test_the_counted_field_decides_the_form() -> None:
    """Of several numbers it is the one that the text counts."""
    assert WORDS.checked.format(supported=1, claims=3) == "1 of 3 sentences supported"
    assert WORDS.checked.format(supported=1, claims=1) == "1 of 1 sentence supported"


@pytest.mark.parametrize(
    ("language", "date", "time"),
    [
        ("en", "1 Mar 2026", "01/03/2026, 09:05"),
        ("de", "01.03.2026", "01.03.26, 09:05"),
        ("fr", "1 mars 2026", "01/03/2026 09:05"),
        ("es", "1 mar 2026", "1/3/26, 9:05"),
        ("it", "1 mar 2026", "01/03/26, 09:05"),
    ],
)
def test_dates_are_written_as_the_reader_does(language: str, date: str, time: str) -> None:
    """Days and times follow the language; what is neither stays as it stands."""
    with speaking(language):
        assert day("2026-03-01") == day("2026-03-01T09:05:00+00:00") == date
        assert moment("2026-03-01T09:05:00Z") == time
        assert day("spring 2026") == moment("spring 2026") == "spring 2026"
        assert day("") == ""


def test_today_is_the_readers_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Auckland, 13 hours ahead, the day turns at 11:00 UTC; without a time it is no day."""
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert [days_ago(f"2026-03-01T{at}:00Z", now) for at in ("10:59", "11:01")] == [0, 0]
    monkeypatch.setattr(languages, "_zone", lambda: ZoneInfo("Pacific/Auckland"))
    assert [days_ago(f"2026-03-01T{at}:00Z", now) for at in ("10:59", "11:01")] == [1, 0]
    assert days_ago("", now) is None


def test_an_upload_is_named_in_singular_and_plural() -> None:
    """One file is no "file(s)", and thousands are written as the reader does."""
    with speaking("de"):
        told = [
            name_of(Job("j", "ingest", "done", total=total, source="upload", ordered="me"))
            for total in (1, 1200)
        ]
    assert told == ["Hochgeladen: 1 Datei, von Ihnen", "Hochgeladen: 1.200 Dateien, von Ihnen"]


def test_an_exact_time_is_universal(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the second and in UTC wherever the reader sits, and yet written as they write."""
    monkeypatch.setattr(languages, "_zone", lambda: ZoneInfo("Pacific/Auckland"))
    with speaking("de"):
        assert moment("2026-03-01T09:05:07.123Z", is_exact=True) == "01.03.2026, 09:05:07"


@pytest.mark.parametrize(
    ("language", "whole", "split", "share"),
    [
        ("en", "12,000", "1,234.50", "7%"),
        ("de", "12.000", "1.234,50", "7\xa0%"),
        ("fr", "12\u202f000", "1\u202f234,50", "7\xa0%"),
    ],
)
def test_numbers_are_written_as_the_reader_does(language: str, whole: str, split: str, share: str) -> None:
    """Thousands, decimals and per cent follow the language; decimals asked for are all there."""
    with speaking(language):
        assert (number(12_000), number(1234.5, decimals=2), percent(0.071)) == (whole, split, share)


# What of a call reaches the reader's eye or ear: the elements of Streamlit with a label, and theme's own.
SHOWING = {
    "banner", "button", "caption", "chat_input", "checkbox", "date_input", "dialog", "download_button", "error",
    "expander", "file_uploader", "form_submit_button", "header", "icon_button", "info", "link_button", "metric",
    "multiselect", "number_input", "page_link", "pills", "popover", "progress", "radio", "section", "segmented_control",
    "selectbox", "slider", "small", "spinner", "status", "step", "subheader", "success", "tabs", "text", "text_area",
    "text_input", "title", "toast", "toggle", "warning",
}  # fmt: skip
NOT_SHOWN = {
    "accept_file", "act", "args", "autocomplete", "border", "file_name", "format", "format_func", "gap", "height",
    "icon", "key", "kwargs", "label_visibility", "mime", "on_change", "on_click", "page_icon", "selection_mode", "tone",
    "type", "vertical_alignment", "width",
}  # fmt: skip
PASSING_TEXT_ON = {"join", "plain_label"}
SAID_BY_ATTRIBUTE = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"')


@pytest.mark.parametrize("name", TREES)
def test_every_text_shown_is_of_the_words(name: str) -> None:
    """No label, message or template holds a letter of its own; all come from `Words`, hence in every language."""
    assert sorted({*_shown(TREES[name]), *_templates(TREES[name])}) == []


def test_the_judge_of_texts_notices() -> None:
    """The negative control: each way to show a text of one's own is caught."""
    sins = (
        'st.button("Save")',
        'st.text_input(WORDS.user, help=f"{name} of the house")',
        'theme.small("Nothing" if not found else WORDS.find)',
        'st.toast(plain_label("Gone"))',
        'PageError("Odd", remedy="Wait")',
        'fill(_ROW, label="AI")',
        '_ROW = "<p>Name: {name}</p>"',
        "_ROW = '<i aria-label=\"Name {name}\"></i>'",
    )
    assert [sin for sin in sins if not [*_shown(ast.parse(sin)), *_templates(ast.parse(sin))]] == []


@pytest.mark.parametrize("name", TREES)
def test_no_text_is_read_before_there_is_a_reader(name: str) -> None:
    """A text looked up when a module is imported would be English for everybody."""
    inside = {
        id(node)
        for function in ast.walk(TREES[name])
        if isinstance(function, ast.FunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    early = [
        node.lineno
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "WORDS"
        and id(node) not in inside
    ]
    assert early == []


def test_every_text_is_shown_somewhere() -> None:
    """A text that no module asks for is work for four translators and nobody else."""
    used = {
        node.attr
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "WORDS"
    }
    assert sorted({one.name for one in fields(Words)} - used) == []


def _shown(tree: ast.AST) -> list[str]:
    """Return the texts of a module's own that calls show."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        shown: list[ast.expr] = []
        if name in SHOWING:
            shown = [*call.args, *(k.value for k in call.keywords if k.arg not in NOT_SHOWN)]
        elif name in {"PageError", "Failure", "SessionEnded", "Gone"}:
            shown = [*call.args, *(k.value for k in call.keywords)]
        elif name == "fill":
            shown = [k.value for k in call.keywords]
        found += [text for part in shown for text in _letters(part)]
    return found


def _letters(node: ast.AST) -> list[str]:
    """Return the literals below a node that hold letters, but for keys, comparisons and names of style classes."""
    if isinstance(node, ast.Constant):
        is_text = isinstance(node.value, str) and re.search(r"[^\W\d_]", node.value)
        return [str(node.value)] if is_text and not str(node.value).startswith(("im-", ":material/")) else []
    if isinstance(node, ast.Compare | ast.Subscript):
        return []
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.IfExp):
        children = [node.body, node.orelse]
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        children = [node.func, *(node.args if name in PASSING_TEXT_ON else [])]
    return [text for child in children for text in _letters(child)]


def _templates(tree: ast.AST) -> list[str]:
    """Return the texts between the tags, and in the attributes that are read out, of a module's HTML."""
    found = []
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"</?\w+[ >]", node.value)
        ):
            continue
        if "\n" in node.value or "(?" in node.value:  # the script, the styles, a docstring, a pattern
            continue
        said = " ".join((re.sub(r"<[^>]*>", " ", node.value), *SAID_BY_ATTRIBUTE.findall(node.value)))
        found += re.findall(r"[^\W\d_]+", re.sub(r"\{\w*\}", "", said))
    return found


def _ids(message: Message) -> tuple[str, str]:
    return (message.id, "") if isinstance(message.id, str) else (message.id[0], message.id[1])


def _text(language: str) -> str:
    return (UI / "locale" / f"{language}.po").read_text(encoding="utf-8")


def _end(text: str) -> str:
    last = text.strip()[-1]
    return last if last in ".?…" else ""


def test_no_two_classes_of_words_hold_the_same_name() -> None:
    """One of them would be shown in the place of both."""
    names = [name for kind in Words.__mro__ for name in vars(kind).get("__annotations__", {})]
    assert sorted(names) == sorted(set(names))
