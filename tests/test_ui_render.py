"""The page's sanitiser: foreign text shows as written and does nothing, in every prefix of a stream."""

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, fragment_fromstring
from markdown_it import MarkdownIt

from tests.payloads import FAMILIES, PAYLOADS
from ui.records import Answer, Sentence, Source, Verdict
from ui.render import (
    answer_html,
    copy_text,
    fill,
    inert,
    place_in,
    plain_label,
    prose_html,
    sentence_text,
    stream_html,
    tag,
)
from ui.tables import Cited, passage_html

TAGS = frozenset({"div", "p", "ul", "li", "strong", "code", "span", "button"})
TABLE = TAGS | {"table", "tbody", "tr", "td", "th", "mark"}
ATTRIBUTES = {"class", "type", "data-cite", "data-copy", "data-done", "title", "aria-label"}
ATTRIBUTES |= {"tabindex", "role", "scope", "lang"}
# Attributes that do something hold only what was made here; the others are read out or copied as text.
CONSTANT = {
    "class": re.compile(r"im-[a-z-]+( im-[a-z_-]+)*"),
    "type": re.compile("button"),
    "data-cite": re.compile(r"[A-Za-z0-9-]+:\d+"),
    "role": re.compile("mark|status|note"),
    "scope": re.compile("col"),
    "tabindex": re.compile("0"),
}
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
AUTOLINK = re.compile(r"(?i)(https?://|ftp://|www\.|mailto:|[\w.]@[\w])")


def parsed(html: str) -> HtmlElement:
    """Return `html` as a browser would take it, in an element of its own."""
    return fragment_fromstring(html, create_parent="section")


def shown(html: str) -> str:
    """Return the text a reader sees."""
    return str(parsed(html).text_content())


def make_source(number: int, text: str = "x") -> Source:
    """Return a source with `text` wherever a source holds foreign text."""
    return Source(number, f"k{number}", "d", text, text, text, "application/pdf", "en", (text,), text, 3)


def make_answer(text: str) -> Answer:
    """Return an answer whose only sentence is `text`, citing one source that exists and one that does not."""
    return Answer("a1", "answered", text, (Sentence(text, (1, 9), "supported"),))


def assert_inert(html: str, *, tags: frozenset[str] = TAGS) -> None:
    """Nothing links, loads or runs, whether `html` is read as HTML or as Markdown with raw HTML."""
    root = parsed(html)
    for element in root.iter():
        assert isinstance(element.tag, str), "a comment or an instruction"
        assert element is root or element.tag in tags, element.tag
        for name, value in element.attrib.items():
            assert name in ATTRIBUTES, (element.tag, name)
            assert name not in CONSTANT or CONSTANT[name].fullmatch(value), (name, value)
    assert list(root.iterlinks()) == []
    for token in MARKDOWN.parse(html):
        for inner in (token, *(token.children or ())):
            assert inner.type not in ("link_open", "image", "math_inline")
    assert not AUTOLINK.search(html)


def assert_plain(label: str) -> None:
    """Hold that a label read as Markdown has no link, image, tag or formula."""
    for token in MARKDOWN.parse(label):
        for inner in (token, *(token.children or ())):
            assert inner.type not in (
                "link_open",
                "image",
                "html_inline",
                "html_block",
                "code_inline",
                "code_block",
            )
            assert not AUTOLINK.search(inner.content if inner.type == "text" else "")
    assert not re.search(r"(?<!\\)\$", label)
    assert not re.search(r":\w", label)  # escaped or not, Streamlit draws icons and colours of it


def test_the_corpus_is_large_enough() -> None:
    """At least 150 different payloads, and several of each family."""
    assert len(set(PAYLOADS)) >= 150
    assert all(len(family) >= 10 for family in FAMILIES.values())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_prefix_of_a_stream_links_or_loads(payload: str) -> None:
    """Every prefix of every payload, in a stream, an answer, a passage and a label, is inert."""
    for end in range(1, len(payload) + 1):
        prefix = f"Before {payload[:end]}"
        assert_inert(stream_html(prefix))
        assert_inert(prose_html(prefix))
        assert_inert(
            passage_html(
                f"| {prefix} | b |\n| --- | --- |\n| {prefix} |\n\n- {prefix}", Cited([(0, 900)], prefix)
            ),
            tags=TABLE,
        )
        assert_plain(plain_label(prefix, max_chars=500))
    assert_inert(answer_html(make_answer(payload), [make_source(1, payload)]))
    assert_inert(passage_html(f"<table><tr><td>{payload}</td></tr></table>", is_flowing=True))


