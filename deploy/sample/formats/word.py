"""Write DOCX with real heading, list and table styles."""

import io
from datetime import datetime, time

import docx
from docx.document import Document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as Text
from docx.text.run import Run

from deploy.sample.formats.brand import CLAIM, COMPANY, DEEP, GREY, PALE, WORDS, facts, logo_png
from deploy.sample.formats.package import repack
from deploy.sample.formats.source import (
    Block,
    Heading,
    Listing,
    Note,
    PageBreak,
    Paragraph,
    Source,
    Spans,
    Table,
)

HEADING_SIZES_PT = {0: 22, 1: 14, 2: 11.5}


def to_docx(source: Source) -> bytes:
    """Return the document; the same source gives the same bytes."""
    document = docx.Document()
    _describe(document, source)
    _style(document)
    _frame(document, source)
    document.add_heading(source.title, level=0)
    _paint(document.add_paragraph(facts(source)).runs[0], GREY, 9)
    for block in source.blocks():
        _add(document, block)
    for name in source.signatures:
        document.add_paragraph(f"\n______________________________\n{name}")
    buffer = io.BytesIO()
    document.save(buffer)
    return repack(buffer.getvalue(), dated=source.dated)


def _describe(document: Document, source: Source) -> None:
    about = document.core_properties
    about.title, about.language = source.title, source.language
    about.author, about.comments = f"{COMPANY}, {source.department}", ""
    about.created = about.modified = datetime.combine(source.dated, time(8))


def _style(document: Document) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in HEADING_SIZES_PT.items():
        style = document.styles["Title" if level == 0 else f"Heading {level}"]
        style.font.size, style.font.bold = Pt(size), True
        style.font.color.rgb = RGBColor.from_string(DEEP)
        fonts = style.element.rPr.rFonts
        for name in list(fonts.attrib):  # the template's theme font would win over the name
            del fonts.attrib[name]
        style.font.name = "Calibri"
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)


def _frame(document: Document, source: Source) -> None:
    section = document.sections[0]
    header = section.header.paragraphs[0]
    header.add_run().add_picture(io.BytesIO(logo_png()), height=Cm(0.9))
    _paint(header.add_run(f"  {COMPANY}"), DEEP, 11, bold=True)
    _paint(header.add_run(f"   {CLAIM}"), GREY, 8)
    before, between = WORDS[source.language].page.split("{}")[:2]
    footer = section.footer.paragraphs[0]
    _paint(
        footer.add_run(f"{source.title} · {source.version} · {source.dated.isoformat()} · {before}"), GREY, 8
    )
    _field(footer, "PAGE")
    _paint(footer.add_run(between), GREY, 8)
    _field(footer, "NUMPAGES")


def _field(paragraph: Text, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    paragraph._p.append(field)  # noqa: SLF001  # python-docx offers neither fields nor shading


def _paint(run: Run, colour: str, size_pt: float, *, bold: bool = False) -> None:
    run.font.color.rgb = RGBColor.from_string(colour)
    run.font.size, run.font.bold = Pt(size_pt), bold


def _add(document: Document, block: Block) -> None:
    match block:
        case Heading(level, spans):
            _write(document.add_heading(level=min(level, 2)), spans)
        case Paragraph(spans, hidden):
            paragraph = document.add_paragraph()
            _write(paragraph, spans)
            if hidden:
                for run in paragraph.runs:
                    _paint(run, "FFFFFF", 1)
        case Note(spans):
            paragraph = document.add_paragraph()
            _shade(paragraph._p.get_or_add_pPr(), PALE)  # noqa: SLF001  # see _field
            _write(paragraph, spans)
        case Listing(items, ordered):
            for item in items:
                _write(document.add_paragraph(style="List Number" if ordered else "List Bullet"), item)
        case Table(rows):
            _add_table(document, rows)
        case PageBreak():
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _write(paragraph: Text, spans: Spans) -> None:
    for span in spans:
        run = paragraph.add_run(span.text)
        # None leaves the decision to the style: a heading stays bold.
        run.bold, run.italic = span.bold or None, span.italic or None


def _add_table(document: Document, rows: tuple[tuple[Spans, ...], ...]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for number, row in enumerate(rows):
        for column, spans in enumerate(row):
            cell = table.cell(number, column)
            _write(cell.paragraphs[0], spans)
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
            if number == 0:
                for run in cell.paragraphs[0].runs:
                    _paint(run, "FFFFFF", 9.5, bold=True)
            if number == 0 or number % 2 == 0:
                _shade(cell._tc.get_or_add_tcPr(), DEEP if number == 0 else PALE)  # noqa: SLF001  # see _field
    document.add_paragraph()


def _shade(properties: BaseOxmlElement, colour: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", colour)):
        shade.set(qn(name), value)
    properties.append(shade)
