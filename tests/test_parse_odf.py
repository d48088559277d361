"""Hold what ODT, ODS and ODP files turn into, and that bombs and foreign entities in them come to nothing."""

import zipfile
from pathlib import Path

import pytest

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.odp import parse_odp
from ingest.parse.ods import parse_ods
from ingest.parse.odt import parse_odt
from ingest.types import FindingKind, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, DocumentRejected, EncryptedDocument, TooLarge, UnsupportedType

AT_ONCE_S = 10  # what is refused late takes minutes

OPEN = "application/vnd.oasis.opendocument."
NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style", "fo": "xsl-fo",
        "presentation": "presentation", "svg": "svg-compatible", "chart": "chart", "manifest": "manifest",
    }.items()
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:m="http://www.w3.org/1998/Math/MathML"'  # fmt: skip
NUMBERED = (
    '<office:automatic-styles><text:list-style style:name="N">'
    '<text:list-level-style-number text:level="1" style:num-format="1"/></text:list-style>'
    '<style:style style:name="P1" style:parent-style-name="Title"/>'
    '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="off"><style:table-properties table:display="false"/></style:style>'
    "</office:automatic-styles>"
)
TITLES = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}


def content(kind: str, body: str, *, before: str = "") -> bytes:
    """Return the content part of a text, spreadsheet or presentation."""
    return (
        f"{before}<office:document-content {NAMES}>{NUMBERED}"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    ).encode()


def saved(folder: Path, kind: str, body: str | bytes, members: dict[str, str] | None = None) -> Path:
    """Write an OpenDocument file and return its path."""
    path = folder / "stored"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", f"{OPEN}{kind}", zipfile.ZIP_STORED)
        package.writestr("content.xml", body if isinstance(body, bytes) else content(kind, body))
        for name, data in (members or {}).items():
            package.writestr(name, data)
    return path


def taken(path: Path, name: str) -> ParsedDocument:
    """Return what the gate and the parser make of a file."""
    return parse(path, inspect(path, name, limits=Limits()).media_type, name)


def table(*rows: str, attributes: str = "") -> str:
    """Return a table of rows of cells in XML."""
    inside = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f"<table:table {attributes}>{inside}</table:table>"


def cells(*texts: str) -> str:
    """Return cells of one paragraph each."""
    return "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts)


def test_text(tmp_path: Path) -> None:
    """Headings have levels, lists their numbers, tables their cells; notes follow; hidden and deleted text does not."""
    body = (
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>"
        '<text:p text:style-name="P1">Policy</text:p>'
        '<text:h text:outline-level="1">Scope</text:h>'
        '<text:p>For<text:s text:c="2"/>all,\n   <text:span>now</text:span><text:line-break/>'
        "here.<text:note><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>Except guests.</text:p></text:note-body></text:note></text:p>"
        '<text:p text:style-name="H">Hidden.</text:p>'
        '<text:p>A<text:span text:style-name="H"> hidden</text:span> word</text:p>'
        '<text:list text:style-name="N"><text:list-item><text:p>one</text:p>'
        "<text:list><text:list-item><text:p>deep</text:p>"
        "</text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
        + table(cells("Item", "Limit"), cells("Hotel", "120"))
        + "<text:p><draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame></text:p>"
        '<text:p><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    )
    formula = f"<m:math {NAMES}><m:mi>E</m:mi><m:mo>=</m:mo><m:annotation>E = 1</m:annotation></m:math>"

    document = taken(saved(tmp_path, "text", body, {"Object 1/content.xml": formula}), "a.odt")

    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        (Kind.TITLE, 0, "Policy"),
        (Kind.HEADING, 1, "Scope"),
        (Kind.PARAGRAPH, 0, "For  all, now\nhere."),
        (Kind.PARAGRAPH, 0, "A word"),
        (Kind.LIST_ITEM, 0, "1. one"),
        (Kind.LIST_ITEM, 0, "deep"),
        (Kind.LIST_ITEM, 0, "2. two"),
        (Kind.TABLE, 0, "| Item | Limit |\n| --- | --- |\n| Hotel | 120 |"),
        (Kind.PARAGRAPH, 0, "Boxed."),
        (Kind.PARAGRAPH, 0, "E ="),
        (Kind.PARAGRAPH, 0, "Except guests."),
    ]
    assert document.title == "Policy"
    assert [(finding.kind, finding.count) for finding in document.findings] == [(FindingKind.HIDDEN_TEXT, 2)]


