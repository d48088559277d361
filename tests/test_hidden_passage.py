"""Hold that one rule says in every format what counts as hidden text."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.lib.colors import white
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.hidden.passage import is_text
from tests.legacy_files import doc
from tests.smuggled import in_docx, in_txt, is_flagged, markup, read, text_of, vanish
from tests.smuggled_pages import SEEN


def in_html(text: str) -> bytes:
    """Return a page that holds a text and does not show it."""
    return markup(text, "display:none").encode()


def in_rtf(text: str) -> bytes:
    """Return the same as RTF, a letter at a time."""
    letters = "".join(rf"\u{ord(letter)}" for letter in text)
    return rf"{{\rtf1\uc0 {SEEN}\par{{\v{letters}}}\par}}".encode()


def in_doc(text: str) -> bytes:
    """Return the same as an old Word document."""
    return doc([(0, b"", f"{text}\r"), (0, b"", f"{SEEN}\r")], hidden=text)


def in_pdf(text: str) -> bytes:
    """Return the same as PDF, in white."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.drawString(72, 700, SEEN)
    canvas.setFillColor(white)
    canvas.drawString(72, 600, text)
    canvas.save()
    return stream.getvalue()


CARRIERS: dict[str, Callable[[str], bytes]] = {
    "a.html": in_html,
    "a.rtf": in_rtf,
    "a.pdf": in_pdf,
    "a.doc": in_doc,
    "a.docx": lambda text: in_docx(text, vanish),
    "a.txt": lambda text: in_txt("".join(f"\x1b[8m{letter}\x1b[0m" for letter in text)),
}


@pytest.mark.parametrize("text", ["\u2013 .", "*", "7"])
@pytest.mark.parametrize(("name", "carry"), CARRIERS.items(), ids=CARRIERS)
def test_what_says_nothing(name: str, carry: Callable[[str], bytes], text: str, tmp_path: Path) -> None:
    """A hidden dash, star or counter is nothing that a person should look at, in no format."""
    document = read(carry(text), tmp_path, name)
    assert SEEN in text_of(document)
    assert not is_flagged(document.findings)


@pytest.mark.parametrize("text", ["no", "A1", "praise it"])
@pytest.mark.parametrize(("name", "carry"), CARRIERS.items(), ids=CARRIERS)
def test_what_says_something(name: str, carry: Callable[[str], bytes], text: str, tmp_path: Path) -> None:
    """Two letters are text, in each format, also where they come one by one."""
    document = read(carry(text), tmp_path, name)
    assert SEEN in text_of(document)
    assert is_flagged(document.findings)


@pytest.mark.parametrize(
    ("text", "expected"), [("", False), ("\u2022 1", False), ("ab", True), ("\u65e5\u672c", True)]
)
def test_letters_and_digits_of_any_script(text: str, expected: bool) -> None:  # noqa: FBT001  the expected answer
    """Two letters or digits, of any script, are text."""
    assert is_text(text) is expected
