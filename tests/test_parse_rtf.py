"""Hold what RTF turns into: what shows, what hides, and that any of it ends."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.types import FindingKind, Kind
from retrieval.errors import BrokenDocument, DocumentRejected
from tests.parsed import shown, taken

AT_ONCE_S = 10  # what is refused late takes minutes


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
