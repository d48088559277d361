"""Write PPTX: each first-level heading of the source is a slide, a quoted paragraph the speaker's notes."""

import io
from collections.abc import Sequence
from datetime import datetime, time

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Cm, Pt

from deploy.sample.formats.brand import BRIGHT, COMPANY, DEEP, GREY, PALE, WORDS
from deploy.sample.formats.package import repack
from deploy.sample.formats.source import Block, Listing, Note, Paragraph, Source, Table, by_heading, plain

WIDTH, HEIGHT = 33.87, 19.05  # centimetres: 16:9
LEFT = 1.8  # centimetres
INK = "1D2529"
TITLE_LAYOUT, CONTENT_LAYOUT, TITLE_ONLY_LAYOUT = 0, 1, 5  # in the library's own template


def to_pptx(source: Source) -> bytes:
    """Return the slides; the same source gives the same bytes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Cm(WIDTH), Cm(HEIGHT)
    about = deck.core_properties
    about.title, about.author, about.language = source.title, COMPANY, source.language
    about.created = about.modified = datetime.combine(source.dated, time(8))  # a file's local time
    _cover(deck, source)
    for number, (heading, blocks) in enumerate(by_heading(source.blocks()), start=2):
        slide = _slide(deck, plain(heading.spans), blocks)
        footer = _text_box(slide, top=17.8, height=0.9)
        footer.text = f"{source.title}  ·  {source.dated.isoformat()}  ·  {number}"
        _paint(footer, 10, GREY)
    buffer = io.BytesIO()
    deck.save(buffer)
    return repack(buffer.getvalue(), dated=source.dated)


def _cover(deck: Deck, source: Source) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_LAYOUT])
    _band(slide, HEIGHT, DEEP)
    _logo(slide, left=LEFT, top=1.6, size=2.4)
    title, subtitle = slide.placeholders[0], slide.placeholders[1]
    _place(title, top=6.2, height=4)
    _place(subtitle, top=10.6, height=3)
    dated = f"{WORDS[source.language].dated} {source.dated.isoformat()}"
    title.text_frame.text = source.title
    subtitle.text_frame.text = f"{COMPANY} · {source.department} · {dated}"
    _paint(title.text_frame, 40, "FFFFFF")
    _paint(subtitle.text_frame, 18, "CFE3E3")
    for shape in (title, subtitle):
        # Shapes draw in the order of the tree: the text must come after the band.
        shape.element.getparent().append(shape.element)


def _slide(deck: Deck, title: str, blocks: Sequence[Block]) -> Slide:
    tables = [block for block in blocks if isinstance(block, Table)]
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY_LAYOUT if tables else CONTENT_LAYOUT])
    _band(slide, 0.35, BRIGHT)
    _logo(slide, left=WIDTH - LEFT - 1.2, top=1.1, size=1.2)
    heading = slide.placeholders[0]
    _place(heading, top=0.9, height=2)
    heading.text_frame.text = title
    _paint(heading.text_frame, 28, DEEP, bold=True)
    if not tables:
        _place(slide.placeholders[1], top=3.6, height=13)
    body = _text_box(slide, top=14.6, height=2.6) if tables else slide.placeholders[1].text_frame
    body.text = "\n".join(_lines(blocks))
    _paint(body, 14 if tables else 20, INK)
    for table in tables:
        _add_table(slide, table)
    notes = [plain(block.spans) for block in blocks if isinstance(block, Note)]
    frame = slide.notes_slide.notes_text_frame if notes else None
    if frame is not None:
        frame.text = "\n".join(notes)
    return slide


def _lines(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            lines.append(plain(block.spans))
        elif isinstance(block, Listing):
            lines += [plain(item) for item in block.items]
    return lines


def _add_table(slide: Slide, table: Table) -> None:
    rows, columns = len(table.rows), len(table.rows[0])
    height = Cm(1.05 * rows)
    grid = slide.shapes.add_table(rows, columns, Cm(LEFT), Cm(3.6), Cm(WIDTH - 2 * LEFT), height).table
    for number, row in enumerate(table.rows):
        for column, spans in enumerate(row):
            cell = grid.cell(number, column)
            cell.text = plain(spans)
            cell.fill.solid()  # type: ignore[no-untyped-call]  # python-pptx types it not
            background = DEEP if number == 0 else (PALE if number % 2 == 0 else "FFFFFF")
            cell.fill.fore_color.rgb = _colour(background)
            _paint(cell.text_frame, 15, "FFFFFF" if number == 0 else INK, bold=number == 0)


def _band(slide: Slide, height: float, colour: str) -> None:
    _fill(slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Cm(0), Cm(0), Cm(WIDTH), Cm(height)), colour)


def _logo(slide: Slide, *, left: float, top: float, size: float) -> None:
    _fill(slide.shapes.add_shape(MSO_SHAPE.OVAL, Cm(left), Cm(top), Cm(size), Cm(size)), BRIGHT)
    inner = size / 2
    place = Cm(left + inner / 2), Cm(top + inner * 0.6), Cm(inner), Cm(inner)
    drop = slide.shapes.add_shape(MSO_SHAPE.TEAR, *place)
    drop.rotation = -45  # the shape's tip points to the upper right
    _fill(drop, "FFFFFF")


def _fill(shape: Shape, colour: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = _colour(colour)
    shape.line.fill.background()
    shape.shadow.inherit = False


def _text_box(slide: Slide, *, top: float, height: float) -> TextFrame:
    frame: TextFrame = slide.shapes.add_textbox(
        Cm(LEFT), Cm(top), Cm(WIDTH - 2 * LEFT), Cm(height)
    ).text_frame
    frame.word_wrap = True
    return frame


def _place(shape: BaseShape, *, top: float, height: float) -> None:
    shape.left, shape.top = Cm(LEFT), Cm(top)
    shape.width, shape.height = Cm(WIDTH - 3 * LEFT), Cm(height)


def _paint(frame: TextFrame, size_pt: int, colour: str, *, bold: bool = False) -> None:
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name = Pt(size_pt), bold, "Calibri"
            run.font.color.rgb = _colour(colour)


def _colour(code: str) -> RGBColor:
    return RGBColor(*bytes.fromhex(code))  # type: ignore[no-untyped-call]  # python-pptx types it not