@given(st.text(max_size=60))
def test_text_shows_as_written(text: str) -> None:
    """What a reader sees of foreign text is that text, without invisible characters and line ends."""
    read = unescape(inert(text))
    kept = [letter for letter in text if letter.isalnum() and letter.isascii()]
    assert [letter for letter in read if letter.isalnum() and letter.isascii()] == kept
    assert list(parsed(inert(text))) == []


@given(st.text(alphabet=st.sampled_from("<>&\"'`*_[]()!:/\\$#|~=-+ \nahtps.@1"), max_size=40))
def test_no_mixture_of_marks_escapes(text: str) -> None:
    """Whatever marks are mixed, the stream stays inert."""
    assert_inert(stream_html(text))
    assert_plain(plain_label(text))


def test_inserts_cannot_smuggle_placeholders() -> None:
    """Braces in foreign text are text, and only Safe goes in as HTML."""
    assert fill("<p>{a}</p>", a="{b}<i>") == "<p>&#123;b&#125;&#60;i&#62;</p>"


def test_quoted_chip_says_that_it_stands_there_and_no_more() -> None:
    """What is quoted is not called supported: whether it answers is not known."""
    quoted = Sentence("Stands there.", (1,), "quoted")
    html = answer_html(Answer("a1", "answered", "Stands there. [1]", (quoted,)), [make_source(1)])
    assert "im-chip-quoted" in html
    assert "It stands there word for word" in html
    assert "supported" not in html


@pytest.mark.parametrize(
    ("verdict", "language"), [("quoted", "en"), ("supported", "fr"), ("unsupported", "fr")]
)
def test_a_sentence_says_its_language(verdict: Verdict, language: str) -> None:
    """A screen reader pronounces a quotation as its document is written, every other sentence as the answer is."""
    answer = Answer("a1", "answered", "Text.", (Sentence("Text.", (1,), verdict),), language="fr")
    assert f'<span class="im-said" lang="{language}">' in answer_html(answer, [make_source(1)])
    assert tag("und") == ""


def test_a_forged_citation_gets_no_chip() -> None:
    """A number that no source bears is not shown as a citation."""
    html = answer_html(make_answer("Text."), [make_source(1)])
    assert html.count("data-cite") == 1


def test_paragraphs_and_lists_survive() -> None:
    """Sentences fall into the paragraphs and list items of the answer's text."""
    sentences = (
        Sentence("One.", (1,), "supported"),
        Sentence("Two.", (), "unsupported"),
        Sentence("Three.", (1,), "repaired"),
    )
    html = answer_html(
        Answer("a", "answered", "One. [1]\n\n- Two.\n- Three. [1]", sentences), [make_source(1)]
    )
    assert (html.count("<p>"), html.count("<li>")) == (1, 2)


def test_unfinished_citation_marks_are_not_shown() -> None:
    """A stream shows no citation mark, not even the first half of one."""
    assert shown(stream_html("Yes. [1] No [1, ")) == "Yes. No"


def test_html_of_a_document_is_text() -> None:
    """Tags in a passage, in its tables and in its lists show as they are written, and make no element."""
    hostile = "<table onclick=x><tr><td>A<img src=y></td></tr></table><script>evil()</script>"
    html = passage_html(f"{hostile}\n\n| {hostile} | b |\n| --- | --- |\n| {hostile} | c |\n\n- {hostile}")
    assert {one.tag for one in parsed(html).iterdescendants()} == {
        "p",
        "div",
        "table",
        "tr",
        "th",
        "td",
        "ul",
        "li",
    }
    assert shown(html).count("evil") == 4
    assert_inert(html, tags=TABLE)


def test_a_copy_says_who_wrote_it() -> None:
    """A copied answer carries its cited sources and the mark that a machine wrote it."""
    text = copy_text(make_answer("Text. [1]"), [make_source(1, "Policy"), make_source(2, "Other")])
    assert "[1] Policy, page 3" in text
    assert "Other" not in text
    assert "AI-generated" in text


def test_a_copied_source_is_told_by_date_and_collection() -> None:
    """Each source stands on a line of its own with title, page, date and the collection's name; marks of type go."""
    source = replace(make_source(1, "Policy"), dated="2026-01-15", collection="hr")
    text = copy_text(make_answer("**Higher** rates. [1]"), [source], {"hr": "HR files"})
    assert text == "Higher rates. [1]\n\n[1] Policy, page 3 · 2026-01-15 · HR files\n(AI-generated)"


