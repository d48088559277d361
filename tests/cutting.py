"""Make blocks of documents, and cut them with tokenizers that count simply."""

import re
from collections.abc import Sequence

from hypothesis import strategies as some

from ingest.chunk import chunks_of
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
