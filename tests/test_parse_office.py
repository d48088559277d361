"""Hold what Word, PowerPoint and Excel files turn into."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from docx.oxml import parse_xml
from hypothesis import given
from hypothesis import strategies as some
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.docx import parse_docx
from ingest.parse.pptx import parse_pptx
from ingest.parse.table import regions
from ingest.parse.xlsx import parse_xlsx
from ingest.types import FindingKind, Kind, ParsedDocument
from retrieval.errors import DocumentRejected

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SHEET = (
    "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"
    "<row r='1'><c r='A1' t='inlineStr'><is><t>{}</t></is></c></row></sheetData></worksheet>"
)


def texts(document: ParsedDocument) -> list[tuple[Kind, int, str]]:
    """Return kind, level and text of each block."""
    return [(block.kind, block.level, block.text) for block in document.blocks]


def test_word(tmp_path: Path) -> None:
    """Headings have levels, lists and tables are such, and the order is that of the page."""
    source = Document()
    source.add_heading("Expense policy", 0)
    source.add_heading("Scope", 1)
    source.add_paragraph("It applies to everyone.")
    source.add_heading("Exceptions", 2)
    source.add_paragraph("The board.", style="List Bullet")
    table = source.add_table(2, 2)
    for cell, text in zip(table._cells, ["Item", "Limit | day", "Hotel", "120 €"], strict=True):
        cell.text = text
    source.sections[0].header.paragraphs[0].text = "Internal"
    source.save(str(tmp_path / "a.docx"))

    document = parse_docx(tmp_path / "a.docx")

    assert texts(document) == [
        (Kind.TITLE, 0, "Expense policy"),
        (Kind.HEADING, 1, "Scope"),
        (Kind.PARAGRAPH, 0, "It applies to everyone."),
        (Kind.HEADING, 2, "Exceptions"),
        (Kind.LIST_ITEM, 0, "The board."),
        (Kind.TABLE, 0, "| Item | Limit \\| day |\n| --- | --- |\n| Hotel | 120 € |"),
    ]
    assert document.title == "Expense policy"
    assert document.blocks[-1].html is not None
    assert "<th>Limit | day</th>" in document.blocks[-1].html


def test_word_numbers(tmp_path: Path) -> None:
    """What Word counts by itself is written out: headings through their style, items, letters, a list begun anew."""
    source = Document()
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for level, start, form, text in (
            (0, 1, "decimal", "%1."),
            (1, 3, "lowerLetter", "%1.%2)"),
            (2, 1, "bullet", "•"),
        )
    )
    numbering = source.part.numbering_part.element
    numbering.insert(0, parse_xml(f'<w:abstractNum {WORD} w:abstractNumId="90">{levels}</w:abstractNum>'))
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride>'
    for number, override in ((91, ""), (92, again)):
        numbering.append(
            parse_xml(f'<w:num {WORD} w:numId="{number}"><w:abstractNumId w:val="90"/>{override}</w:num>')
        )

    def numbered(number: int, level: int) -> Any:
        return parse_xml(f'<w:numPr {WORD}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')

    source.styles["Heading 1"].element.get_or_add_pPr().append(numbered(91, 0))
    source.add_heading("Scope", 1)
    for text, number, level in (
        ("all", 91, 1),
        ("guests", 91, 1),
        ("dot", 91, 2),
        ("ninth", 92, 0),
        ("tenth", 92, 0),
        ("plain", 0, 0),
    ):
        source.add_paragraph(text)._p.get_or_add_pPr().append(numbered(number, level))
    source.save(str(tmp_path / "a.docx"))

    assert texts(parse_docx(tmp_path / "a.docx")) == [
        (Kind.HEADING, 1, "1. Scope"),
        (Kind.LIST_ITEM, 0, "1.c) all"),
        (Kind.LIST_ITEM, 0, "1.d) guests"),
        (Kind.LIST_ITEM, 0, "dot"),
        (Kind.LIST_ITEM, 0, "9. ninth"),
        (Kind.LIST_ITEM, 0, "10. tenth"),
        (Kind.PARAGRAPH, 0, "plain"),
    ]


def test_word_text_that_libraries_skip(tmp_path: Path) -> None:
    """Text in content controls is read, deleted text is not."""
    source = Document()
    source.add_paragraph("Before.")
    body = source.element.body
    control = (
        f"<w:sdt {WORD}><w:sdtContent><w:p><w:r><w:t>Controlled.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    deleted = (
        f"<w:p {WORD}><w:r><w:t>Kept.</w:t></w:r><w:del><w:r><w:delText>Gone.</w:delText></w:r></w:del></w:p>"
    )
    for xml in (control, deleted):
        body.insert(len(body) - 1, parse_xml(xml))
    source.save(str(tmp_path / "a.docx"))

    assert [block.text for block in parse_docx(tmp_path / "a.docx").blocks] == [
        "Before.",
        "Controlled.",
        "Kept.",
    ]


def test_strict_word(tmp_path: Path) -> None:
    """A DOCX of the Strict variant, whose namespaces differ, is read like any other."""
    source = Document()
    source.add_heading("Scope", 1)
    source.add_paragraph("Strict text.")
    source.save(str(tmp_path / "a.docx"))
    with zipfile.ZipFile(tmp_path / "a.docx") as package, zipfile.ZipFile(tmp_path / "s.docx", "w") as strict:
        for name in package.namelist():
            data = package.read(name)
            data = data.replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                b"http://purl.oclc.org/ooxml/wordprocessingml/main",
            )
            strict.writestr(name, data)

    assert texts(parse_docx(tmp_path / "s.docx")) == [
        (Kind.HEADING, 1, "Scope"),
        (Kind.PARAGRAPH, 0, "Strict text."),
    ]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    """An external entity in a DOCX brings no file of this machine into the text."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET", encoding="utf-8")
    xml = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    xml += f"<w:document {WORD}><w:body><w:p><w:r><w:t>Seen &x; so.</w:t></w:r></w:p></w:body></w:document>"
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as package:
        package.writestr("word/document.xml", xml)

    assert "SECRET" not in str(parse_docx(tmp_path / "a.docx"))


