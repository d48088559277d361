"""Cut a parsed document into chunks that fit the embedder: by structure first, by sentences where they must. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.tables import halved, parts_of, spanned
from ingest.types import Block, Chunk, Kind, ParsedDocument
from retrieval.language import UNKNOWN
from retrieval.language import detect as detect_language
from retrieval.types import Box

CountTokens = Callable[[str], int]
Detect = Callable[[str], str]
Path = tuple[str, ...]

BORDER_LEVEL = 2  # no chunk crosses a heading of the first two levels: they name different matters
PATH_SHARE = 0.5  # of the budget that title and heading path may take; the rest is for the text
DETECT_MIN_CHARS = 40  # shorter text takes the document's language: a guess from a few words is no better
DETECT_SAMPLE_CHARS = 4_000  # two pages tell the language of a document; more only takes time
# Where to cut an oversized paragraph, best first: lines, sentences, clauses, words, and letters at the very last.
CUTS = ("\n\n", "\n", ". ", "! ", "? ", "。", "; ", ", ", " ", "")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Hold a block, or a part of one, that fits a chunk."""

    text: str
    tokens: int
    kind: Kind
    page: int | None
    boxes: tuple[Box, ...]
    cells: str | None
    below: Path  # the headings of the lower levels that it stands under, as far as they are in the path


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
    lower: list[_Heading] = field(default_factory=list)  # headings of the lower levels in force


@dataclass(frozen=True)
class _Cutter:
    title: str
    count: CountTokens
    budget: int
    rooms: dict[Path, int] = field(default_factory=dict)  # blocks share few paths, and counting is what costs

    def chunks(self, path: Path, pieces: Sequence[_Piece]) -> Iterator[tuple[Chunk, Sequence[_Piece]]]:
        """Yield chunks of text, path and tokens, as few as fit, in order, with what they are made of."""
        group: list[_Piece] = []
        used = 0
        for unit in _units(pieces):
            is_whole = _tokens(unit) <= self.room((*path, *unit[0].below))
            for part in [unit] if is_whole else [[piece] for piece in unit]:
                if group and used + _tokens(part) > self.room((*path, *group[0].below)):
                    yield from self.fitted(path, group)
                    group, used = [], 0
                group += part
                used += _tokens(part)
        if group:
            yield from self.fitted(path, group)

    def fitted(self, path: Path, group: Sequence[_Piece]) -> Iterator[tuple[Chunk, Sequence[_Piece]]]:
        """Yield the group as one chunk, or halved where its parts count more together than apart."""
        whole = Chunk(0, _joined(group), (*path, *group[0].below), "", None, (), 0)
        tokens = self.count(whole.indexed_text(self.title))
        if tokens <= self.budget or (len(group) == 1 and len(whole.text) <= 1):
            yield Chunk(0, whole.text, whole.heading_path, "", None, (), tokens), group
        elif len(group) > 1:
            middle = len(group) // 2
            yield from self.fitted(path, group[:middle])
            yield from self.fitted(path, group[middle:])
        else:
            for part in self.halves(group[0]):
                yield from self.fitted(path, [part])

    def halves(self, piece: _Piece) -> list[_Piece]:
        if piece.kind is Kind.TABLE and (tables := halved(piece.text, piece.cells)):
            return [self.piece(piece, table.text, table.cells) for table in tables]
        room = max(1, piece.tokens // 2)
        parts = self.split(piece.text, room)
        if len(parts) < 2:
            middle = len(piece.text) // 2
            parts = [piece.text[:middle], piece.text[middle:]]
        return [self.piece(piece, part, piece.cells) for part in parts]

    def piece(self, whole: _Piece, text: str, cells: str | None) -> _Piece:
        """Return a part of a piece."""
        return _Piece(text, self.count(text), whole.kind, whole.page, whole.boxes, cells, whole.below)

    def room(self, path: Path) -> int:
        """Return how many tokens are left for text below this path."""
        if path not in self.rooms:
            self.rooms[path] = max(1, self.budget - self.count(" > ".join((self.title, *path))) - 1)
        return self.rooms[path]

    def split(self, text: str, room: int) -> list[str]:
        """Return `text` in parts of at most `room` tokens, cut at the best places; indented lines stay indented."""
        # heavy: keeps --help under 0.3 s
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            chunk_size=max(1, room),
            chunk_overlap=0,
            length_function=self.count,
            separators=list(CUTS),
            keep_separator="end",
            strip_whitespace=False,
        )
        return [part.strip("\n").rstrip() for part in splitter.split_text(text) if part.strip()]

    def pieces(self, block: Block, path: Path, below: Path) -> list[_Piece]:
        """Return the block as pieces of which each fits a chunk."""
        tokens, room = self.count(block.text), self.room((*path, *below))
        whole = _Piece(block.text, tokens, block.kind, block.page, block.boxes, block.cells, below)
        if tokens <= room:
            return [whole]
        if block.kind is Kind.TABLE:
            parts = parts_of(block.text, block.cells, room=room, count=self.count, split=self.split)
            return [self.piece(whole, part.text, part.cells) for part in parts]
        return [self.piece(whole, text, block.cells) for text in self.split(block.text, room)]

    def is_short(self, path: Path) -> bool:
        """Return whether title and path leave enough for what they head."""
        return self.count(" > ".join((self.title, *path))) <= PATH_SHARE * self.budget


