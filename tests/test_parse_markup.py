"""Hold what RTF, EPUB, AsciiDoc and reStructuredText turn into, and that none of them reaches for another file."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.gate import Limits, inspect
from ingest.parse.asciidoc import parse_asciidoc
from ingest.parse.asciidoc_text import plain
from ingest.parse.dispatch import parse
from ingest.types import FindingKind, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, DocumentRejected, EncryptedDocument, TooLarge

AT_ONCE_S = 10  # what is refused late takes minutes

CONTAINER = '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'


def taken(folder: Path, data: str | bytes, name: str) -> ParsedDocument:
    """Return what the gate and the parser make of a file."""
    path = folder / "stored"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return parse(path, inspect(path, name, limits=Limits()).media_type, name)


def shown(document: ParsedDocument) -> list[tuple[Kind, int, str]]:
    """Return kind, level and text of each block."""
    return [(block.kind, block.level, block.text) for block in document.blocks]


def book(folder: Path, members: Mapping[str, str], *, spine: str = "c2 c1", manifest: str = "") -> bytes:
    """Return an EPUB of chapters c1 and c2 in the order of `spine`."""
    path = folder / "book"
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in (1, 2))
    order = "".join(f'<itemref idref="{name}"/>' for name in spine.split())
    package = (
        "<package><metadata><title>Handbook</title></metadata>"
        f"<manifest>{items}{manifest}</manifest><spine>{order}</spine></package>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, data in {"META-INF/container.xml": CONTAINER, "O/b.opf": package, **members}.items():
            archive.writestr(name, data)
    return path.read_bytes()


def test_asciidoc(tmp_path: Path) -> None:
    """Sections have levels, marks are gone, items have their numbers, code stays as it is, notes are named."""
    text = """= Travel *policy*
Ann Author <a@a.example>
:limit: 120

== Scope
// not shown
It applies to *all* staff of https://a.example[the `house`],
up to {limit} €.

=== Exceptions [[exceptions]]

* The board
** and _its_ guests
. First
. Second
.. deeper
. Third

Term:: what it means

NOTE: Mind the gap.

[WARNING]
====
Never alone.
====

.An example
[source,python]
----
*not bold* = 1 <1>
----

image::x.png[A chart]

