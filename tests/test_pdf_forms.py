"""Hold what stands on a PDF page beside its text: fields, notes, and what would act when the file is opened."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.pdf.active import active_content
from ingest.parse.pdf.document import parse_pdf
from ingest.types import FindingKind, ParsedDocument
from tests.test_pdf_document import HEIGHT, drawn, scanned, write

SEEN = "The supplier delivers within thirty days of the order."
HIDDEN, NO_VIEW, PRINT = 2, 32, 4  # flags of annotations


def read(path: Path, page: Callable[[Canvas], None]) -> str:
    """Return the text of a PDF with this page."""
    return "\n".join(block.text for block in parse_pdf(drawn(path / "a.pdf", page)).blocks)


def changed(path: Path, change: Callable[[PdfWriter], None]) -> Path:
    """Return a PDF of one sentence that was changed."""
    writer = PdfWriter(clone_from=drawn(path / "plain.pdf", lambda canvas: write(canvas, 72, 200, SEEN)))
    change(writer)
    target = path / "changed.pdf"
    writer.write(target)
    return target


def active(document: ParsedDocument) -> list[str]:
    """Return what was reported as active."""
    return [finding.detail for finding in document.findings if finding.kind is FindingKind.ACTIVE_CONTENT]


def field(canvas: Canvas, label: str, value: str, top: float, *, flags: str = "") -> None:
    """Draw a label with a text field beside it."""
    write(canvas, 72, top, label)
    canvas.acroForm.textfield(
        name=label, value=value, x=180, y=HEIGHT - top - 4, width=200, height=16, fieldFlags=flags
    )


def test_value_follows_its_label(tmp_path: Path) -> None:
    """A filled field is read behind the label that stands before it, line by line; an empty one says nothing."""

    def page(canvas: Canvas) -> None:
        write(canvas, 72, 100, "Application for leave, to be handed in two weeks before it starts")
        field(canvas, "Name of employee", "Bernd Beyer", 200)
        field(canvas, "Department", "Accounting", 230)
        field(canvas, "Remarks", "", 260)

    text = " ".join(read(tmp_path, page).split())
    places = [
        text.index(part)
        for part in ("Name of employee", "Bernd Beyer", "Department", "Accounting", "Remarks")
    ]
    assert places == sorted(places)
    assert text.endswith("Remarks")


def test_boxes_are_shown_checked_or_not(tmp_path: Path) -> None:
    """A check box is read before its label, as checked or unchecked."""

    def page(canvas: Canvas) -> None:
        write(canvas, 72, 100, "Please say how you want to travel")
        for number, (label, is_checked) in enumerate((("by train", True), ("by plane", False))):
            top = 200 + 30 * number
            canvas.acroForm.checkbox(name=label, checked=is_checked, x=72, y=HEIGHT - top - 3, size=14)
            write(canvas, 95, top, label)

    text = " ".join(read(tmp_path, page).split())
    assert "☒ by train" in text
    assert "☐ by plane" in text


def test_password_field_is_not_read(tmp_path: Path) -> None:
    """What the page shows as dots is no text."""

    def page(canvas: Canvas) -> None:
        write(canvas, 72, 100, "Sign in with the name of your department")
        field(canvas, "Pass phrase", "opensesame", 200, flags="password")

    text = read(tmp_path, page)
    assert "Pass phrase" in text
    assert "opensesame" not in text


@pytest.mark.parametrize(("flags", "is_seen"), [(PRINT, True), (HIDDEN, False), (NO_VIEW, False)])
def test_note_on_the_page(tmp_path: Path, flags: int, *, is_seen: bool) -> None:
    """A text written onto the page is read where it shows, and not where it is hidden."""

    def annotate(writer: PdfWriter) -> None:
        note = FreeText(text="Approved by the board", rect=(72, 500, 250, 520))
        note[NameObject("/F")] = NumberObject(flags)
        writer.add_annotation(0, note)

    text = "\n".join(block.text for block in parse_pdf(changed(tmp_path, annotate)).blocks)
    assert SEEN in text
    assert ("Approved by the board" in text) is is_seen


@pytest.mark.parametrize(("flags", "is_seen"), [(PRINT, True), (HIDDEN, False)])
def test_hidden_field_is_not_read(tmp_path: Path, flags: int, *, is_seen: bool) -> None:
    """A field that the page does not show may hold anything; it is not text."""
    path = drawn(tmp_path / "plain.pdf", lambda canvas: field(canvas, "Name of employee", "Bernd Beyer", 200))
    writer = PdfWriter(clone_from=path)
    annotations = writer.pages[0]["/Annots"]
    assert isinstance(annotations, ArrayObject)
    for annotation in annotations:
        annotation.get_object()[NameObject("/F")] = NumberObject(flags)
    writer.write(tmp_path / "a.pdf")

    text = " ".join(block.text for block in parse_pdf(tmp_path / "a.pdf").blocks)
    assert "Name of employee" in text
    assert ("Bernd Beyer" in text) is is_seen


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_box_of_a_value_is_where_it_shows(tmp_path: Path, turn: int) -> None:
    """A value's box lies on the page as shown, however it is turned."""
    path = drawn(tmp_path / "plain.pdf", lambda canvas: field(canvas, "Name of employee", "Bernd Beyer", 200))
    writer = PdfWriter(clone_from=path)
    writer.pages[0].rotate(turn)
    writer.write(tmp_path / "a.pdf")
    blocks = parse_pdf(tmp_path / "a.pdf").blocks
    left, bottom, right, top = 72.0, HEIGHT - 205, 381.0, HEIGHT - 186  # label and field, in page space
    width, height = 595.3, HEIGHT
    places = {
        0: (left, height - top, right, height - bottom),
        90: (bottom, left, top, right),
        180: (width - right, bottom, width - left, top),
        270: (height - top, width - right, height - bottom, width - left),
    }
    boxes = [box for block in blocks for box in block.boxes]
    assert "Bernd Beyer" in " ".join(block.text for block in blocks)
    found = (
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
    assert found == pytest.approx(places[turn], abs=4)


@pytest.mark.slow
def test_value_on_a_scanned_form_is_read(tmp_path: Path) -> None:
    """A form that was scanned and then filled in at the computer is read by OCR, and its values are kept."""

    def page(canvas: Canvas) -> None:
        scanned()(canvas)
        canvas.acroForm.textfield(name="buyer", value="Bernd Beyer", x=180, y=200, width=200, height=16)

    text = read(tmp_path, page)
    assert "invoice of the supplier arrived in March" in text
    assert text.count("Bernd") == 1, "the value's picture is read again"
    assert "Bernd Beyer" in text


def open_action(writer: PdfWriter, kind: str, **entries: str) -> None:
    """Let the file do something when it is opened."""
    action = DictionaryObject({NameObject("/S"): NameObject(kind)})
    action.update({NameObject(f"/{name}"): TextStringObject(value) for name, value in entries.items()})
    writer.root_object[NameObject("/OpenAction")] = action


def script(writer: PdfWriter) -> None:
    """Run a script when the file is opened."""
    open_action(writer, "/JavaScript", JS="app.alert('Hello')")


def launch(writer: PdfWriter) -> None:
    """Start a program when the file is opened."""
    open_action(writer, "/Launch", F="calc.exe")


def attach(writer: PdfWriter) -> None:
    """Put a file inside."""
    writer.add_attachment("notes.txt", b"Hello")


def xfa(writer: PdfWriter) -> None:
    """Add a form of the other kind, which may script."""
    stream = StreamObject()
    stream.set_data(b"<xdp/>")
    reference = writer._add_object(stream)
    form = DictionaryObject({NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): reference})
    writer.root_object[NameObject("/AcroForm")] = form


