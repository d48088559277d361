"""Hold what DOC, PPT and XLS files turn into, and that no damaged one gets further than a refusal."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.doc import parse_doc
from ingest.parse.ppt import parse_ppt
from ingest.parse.xls import parse_xls
from ingest.types import FindingKind, Kind, ParsedDocument
from retrieval.errors import (
    BrokenDocument,
    DocumentRejected,
    EmptyDocument,
    EncryptedDocument,
    TooLarge,
    UnsupportedType,
)
from tests.legacy_files import DIMENSIONS, IN_TABLE, ROW_END, compound, doc, ppt, table, text_box, xls

AT_ONCE_S = 10  # what is refused late takes minutes

LIMITS = Limits()
LETTER = doc([(0, b"", "Dear reader.\r")])
TALK = ppt([[text_box(0, "Plan"), text_box(1, "Grow")]])
BOOK = xls({"Costs": {(0, 0): "Item", (0, 1): "Sum", (1, 0): "Rent", (1, 1): 1200.0}})


def saved(folder: Path, data: bytes) -> Path:
    """Write a file and return its path."""
    path = folder / "stored"
    path.write_bytes(data)
    return path


def taken(folder: Path, data: bytes, name: str) -> ParsedDocument:
    """Return what the gate and the parser make of a file."""
    path = saved(folder, data)
    return parse(path, inspect(path, name, limits=LIMITS).media_type, name)


def test_word(tmp_path: Path) -> None:
    """Headings come from styles in any language, tables from cell marks, a field shows its result."""
    data = doc([
        (4, b"", "Ausgaben\r"),
        (1, b"", "Geltung\r"),
        (0, b"", "Für alle,\vauch \x13 HYPERLINK \"http://a.example\" \x14hier\x15 🙂.\r"),
        (2, b"", "Ausnahmen\r"),
        (0, b"\x0b\x46\x01\x00", "Der Vorstand\r"),
        (0, IN_TABLE, "Posten\x07"), (0, IN_TABLE, "Grenze\x07"), (0, ROW_END, "\x07"),
        (0, IN_TABLE, "Hotel\r"), (0, IN_TABLE, "Bett\x07"), (0, IN_TABLE, "120 €\x07"), (0, ROW_END, "\x07"),
        (0, b"", "Ende\r"),
    ])  # fmt: skip

    document = taken(tmp_path, data, "a.doc")

    assert [(block.kind, block.level, block.text) for block in document.blocks] == [
        (Kind.TITLE, 0, "Ausgaben"),
        (Kind.HEADING, 1, "Geltung"),
        (Kind.PARAGRAPH, 0, "Für alle,\nauch hier 🙂."),
        (Kind.HEADING, 2, "Ausnahmen"),
        (Kind.LIST_ITEM, 0, "Der Vorstand"),
        (Kind.TABLE, 0, "| Posten | Grenze |\n| --- | --- |\n| Hotel Bett | 120 € |"),
        (Kind.PARAGRAPH, 0, "Ende"),
    ]
    assert document.title == "Ausgaben"


def test_slides(tmp_path: Path) -> None:
    """A slide gives its title first, then points and tables; notes follow, slide numbers and footers do not."""
    cells = [
        text_box(4, text, anchor=place)
        for place, text in {(9, 5): "42", (0, 0): "Site", (9, 0): "Staff", (0, 5): "Lyon"}.items()
    ]
    slides = [
        [text_box(1, "Revenue grew.\rCosts fell."), text_box(0, "Quarter"), text_box(4, "7", placeholder=8)],
        [table(cells)],
    ]

    document = taken(tmp_path, ppt(slides, [text_box(2, "Mention Lyon.")]), "a.ppt")

    assert [(block.page, block.kind, block.text) for block in document.blocks] == [
        (1, Kind.HEADING, "Quarter"),
        (1, Kind.LIST_ITEM, "Revenue grew."),
        (1, Kind.LIST_ITEM, "Costs fell."),
        (1, Kind.PARAGRAPH, "Mention Lyon."),
        (2, Kind.TABLE, "| Site | Staff |\n| --- | --- |\n| Lyon | 42 |"),
    ]
    assert (document.title, document.pages) == ("Quarter", 2)


def test_sheets(tmp_path: Path) -> None:
    """A region knows its range although empty rows and columns around it are left out; a hidden sheet is not read."""
    cells: dict[tuple[int, int], str | float] = {
        (1, 1): "Budget",
        (3, 1): "Item",
        (3, 3): "Sum",
        (4, 1): "Rent",
        (4, 3): 1200.0,
    }
    data = xls({"Secret": {(0, 0): "hidden"}, "Costs": cells}, hidden="Secret")

    document = taken(tmp_path, data, "a.xls")

    assert [(block.page, block.kind, block.cells, block.text) for block in document.blocks] == [
        (2, Kind.HEADING, None, "Costs"),
        (2, Kind.PARAGRAPH, "B2", "Budget"),
        (2, Kind.TABLE, "B4:D5", "| Item | Sum |\n| --- | --- |\n| Rent | 1200 |"),
    ]
    assert document.pages == 2


@pytest.mark.timeout(AT_ONCE_S)
def test_scattered_table(tmp_path: Path) -> None:
    """Cells that stand at places of their own, one below and beside the other, do not span a grid of millions."""
    cells = [text_box(4, "x", anchor=(n, n)) for n in range(400)]

    document = taken(tmp_path, ppt([[table(cells)]]), "a.ppt")

    assert len(document.blocks[0].text) < 10_000


def test_hidden_text(tmp_path: Path) -> None:
    """Hidden text of a DOC is left out, and the document says so."""
    document = taken(tmp_path, doc([(0, b"", "Pay 10 € or 99 €.\r")], hidden="or 99 €"), "a.doc")

    assert [block.text for block in document.blocks] == ["Pay 10 € ."]
    assert [(finding.kind, finding.count) for finding in document.findings] == [(FindingKind.HIDDEN_TEXT, 1)]


REFUSED = {
    "locked.doc": (doc([(0, b"", "x\r")], flags=0x0100), EncryptedDocument),
    "locked.ppt": (ppt([[text_box(0, "x")]], token=0xF3D1C4DF), EncryptedDocument),
    "locked.xls": (xls({"A": {(0, 0): "x"}}, encrypted=True), EncryptedDocument),
    "macros.doc": (compound({"WordDocument": b"", "_VBA_PROJECT": b""}), UnsupportedType),
    "macros.ppt": (ppt([[text_box(0, "x")]], has_macros=True), UnsupportedType),
    "macros4.xls": (xls({"A": {(0, 0): "x"}}, kind=1), UnsupportedType),
    "word95.doc": (doc([(0, b"", "x\r")], identity=0xA5DC), UnsupportedType),
    "slides.doc": (TALK, UnsupportedType),
    "text.ppt": (b"just text", UnsupportedType),
    "no text.doc": (compound({"WordDocument": b""}), BrokenDocument),
    "no slides.ppt": (compound({"PowerPoint Document": b"", "Current User": b""}), BrokenDocument),
    "no book.xls": (compound({"Workbook": b""}), EmptyDocument),
    "far.xls": (xls({"A": {(0, 0): "x", (9, 60_000): "y"}}), BrokenDocument),
    "false.xls": (BOOK.replace(DIMENSIONS, DIMENSIONS[:4] + b"\x0a" + DIMENSIONS[5:]), BrokenDocument),
    "wide.xls": (xls({f"S{n}": {(0, 0): "x", (65_535, 255): "y"} for n in range(9)}), TooLarge),
    "ring.doc": (compound({"WordDocument": b"\xec\xa5" + bytes(5000)}, ring=True), BrokenDocument),
    "ring.ppt": (
        compound({"PowerPoint Document": b"\1" * 5000, "Current User": b""}, ring=True),
        BrokenDocument,
    ),
    "ring.xls": (compound({"Workbook": b"\1" * 5000}, ring=True), BrokenDocument),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.timeout(AT_ONCE_S)
def test_refused(name: str, tmp_path: Path) -> None:
    """Encryption, macros, older formats and damage are each refused with their own error and a remedy, at once."""
    data, kind = REFUSED[name]

    with pytest.raises(kind) as refusal:
        taken(tmp_path, data, name)

    assert type(refusal.value) is kind
    assert name in refusal.value.message
    assert len(refusal.value.remedy) > 10


@pytest.mark.parametrize("name", ["a.doc", "a.ppt", "a.xls"])
@given(
    share=some.floats(0, 1),
    changes=some.lists(some.tuples(some.floats(0, 1), some.binary(min_size=1, max_size=8))),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000, max_examples=60)
def test_damaged(name: str, share: float, changes: list[tuple[float, bytes]], tmp_path: Path) -> None:
    """A file that is cut off or overwritten anywhere ends as a document or a DocumentRejected, in 2 s."""
    data = bytearray({"a.doc": LETTER, "a.ppt": TALK, "a.xls": BOOK}[name])
    for place, bytes_ in changes:
        at = int(place * len(data))
        data[at : at + len(bytes_)] = bytes_
    try:
        taken(tmp_path, bytes(data[: int(len(data) * share) + 1] if not changes else data), name)
    except DocumentRejected as refusal:
        assert refusal.remedy  # noqa: PT017  (either outcome is right)


@pytest.mark.eval_data
def test_real_files(eval_data: Path) -> None:
    """A DOC and an XLS of present programs give their headings and ranges."""
    folder = eval_data / "parsing" / "files" / "docling"
    letter = parse_doc(folder / "greek_heading_styles.doc")
    book = parse_xls(folder / "legacy_sample.xls")

    assert [block.level for block in letter.blocks if block.kind is Kind.HEADING] == [2, 2, 2]
    assert [block.cells for block in book.blocks] == [None, "B2", "B4:C10"]


def test_empty_presentation(tmp_path: Path) -> None:
    """A presentation whose slides hold no text has no blocks, and none is made up."""
    assert parse_ppt(saved(tmp_path, ppt([[]]))).blocks == ()
