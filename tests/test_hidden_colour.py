"""Hold that one rule says in every format which text has the colour of its ground."""

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.shared import RGBColor
from hypothesis import given
from hypothesis import strategies as some
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.hidden.colour import WHITE, Colour, alike, colour_of
from tests.parcel import ORDER, SEEN
from tests.smuggled import is_flagged, markup, read, text_of

COLOURS = some.tuples(*[some.integers(0, 255)] * 3)


def in_html(colour: Colour) -> bytes:
    """Return a page that shows an order in this colour on white."""
    return markup(ORDER, f"color:rgb{colour}").encode()


def in_docx(colour: Colour) -> bytes:
    """Return the same as a Word document."""
    document = docx.Document()
    document.add_paragraph(SEEN)
    document.add_paragraph().add_run(ORDER).font.color.rgb = RGBColor(*colour)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def in_rtf(colour: Colour) -> bytes:
    """Return the same as RTF."""
    red, green, blue = colour
    return (
        rf"{{\rtf1{{\colortbl;\red{red}\green{green}\blue{blue};}} {SEEN}\par{{\cf1 {ORDER}}}\par}}".encode()
    )


def in_pdf(colour: Colour) -> bytes:
    """Return the same as PDF."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.drawString(72, 700, SEEN)
    canvas.setFillColor(Color(*(part / 255 for part in colour)))
    canvas.drawString(72, 600, ORDER)
    canvas.save()
    return stream.getvalue()


CARRIERS = {"a.html": in_html, "a.docx": in_docx, "a.rtf": in_rtf, "a.pdf": in_pdf}
UNSEEN: list[Colour] = [(255, 255, 255), (243, 243, 243), (255, 255, 231), (255, 243, 231), (242, 242, 242)]
SHOWN: list[Colour] = [(238, 238, 238), (255, 255, 200), (255, 230, 230), (217, 217, 217)]


@pytest.mark.parametrize("colour", UNSEEN)
@pytest.mark.parametrize(("name", "carry"), CARRIERS.items(), ids=CARRIERS)
def test_what_no_eye_tells_from_paper(
    name: str, carry: Callable[[Colour], bytes], colour: Colour, tmp_path: Path
) -> None:
    """A colour that is that of paper in one format is so in each."""
    document = read(carry(colour), tmp_path, name)
    assert ORDER not in text_of(document)
    assert is_flagged(document.findings)


@pytest.mark.parametrize("colour", SHOWN)
@pytest.mark.parametrize(("name", "carry"), CARRIERS.items(), ids=CARRIERS)
def test_what_an_eye_tells_from_paper(
    name: str, carry: Callable[[Colour], bytes], colour: Colour, tmp_path: Path
) -> None:
    """A colour that can be read, however pale, can be read in each."""
    document = read(carry(colour), tmp_path, name)
    assert ORDER in text_of(document)
    assert not is_flagged(document.findings)


@given(one=COLOURS, other=COLOURS)
def test_likeness_is_mutual(one: Colour, other: Colour) -> None:
    """Each colour is like itself, and two are alike from both sides."""
    assert alike(one, one)
    assert alike(one, other) == alike(other, one)


def test_names_of_colours() -> None:
    """A colour is named as style sheets and as Word write it; what names none is none."""
    assert colour_of("white") == colour_of("FFFFFF") == colour_of("hsl(0, 0%, 100%)") == WHITE
    assert colour_of("auto") is colour_of(None) is colour_of("currentcolor") is None