@pytest.mark.parametrize(
    ("change", "named"),
    [(script, "JavaScript"), (launch, "programs"), (attach, "embedded files"), (xfa, "XFA")],
)
def test_active_content_is_reported(tmp_path: Path, change: Callable[[PdfWriter], None], named: str) -> None:
    """What a file would do when it is opened is named; its text is read all the same."""
    document = parse_pdf(changed(tmp_path, change))
    (detail,) = active(document)
    assert named in detail
    assert [block.text for block in document.blocks] == [SEEN]


def test_plain_file_is_not_active(tmp_path: Path) -> None:
    """A PDF that only shows something, or has plain fields, has no finding."""

    def page(canvas: Canvas) -> None:
        write(canvas, 72, 100, "JavaScript and Launch are words like others")
        field(canvas, "Name of employee", "Bernd Beyer", 200)

    assert parse_pdf(drawn(tmp_path / "a.pdf", page)).findings == ()


ACTION = b"<< /S /JavaScript /JS (app.alert) >>"


@pytest.mark.parametrize(
    "dictionary",
    [
        b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length 50 >>",
        b"<</Filter/FlateDecode/First 4/Length 50/N 1/Type/ObjStm>>",
        b"<< /Type /ObjStm /Extends 4 0 R /DecodeParms << /Predictor 1 >> /Filter /FlateDecode /Length 50 >>",
        b"<< /DecodeParms << /Predictor 1 >> /Type /ObjStm /Filter [/FlateDecode] /Length 50 >>",
        b"<< /Type /#4fbjStm /N 1 /First 4 /Filter /FlateDecode /Length 50 >>",
    ],
)
def test_action_in_an_object_stream_is_found(tmp_path: Path, dictionary: bytes) -> None:
    """Packing objects hides nothing, however the stream's dictionary is written."""
    path = tmp_path / "a.pdf"
    path.write_bytes(
        b"%PDF-1.7\n7 0 obj\n"
        + dictionary
        + b"\nstream\r\n"
        + zlib.compress(b"8 0 " + ACTION)
        + b"\nendstream"
    )
    assert [finding.detail for finding in active_content(path)] == ["JavaScript"]