def test_spreadsheet(tmp_path: Path) -> None:
    """Ranges hold although empty rows and columns are repeated; hidden sheets are not read."""
    empty = '<table:table-cell table:number-columns-repeated="{}"/>'
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    sheet = (
        '<table:table table:name="Costs">'
        + row.format(2, empty.format(16384))
        + row.format(1, empty.format(2) + cells("Item", "Since") + empty.format(16380))
        + row.format(
            2,
            empty.format(2)
            + cells("Rent")
            + '<table:table-cell office:value-type="date" office:date-value="2026-01-31">'
            "<text:p>31.1.</text:p></table:table-cell>",
        )
        + row.format(1048000, empty.format(16384))
        + row.format(1, cells("last"))
        + "</table:table>"
    )
    hidden = table(cells("secret", "x"), attributes='table:name="Off" table:style-name="off"')

    document = taken(saved(tmp_path, "spreadsheet", hidden + sheet), "a.ods")

    assert [(block.page, block.kind, block.cells, block.text) for block in document.blocks] == [
        (2, Kind.HEADING, None, "Costs"),
        (
            2,
            Kind.TABLE,
            "C3:D5",
            "| Item | Since |\n| --- | --- |\n| Rent | 2026-01-31 |\n| Rent | 2026-01-31 |",
        ),
        (2, Kind.PARAGRAPH, "A1048006", "last"),
    ]
    assert document.pages == 2


def test_presentation(tmp_path: Path) -> None:
    """A slide gives its title first, then points and tables, then notes; one without a title goes by its name."""
    frame = (
        '<draw:frame presentation:class="{}"><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>'
    )
    body = (
        "<draw:page>"
        + frame.format("outline", "Grow.")
        + frame.format("title", "Plan")
        + frame.format("page-number", "1")
        + "<presentation:notes>"
        + frame.format("notes", "Smile.")
        + "</presentation:notes></draw:page>"
        f'<draw:page draw:name="Figures"><draw:frame>'
        f"{table(cells('Site', 'Staff'), cells('Lyon', '42'))}</draw:frame></draw:page>"
    )

    document = taken(saved(tmp_path, "presentation", body), "a.odp")

    assert [(block.page, block.kind, block.text) for block in document.blocks] == [
        (1, Kind.HEADING, "Plan"),
        (1, Kind.LIST_ITEM, "Grow."),
        (1, Kind.PARAGRAPH, "Smile."),
        (2, Kind.HEADING, "Figures"),
        (2, Kind.TABLE, "| Site | Staff |\n| --- | --- |\n| Lyon | 42 |"),
    ]
    assert (document.title, document.pages) == ("Plan", 2)