def test_slides(tmp_path: Path) -> None:
    """A slide gives its title, points, table, chart data and notes, each with the slide's number."""
    source = Presentation()
    first = source.slides.add_slide(source.slide_layouts[1])
    first.shapes.title.text = "Quarter"
    first.placeholders[1].text_frame.text = "Revenue grew."
    first.notes_slide.notes_text_frame.text = "Mention Lyon."
    second = source.slides.add_slide(source.slide_layouts[5])
    second.shapes.title.text = "Figures"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for place, text in {(0, 0): "Site", (0, 1): "Staff", (1, 0): "Lyon", (1, 1): "42"}.items():
        table.cell(*place).text = text
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2024", "2025"]
    data.add_series("Orders", (7, 9))  # type: ignore[no-untyped-call]
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(3), Inches(4), Inches(3), data)
    source.save(str(tmp_path / "a.pptx"))

    document = parse_pptx(tmp_path / "a.pptx")

    assert [(block.page, block.kind, block.text) for block in document.blocks] == [
        (1, Kind.HEADING, "Quarter"),
        (1, Kind.LIST_ITEM, "Revenue grew."),
        (1, Kind.PARAGRAPH, "Mention Lyon."),
        (2, Kind.HEADING, "Figures"),
        (2, Kind.TABLE, "| Site | Staff |\n| --- | --- |\n| Lyon | 42 |"),
        (2, Kind.CAPTION, "Bar chart"),
        (2, Kind.TABLE, "|  | Orders |\n| --- | --- |\n| 2024 | 7 |\n| 2025 | 9 |"),
    ]
    assert (document.title, document.pages) == ("Quarter", 2)


def test_sheets(tmp_path: Path) -> None:
    """Sheets are headings, regions are tables with the values a person sees, comments are kept, hidden sheets not."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Budget"
    sheet["A1"] = "Budget of 2026"
    for row in (["Item", "Amount", "Share", "Since"], ["Rent", 1200.0, 0.25, date(2026, 1, 31)]):
        sheet.append(row)
    sheet["C3"].number_format = "0%"
    sheet["B3"].comment = Comment("Rises in May.", "A")
    sheet["A6"] = "Region"
    sheet["B6"] = "Lead"
    sheet["A7"] = "North"
    sheet["B7"] = True
    book.create_sheet("Secret").sheet_state = "hidden"
    book["Secret"]["A1"] = "hidden text"
    chart = BarChart()
    chart.title = "Amounts"
    chart.add_data(Reference(sheet, min_col=2, min_row=2, max_row=3), titles_from_data=True)
    sheet.add_chart(chart)
    book.save(tmp_path / "a.xlsx")

    document = parse_xlsx(tmp_path / "a.xlsx")

    assert texts(document)[:4] == [
        (Kind.HEADING, 1, "Budget"),
        (Kind.PARAGRAPH, 0, "Budget of 2026"),
        (
            Kind.TABLE,
            0,
            "| Item | Amount | Share | Since |\n| --- | --- | --- | --- |\n| Rent | 1200 | 25% | 2026-01-31 |",
        ),
        (Kind.TABLE, 0, "| Region | Lead |\n| --- | --- |\n| North | TRUE |"),
    ]
    rest = " ".join(block.text for block in document.blocks[4:])
    assert "Amounts: Bar chart" in rest
    assert "Rises in May." in rest
    assert "hidden" not in str(document.blocks)
    assert [finding.detail for finding in document.findings] == ["sheet 'Secret' is hidden"]
    assert not any(finding.needs_review for finding in document.findings)


def test_sheets_know_their_cells(tmp_path: Path) -> None:
    """A region's range is that of the cells it holds, although empty rows and columns are left out of the table."""
    book = openpyxl.Workbook()
    book.active["A1"] = "not here"
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Costs")
    sheet["C2"] = "Costs of 2026"
    for place, value in {
        "C4": "Item",
        "E4": "Sum",
        "C5": "Rent",
        "E5": 7,
        "AB9": "Lead",
        "AC9": "North",
    }.items():
        sheet[place] = value
    drawn = book.create_sheet("Drawn")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=5, min_row=4, max_row=5), titles_from_data=True)
    drawn.add_chart(chart)
    book.save(tmp_path / "a.xlsx")

    document = parse_xlsx(tmp_path / "a.xlsx")

    assert [(block.page, block.cells, block.text.partition("\n")[0]) for block in document.blocks] == [
        (2, None, "Costs"),
        (2, "C2", "Costs of 2026"),
        (2, "C4:E5", "| Item | Sum |"),
        (2, "AB9:AC9", "| Lead | North |"),
        (3, None, "Drawn"),
        (3, None, "Bar chart"),
    ]
    assert document.pages == 3


