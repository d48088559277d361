"""Cut a parsed document into chunks that fit the embedder: by structure first, by sentences where they must. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.types import Block, Chunk, Kind, ParsedDocument
from retrieval.language import UNKNOWN
from retrieval.language import detect as detect_language
from retrieval.types import Box

CountTokens = Callable[[str], int]
Detect = Callable[[str], str]

BORDER_LEVEL = 2  # no chunk crosses a heading of the first two levels: they name different matters
PATH_SHARE = 0.5  # of the budget that title and heading path may take; the rest is for the text
HEADER_SHARE = 0.5  # of a piece that a table's repeated header may take; a wider header is not repeated
DETECT_MIN_CHARS = 40  # shorter text takes the document's language: a guess from a few words is no better
DETECT_SAMPLE_CHARS = 4_000
# Where to cut an oversized paragraph, best first: lines, sentences, clauses, words, and letters at the very last.
CUTS = ("\n\n", "\n", ". ", "! ", "? ", "。", "; ", ", ", " ", "")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Hold a block, or a part of one, that fits a chunk."""

    text: str
    tokens: int
    is_item: bool  # joined to the piece before it by one line break, not two
    page: int | None
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str
    level: int
    is_in_path: bool


@dataclass
class _Section:
    """Collect what stands between two headings of the first two levels."""

    path: list[_Heading]
    pieces: list[_Piece] = field(default_factory=list)


@dataclass(frozen=True)
class _Cutter:
    title: str
    count: CountTokens
    budget: int

    def chunks(
        self, path: tuple[str, ...], pieces: Sequence[_Piece]
    ) -> Iterator[tuple[str, int, Sequence[_Piece]]]:
        """Yield (text, tokens, pieces) of as few chunks as fit, in order."""
        room = self.room(path)
        group: list[_Piece] = []
        used = 0
        for piece in pieces:
            if group and used + piece.tokens + 1 > room:
                yield from self.fitted(path, group)
                group, used = [], 0
            group.append(piece)
            used += piece.tokens + 1
        if group:
            yield from self.fitted(path, group)

    def fitted(
        self, path: tuple[str, ...], group: Sequence[_Piece]
    ) -> Iterator[tuple[str, int, Sequence[_Piece]]]:
        """Yield the group as one chunk, or halved where its parts count more together than apart."""
        text = _joined(group)
        tokens = self.count(Chunk(0, text, path, "", None, (), 0).indexed_text(self.title))
        if tokens <= self.budget or (len(group) == 1 and len(text) <= 1):
            yield text, tokens, group
        elif len(group) > 1:
            middle = len(group) // 2
            yield from self.fitted(path, group[:middle])
            yield from self.fitted(path, group[middle:])
        else:
            for part in self.halves(group[0]):
                yield from self.fitted(path, [part])

    def halves(self, piece: _Piece) -> list[_Piece]:
        room = max(1, piece.tokens // 2)
        parts = [part for part in self.split(piece.text, room) if part]
        if len(parts) < 2:
            middle = len(piece.text) // 2
            parts = [piece.text[:middle], piece.text[middle:]]
        return [_Piece(part, self.count(part), piece.is_item, piece.page, piece.boxes) for part in parts]

    def room(self, path: tuple[str, ...]) -> int:
        """Return how many tokens are left for text below this path."""
        return max(1, self.budget - self.count(" > ".join((self.title, *path))) - 1)

    def split(self, text: str, room: int) -> list[str]:
        """Return `text` in parts of at most `room` tokens, cut at the best places."""
        # heavy: keeps --help under 0.3 s
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            chunk_size=room,
            chunk_overlap=0,
            length_function=self.count,
            separators=list(CUTS),
            keep_separator="end",
        )
        return splitter.split_text(text)

    def pieces(self, block: Block, path: tuple[str, ...]) -> list[_Piece]:
        """Return the block as pieces of which each fits a chunk."""
        tokens = self.count(block.text)
        room = self.room(path)
        texts = [block.text]
        if tokens > room:
            texts = self.rows(block.text, room) if block.kind is Kind.TABLE else self.split(block.text, room)
        is_item = block.kind is Kind.LIST_ITEM
        counts = [tokens] if len(texts) == 1 and texts[0] == block.text else map(self.count, texts)
        return [
            _Piece(text, count, is_item, block.page, block.boxes)
            for text, count in zip(texts, counts, strict=True)
        ]

    def rows(self, table: str, room: int) -> list[str]:
        """Return a Markdown table as smaller ones, each with the header row; cut as text where a row is too long."""
        lines = table.split("\n")
        header = "\n".join(lines[:2])
        header_tokens = self.count(header)
        if len(lines) < 3 or header_tokens > HEADER_SHARE * room:
            return self.split(table, room)
        parts: list[str] = []
        group: list[str] = []
        used = header_tokens
        for row in lines[2:]:
            tokens = self.count(row) + 1
            if group and used + tokens > room:
                parts.append("\n".join([header, *group]))
                group, used = [], header_tokens
            if header_tokens + tokens > room:
                parts += [f"{header}\n{part}" for part in self.split(row, max(1, room - header_tokens - 1))]
            else:
                group.append(row)
                used += tokens
        if group:
            parts.append("\n".join([header, *group]))
        return parts


