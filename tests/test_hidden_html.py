"""Hold which text of a page counts as not shown: by the styles on its elements, by its sheets, by its colours."""

from pathlib import Path

import pytest
from lxml import html

from ingest.parse.hidden.css import styles_of
from ingest.parse.html import document_of
from tests.parcel import ORDER
from tests.smuggled import read, text_of
from tests.smuggled_pages import VISIBLE

SHOWN = "Travel is paid."
AT_ONCE_S = 60  # looking at every pair of siblings takes hours


def page(body: str, sheet: str = "") -> str:
    """Return a page with a visible sentence, and with a style sheet where one is given."""
    style = f"<style>{sheet}</style>" if sheet else ""
    return f"<html><head>{style}</head><body><p>{SHOWN}</p>{body}</body></html>"


@pytest.mark.parametrize(
    "style",
    [
        "opacity:.01",
        "opacity:5%",
        "opacity:1e-3",
        "filter:blur(0) opacity(0)",
        "transform:scale(0)",
        "transform:scale3d(0,0,0)",
        "transform:translateX(-9999px)",
        "scale:0",
        "clip-path:circle(0)",
        "clip-path:polygon(0 0,0 0,0 0)",
        "content-visibility:hidden",
        "font:0/0 serif",
        "color:#fefefe",
        "color:#ffff",
        "color:ghostwhite",
        "color:hsl(0 0% 100%)",
        "color:rgb(100%,100%,100%)",
        "color:hwb(0 100% 0%)",
        "color:var(--x,#fff)",
        "--x:#fff;color:var(--x)",
        "displa\\79:none",
        "display:/**/none",
    ],
)
@pytest.mark.parametrize("place", ["attribute", "class", "id", "tag", "media"])
def test_what_an_attacker_tried(style: str, place: str) -> None:
    """Each way of hiding a sentence on a white page is seen through and told, wherever the style is written."""
    sheets = {
        "class": f".a{{{style}}}",
        "id": f"p#a, li > .b{{{style}}}",
        "tag": f"aside{{{style}}}",
        "media": f"@media screen and (min-width:600px){{.a{{{style}}}}}",
    }
    if place == "attribute":
        markup = page(f'<p style="{style}">{ORDER}</p>')
    else:
        tag = "aside" if place == "tag" else "p"
        markup = page(f'<{tag} class="a" id="a">{ORDER}</{tag}>', sheets[place])

    document = document_of(markup)

    assert [block.text for block in document.blocks] == [SHOWN]
    assert any(finding.needs_review for finding in document.findings)


@pytest.mark.parametrize(
    "body",
    [
        '<div style="background:#333"><span style="color:#fff">Travel</span></div>',
        '<table><tr><td bgcolor="#003366"><font color="white">Travel</font></td></tr></table>',
        '<style>.dark{background:#000}</style><div class="dark"><b style="color:white">Travel</b></div>',
        '<div style="font-size:0"><span style="font-size:14px">Travel</span></div>',
        '<p style="opacity:0.9;font-size:10px;left:-9px">Travel</p>',
        '<p style="background:url(dark.png);color:#fff">Travel</p>',
        "<p>Travel</p><div style='display:none'> </div><div hidden>*</div>",
        "<script>x()</script><p>Travel</p><div style='display:none'>We use cookies here</div>",
    ],
)
def test_page_that_hides_nothing(tmp_path: Path, body: str) -> None:
    """White on dark, gaps closed between elements, and what a script shows later are no findings, and stay read."""
    document = read(f"<html><body>{body}</body></html>".encode(), tmp_path, "a.html")

    assert "Travel" in text_of(document)
    assert document.findings == ()


