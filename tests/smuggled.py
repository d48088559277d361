"""Make files that hide a text in every way that a kind of file allows, and read them as the pipeline does."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.shared import Pt, RGBColor
from docx.text.run import Run

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.types import Finding, ParsedDocument
from tests import smuggled_office
from tests.parcel import ORDER, SEEN
from tests.smuggled_pages import PAGES, STYLES


def tagged(text: str) -> str:
    """Return text as tag characters."""
    return "".join(chr(0xE0000 + ord(letter)) for letter in text)


def selected(text: str) -> str:
    """Return text as variation selectors behind a smile, a byte each."""
    data = text.encode()
    return "😀" + "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in data)


def selected_singly(text: str) -> str:
    """Return text as one variation selector behind each letter of a harmless text."""
    bits = f"{int.from_bytes(text.encode()[:6], 'big'):048b}"
    return "".join(
        letter + ("\ufe01" if bit == "1" else "\ufe00") for letter, bit in zip(SEEN, bits, strict=False)
    )


def coded(text: str, zero: str, one: str) -> str:
    """Return text as a row of two characters nobody sees."""
    return "".join(one if byte >> bit & 1 else zero for byte in text.encode() for bit in range(8))


CHARACTERS: dict[str, Callable[[], str]] = {
    "tags": lambda: tagged(ORDER),
    "tags in a word": lambda: f"com{tagged('x')}pany",
    "selectors": lambda: selected(ORDER),
    "single selectors": lambda: selected_singly(ORDER),
    "coded in zero width": lambda: coded(ORDER, "\u200b", "\u200c"),
    "coded in joiners": lambda: coded(ORDER, "\u200c", "\u200d"),
    "coded in marks": lambda: coded(ORDER, "\u200e", "\u200f"),
    "coded in operators": lambda: coded(ORDER, "\u2062", "\u2063"),
    "coded over the words": lambda: "".join(
        word + ("\u200b", "\u2060")[number % 2] + " " for number, word in enumerate(SEEN.split())
    ),
    "letters parted": lambda: "\u200b".join(ORDER),
    "letters joined": lambda: "\u2060".join(ORDER),
    "a word parted": lambda: ORDER.replace("previous", "prev\u200cious"),
    "override": lambda: f"\u202e{ORDER[::-1]}\u202c",
    "embedding": lambda: f"\u202b{ORDER}\u202c",
    "isolate": lambda: f"\u2067{ORDER}\u2069",
    "fillers": lambda: "\u3164".join(ORDER.split()) + coded("ab", "\u3164", "\uffa0"),
}

LOOKS = {"hidden": r"\v", "white": r"\cf1", "one point": r"\fs2"}  # of RTF
SEQUENCES = {  # of a terminal
    "concealed": "8",
    "black on black": "30;40",
    "numbers alike": "38;5;0;48;5;0",
    "parts alike": "38:2::9:9:9;48;2;9;9;9",
    "concealed after a colour": "38;5;1;8",
}


def markup(hidden: str, style: str = "") -> str:
    """Return a page that holds a text, styled."""
    return f'<html><body><h1>Travel</h1><p>{SEEN}</p><div style="{style}">{hidden}</div></body></html>'


def in_txt(text: str) -> bytes:
    """Return a text file."""
    return f"{SEEN}\n\n{text}\n".encode()


def in_markdown(text: str) -> bytes:
    """Return a Markdown file."""
    return f"# Travel\n\n{SEEN}\n\n{text}\n".encode()


def in_csv(text: str) -> bytes:
    """Return a table."""
    return f'item;note\ntrain;{SEEN}\nbus;"{text}"\n'.encode()


def in_html(text: str) -> bytes:
    """Return a page."""
    return f'<meta charset="utf-8">{markup(text)}'.encode()


def in_mail(text: str) -> bytes:
    """Return a message with a plain body."""
    message = EmailMessage()
    message["Subject"], message["From"] = "Travel", "a@example.com"
    message.set_content(f"{SEEN}\n\n{text}\n")
    return message.as_bytes()


def in_html_mail(text: str, style: str = "") -> bytes:
    """Return a message with an HTML body."""
    message = EmailMessage()
    message["Subject"], message["From"] = "Travel", "a@example.com"
    message.set_content(markup(text, style), subtype="html")
    return message.as_bytes()


def in_docx(text: str, change: Callable[[Run], None] = lambda run: None) -> bytes:
    """Return a Word document; `change` formats the run of the text."""
    document = docx.Document()
    document.add_paragraph(SEEN)
    change(document.add_paragraph("See ").add_run(text))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def in_pptx(text: str) -> bytes:
    """Return a presentation."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Travel", f"{SEEN} {text}"
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def in_xlsx(text: str) -> bytes:
    """Return a workbook."""
    book = openpyxl.Workbook()
    book.active.append(["item", "note"])
    book.active.append(["train", f"{SEEN} {text}"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


CARRIERS: dict[str, Callable[[str], bytes]] = {
    "a.txt": in_txt, "a.md": in_markdown, "a.csv": in_csv, "a.html": in_html, "a.eml": in_mail,
    "b.eml": in_html_mail, "a.docx": in_docx, "a.pptx": in_pptx, "a.xlsx": in_xlsx,
}  # fmt: skip


def vanish(run: Run) -> None:
    """Hide a run."""
    run.font.hidden = True


def whiten(run: Run) -> None:
    """Colour a run like paper."""
    run.font.color.rgb = RGBColor(255, 255, 255)


def shrink(run: Run) -> None:
    """Set a run in one point."""
    run.font.size = Pt(1)


@dataclass(frozen=True)
class Sample:
    """Hold a seeded file, and whether it holds the order as plain letters that must not be indexed."""

    name: str
    technique: str
    data: bytes
    is_plain: bool


def samples() -> Iterator[Sample]:
    """Yield every technique in every file that can carry it."""
    for name, carry in CARRIERS.items():
        for technique, hide in CHARACTERS.items():
            yield Sample(name, technique, carry(hide()), is_plain=False)
    yield from _pages()
    for technique, look in LOOKS.items():
        rtf = rf"{{\rtf1{{\colortbl;\red255\green255\blue255;}} {SEEN}\par{{{look} {ORDER}}}\par}}"
        yield Sample("a.rtf", technique, rtf.encode(), is_plain=True)
    for technique, sequence in SEQUENCES.items():
        for name in ("a.txt", "a.md", "a.csv"):
            concealed = CARRIERS[name](f"\x1b[{sequence}m{ORDER}\x1b[0m")
            yield Sample(name, technique, concealed, is_plain=True)
    yield Sample("a.html", "attribute", markup(ORDER).replace("<div", "<div hidden").encode(), is_plain=True)
    for name, ways in smuggled_office.HIDING.items():
        for technique, make in ways.items():
            yield Sample(name, technique, make(), is_plain=True)
    for change in (vanish, whiten, shrink):
        yield Sample("a.docx", change.__name__, in_docx(ORDER, change), is_plain=True)


def _pages() -> Iterator[Sample]:
    for technique, style in STYLES.items():
        yield Sample("a.html", technique, markup(ORDER, style).encode(), is_plain=True)
        yield Sample("b.eml", technique, in_html_mail(ORDER, style), is_plain=True)
        nested = markup(f"<span>{ORDER}</span>", style).replace("<div", "<td", 1)
        yield Sample("n.html", technique, nested.encode(), is_plain=True)
        sheet = f"<style>.x{{{style}}}</style>{markup(ORDER)}".replace("<div", '<div class="x"')
        yield Sample("s.html", technique, sheet.encode(), is_plain=True)
    for technique, body in PAGES.items():
        whole = f"<html>{body.replace('{}', ORDER)}<div style='color:#000'>{SEEN}</div></html>"
        yield Sample("p.html", technique, whole.encode(), is_plain=True)


def read(data: bytes, folder: Path, name: str) -> ParsedDocument:
    """Return the document through the gate, as the pipeline does."""
    path = folder / "stored"
    path.write_bytes(data)
    return parse(path, inspect(path, name, limits=Limits()).media_type, name)


def text_of(document: ParsedDocument) -> str:
    """Return all that would be indexed."""
    return "\n".join([document.title, *(f"{block.text} {block.html}" for block in document.blocks)])


def is_flagged(findings: tuple[Finding, ...]) -> bool:
    """Say whether somebody should look at a document."""
    return any(finding.needs_review for finding in findings)