@pytest.mark.parametrize("name", [b"/JavaScript", b"/J#61vaScript", b"/#4a#53", b"/JS"])
def test_name_is_known_however_it_is_written(tmp_path: Path, name: bytes) -> None:
    """Letters of a name may be written as numbers."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n1 0 obj\n<< /S " + name + b" >>\nendobj")
    assert [finding.detail for finding in active_content(path)] == ["JavaScript"]


def test_packed_bytes_that_look_like_a_name_are_none(tmp_path: Path) -> None:
    """Three letters within a picture's bytes, as chance puts them into every larger scan, are no script."""
    path = tmp_path / "a.pdf"
    noise = bytes(range(128, 256)) * 20 + b"/JS<" + bytes(range(128, 256)) * 20
    path.write_bytes(
        b"%PDF-1.7\n1 0 obj\n<< /Subtype /Image /Filter /DCTDecode /Length 5124 >>\nstream\r\n"
        + noise
        + b"\r\nendstream\nendobj"
    )
    assert active_content(path) == []


def test_script_behind_a_false_stream_is_found(tmp_path: Path) -> None:
    """A string that looks like the start of a stream hides no object behind it."""
    path = tmp_path / "a.pdf"
    path.write_bytes(
        b"%PDF-1.7\n1 0 obj\n<< /Title (>> stream\n) >>\nendobj\n2 0 obj\n"
        + ACTION
        + b"\nendobj\n3 0 obj\n<< /Length 2 >>\nstream\nq \nendstream\nendobj"
    )
    assert [finding.detail for finding in active_content(path)] == ["JavaScript"]


def test_object_stream_without_a_filter_is_read(tmp_path: Path) -> None:
    """Objects may be gathered in a stream without being packed."""
    path = tmp_path / "a.pdf"
    path.write_bytes(
        b"%PDF-1.7\n7 0 obj\n<< /Type /ObjStm /N 1 /First 4 >>\nstream\n8 0 " + ACTION + b"\nendstream"
    )
    assert [finding.detail for finding in active_content(path)] == ["JavaScript"]
