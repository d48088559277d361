"""Read what stands on a PDF page beside its own text: filled form fields and text notes written onto it.

A field's value is put behind its label, as it is read on paper; a check box is shown as ☒ or ☐ before its label.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING

from ingest.parse.pdf.layout import Line, Page
from ingest.parse.pdf.text import Frame, Piece
from ingest.parse.pdf.words import Place, Word

if TYPE_CHECKING:
    from pypdfium2 import PdfFormEnv, PdfPage

MAX_ANNOTATIONS = 5_000  # a page
MAX_CHARS = 20_000  # a value
SIZE = 10.0  # points; the usual size of a field's letters, where its box is higher
NEAR_LABEL = 40.0  # points between a label and the field below or beside it
SHOWN_IN_BOX = 0.8  # of a line read by OCR lies in a field's box where it is the field's value
CHECKED, UNCHECKED = "☒", "☐"


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a text that an annotation shows, with its place."""

    text: str
    place: Place
    is_box: bool = False  # a check box or a radio button


def notes_on(page: "PdfPage", form: "PdfFormEnv | None", frame: Frame) -> list[Note]:
    """Return the values of the page's fields and the texts written onto it, hidden ones left out."""
    from pypdfium2 import raw  # heavy: keeps --help under 0.3 s

    notes: list[Note] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        if kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT) and not _is_hidden(raw, annotation):
            note = _note(raw, annotation, kind, form)
            if note is not None:
                notes.append(replace(note, place=frame.place(*note.place)))
        raw.FPDFPage_CloseAnnot(annotation)
    return notes


def _is_hidden(raw: ModuleType, annotation: object) -> bool:
    flags = raw.FPDFAnnot_GetFlags(annotation)
    return bool(flags & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW))


def _note(raw: ModuleType, annotation: object, kind: int, form: "PdfFormEnv | None") -> Note | None:
    rect = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    place = (rect.left, rect.bottom, rect.right, rect.top)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        text = _string(lambda *rest: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", *rest))
        return Note(text, place) if text else None
    if form is None:
        return None
    field = raw.FPDFAnnot_GetFormFieldType(form.raw, annotation)
    if field in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        is_checked = raw.FPDFAnnot_IsChecked(form.raw, annotation)
        return Note(CHECKED if is_checked else UNCHECKED, place, is_box=True)
    if field in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        is_secret = raw.FPDFAnnot_GetFormFieldFlags(form.raw, annotation) & (1 << 13)  # shown as dots
        text = _string(lambda *rest: raw.FPDFAnnot_GetFormFieldValue(form.raw, annotation, *rest))
        return Note(text, place) if text and not is_secret else None
    return None


def _string(ask: Callable[..., int]) -> str:
    """Return what a function writes as UTF-16 after telling how many bytes it needs."""
    size = min(ask(None, 0), 2 * MAX_CHARS)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(buffer, size)
    return " ".join(bytes(buffer).decode("utf-16-le", "replace").split("\0")[0].split())


def with_notes(pieces: Sequence[Piece], notes: Sequence[Note], number: int) -> list[Piece]:
    """Return a page's pieces with each note at its label, or at the end where it has none."""
    placed = list(pieces)
    for position, note in enumerate(notes):
        piece = _piece(note, number, -1 - position)
        at = _label(placed, note)
        if at is None:
            placed.append(piece)
        else:
            placed.insert(at if note.is_box else at + 1, piece)
    return placed


def with_notes_on_scan(page: Page, notes: Sequence[Note]) -> Page:
    """Return a page read by OCR with its notes; what OCR read in a note's box is the note's, letter by letter."""
    if not notes:
        return page
    lines = (line for line in page.lines if not any(_is_within(line, note.place) for note in notes))
    placed = with_notes([Piece(line, ()) for line in lines], notes, page.number)
    return replace(page, lines=tuple(piece.line for piece in placed))


def _is_within(line: Line, place: Place) -> bool:
    x0, y0, x1, y1 = place
    width, height = min(line.x1, x1) - max(line.x0, x0), min(line.y1, y1) - max(line.y0, y0)
    area = (line.x1 - line.x0) * (line.y1 - line.y0)
    return width > 0 and height > 0 and width * height >= SHOWN_IN_BOX * area


def _piece(note: Note, number: int, start: int) -> Piece:
    """Return the note as a line; its words start below 0, where no character of the page does."""
    x0, y0, x1, y1 = note.place
    line = Line(note.text, number, x0, y0, x1, y1, size=min(y1 - y0, SIZE))
    return Piece(line, (Word(note.text, start, start + 1, x0, y0, x1, y1),))


def _label(pieces: Sequence[Piece], note: Note) -> int | None:
    """Return the index of the line that names the field: beside it, else above it."""
    best = min(_distances(pieces, note), default=None)
    return best[1] if best is not None and best[0] <= NEAR_LABEL else None


def _distances(pieces: Sequence[Piece], note: Note) -> Iterator[tuple[float, int]]:
    x0, y0, x1, y1 = note.place
    for index, piece in enumerate(pieces):
        line = piece.line
        is_level = min(line.y1, y1) - max(line.y0, y0) > 0.4 * min(line.y1 - line.y0, y1 - y0)
        beside = line.x0 - x1 if note.is_box else x0 - line.x1
        if is_level and beside > -5:
            yield max(beside, 0.0) / 4, index  # a label beside is nearer than one above
        elif not note.is_box and line.x0 < x1 and line.x1 > x0 and y0 - line.y1 >= -2:
            yield y0 - line.y1 + 5, index
