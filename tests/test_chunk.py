"""Hold that cutting loses nothing and never goes over the budget."""

import re
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.chunk import chunks_of
from ingest.parse.table import table_block
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