BOMBS = {
    "columns": table(
        '<table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell>'
    ),
    "rows": "<table:table><table:table-row table:number-rows-repeated='999999999999'>"
    + cells("a", "b")
    + "</table:table-row></table:table>",
    "far": table(f'<table:table-cell table:number-columns-repeated="1000000"/>{cells("x")}'),
    "deep": "<text:section>" * 400 + "<text:p>x</text:p>" + "</text:section>" * 400,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.timeout(AT_ONCE_S)
def test_bombs(name: str, tmp_path: Path) -> None:
    """Repeated cells without end and nesting without end are refused at once, with a remedy."""
    with pytest.raises(DocumentRejected) as refusal:
        taken(saved(tmp_path, "spreadsheet", BOMBS[name]), "bomb.ods")

    assert type(refusal.value) is (BrokenDocument if name == "deep" else TooLarge)
    assert "bomb.ods" in refusal.value.message


def test_nested_lists_end(tmp_path: Path) -> None:
    """Lists within lists are read to a depth that no person writes, and the file is not refused for them."""
    body = (
        "<text:p>seen</text:p>"
        + "<text:list><text:list-item>" * 100
        + "<text:p>x</text:p>"
        + "</text:list-item></text:list>" * 100
    )

    assert [block.text for block in parse_odt(saved(tmp_path, "text", body)).blocks] == ["seen"]


@pytest.mark.parametrize("kind", TITLES)
def test_entities_and_inclusions_are_not_followed(kind: str, tmp_path: Path) -> None:
    """Entities, parameter entities and XInclude bring no file of this machine into the text, whatever the kind."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET", encoding="utf-8")
    before = (
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;]>'
    )
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{secret.as_uri()}"/>'
    )
    text = f"<text:p>Seen &x; so. {include}</text:p>"
    body = {
        "text": text,
        "spreadsheet": table(f"<table:table-cell>{text}</table:table-cell>"),
        "presentation": f"<draw:page><draw:frame><draw:text-box>{text}</draw:text-box></draw:frame></draw:page>",
    }[kind]

    path = saved(tmp_path, kind, content(kind, body, before=before))
    try:
        document = str(taken(path, f"a.{TITLES[kind]}"))
    except DocumentRejected as refusal:
        document = str(refusal)

    assert "SECRET" not in document


@pytest.mark.timeout(AT_ONCE_S)
def test_billion_laughs(tmp_path: Path) -> None:
    """Entities that double at each step are not expanded."""
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40))
    path = saved(
        tmp_path, "text", content("text", "<text:p>&a39;x</text:p>", before=f"<!DOCTYPE d [{entities}]>")
    )
    try:
        assert len(str(taken(path, "a.odt"))) < 10_000
    except DocumentRejected as refusal:
        assert refusal.remedy  # noqa: PT017  (either outcome is right)


def test_encrypted(tmp_path: Path) -> None:
    """A file with a password says so in its manifest."""
    entry = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    manifest = f"<manifest:manifest {NAMES}>{entry}</manifest:manifest>"

    with pytest.raises(EncryptedDocument):
        taken(saved(tmp_path, "text", b"\x12\x34", {"META-INF/manifest.xml": manifest}), "a.odt")


@pytest.mark.parametrize("member", ["Basic/Standard/Module1.xml", "Scripts/python/run.py"])
def test_macros(member: str, tmp_path: Path) -> None:
    """A file with macros is refused; the empty list of them, which every LibreOffice file may have, is none."""
    harmless = {"Basic/script-lc.xml": "x", "Basic/Standard/script-lb.xml": "x"}
    assert taken(saved(tmp_path, "text", "<text:p>x</text:p>", harmless), "a.odt").blocks

    with pytest.raises(UnsupportedType, match="macros"):
        taken(saved(tmp_path, "text", "<text:p>x</text:p>", harmless | {member: "x"}), "a.odt")


def test_other_kind(tmp_path: Path) -> None:
    """A spreadsheet called a text is refused by what it says of itself, and by its body where it says nothing."""
    path = saved(tmp_path, "spreadsheet", table(cells("a", "b")))
    with pytest.raises(UnsupportedType):
        taken(path, "a.odt")
    with pytest.raises(UnsupportedType):
        parse_odt(path)


@pytest.mark.eval_data
def test_real_files(eval_data: Path) -> None:
    """Files of LibreOffice and PowerPoint give headings, slides and tables."""
    folder = eval_data / "parsing" / "files" / "docling"
    text = parse_odt(folder / "text_document_03.odt")
    slides = parse_odp(folder / "odf_presentation_01.odp")

    assert sum(block.kind is Kind.TABLE for block in text.blocks) == 7
    assert {block.page for block in slides.blocks} == {1, 2, 3}
    assert any("A merged with B" in block.text for block in slides.blocks if block.kind is Kind.TABLE)


def test_chart(tmp_path: Path) -> None:
    """A chart in a sheet is its title and its data."""
    chart = (
        f"<office:document-content {NAMES}><office:body><office:chart>"
        "<chart:chart><chart:title><text:p>Ducks</text:p></chart:title>"
        + table(cells("", "Fresh"), cells("2019", "120"), attributes='table:name="local-table"')
        + "</chart:chart></office:chart></office:body></office:document-content>"
    )
    shapes = '<table:shapes><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></table:shapes>'
    sheet = f'<table:table table:name="Chart">{shapes}</table:table>'

    document = parse_ods(saved(tmp_path, "spreadsheet", sheet, {"Object 1/content.xml": chart}))

    assert [block.text for block in document.blocks] == [
        "Chart",
        "Ducks",
        "|  | Fresh |\n| --- | --- |\n| 2019 | 120 |",
    ]
