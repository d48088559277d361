"""Hold which text of a page counts as not shown: by the styles on its elements, by its sheets, by its colours."""

from pathlib import Path

import pytest
from lxml import html

from ingest.parse.hidden.css import styles_of
from ingest.parse.html import document_of
from tests.parcel import ORDER
from tests.smuggled import read, text_of

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
        "@import 'night.css';.a{color:#fff}",
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
    "switch", [".m:hover .a{display:block}", "#x:target{opacity:1}", "input:checked~.a{height:9em}"]
)
def test_what_a_reader_switches_on(switch: str) -> None:
    """A menu that opens under the pointer is left out without a word."""
    document = document_of(
        page('<div class="m"><p class="a">Menu item</p></div>', f".a{{display:none}}{switch}")
    )

    assert [block.text for block in document.blocks] == [SHOWN]
    assert document.findings == ()


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
    "places": "".join(f"div:nth-child({n}) p ~ p{{display:none}}" for n in range(3_000)),
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

    assert not styles.is_complete
    assert {"display": "none"} in styles.declared.values()


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


def test_a_sheet_without_end() -> None:
    """A sheet of 20,000 rules for everything ends, and nothing is taken for hidden by what was not looked at."""
    sheet = "".join(f"div p:nth-child({number}){{color:#fff}}" for number in range(20_000))

    assert "Hotels too." in text_of(document_of(page("<p>Hotels too.</p>", sheet)))