def test_a_sentence_is_copied_with_its_own_source_alone() -> None:
    """Its mark, its source and the label go with it, the rest of the answer does not."""
    first = Sentence("- You have 28 days.", (2,), "supported")
    answer = Answer("a1", "answered", "You have 28 days. [2] Ask early. [1]", (first,))
    text = sentence_text(first, answer, [make_source(1, "Other"), make_source(2, "Policy")])
    assert text == "You have 28 days. [2]\n\n[2] Policy, page 3\n(AI-generated)"
    assert "&#10;" in answer_html(answer, [make_source(2, "Policy")])


def test_markdown_table_of_a_passage_is_drawn() -> None:
    """Header, rows and escaped bars become cells; the lines around them stay lines; what lacks a rule is no table."""
    html = passage_html("Before\n\n| Site | Days |\n| --- | --- |\n| Kassel | 28 |\n| a \\| b | |\n\nAfter")
    assert html.count("<tr>") == 3
    assert '<th scope="col">Site</th><th scope="col">Days</th>' in html
    assert "<td>Kassel</td><td>28</td>" in html
    assert f"<td>a {inert('|')} b</td><td></td>" in html
    assert html.index("Before") < html.index("<table>") < html.index("</table>") < html.index("After")
    assert "<table>" not in passage_html("| Kassel | 28 |\n| Bonn | 29 |")
    assert passage_html("") == ""


@pytest.mark.parametrize(
    ("media_type", "page", "cells", "place"),
    [
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 2, "B4:F20", "sheet 2, B4:F20"),
        ("application/vnd.oasis.opendocument.spreadsheet", 1, None, "sheet 1"),
        ("application/vnd.ms-excel", 3, "A1:B2", "sheet 3, A1:B2"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", 4, None, "slide 4"),
        ("application/vnd.ms-powerpoint", 4, None, "slide 4"),
        ("application/pdf", 7, None, "page 7"),
        ("text/csv", None, "A1:C9", "A1:C9"),
        ("text/markdown", None, None, ""),
    ],
)
def test_citation_says_where_to_look(
    media_type: str, page: int | None, cells: str | None, place: str
) -> None:
    """A page, a slide, or a sheet with its cells; nothing where the format has no places."""
    source = Source(1, "k", "d", "t", "f", "c", media_type, "en", (), "text", page, cells=cells)
    assert place_in(source) == place


def test_phrases_are_marked_where_they_stand() -> None:
    """A part of a line, over several lines, a row of a table; what is written there stays inert."""
    text = "One <b>here</b>. Two.\nThree.\n| a | b |\n| --- | --- |\n| c | d |\n| e | f |"
    start = text.index("Two")
    html = passage_html(text, Cited([(start, text.index("Three") + 5), (text.index("| e"), len(text))]))
    assert html.count("<mark") == 2
    assert '<mark class="im-phrase">Two&#46;</mark>' in html or '<mark class="im-phrase">Two.</mark>' in html
    assert "<b>" not in html
    assert html.count('<tr class="im-phrase">') == 1
    assert '<tr class="im-phrase"><td>e</td><td>f</td></tr>' in html
    assert passage_html(text, Cited([(0, 0)])) == passage_html(text)


def test_cells_that_say_the_same_are_marked_in_their_row() -> None:
    """Of a cited row the cells whose words and figures the answer says are told apart from the others."""
    table = "| Country | Hotel | Meals |\n| --- | --- | --- |\n| Germany | 130 EUR | 28 EUR |\n| France | 145 EUR | |"
    said = "In Germany a hotel may cost 130 EUR."
    html = passage_html(table, Cited([(table.index("| Germany"), table.index("\n| France"))], said))
    cited = '<td class="im-cited"><strong>{}</strong></td>'
    row = f"{cited.format('Germany')}{cited.format('130 EUR')}<td>28 EUR</td>"
    assert f'<tr class="im-phrase">{row}</tr>' in html
    assert html.count("im-cited") == 2


def test_lines_are_points_where_the_format_breaks_none() -> None:
    """Of a web page lines on end are a list; of a plain text those with a bullet or a number; a listing is none."""
    lines = "Bring your badge\nSee the nurse"
    assert passage_html(lines, is_flowing=True).count("<li>") == 2
    assert passage_html(lines).count("<li>") == 0
    assert passage_html(f"You need:\n- a badge\n- shoes\n\n{lines}").count("<li>") == 2
    assert passage_html("def run():\n    return 1", is_flowing=True).count("<li>") == 0
    assert passage_html("One paragraph.\n\nAnother one.", is_flowing=True).count('<p class="im-line">') == 2


def test_marks_in_points_stand_where_the_phrase_does() -> None:
    """A phrase over two points marks its part of each."""
    html = passage_html("Bring a badge\nSee the nurse", Cited([(6, 21)]), is_flowing=True)
    assert re.findall(r'<mark class="im-phrase">(.*?)</mark>', html) == ["a badge", "See the"]