def chunks_of(
    document: ParsedDocument, *, count_tokens: CountTokens, budget: int, detect: Detect = detect_language
) -> list[Chunk]:
    """Return the document's chunks in order, each of at most `budget` tokens with title and heading path.

    Headings of the first two levels are in the chunks' heading paths, all other text is in their texts: nothing is
    lost. A lower heading is text where it stands, and in the path of the chunks that begin below it. The budget must
    be able to hold the title twice; a longer title alone is over it.
    """
    cutter = _Cutter(document.title, count_tokens, budget)
    sample = "\n".join(block.text for block in _sampled(document.blocks))
    main_language = detect(sample) if sample else UNKNOWN
    chunks: list[Chunk] = []
    for section, part in enumerate(_sections(document.blocks, cutter)):
        path = _in_path(part.path)
        for cut, pieces in cutter.chunks(path, part.pieces):
            language = detect(cut.text) if len(cut.text) >= DETECT_MIN_CHARS else UNKNOWN
            page = next((piece.page for piece in pieces if piece.page is not None), None)
            chunks.append(
                Chunk(
                    position=len(chunks),
                    text=cut.text,
                    heading_path=cut.heading_path,
                    language=main_language if language == UNKNOWN else language,
                    page=page,
                    boxes=tuple(dict.fromkeys(box for piece in pieces for box in piece.boxes)),
                    tokens=cut.tokens,
                    section=section,
                    cells=spanned([one.cells for one in pieces if one.cells and one.page == page]),
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
            _take(section, block, cutter)
    if section.pieces or section.path:
        yield _closed(section, cutter)


def _take(section: _Section, block: Block, cutter: _Cutter) -> None:
    """Add a block to a section, below the lower headings before it."""
    path = _in_path(section.path)
    is_lower_heading = block.kind is Kind.HEADING and block.level > BORDER_LEVEL
    if is_lower_heading:
        section.lower = [heading for heading in section.lower if heading.level < block.level]
    below = _in_path(section.lower)
    section.pieces += cutter.pieces(block, path, below)
    if is_lower_heading:
        is_short = cutter.is_short((*path, *below, block.text))
        section.lower.append(_Heading(block.text, block.level, is_in_path=is_short))


def _opened(parents: list[_Heading], block: Block, cutter: _Cutter) -> _Section:
    names = _in_path(parents)
    is_short = cutter.is_short((*names, block.text))
    section = _Section(path=[*parents, _Heading(block.text, block.level, is_in_path=is_short)])
    if not is_short:  # it would leave no room for what it heads: it becomes text
        section.pieces += cutter.pieces(block, names, ())
    return section


def _closed(section: _Section, cutter: _Cutter) -> _Section:
    """Return the section, with its own heading as text where it holds nothing else."""
    if section.pieces or not section.path:
        return section
    own = Block(kind=Kind.PARAGRAPH, text=section.path[-1].text)
    parents = section.path[:-1]
    return _Section(path=parents, pieces=cutter.pieces(own, _in_path(parents), ()))


def _in_path(headings: Iterable[_Heading]) -> Path:
    return tuple(heading.text for heading in headings if heading.is_in_path)


def _units(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Yield the pieces in order, together what should not be parted: a heading and what follows, caption and table."""
    unit: list[_Piece] = []
    for piece in pieces:
        if unit and not _is_bound(unit, piece):
            yield unit
            unit = []
        unit.append(piece)
    if unit:
        yield unit


def _is_bound(unit: Sequence[_Piece], following: _Piece) -> bool:
    last, before = unit[-1].kind, unit[-2].kind if len(unit) > 1 else None
    if last is Kind.CAPTION:
        return following.kind is Kind.TABLE and before is not Kind.TABLE  # else it is that table's already
    if last is Kind.TABLE:
        return following.kind is Kind.CAPTION and before is not Kind.CAPTION
    return last is Kind.HEADING


def _tokens(pieces: Iterable[_Piece]) -> int:
    return sum(piece.tokens + 1 for piece in pieces)  # one for the line break that joins them


def _joined(pieces: Sequence[_Piece]) -> str:
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        is_list = before.kind is piece.kind is Kind.LIST_ITEM
        text += ("\n" if is_list else "\n\n") + piece.text
    return text