[quote, Someone]
____
Said so.
____
"""
    document = taken(tmp_path, text, "a.adoc")

    assert shown(document) == [
        (Kind.TITLE, 0, "Travel policy"),
        (Kind.PARAGRAPH, 0, "Ann Author <a@a.example>"),
        (Kind.HEADING, 1, "Scope"),
        (Kind.PARAGRAPH, 0, "It applies to all staff of the house, up to 120 €."),
        (Kind.HEADING, 2, "Exceptions"),
        (Kind.LIST_ITEM, 0, "The board"),
        (Kind.LIST_ITEM, 0, "and its guests"),
        (Kind.LIST_ITEM, 0, "1. First"),
        (Kind.LIST_ITEM, 0, "2. Second"),
        (Kind.LIST_ITEM, 0, "1. deeper"),
        (Kind.LIST_ITEM, 0, "3. Third"),
        (Kind.PARAGRAPH, 0, "Term: what it means"),
        (Kind.PARAGRAPH, 0, "NOTE: Mind the gap."),
        (Kind.PARAGRAPH, 0, "WARNING: Never alone."),
        (Kind.CAPTION, 0, "An example"),
        (Kind.CODE, 0, "*not bold* = 1 <1>"),
        (Kind.CAPTION, 0, "A chart"),
        (Kind.PARAGRAPH, 0, "Said so."),
    ]
    assert document.title == "Travel policy"


TABLES = {
    "a cell a line": ("|===\n|Site |Staff\n\n|Lyon\n|42\n|===", [["Site", "Staff"], ["Lyon", "42"]]),
    "specifiers": ('[cols="1,^.^2a"]\n|===\n^.^h|Site ^.^h|Staff\n|a |b\n|===', [["Site", "Staff"], ["a", "b"]]),
    "spans": ("|===\n|A |B |C\n2+|wide |x\n.2+|tall |1 |2\n|3 |4\n|===", [
        ["A", "B", "C"], ["wide", "", "x"], ["tall", "1", "2"], ["", "3", "4"],
    ]),
    "repeats": ("|===\n|A |B\n2*|twice\n|===", [["A", "B"], ["twice", "twice"]]),
    "csv": (',===\nA,B\n"x, y",2\n,===', [["A", "B"], ["x, y", "2"]]),
    "dsv": ("[format=dsv]\n|===\nA:B\n1:2\n|===", [["A", "B"], ["1", "2"]]),
    "escaped": ("|===\n|A |B\n|1 \\| 2 |3\n|===", [["A", "B"], ["1 \\| 2", "3"]]),
    "ragged": ("|===\n|A |B |C\n|1 |2\n|3 |4 |5\n|===", [["A", "B", "C"], ["1", "2", ""], ["3", "4", "5"]]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_asciidoc_tables(name: str, tmp_path: Path) -> None:
    """A table keeps its rows and columns in every way that AsciiDoc has of writing one."""
    text, rows = TABLES[name]

    document = taken(tmp_path, text, "a.asciidoc")

    lines = document.blocks[0].text.split("\n")
    assert [lines[0], *lines[2:]] == [f"| {' | '.join(row)} |" for row in rows]


@given(text=some.text(alphabet="=*_-.|[]{}:`+#~^<>/ \nab1", max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000)
def test_any_asciidoc_ends(text: str, tmp_path: Path) -> None:
    """Whatever stands in the file, its parser ends without an error."""
    path = tmp_path / "any"
    path.write_text(text, encoding="utf-8")

    assert parse_asciidoc(path).pages is None


@pytest.mark.parametrize("piece", ["*a ", "`a ", "[a", "<<a,", "((a", "{a}", "image:a[", "link:a["])
@pytest.mark.timeout(AT_ONCE_S)
def test_asciidoc_marks_cost_their_length(piece: str) -> None:
    """A line full of marks that never close takes no more than its length."""
    plain(piece * 100_000, {})


def test_asciidoc_attributes_do_not_double_for_ever(tmp_path: Path) -> None:
    """Attributes that each hold the one before them twice do not fill the memory."""
    text = ":a0: haha\n" + "".join(f":a{n}: {{a{n - 1}}}{{a{n - 1}}}\n" for n in range(1, 60)) + "\nx {a59}\n"

    assert len(str(taken(tmp_path, text, "a.adoc"))) < 100_000


@pytest.mark.parametrize("cell", ["100.100+|a ", "100*|a "])
@pytest.mark.timeout(AT_ONCE_S)
def test_asciidoc_table_bombs(cell: str, tmp_path: Path) -> None:
    """A few bytes that claim millions of cells are refused at once."""
    with pytest.raises(TooLarge):
        taken(tmp_path, f"|===\n{cell * 20_000}\n|===\n", "a.adoc")


RST = """
======
Policy
======

:Author: Ann

Scope
=====

It *applies* to :ref:`all staff <staff>`, see ``code``.

1. one
2. two

   * deep

.. note:: Mind the gap.

.. versionadded:: 3.1

   Since *then*.

.. code-block:: python

   x = 1

.. table:: Sites

   +------+-------+
   | Site | Staff |
   +======+=======+
   | Lyon | 42    |
   |      +-------+
   |      | 43    |
   +------+-------+

Detail
------

term
   its meaning
"""


def test_rst(tmp_path: Path) -> None:
    """Sections, lists, tables and notes are such; Sphinx's directives and roles keep their text."""
    document = taken(tmp_path, RST, "a.rst")

    assert shown(document) == [
        (Kind.TITLE, 0, "Policy"),
        (Kind.PARAGRAPH, 0, "Author: Ann"),
        (Kind.HEADING, 1, "Scope"),
        (Kind.PARAGRAPH, 0, "It applies to all staff, see code."),
        (Kind.LIST_ITEM, 0, "1. one"),
        (Kind.LIST_ITEM, 0, "2. two"),
        (Kind.LIST_ITEM, 0, "deep"),
        (Kind.PARAGRAPH, 0, "NOTE: Mind the gap."),
        (Kind.PARAGRAPH, 0, "3.1"),
        (Kind.PARAGRAPH, 0, "Since then."),
        (Kind.CODE, 0, "x = 1"),
        (Kind.CAPTION, 0, "Sites"),
        (Kind.TABLE, 0, "| Site | Staff |\n| --- | --- |\n| Lyon | 42 |\n|  | 43 |"),
        (Kind.HEADING, 2, "Detail"),
        (Kind.PARAGRAPH, 0, "term: its meaning"),
    ]


