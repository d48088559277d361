"""Draw a paper as PDF with reportlab, on A4."""

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from io import BytesIO
from typing import Final

from reportlab.graphics import shapes
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    ListFlowable,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from app.compliance.paper import (
    Blank,
    Block,
    Box,
    Card,
    Frame,
    Heading,
    Line,
    Paper,
    Picture,
    Points,
    Table,
    Text,
)

MARGIN: Final = 18 * mm
LINE: Final = A4[0] - 2 * MARGIN - 12  # reportlab's frames keep 6 points on each side
INK, SOFT, RULE, TINT = (colors.HexColor(one) for one in ("#1f2a2c", "#5b686b", "#d9dfe0", "#f3f6f6"))
OURS, OTHER, TLS = (colors.HexColor(one) for one in ("#0f766e", "#b45309", "#15803d"))
STROKES: Final = {"inside": SOFT, "machine": SOFT, "tls": TLS, "plain": OTHER}
BODY: Final = ParagraphStyle(
    "body", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=INK, spaceAfter=4
)
CELL: Final = ParagraphStyle("cell", BODY, fontSize=8.5, leading=11.5, spaceAfter=0, splitLongWords=1)
NAME: Final = ParagraphStyle("name", CELL, textColor=SOFT)
HEAD: Final = ParagraphStyle("head", CELL, fontName="Helvetica-Bold")
MADE: Final = ParagraphStyle("made", BODY, fontSize=8.5, leading=12, textColor=SOFT, spaceAfter=8)
TITLE: Final = ParagraphStyle("title", BODY, fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=6)
SECTION: Final = ParagraphStyle(
    "section", BODY, fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=12, keepWithNext=1
)
CARD: Final = ParagraphStyle("card", SECTION, fontSize=10, leading=13, spaceBefore=8, spaceAfter=2)
STROKED: Final = str.maketrans("ŁłĐđĦħ", "LlDdHh")  # which do not come apart into a letter and an accent
_RULES: Final = (
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
)


def pdf(paper: Paper, frame: Frame) -> bytes:
    """Return the paper as PDF, the same bytes for the same paper."""
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=20 * mm,
        title=paper.title,
        author=frame.site,
        lang=frame.language,
        invariant=1,
    )

    def foot(canvas: Canvas, _document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN + 6, 11 * mm, _printable(f"{frame.site} · {paper.title}")[:110])
        number = frame.page.format(number=canvas.getPageNumber())
        canvas.drawRightString(A4[0] - MARGIN - 6, 11 * mm, number)

    document.build([*_story(paper, frame)], onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(paper: Paper, frame: Frame) -> Iterator[Flowable]:
    yield from (_words(paper.title, TITLE), _words(frame.made, MADE))
    above: list[Flowable] = []  # a heading, which stays with the card below it
    for block in paper.blocks:
        if isinstance(block, Card):
            yield KeepTogether([*above, *_draw(block, frame)])
        else:
            yield from above
        above = [_words(block.text, SECTION)] if isinstance(block, Heading) else []
        if not isinstance(block, Card | Heading):
            yield from _draw(block, frame)
    yield from above


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_printable(text)), style)


def _printable(text: str) -> str:
    """Return the text in letters that the standard fonts have; the page of the same paper has all as they are."""
    return "".join(map(_letter, text))


def _letter(one: str) -> str:
    with suppress(UnicodeEncodeError):
        one.encode("cp1252")
        return one
    apart = unicodedata.normalize("NFKD", one.translate(STROKED))
    return apart.encode("ascii", "ignore").decode() or "?"


def _draw(block: Block, frame: Frame) -> Iterator[Flowable]:
    match block:
        case Heading():
            yield _words(block.text, SECTION)
        case Text():
            yield _words(block.text, BODY)
        case Points():
            items = [_words(item, BODY) for item in block.items]
            yield ListFlowable(items, bulletType="bullet", bulletFontSize=7, leftIndent=12, bulletColor=OURS)
        case Blank():
            yield from _blank(block, frame)
        case Picture():
            yield from (Spacer(1, 6), _picture(block), Spacer(1, 8))
        case Card():
            rows = [[_words(name, NAME), _words(value, CELL)] for name, value in block.rows]
            table = LongTable(rows, colWidths=[LINE * 0.2, LINE * 0.8], style=TableStyle(_RULES))
            yield from (_words(block.title, CARD), table)
        case Table():
            yield _table(block)


def _blank(block: Blank, frame: Frame) -> Iterator[Flowable]:
    ask = ParagraphStyle("ask", HEAD, textColor=OTHER)
    rows = [[[_words(frame.ask, ask), _words(block.ask, BODY), Spacer(1, 26)]]]
    style = TableStyle(
        [("BOX", (0, 0), (-1, -1), 0.9, OTHER, "butt", (4, 3)), ("TOPPADDING", (0, 0), (-1, -1), 5)]
    )
    yield from (Spacer(1, 4), LongTable(rows, colWidths=[LINE], style=style), Spacer(1, 6))


def _table(table: Table) -> LongTable:
    rows = [[_words(one, HEAD) for one in table.columns]]
    rows += [[_words(cell, CELL) for cell in row] for row in table.rows]
    style = TableStyle([*_RULES, ("LINEBELOW", (0, 0), (-1, 0), 1, SOFT)])
    widths = [LINE * share for share in table.widths]
    return LongTable(rows, colWidths=widths, repeatRows=1, style=style, spaceBefore=2, spaceAfter=8)


def _picture(picture: Picture) -> shapes.Drawing:
    scale = LINE / picture.width
    drawing = shapes.Drawing(LINE, picture.height * scale)
    group = shapes.Group(transform=(scale, 0, 0, -scale, 0, picture.height * scale))  # y downwards
    for line in picture.lines:
        group.add(_line(line))
        if line.label:
            group.add(_label((line.x1 + line.x2) / 2, line.y2 - 6, line.label, 13, SOFT))
    for box in picture.boxes:
        for shape in _box(box):
            group.add(shape)
    drawing.add(group)
    return drawing


def _line(line: Line) -> shapes.Line:
    dashes = [5, 3] if line.way == "plain" else None
    width = 2.5 if line.way == "tls" else 1.5
    ends = (line.x1, line.y1, line.x2, line.y2)
    return shapes.Line(*ends, strokeColor=STROKES[line.way], strokeWidth=width, strokeDashArray=dashes)


def _box(box: Box) -> Iterator[shapes.Shape]:
    colour, dashes = (OURS, None) if box.is_ours else (OTHER, [5, 3])
    place = (box.x, box.y, box.width, box.height)
    yield shapes.Rect(
        *place, rx=6, ry=6, fillColor=TINT, strokeColor=colour, strokeWidth=1.5, strokeDashArray=dashes
    )
    for number, text in enumerate(box.lines):
        size, ink = (13, SOFT) if number else (15, INK)
        yield _label(box.x + box.width / 2, box.y + 21 + number * 17, text, size, ink)


def _label(x: float, y: float, text: str, size: float, ink: colors.Color) -> shapes.Group:
    """Return words centred on x, upright in a drawing whose y goes downwards."""
    font = "Helvetica-Bold" if ink is INK else "Helvetica"
    words = shapes.String(
        0, 0, _printable(text), fontName=font, fontSize=size, fillColor=ink, textAnchor="middle"
    )
    return shapes.Group(words, transform=(1, 0, 0, -1, x, y))
