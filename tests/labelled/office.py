"""Write invented documents as DOCX, PPTX and XLSX."""

import io
from copy import deepcopy
from typing import Any

import openpyxl
from docx import Document
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Cm

from tests.labelled.content import Content, Grid, Labelled
from tests.labelled.languages import Value


def docx(content: Content) -> Labelled:
    """Write page header and footer, hidden text, and a table whose header may span columns."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = content.banner
    document.sections[0].footer.paragraphs[0].text = content.language.page.format(1, 1)
    document.add_heading(content.title, 0)
    for name, sentences in content.sections:
        document.add_heading(name, 1)
        for sentence in sentences:
            document.add_paragraph(sentence)
    document.add_paragraph().add_run(content.hidden).font.hidden = True
    grid = content.grid()
    table = document.add_table(len(grid), len(grid[0]), style="Table Grid")
    _fill(table, grid, content)
    buffer = io.BytesIO()
    document.save(buffer)
    forbidden = [content.banner, content.hidden, content.language.page.format(1, 1)]
    return Labelled(buffer.getvalue(), content.text, forbidden, content.cells())


def _fill(table: Any, grid: Grid, content: Content) -> None:
    """Write a table of Word or PowerPoint, which name their cells alike."""
    for y, row in enumerate(grid):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    for at in range(len(content.groups)):
        table.cell(0, 1 + 2 * at).merge(table.cell(0, 2 + 2 * at))


def pptx(content: Content) -> Labelled:
    """Write slides with the layout's footer and number, and one with a table."""
    presentation = Presentation()
    for name, sentences in content.sections:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = name
        slide.placeholders[1].text = "\n".join(sentences)
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = content.title
    grid = content.grid()
    _fill(slide.shapes.add_table(len(grid), len(grid[0]), Cm(1), Cm(4), Cm(22), Cm(1)).table, grid, content)
    pages = len(presentation.slides)
    for number, slide in enumerate(presentation.slides, 1):
        for place in slide.slide_layout.placeholders:
            if place.placeholder_format.idx in (11, 12):  # footer and slide number of the standard layouts
                slide.shapes._spTree.append(deepcopy(place._element))
                text = (
                    content.banner
                    if place.placeholder_format.idx == 11
                    else content.language.page.format(number, pages)
                )
                slide.shapes[-1].text_frame.text = text
    buffer = io.BytesIO()
    presentation.save(buffer)
    numbers = [content.language.page.format(number, pages) for number in range(1, pages + 1)]
    return Labelled(buffer.getvalue(), content.text, [content.banner, *numbers], content.cells())


def xlsx(content: Content) -> Labelled:
    """Write a title row, a table away from the corner under merged headers, a hidden sheet and a print header."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.oddHeader.center.text = content.banner
    sheet["B2"] = content.title
    sheet["B2"].font = Font(bold=True, size=16)
    sheet.merge_cells("B2:E2")
    head = content.grid()[: 1 + bool(content.groups)]
    for y, row in enumerate([*head, *content.rows], 5):
        for x, value in enumerate(row, 3):
            cell = sheet.cell(y, x, value or None)
            if isinstance(value, float):
                cell.number_format = "#,##0.00"
    for at in range(len(content.groups)):
        sheet.merge_cells(start_row=5, end_row=5, start_column=4 + 2 * at, end_column=5 + 2 * at)
    note = content.sections[0][1][0]
    sheet.cell(8 + len(content.rows) + len(head), 2, note)
    unseen = workbook.create_sheet("x")
    unseen["A1"] = content.hidden
    unseen.sheet_state = "hidden"
    buffer = io.BytesIO()
    workbook.save(buffer)
    snippets = [content.title, note]
    return Labelled(buffer.getvalue(), snippets, [content.banner, content.hidden], content.cells(_plain))


def _plain(value: Value) -> str:
    """Return a value as a workbook holds it, whatever its language."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)
