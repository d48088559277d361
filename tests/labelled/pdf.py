"""Write invented documents as PDF, with tables of lines and without."""

import io
from collections.abc import Iterator
from typing import Any

from reportlab.lib.colors import black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from tests.labelled.content import Content, Labelled

CELL_PADDING = 12.0  # points, left and right together: reportlab's own


def ruled_pdf(content: Content) -> Labelled:
    """Write a PDF whose table is a grid of lines."""
    return _pdf(content, is_ruled=True)


def unruled_pdf(content: Content) -> Labelled:
    """Write a PDF whose table has no lines."""
    return _pdf(content, is_ruled=False)


def _pdf(content: Content, *, is_ruled: bool) -> Labelled:
    """Write running header and footer, page numbers, a sentence in white, and a table with or without lines."""
    body = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=7)
    heading = ParagraphStyle("heading", parent=body, fontName="Helvetica-Bold", fontSize=14, leading=18)
    unseen = ParagraphStyle("unseen", parent=body, fontSize=1, leading=1.2, textColor=white)
    pages = 0

    def furniture(canvas: Any, document: Any) -> None:
        number = content.language.page.format(document.page, pages)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, A4[1] - 36, content.banner)
        canvas.drawRightString(A4[0] - 60, 30, number)

    def story() -> Iterator[Flowable]:
        yield Paragraph(content.title, ParagraphStyle("title", parent=heading, fontSize=19, leading=24))
        for at, (name, sentences) in enumerate(content.sections):
            yield Paragraph(name, heading)
            for sentence in sentences:
                yield Paragraph(" ".join([sentence, *content.language.padding]), body)
            yield Paragraph(content.hidden, unseen) if at == 0 else Spacer(1, 6)
            if at == 1:
                yield _pdf_table(content, is_ruled=is_ruled)
                yield Spacer(1, 12)

    buffer = io.BytesIO()
    for _ in range(2):  # the second time the number of pages is known
        buffer = io.BytesIO()
        document = SimpleDocTemplate(buffer, pagesize=A4, leftMargin=60, rightMargin=60, invariant=1)
        document.build(list(story()), onFirstPage=furniture, onLaterPages=furniture)
        pages = document.page
    numbers = [content.language.page.format(number, pages) for number in range(1, pages + 1)]
    return Labelled(
        buffer.getvalue(), content.text, [content.banner, content.hidden, *numbers], content.cells()
    )


def _pdf_table(content: Content, *, is_ruled: bool) -> Table:
    head = 1 + bool(content.groups)
    style: list[tuple[object, ...]] = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 9),
        ("FONT", (0, 0), (-1, head - 1), "Helvetica-Bold", 9),
    ]
    if is_ruled:
        style.append(("GRID", (0, 0), (-1, -1), 0.5, black))
    for at, value in enumerate(content.rows[0]):
        if isinstance(value, int | float):
            style.append(("ALIGN", (at, 0), (at, -1), "RIGHT"))
    for at in range(len(content.groups)):
        style += [
            ("SPAN", (1 + 2 * at, 0), (2 + 2 * at, 0)),
            ("ALIGN", (1 + 2 * at, 0), (2 + 2 * at, 0), "CENTER"),
        ]
    grid = content.grid()
    columns = zip(*grid[head - 1 :], strict=True)
    widths = [
        max(stringWidth(text, "Helvetica-Bold", 9) for text in column) + CELL_PADDING for column in columns
    ]
    return Table(grid, repeatRows=head, style=style, colWidths=widths)