@pytest.mark.parametrize(
    "sheet",
    [
        "@media print{.a{display:none}}",
        "@media (max-width:600px){.a{display:none}}",
        ".a{display:none}@media (min-width:600px){.a{display:block}}",
        "@supports not (display:grid){.a{display:none}}",
        ".a{color:#fff;background:#000}",
        "main{background:#123}.a{color:#fff}",
        ":root{--paper:#222}body{background:var(--paper)}.a{color:#fff}",
        "body{background:url(night.png)}.a{color:#fff}",
        "main{&.x{background:#000}}.a{color:#fff}",
        ".a{display:none}p.a{display:block}",
        ".a{display:none !important}#a{display:block !important}",
        "p{opacity:0;animation:in 1s forwards}",
        ".a{visibility:hidden}.a b{visibility:visible}",
        ".other{display:none}.a .b{display:none}",
        ".a:unheard-of(x){display:none}",
        "p.a::before{display:none;color:#fff}",
        "} broken { .a{",
    ],
)
def test_a_sheet_that_hides_nothing(sheet: str) -> None:
    """What another medium, a later, stronger or unknown rule, or a dark background says leaves the text read."""
    document = document_of(page('<main class="x"><p class="a" id="a"><b>Hotels too.</b></p></main>', sheet))

    assert [block.text for block in document.blocks] == [SHOWN, "Hotels too."]
    assert document.findings == ()


@pytest.mark.parametrize(
    "sheet",
    [
        "@import 'night.css';.a{color:#fff}",
        "@container (min-width:1px){.a{display:none}}",
        "@media (hover){.a{font-size:0}}",
        "@media (hover){.a{display:block}}.x .a{display:none}.x .a{display:block}@media (hover){.x .a{opacity:0}}",
    ],
)
def test_what_may_hide(sheet: str) -> None:
    """What hides only if a condition holds that is not known, or on a ground not known, stays and is told."""
    document = document_of(page('<main class="x"><p class="a">Hotels too.</p></main>', sheet))

    assert [block.text for block in document.blocks] == [SHOWN, "Hotels too."]
    assert any(finding.needs_review for finding in document.findings)


@pytest.mark.parametrize(
    "switch",
    [
        ".m:hover .a{display:block}",
        "#a:target{display:block}",
        "input:checked~.a{height:9em}",
        "p:focus-within{opacity:1}",
    ],
)
def test_what_a_reader_switches_on(switch: str) -> None:
    """A menu that opens under the pointer is left out without a word."""
    menu = '<div class="m"><input><p class="a" id="a">Menu item</p></div>'
    document = document_of(page(menu, f".a{{display:none}}{switch}"))

    assert [block.text for block in document.blocks] == [SHOWN]
    assert document.findings == ()


def test_a_switch_for_something_else() -> None:
    """A link that changes under the pointer is no reason to say nothing of another text that is hidden."""
    document = document_of(page(f"<p class='a'>{ORDER}</p>", ".a{display:none}a:hover{opacity:.8}"))

    assert ORDER not in text_of(document)
    assert document.findings != ()


@pytest.mark.parametrize(("sheet", "body"), VISIBLE, ids=[body[:60] for _, body in VISIBLE])
def test_what_is_seen_stays(sheet: str, body: str) -> None:
    """What ordinary pages do with colours, boxes and places hides nothing, and is no finding."""
    document = document_of(page(body.replace("{}", "Hotels too."), sheet))

    assert "Hotels too." in text_of(document)
    assert document.findings == ()


def test_a_formula() -> None:
    """A formula that KaTeX writes twice is read as it is shown, once, and is no finding."""
    sheet = ".k{clip:rect(1px,1px,1px,1px);position:absolute;height:1px;width:1px;overflow:hidden}"
    twice = "<span class=k><math><mi>E=mc</mi></math></span><span aria-hidden=true>E=mc</span>"
    document = document_of(page(f"<p>Energy is <span>{twice}</span>.</p>", sheet))

    assert [block.text for block in document.blocks] == [SHOWN, "Energy is E=mc."]
    assert document.findings == ()


def test_letters_hidden_one_by_one() -> None:
    """An order whose letters are hidden each in an element of its own is told."""
    letters = "".join(f"<b style='color:#fff'>{letter}</b>" for letter in ORDER)
    document = document_of(page(f"<p>Hotels too.{letters}</p>"))

    assert [block.text for block in document.blocks] == [SHOWN, "Hotels too."]
    assert document.findings != ()


