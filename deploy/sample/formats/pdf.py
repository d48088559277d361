"""Write PDF: policies, letters, contracts and manuals with the company's header and footer."""

import io
from collections.abc import Sequence
from functools import partial
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    HRFlowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    NextPageTemplate,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from deploy.sample.formats.brand import BRIGHT, COMPANY, DEEP, GREY, PALE, facts
from deploy.sample.formats.page import HEIGHT, SIDE, WIDTH, NumberedCanvas, Scribble
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
    plain,
)

TOP, BOTTOM = 30 * mm, 22 * mm
TITLE_HEIGHT = 34 * mm  # of the frame that holds title and facts above two columns
GUTTER = 8 * mm
CELL_PADDING = 10.0  # points, left and right together
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14.2, spaceAfter=6)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9, leading=11.6, spaceAfter=0)
HEADER = ParagraphStyle("header", parent=CELL, fontName="Helvetica-Bold", textColor=white)
STYLES = {
    "title": ParagraphStyle(
        "title", fontName="Helvetica-Bold", fontSize=20, leading=24, textColor=HexColor(f"#{DEEP}")
    ),
    "facts": ParagraphStyle("facts", parent=BODY, fontSize=8.5, textColor=HexColor(f"#{GREY}")),
    "note": ParagraphStyle(
        "note", parent=BODY, backColor=HexColor(f"#{PALE}"), borderPadding=7, spaceBefore=9, spaceAfter=12
    ),
    "cell": CELL,
    "number": ParagraphStyle("number", parent=CELL, alignment=TA_RIGHT),
    "cell header": HEADER,
    "number header": ParagraphStyle("number header", parent=HEADER, alignment=TA_RIGHT),
    # What a person cannot see and a parser can: one point high, white on white.
    "hidden": ParagraphStyle("hidden", parent=BODY, fontSize=1, leading=1.2, textColor=white),
}
HEADINGS = {1: (13.5, 15), 2: (11, 10)}  # level to size and space before, in points


def to_pdf(source: Source) -> bytes:
    """Return the document as PDF; the same source gives the same bytes."""
    buffer = io.BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=source.title,
        author=f"{COMPANY}, {source.department}",
        lang=source.language,
        invariant=1,
    )
    document.addPageTemplates(_templates(source))
    story = _title(source)
    width = WIDTH - 2 * SIDE
    if source.columns == 2:
        story += [NextPageTemplate("later"), FrameBreak()]
        width = (width - GUTTER) / 2
    for block in source.blocks():
        story += _flow(block, width)
    if source.signatures:
        story.append(KeepTogether(_signatures(source)))
    document.build(story, canvasmaker=partial(NumberedCanvas, source=source))
    return buffer.getvalue()


def _templates(source: Source) -> list[PageTemplate]:
    height = HEIGHT - TOP - BOTTOM
    bare = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    if source.columns == 1:
        return [PageTemplate("only", [Frame(SIDE, BOTTOM, WIDTH - 2 * SIDE, height, **bare)])]
    width = (WIDTH - 2 * SIDE - GUTTER) / 2

    def columns(height: float) -> list[Frame]:
        return [Frame(x, BOTTOM, width, height, **bare) for x in (SIDE, SIDE + width + GUTTER)]

    title = Frame(SIDE, HEIGHT - TOP - TITLE_HEIGHT, WIDTH - 2 * SIDE, TITLE_HEIGHT, **bare)
    return [
        PageTemplate("first", [title, *columns(height - TITLE_HEIGHT)]),
        PageTemplate("later", columns(height)),
    ]


def _title(source: Source) -> list[Flowable]:
    return [
        Text(escape(source.title), STYLES["title"]),
        Spacer(1, 5),
        Text(escape(facts(source)), STYLES["facts"]),
        HRFlowable(width="100%", thickness=1.2, color=HexColor(f"#{BRIGHT}"), spaceBefore=2, spaceAfter=10),
    ]