def test_what_a_sheet_leaves_out_is_told(tmp_path: Path) -> None:
    """A sheet wider or longer than any table is cut, and the document says where."""
    book = openpyxl.Workbook()
    wide, long = book.active, book.create_sheet("Long")
    wide.title = "Wide"
    for row in (1, 2):
        wide.cell(row, 1_000, "last")
        wide.cell(row, 1_001, "lost")
    long["A1"], long["B1"], long["A1048576"] = "a", "b", "lost"
    long["ALL1"] = long["ALL2001"] = "c"
    for row in range(1, 2_002):
        long.cell(row, 1_000, "c")
    book.save(tmp_path / "a.xlsx")

    document = parse_xlsx(tmp_path / "a.xlsx")

    assert [(finding.kind, finding.detail) for finding in document.findings] == [
        (FindingKind.LEFT_OUT, "sheet 'Wide' beyond 1000 columns"),
        (FindingKind.LEFT_OUT, "sheet 'Long' from row 2001 on"),
    ]
    assert "lost" not in str(document)


HOSTILE = {
    "a.docx": (
        "word/document.xml",
        "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>",
    ),
    "a.pptx": (
        "ppt/slides/slide1.xml",
        "<sld><cSld><spTree><sp><txBody><p><t>{}</t></p></txBody></sp></spTree></cSld></sld>",
    ),
    "a.xlsx": ("xl/worksheets/sheet1.xml", SHEET),
}


@pytest.mark.parametrize("address", ["{uri}", "http://127.0.0.1:9/x"])
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_else_is_read(name: str, address: str, tmp_path: Path) -> None:
    """Entities, parameter entities and XInclude bring in no file and make no connection, in any Office format."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET", encoding="utf-8")
    target = address.format(uri=secret.as_uri())
    member, markup = HOSTILE[name]
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{target}"/>'
    head = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{target}"><!ENTITY % p SYSTEM "{target}"> %p;]>'
    original = tmp_path / f"real-{name}"
    _real_file(original)
    with zipfile.ZipFile(original) as real, zipfile.ZipFile(tmp_path / name, "w") as package:
        for part in real.namelist():
            data = real.read(part)
            package.writestr(part, head + markup.format(f"&x;{include}") if part == member else data)
    try:
        media_type = inspect(tmp_path / name, name, limits=Limits()).media_type
        document = str(parse(tmp_path / name, media_type, name))
    except DocumentRejected as refusal:
        document = str(refusal)

    assert "SECRET" not in document


def _real_file(path: Path) -> None:
    """Write a file of one paragraph, slide or cell."""
    if path.suffix == ".docx":
        source = Document()
        source.add_paragraph("x")
        source.save(str(path))
    elif path.suffix == ".pptx":
        slides = Presentation()
        slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = "x"
        slides.save(str(path))
    else:
        book = openpyxl.Workbook()
        book.active["A1"] = "x"
        book.save(path)


@given(
    cells=some.dictionaries(
        some.tuples(some.integers(0, 40), some.integers(0, 60)), some.sampled_from("abc"), min_size=1
    )
)
def test_regions_name_every_cell(cells: dict[tuple[int, int], str]) -> None:
    """Every filled cell of a sheet lies in the range of a region, and every range begins and ends at filled rows."""
    rows = [
        (row, [cells.get((row, column), "") for column in range(61)])
        for row in sorted({row for row, _ in cells})
    ]

    ranges = [openpyxl.utils.range_boundaries(block.cells or "") for block in regions(rows, page=1)]

    for row, column in cells:
        assert (
            sum(
                left <= column + 1 <= right and top <= row + 1 <= bottom
                for left, top, right, bottom in ranges
            )
            == 1
        )
    filled = {row + 1 for row, _ in cells}
    assert all({top, bottom} <= filled for _, top, _, bottom in ranges)