def test_a_tree_without_end() -> None:
    """A page of 1,500 nested elements with styles, variables and brackets without end is read."""
    nested = "".join(
        f"<div style='--v{number}:var(--v{number - 1});left:{'(' * 99}'>" for number in range(1_500)
    )

    assert "Hotels too." in text_of(document_of(page(f"{nested}Hotels too.", f".a{{left:{'(' * 9_999}}}")))


def test_the_name_of_an_icon() -> None:
    """A link's name that an icon stands for is left out without a word; a sentence in a link is told."""
    out = "text-indent:-9999px"

    named = document_of(page(f'<a href="/x"><span style="{out}">Print this page</span></a>'))
    ordered = document_of(page(f'<a href="/x"><span style="{out}">{ORDER}</span></a>'))

    assert named.findings == ()
    assert ORDER not in text_of(ordered)
    assert ordered.findings != ()


def test_letters_over_a_picture() -> None:
    """White letters laid over a picture are read: they stand on what the picture shows."""
    over = '<div><img src="night.jpg"><p style="position:absolute;color:#fff">Hotels too.</p></div>'

    assert "Hotels too." in text_of(document_of(page(over)))


COSTLY = {
    "places": "".join(f"div:nth-child({n}) p ~ p{{color:#fff}}" for n in range(3_000)),
    "siblings": "p~p~p~p~p~p{color:#fff}",
    "neighbours": "p+p+p+p{color:#fff}" * 100,
    "descents": "div b,div div b{color:#fff}" * 2_000,
}


@pytest.mark.parametrize("kind", COSTLY)
@pytest.mark.timeout(AT_ONCE_S)
def test_a_sheet_that_costs_more_than_its_length(kind: str) -> None:
    """Selectors that look at every pair of siblings or deep below are given up; what was looked at holds."""
    body = (
        "<div><p>Hotels too.</p></div>" * 3_000
        + "<p>Trains too.</p>" * 3_000
        + "<div>" * 150
        + "<i>x</i>" * 3_000
    )
    styles = styles_of(html.document_fromstring(page(body, "i{display:none}" + COSTLY[kind])))

    assert not styles.is_understood
    assert {"display": "none"} in [dict(declared) for declared in styles.known.values()]


@pytest.mark.parametrize("media", ["all" + " " * 1_000 + "x", "all" + " " * 300_000 + "x", "(" * 300_000])
@pytest.mark.timeout(AT_ONCE_S)
def test_a_medium_without_end(media: str) -> None:
    """A medium of blanks, or longer than anybody writes, is one that is not known."""
    body = f"<style media='{media}'>p{{display:none}}</style><p>Hotels too.</p>"

    assert "Hotels too." in text_of(document_of(page(body)))


def test_a_medium_written_loosely() -> None:
    """Blanks and line breaks in a medium are as good as one blank."""
    body = "<style media='only \n screen   and (min-width:  600px)'>p{display:none}</style><p>Hotels too.</p>"

    assert "Hotels too." not in text_of(document_of(page(body)))


def test_a_number_without_end() -> None:
    """Numbers longer than Python reads leave the page read."""
    style = f"left:{'1' * 9_999}px"
    sheet = f".a{{{style}}}@media (width>{'1' * 9_999}px){{.a{{color:red}}}}"
    body = f"<p class='a' style='{style}'><font color='{'1' * 9_999}'>Hotels too.</font></p>"

    assert "Hotels too." in text_of(document_of(page(body, sheet)))


def test_a_sheet_without_end() -> None:
    """A sheet of 20,000 rules for everything ends, and nothing is taken for hidden by what was not looked at."""
    sheet = "".join(f"div p:nth-child({number}){{color:#fff}}" for number in range(20_000))

    assert "Hotels too." in text_of(document_of(page("<p>Hotels too.</p>", sheet)))
