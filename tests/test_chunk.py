"""Hold that cutting loses nothing and never goes over the budget."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.chunk import chunks_of
from ingest.parse.table import table_block
from ingest.tables import halved
from ingest.types import Block, Chunk, Kind, ParsedDocument
from retrieval.types import Box

TITLE = "Handbook"
WORDS = some.text(alphabet="abcdefghij", min_size=1, max_size=12)
PROSE = some.lists(WORDS, min_size=1, max_size=60).map(" ".join)
SENTENCES = some.lists(PROSE, min_size=1, max_size=6).map(lambda parts: ". ".join(parts) + ".")


def words_in(text: str) -> int:
    """Count as the simplest tokenizer does."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def letters_in(text: str) -> int:
    """Count as the most expensive tokenizer does: every fourth letter starts a token, words start new ones."""
    return sum(-(-len(word) // 4) for word in text.split())


def english(_: str) -> str:
    """Detect nothing."""
    return "en"


def document(blocks: Sequence[Block]) -> ParsedDocument:
    """Return a document of these blocks."""
    return ParsedDocument(title=TITLE, blocks=tuple(blocks), pages=None, parser="test")


def paragraph(text: str) -> Block:
    """Return a paragraph on page 1."""
    return Block(kind=Kind.PARAGRAPH, text=text, page=1, boxes=(Box(1, 0, 0, 9, 9),))


def heading(level: int, text: str) -> Block:
    """Return a heading."""
    return Block(kind=Kind.HEADING, text=text, level=level)


def cut(*blocks: Block, budget: int = 60) -> list[Chunk]:
    """Return the chunks of these blocks."""
    return chunks_of(document(blocks), count_tokens=words_in, budget=budget, detect=english)


BLOCKS = some.lists(
    some.one_of(
        SENTENCES.map(paragraph),
        some.builds(heading, some.integers(1, 4), some.lists(WORDS, min_size=1, max_size=30).map(" ".join)),
        some.builds(Block, kind=some.just(Kind.LIST_ITEM), text=SENTENCES),
        some.builds(
            Block, kind=some.just(Kind.PARAGRAPH), text=some.text(alphabet="xyz", min_size=1, max_size=400)
        ),
    ),
    max_size=12,
)


@settings(max_examples=150)
@given(blocks=BLOCKS, budget=some.integers(24, 120), counter=some.sampled_from([words_in, letters_in]))
def test_nothing_lost_nothing_over(blocks: list[Block], budget: int, counter: type[int]) -> None:
    """Every letter of every block is in the chunks' headings and texts in order; no chunk is over the budget."""
    # Numbered, because two sections of the same name have the same path and the check below sees only changes.
    blocks = [replace(block, text=f"{block.text} {n}") for n, block in enumerate(blocks)]
    chunks = chunks_of(document(blocks), count_tokens=counter, budget=budget, detect=english)

    shown: list[str] = []
    path: tuple[str, ...] = ()
    for chunk in chunks:
        common = next(
            (n for n, pair in enumerate(zip(path, chunk.heading_path, strict=False)) if len(set(pair)) > 1),
            -1,
        )
        kept = min(len(path), len(chunk.heading_path)) if common < 0 else common
        shown += [*chunk.heading_path[kept:], chunk.text]
        path = chunk.heading_path
    stream = iter("".join("".join(shown).split()))
    wanted = "".join("".join(block.text.split()) for block in blocks)
    assert all(letter in stream for letter in wanted)
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.tokens == counter(chunk.indexed_text(TITLE)) <= budget for chunk in chunks)
    assert chunks == chunks_of(document(blocks), count_tokens=counter, budget=budget, detect=english)


@given(
    rows=some.lists(some.lists(WORDS, min_size=3, max_size=3), min_size=2, max_size=60),
    budget=some.integers(60, 120),
)
def test_table_repeats_its_header(rows: list[list[str]], budget: int) -> None:
    """Each piece of a table starts with its header row; every other row is there once, in order."""
    table = table_block(rows)
    assert table is not None
    lines = table.text.split("\n")

    chunks = cut(table, budget=budget)

    assert all(chunk.text.split("\n")[:2] == lines[:2] for chunk in chunks)
    assert [row for chunk in chunks for row in chunk.text.split("\n")[2:]] == lines[2:]
    assert all(chunk.tokens <= budget for chunk in chunks)


@given(
    rows=some.lists(some.lists(WORDS, min_size=2, max_size=4), min_size=2, max_size=40),
    left=some.integers(1, 30),
    top=some.integers(1, 90),
    budget=some.integers(70, 120),
)
def test_cells_of_a_split_table_follow_its_rows(
    rows: list[list[str]], left: int, top: int, budget: int
) -> None:
    """The ranges of the pieces lie below each other without gap or overlap; a whole table keeps its whole range."""
    rows = [(row + ["x"] * 4)[:4] for row in rows]
    table = table_block(rows)
    assert table is not None
    whole = f"{COLUMNS[left]}{top}:{COLUMNS[left + 3]}{top + len(rows) - 1}"

    chunks = cut(replace(table, cells=whole, page=2), budget=budget)

    if len(chunks) == 1:
        assert chunks[0].cells == whole
        return
    told = [rows_of(chunk.cells or "") for chunk in chunks]
    assert told[0][0] == top + 1  # the first row is the header, which each piece repeats
    assert told[-1][1] == top + len(rows) - 1
    assert all(after[0] == before[1] + 1 for before, after in pairwise(told))
    assert [last - first + 1 for first, last in told] == [len(chunk.text.split("\n")) - 2 for chunk in chunks]
    assert {chunk.page for chunk in chunks} == {2}


COLUMNS = [a + b for a in ("", "A") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def rows_of(cells: str) -> tuple[int, int]:
    """Return first and last row of a range."""
    first, last = (int(re.sub(r"[A-Z]+", "", corner)) for corner in cells.split(":"))
    return first, last


@settings(max_examples=60)
@given(width=some.integers(8, 20), height=some.integers(1, 12), budget=some.integers(40, 90))
def test_wide_table_keeps_header_and_key_of_every_cell(width: int, height: int, budget: int) -> None:
    """Where the header is too wide to be repeated, each cell still stands below its header and beside its row's key."""
    rows = [[f"head{column}" for column in range(width)]]
    rows += [
        [f"r{row}c{column} a\\|b"[: None if row else 6] for column in range(width)] for row in range(height)
    ]
    table = table_block(rows)
    assert table is not None

    chunks = cut(table, budget=budget)

    found = set()
    for piece in (piece for chunk in chunks for piece in chunk.text.split("\n\n")):
        lines = [line.strip("| ").split(" | ") for line in piece.split("\n")]
        assert lines[0][0] == "head0"
        found |= {(lines[0][n], line[0], cell) for line in lines[2:] for n, cell in enumerate(line)}
    shown = [line.strip("| ").split(" | ") for line in table.text.split("\n")]
    assert found == {(shown[0][n], line[0], cell) for line in shown[2:] for n, cell in enumerate(line)}
    assert all(chunk.tokens <= budget for chunk in chunks)


def test_cells_that_do_not_match_the_rows_stay_whole() -> None:
    """Where empty rows were left out, nobody can say which rows a piece holds: the range of the table is told."""
    table = table_block([["a", "b"], *([f"word {n}", "value"] for n in range(40))])
    assert table is not None

    chunks = cut(replace(table, cells="B4:C90"))

    assert len(chunks) > 1
    assert {chunk.cells for chunk in chunks} == {"B4:C90"}
    assert {chunk.cells for chunk in cut(replace(table, cells="Budget"))} == {"Budget"}


def test_two_tables_of_a_sheet_span_both() -> None:
    """A chunk that holds two small tables names the range that holds both; prose has none."""
    small = table_block([["a", "b"], ["1", "2"]])
    assert small is not None
    (chunk,) = cut(replace(small, cells="B4:C5", page=1), replace(small, cells="AA8:AB9", page=1))
    assert chunk.cells == "B4:AB9"
    assert cut(paragraph("No table."))[0].cells is None


@settings(max_examples=100)
@given(
    blocks=some.lists(
        some.tuples(
            some.sampled_from([Kind.HEADING, Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.CODE, Kind.CAPTION]),
            some.integers(1, 4),
            some.integers(1, 90),
        ),
        max_size=25,
    ),
    budget=some.integers(24, 90),
)
def test_no_chunk_crosses_a_border(blocks: list[tuple[Kind, int, int]], budget: int) -> None:
    """The text of a chunk is of one section; sections are numbered in order, and one number is one section."""
    written, section = [], 0
    for kind, level, words in blocks:
        section += kind is Kind.HEADING and level <= 2
        text = " ".join([chr(0x4E00 + section) * 3] * words)  # a letter a section
        written.append(Block(kind=kind, text=text, level=level if kind is Kind.HEADING else 0))

    chunks = chunks_of(document(written), count_tokens=letters_in, budget=budget, detect=english)

    letters = [set(chunk.text) - set(" \n") for chunk in chunks]
    assert all(len(one) == 1 for one in letters)
    assert [chunk.section for chunk in chunks] == sorted(chunk.section for chunk in chunks)
    assert len({(chunk.section, *one) for chunk, one in zip(chunks, letters, strict=True)}) == len(
        {chunk.section for chunk in chunks}
    )
    assert all(chunk.tokens <= budget for chunk in chunks)


def test_lower_heading_leads_the_chunks_below_it() -> None:
    """What does not fit beside its third-level heading has it in the path; the next heading of its level ends that."""
    long = [paragraph(f"Rule {number} " + "word " * 30) for number in range(4)]
    chunks = cut(
        heading(2, "Leave"), heading(3, "Requests"), *long, heading(4, "By mail"), *long[:2], heading(3, "Ends"),
        *long[:2],
    )  # fmt: skip

    assert chunks[0].text.startswith("Requests\n\nRule 0")
    assert chunks[0].heading_path == ("Leave",)
    assert [chunk.heading_path[1:] for chunk in chunks[1:]] == [
        ("Requests",), ("Requests",), ("Requests",),
        ("Requests",), ("Requests", "By mail"),  # the heading itself is the first line of its first chunk
        (), ("Ends",),
    ]  # fmt: skip


def test_heading_is_not_parted_from_what_it_heads() -> None:
    """A lower heading goes to the next chunk with its text rather than end the chunk before."""
    chunks = cut(
        heading(2, "Leave"), paragraph("word " * 45), heading(3, "Requests"), paragraph("more " * 20)
    )

    assert [chunk.text.split()[0] for chunk in chunks] == ["word", "Requests"]
    assert chunks[1].text.split()[-1] == "more"


@pytest.mark.parametrize("is_above", [True, False])
def test_caption_stays_with_its_table(is_above: bool) -> None:  # noqa: FBT001 - a case of the test
    """Whichever side it stands on, the caption is in the chunk of its table where both fit one."""
    table = table_block([["Site", "Days"], *([f"place {n}", str(n)] for n in range(4))])
    assert table is not None
    caption = Block(kind=Kind.CAPTION, text="Days of leave by site")
    pair = (caption, table) if is_above else (table, caption)

    chunks = cut(paragraph("word " * 40), *pair, paragraph("word " * 40))

    (holding,) = (chunk for chunk in chunks if "Days of leave" in chunk.text)
    assert table.text in holding.text


def test_code_is_cut_between_lines_and_keeps_its_indent() -> None:
    """Lines of code stay whole; the first line of each chunk is as far indented as it was."""
    lines = [f"{'    ' * (number % 3)}call_{number}(first, second)" for number in range(30)]

    chunks = cut(Block(kind=Kind.CODE, text="\n".join(lines)))

    assert len(chunks) > 2
    assert [line for chunk in chunks for line in chunk.text.split("\n")] == lines


def test_halved_table_keeps_its_header() -> None:
    """Each half starts with the header; what is no table, or has one row, is not halved."""
    table = table_block([["a", "b"], *([str(n), "x"] for n in range(5))])
    assert table is not None
    first, second = halved(table.text, "B2:C7")
    assert first.text.split("\n")[:2] == second.text.split("\n")[:2] == table.text.split("\n")[:2]
    assert (first.cells, second.cells) == ("B3:C4", "B5:C7")
    assert halved("no table\nat all\nin four\nlines", None) == []
    assert halved("| a |\n| --- |\n| 1 |", None) == []


def test_first_two_levels_are_borders() -> None:
    """Text under different headings of the first two levels is in different chunks; a third level does not part it."""
    chunks = cut(
        heading(1, "Leave"), paragraph("Thirty days."), heading(3, "Requests"), paragraph("Two weeks before."),
        heading(2, "Sick leave"), paragraph("Call at once."), heading(1, "Travel"), paragraph("By train."),
    )  # fmt: skip

    assert [(chunk.heading_path, chunk.text) for chunk in chunks] == [
        (("Leave",), "Thirty days.\n\nRequests\n\nTwo weeks before."),
        (("Leave", "Sick leave"), "Call at once."),
        (("Travel",), "By train."),
    ]


def test_heading_without_content_stays_findable() -> None:
    """A heading that nothing follows becomes a chunk of its own."""
    chunks = cut(heading(1, "Agenda"), heading(1, "Closing words"))

    assert [chunk.text for chunk in chunks] == ["Agenda", "Closing words"]


def test_sentences_are_kept_whole() -> None:
    """An oversized paragraph is cut between sentences where a sentence fits."""
    sentences = [f"Rule {number} says that everybody signs the form before leaving." for number in range(12)]

    chunks = cut(paragraph(" ".join(sentences)), budget=40)

    assert len(chunks) > 2
    assert all(chunk.text.startswith("Rule") and chunk.text.endswith(".") for chunk in chunks)


def test_place_is_kept() -> None:
    """A chunk knows its first page, and each box once."""
    (chunk,) = cut(paragraph("One."), paragraph("Two."))

    assert chunk.page == 1
    assert chunk.boxes == (Box(1, 0, 0, 9, 9),)


def test_short_text_takes_the_language_of_the_document() -> None:
    """A few words are not guessed at: they are in the language of the whole document."""

    def detect(text: str) -> str:
        return "de" if len(text) > 100 else "und"

    long = "Der Urlaub ist zwei Wochen vorher bei der Leitung zu beantragen. " * 3
    chunks = chunks_of(
        document([heading(1, "A"), paragraph(long), heading(1, "B"), paragraph("Ja.")]),
        count_tokens=words_in,
        budget=60,
        detect=detect,
    )

    assert {chunk.language for chunk in chunks} == {"de"}


def test_counting_is_not_quadratic() -> None:
    """The counter is asked a few times a block, however many blocks there are."""
    asked = 0

    def count(text: str) -> int:
        nonlocal asked
        asked += 1
        return words_in(text)

    chunks_of(document([paragraph("Some words here.")] * 1000), count_tokens=count, budget=60, detect=english)

    assert asked < 3500
