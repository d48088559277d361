"""Hold that cutting loses nothing and never goes over the budget."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.chunk import chunks_of
from ingest.types import Block, Kind
from retrieval.types import Box
from tests.cutting import (
    SENTENCES,
    TITLE,
    WORDS,
    cut,
    document,
    english,
    heading,
    letters_in,
    paragraph,
    words_in,
)

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


def test_code_is_cut_between_lines_and_keeps_its_indent() -> None:
    """Lines of code stay whole; the first line of each chunk is as far indented as it was."""
    lines = [f"{'    ' * (number % 3)}call_{number}(first, second)" for number in range(30)]

    chunks = cut(Block(kind=Kind.CODE, text="\n".join(lines)))

    assert len(chunks) > 2
    assert [line for chunk in chunks for line in chunk.text.split("\n")] == lines


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
