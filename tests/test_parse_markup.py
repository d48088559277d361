"""Hold what AsciiDoc and reStructuredText turn into, and that neither reaches for another file."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.parse.asciidoc import parse_asciidoc
from ingest.parse.asciidoc_text import plain
from ingest.types import Kind
from retrieval.errors import TooLarge
from tests.parsed import shown, taken

AT_ONCE_S = 10  # what is refused late takes minutes


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