def _flow(block: Block, width: float) -> list[Flowable]:
    match block:
        case Heading(level, spans):
            return [Text(_markup(spans), _heading_style(level))]
        case Paragraph(spans, hidden):
            return [Text(_markup(spans), STYLES["hidden"] if hidden else BODY)]
        case Note(spans):
            return [Text(_markup(spans), STYLES["note"])]
        case Listing(items, ordered):
            entries = [ListItem(Text(_markup(item), BODY), leftIndent=16) for item in items]
            kind = {"bulletType": "1"} if ordered else {"bulletType": "bullet", "start": "•"}
            return [ListFlowable(entries, leftIndent=16, bulletFontSize=10, **kind), Spacer(1, 4)]
        case Table(rows):
            return [Spacer(1, 3), _grid(rows, width), Spacer(1, 10)]
        case PageBreak():
            return [NewPage()]


def _heading_style(level: int) -> ParagraphStyle:
    size, before = HEADINGS[min(level, 2)]
    return ParagraphStyle(
        f"heading{level}",
        fontName="Helvetica-Bold",
        fontSize=size,
        leading=size * 1.25,
        spaceBefore=before,
        spaceAfter=5,
        textColor=HexColor(f"#{DEEP}"),
        keepWithNext=1,
    )


def _markup(spans: Spans) -> str:
    parts = []
    for span in spans:
        text = escape(span.text).replace("\n", "<br/>")
        if span.italic:
            text = f"<i>{text}</i>"
        parts.append(f"<b>{text}</b>" if span.bold else text)
    return "".join(parts)


def _grid(rows: tuple[tuple[Spans, ...], ...], width: float) -> Grid:
    styles = [
        "cell" if column == 0 else _column_style(cells[1:])
        for column, cells in enumerate(zip(*rows, strict=True))
    ]
    data = [
        [Text(_markup(cell), STYLES[f"{style} header"]) for cell, style in zip(rows[0], styles, strict=True)]
    ]
    data += [
        [Text(_markup(cell), STYLES[style]) for cell, style in zip(row, styles, strict=True)]
        for row in rows[1:]
    ]
    grid = Grid(data, colWidths=_column_widths(rows, width), repeatRows=1, hAlign="LEFT")
    grid.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(f"#{DEEP}")),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, HexColor(f"#{PALE}")]),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#C9D6D9")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING / 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING / 2),
        ]
    )
    return grid


def _column_style(cells: Sequence[Spans]) -> str:
    """Return "number" for a column that holds mostly figures, which read best aligned to the right."""
    texts = [plain(cell) for cell in cells]
    figures = [text for text in texts if text[:1].isdigit() and sum(letter.isalpha() for letter in text) <= 3]
    return "number" if len(figures) * 2 > len(texts) else "cell"


def _column_widths(rows: tuple[tuple[Spans, ...], ...], width: float) -> list[float]:
    """Share the width by the longest text of each column, no column narrower than its longest word."""
    columns = [[plain(cell) for cell in column] for column in zip(*rows, strict=True)]
    words = [
        max((stringWidth(word, "Helvetica-Bold", 9.2) for text in column for word in text.split()), default=0)
        + CELL_PADDING
        for column in columns
    ]
    longest = [
        max(stringWidth(text, "Helvetica-Bold", 9.2) for text in column) + CELL_PADDING for column in columns
    ]
    spare = max(0.0, width - sum(words))
    wanted = [max(0.0, full - least) for full, least in zip(longest, words, strict=True)]
    share = min(1.0, spare / sum(wanted)) if sum(wanted) else 0.0
    widths = [least + want * share for least, want in zip(words, wanted, strict=True)]
    rest = (width - sum(widths)) / len(widths)  # a table is as wide as its column of text
    return [one + rest for one in widths]


def _signatures(source: Source) -> list[Flowable]:
    lines = [[Scribble(name) for name in source.signatures]]
    lines.append([Text(escape(name), STYLES["cell"]) for name in source.signatures])
    grid = Grid(lines, colWidths=[(WIDTH - 2 * SIDE) / len(source.signatures)] * len(source.signatures))
    grid.setStyle([("LINEABOVE", (0, 1), (-1, 1), 0.5, HexColor("#555555"))])
    return [Spacer(1, 22), grid]