def chunks_of(
    document: ParsedDocument, *, count_tokens: CountTokens, budget: int, detect: Detect = detect_language
) -> list[Chunk]:
    """Return the document's chunks in order, each of at most `budget` tokens with title and heading path.

    Headings of the first two levels are in the chunks' heading paths, all other text is in their texts: nothing is
    lost. The budget must be able to hold the title twice; a longer title alone is over it.
    """
    cutter = _Cutter(document.title, count_tokens, budget)
    sample = "\n".join(block.text for block in _sampled(document.blocks))
    main_language = detect(sample) if sample else UNKNOWN
    chunks: list[Chunk] = []
    for section in _sections(document.blocks, cutter):
        path = tuple(heading.text for heading in section.path if heading.is_in_path)
        for text, tokens, pieces in cutter.chunks(path, section.pieces):
            language = detect(text) if len(text) >= DETECT_MIN_CHARS else UNKNOWN
            chunks.append(
                Chunk(
                    position=len(chunks),
                    text=text,
                    heading_path=path,
                    language=main_language if language == UNKNOWN else language,
                    page=next((piece.page for piece in pieces if piece.page is not None), None),
                    boxes=tuple(dict.fromkeys(box for piece in pieces for box in piece.boxes)),
                    tokens=tokens,
                )
            )
    return chunks


def _sampled(blocks: Iterable[Block]) -> Iterator[Block]:
    chars = 0
    for block in blocks:
        if chars > DETECT_SAMPLE_CHARS:
            return
        chars += len(block.text)
        yield block


def _sections(blocks: Iterable[Block], cutter: _Cutter) -> Iterator[_Section]:
    """Yield sections in order. A heading below the second level stays in the text; so does one without content."""
    section = _Section(path=[])
    for block in blocks:
        if block.kind is Kind.HEADING and 1 <= block.level <= BORDER_LEVEL:
            parents = [heading for heading in section.path if heading.level < block.level]
            # A heading whose subsection follows at once is in that subsection's path; any other would vanish.
            if section.pieces or len(parents) < len(section.path):
                yield _closed(section, cutter)
            section = _opened(parents, block, cutter)
        else:
            path = tuple(heading.text for heading in section.path if heading.is_in_path)
            section.pieces += cutter.pieces(block, path)
    yield _closed(section, cutter)


def _opened(parents: list[_Heading], block: Block, cutter: _Cutter) -> _Section:
    names = [heading.text for heading in parents if heading.is_in_path]
    is_short = cutter.count(" > ".join((cutter.title, *names, block.text))) <= PATH_SHARE * cutter.budget
    section = _Section(path=[*parents, _Heading(block.text, block.level, is_in_path=is_short)])
    if not is_short:  # it would leave no room for what it heads: it becomes text
        section.pieces += cutter.pieces(block, tuple(names))
    return section


def _closed(section: _Section, cutter: _Cutter) -> _Section:
    """Return the section, with its own heading as text where it holds nothing else."""
    if section.pieces or not section.path:
        return section
    own = section.path[-1]
    parents = section.path[:-1]
    names = tuple(heading.text for heading in parents if heading.is_in_path)
    return _Section(path=parents, pieces=cutter.pieces(Block(kind=Kind.PARAGRAPH, text=own.text), names))


def _joined(pieces: Sequence[_Piece]) -> str:
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        text += ("\n" if before.is_item and piece.is_item else "\n\n") + piece.text
    return text