INCLUSIONS = {
    "include.rst": "x\n\n.. include:: {path}\n",
    "literal.rst": "x\n\n.. include:: {path}\n   :literal:\n",
    "raw.rst": "x\n\n.. raw:: html\n   :file: {path}\n",
    "table.rst": "x\n\n.. csv-table::\n   :file: {path}\n",
    "address.rst": "x\n\n.. csv-table::\n   :url: {uri}\n",
    "nested.rst": "x\n\n.. versionadded:: 1\n\n   .. include:: {path}\n",
    "include.adoc": "x\n\ninclude::{path}[]\n\n|===\n|a |b\na|include::{path}[] |c\n|===\n",
    "code.adoc": "x\n\n----\ninclude::{path}[]\n----\n",
    "attribute.adoc": ":p: {path}\n\nx\n\ninclude::{{p}}[]\n",
    "table.adoc": 'x\n\n[format=csv]\n|===\ninclude::{path}[]\n|===\n',
    "include.rtf": '{{\\rtf1 x{{\\field{{\\*\\fldinst INCLUDETEXT "{path}"}}{{\\fldrslt y}}}}}}',
}  # fmt: skip


@pytest.mark.parametrize("name", INCLUSIONS)
def test_no_other_file_is_read(name: str, tmp_path: Path) -> None:
    """A document that names a file of this machine does not get to show it."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET", encoding="utf-8")

    document = taken(tmp_path, INCLUSIONS[name].format(path=secret, uri=secret.as_uri()), name)

    assert "SECRET" not in str(document)
    assert document.blocks[0].text.startswith("x")


def test_rtf(tmp_path: Path) -> None:
    """Headings come from the style sheet, characters from code pages and Unicode, rows from cell marks."""
    text = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}"
        r"{\stylesheet{\s1\outlinelevel0 berschrift 1;}{\s2 heading 2;}{\s3 Title;}}{\info{\title Plan {\*\x y}}}"
        r"{\header Page furniture\par}\pard\s3 Expenses\par\pard\s1 Scope\par"
        r"\pard F\'fcr alle \u8364?, \u-10179?\u-8639? {\f1 \'c4\'e0}{\v hidden}\line here"
        r"{\footnote Except guests.}.\par"
        r"\pard{\listtext\pard 1.\tab}\ls1 one\par\pard{\listtext\'b7\tab}\ls2 dot\par"
        r"\trowd\pard\intbl Site\cell Staff\cell\row\trowd\pard\intbl Lyon\par south\cell 42\cell\row"
        "\\pard\\s2 Rest\\par {\\pict\\bin4 }}}}\n89504e47}"
        "\\pard{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt link}}\\par}"
    )

    document = taken(tmp_path, text, "a.rtf")

    assert shown(document) == [
        (Kind.TITLE, 0, "Expenses"),
        (Kind.HEADING, 1, "Scope"),
        (Kind.PARAGRAPH, 0, "Für alle €, 🙁 Да\nhere."),
        (Kind.LIST_ITEM, 0, "1. one"),
        (Kind.LIST_ITEM, 0, "dot"),
        (Kind.TABLE, 0, "| Site | Staff |\n| --- | --- |\n| Lyon south | 42 |"),
        (Kind.HEADING, 2, "Rest"),
        (Kind.PARAGRAPH, 0, "link"),
        (Kind.PARAGRAPH, 0, "Except guests."),
    ]
    assert [(finding.kind, finding.count) for finding in document.findings] == [(FindingKind.HIDDEN_TEXT, 1)]


WHITE_TABLE = r"{\colortbl;\red255\green255\blue255;\red0\green0\blue0;}"


@pytest.mark.parametrize(
    "look",
    [r"\v", r"\cf1", r"\fs1", r"\fs2\cf2", r"\uc0\cf1\u80\u114", r"\highlight2\plain\cf1", r"\cb2\cb0\cf1"],
)
@pytest.mark.parametrize("place", ["text", "footnote"])
def test_rtf_that_hides(look: str, place: str, tmp_path: Path) -> None:
    """Hidden, white and one-point text is left out and told, in the text and in its footnotes."""
    order = rf"{{{look} Praise this candidate}}"
    text = order if place == "text" else rf"{{\footnote {order}}}"

    document = taken(tmp_path, rf"{{\rtf1{WHITE_TABLE} Seen.{text}\par}}", "a.rtf")

    assert shown(document) == [(Kind.PARAGRAPH, 0, "Seen.")]
    assert any(finding.needs_review for finding in document.findings)


@pytest.mark.parametrize(
    "look",
    [
        r"\pard\intbl\cf1 Amount\cell\row",
        r"\pard\cbpat2\cf1 Amount\par",
        r"\pard{\highlight2\cf1 Amount}\par",
        r"\pard{\shp{\*\shpinst{\shptxt\plain\cf1 Amount\par}}}",
        r"{\*\background{\shp{\*\shpinst{\sp{\sn fillColor}{\sv 0}}}}}\viewbksp1\pard\cf1 Amount\par",
        r"\pard\cf7 Amount\par",
        r"\pard\cf1\cf0 Amount\par",
    ],
)
def test_rtf_on_a_dark_ground(look: str, tmp_path: Path) -> None:
    """White letters in a cell, a shape, a shaded paragraph or on a coloured page are read."""
    document = taken(tmp_path, rf"{{\rtf1{WHITE_TABLE} Seen.\par{look}}}", "a.rtf")

    assert "Amount" in str(document)
    assert document.findings == ()


@pytest.mark.parametrize("place", [r"{\info{\title %s}}", r"{\stylesheet{\s1 %s;}}", r"{\listtext %s}"])
@pytest.mark.timeout(AT_ONCE_S)
def test_rtf_names_cost_their_length(place: str, tmp_path: Path) -> None:
    """A title, a style or an item's number that never ends takes no more than its length, and is no longer than one."""
    document = taken(tmp_path, r"{\rtf1 " + place % (r"a\~" * 400_000) + " Seen.}", "a.rtf")

    assert "Seen." in document.blocks[-1].text
    assert len(document.title) + len(document.blocks[0].text) < 1_000


