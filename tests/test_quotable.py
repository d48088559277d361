"""Split passages into what may be quoted, and find it again where it stands."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quotable import quotable

TABLE = "Angaben in Tausend Euro.\n\n| Position | Q3 2025 | Q3 2026 |\n| --- | --- | --- |\n| EBIT | 4620 | 5890 |"


@pytest.mark.parametrize(
    ("text", "quotations"),
    [
        ("Book early. Trains go first.", ["Book early.", "Trains go first."]),
        ("Bis zum 3. Mai 2026. Dann gilt Nr. 4.", ["Bis zum 3. Mai 2026.", "Dann gilt Nr. 4."]),
        ("a sentence that the page\nbreaks in two. Another.", ["a sentence that the page breaks in two.", "Another."]),
        ("Samstag, Sonntag 58 Euro\n\nFeiertag 85 Euro", ["Samstag, Sonntag 58 Euro", "Feiertag 85 Euro"]),
        ("Tips\n\nNone are paid. Ever.\n\nBut.\n\nEnd", ["Tips: None are paid.", "Ever.", "But."]),
        (TABLE, ["Angaben in Tausend Euro.", "Position: EBIT; Q3 2025: 4620; Q3 2026: 5890"]),
        ("| a | b |\n| c | |", ["a; b", "c"]),
        ("| a \\| b | c |", ["a | b; c"]),
        ("We pay:\n- 600 EUR once\n- 15 percent", ["We pay:", "We pay: 600 EUR once", "We pay: 15 percent"]),
        ("1. Connect it.\n2. Fill it. Wait.", ["Connect it.", "Fill it.", "Wait."]),
        ("We pay:\n- 600 EUR\nNot more.\n- 15", ["We pay:", "We pay: 600 EUR Not more.", "We pay: 15"]),
        ("Bring:\n- a pass\n\nNot allowed\n\n- pets", ["Bring:", "Bring: a pass", "Not allowed: pets"]),
        ("France\n\n| a | b |\n\nThe cap is 145.", ["a; b", "The cap is 145."]),
        ("We pay:\n\n| a | b |\n\n- 15", ["We pay:", "a; b", "15"]),
        ("within four\n\nmonths.\n\nlater", ["within four months."]),
        ("Rules · Version 2 · Page 3\n\nBook early.\n\nCall 4357 · at night", ["Book early.", "Call 4357 · at night"]),
        ("", []),
        ("…\n---\n| --- | --- |", []),
    ],
)  # fmt: skip
def test_what_may_be_quoted(text: str, quotations: list[str]) -> None:
    """Sentences over broken lines, points of lists with what leads to them, rows with the heads of their cells."""
    assert [one.text for one in quotable(text)] == quotations


@given(st.text(alphabet="ab .!?\n|-:1)•\\", max_size=80))
def test_each_stands_where_it_says(text: str) -> None:
    """In order, apart from each other, and with the letters that are shown."""
    found = quotable(text)
    for one, following in pairwise(found):
        assert one.end <= following.start
    for one in found:
        held = [letter for letter in text[one.start : one.end] if letter.isalnum()]
        shown = iter(letter for letter in one.text if letter.isalnum())
        assert held
        assert all(letter in shown for letter in held)  # in this order, among the heads of cells