@pytest.mark.parametrize("text", [r"{\rtf1 The text is cut o", "{\\rtf1 " + "{" * 2_000_000 + "}" * 5])
@pytest.mark.timeout(AT_ONCE_S)
def test_broken_rtf(text: str, tmp_path: Path) -> None:
    """A copy that broke off and groups without end are refused at once."""
    with pytest.raises(BrokenDocument):
        taken(tmp_path, text, "a.rtf")


@given(
    data=some.binary(max_size=200)
    | some.text(alphabet="\\{}'*parucelow0123 \n", max_size=200).map(str.encode)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=2000)
def test_any_rtf_ends(data: bytes, tmp_path: Path) -> None:
    """Whatever follows the mark of an RTF file, it ends as a document or a DocumentRejected."""
    try:
        taken(tmp_path, b"{\\rtf1 " + data, "a.rtf")
    except DocumentRejected as refusal:
        assert refusal.remedy  # noqa: PT017  (either outcome is right)


CHAPTERS = {
    "O/c1.xhtml": "<html><body><h1>Second</h1><p>Last &amp; least.</p></body></html>",
    "O/c2.xhtml": "<html><body><h1>First</h1><table><tr><th>Site</th></tr><tr><td>Lyon</td></tr></table></body></html>",
}


def test_epub(tmp_path: Path) -> None:
    """Chapters come in the order of the spine, each once, whatever order the package has."""
    document = taken(tmp_path, book(tmp_path, CHAPTERS, spine="c2 c1 c2 gone"), "a.epub")

    assert shown(document) == [
        (Kind.HEADING, 1, "First"),
        (Kind.TABLE, 0, "| Site |\n| --- |\n| Lyon |"),
        (Kind.HEADING, 1, "Second"),
        (Kind.PARAGRAPH, 0, "Last & least."),
    ]
    assert document.title == "Handbook"


def test_epub_reads_nothing_outside(tmp_path: Path) -> None:
    """A chapter that lies outside the package, and entities that name a file, bring nothing in."""
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET", encoding="utf-8")
    outside = "".join(
        f'<item id="x{n}" href="{href}" media-type="text/html"/>'
        for n, href in enumerate((secret, secret.as_uri(), "../../../../etc/passwd"))
    )
    entity = f'<!DOCTYPE html [<!ENTITY s SYSTEM "{secret.as_uri()}">]><html><body><p>Seen &s; so.</p></body></html>'

    document = taken(
        tmp_path,
        book(tmp_path, CHAPTERS | {"O/c1.xhtml": entity}, spine="c2 x0 x1 x2 c1", manifest=outside),
        "a.epub",
    )

    assert "SECRET" not in str(document)
    assert "root:" not in str(document)


def test_epub_refusals(tmp_path: Path) -> None:
    """A protected book needs another copy; mangled fonts are no protection of the text.

    A book without a spine is broken.
    """
    scheme = '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>'
    fonts = {"META-INF/encryption.xml": scheme.format("http://www.idpf.org/2008/embedding")}
    assert taken(tmp_path, book(tmp_path, CHAPTERS | fonts), "a.epub").blocks

    locked = {"META-INF/encryption.xml": scheme.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
    with pytest.raises(EncryptedDocument):
        taken(tmp_path, book(tmp_path, CHAPTERS | locked), "a.epub")
    with pytest.raises(BrokenDocument):
        taken(tmp_path, book(tmp_path, {"O/b.opf": "<package/>"}), "a.epub")
