"""Make parcels: of an evaluation set, for quality; of made chunks and readers, for speed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from app.bench.house import LANGUAGE
from app.bench.rivals.parcel import CANDIDATES, Parcel, Piece, Question
from app.bench.synthetic import BLOCK, PER_DOCUMENT, Made, blocks
from retrieval.dataset import Item, judgements, read_corpora, read_queries
from retrieval.errors import InvalidRequest
from retrieval.evaluate import READER, pieces
from retrieval.language import detect, likely
from retrieval.readers import EVERYONE
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, FloatVector, Reader

MAX_QUERIES: Final = 300  # a language, as `eval retrieval` asks
SHOWN: Final = 10  # passages of a timed question
BUDGET_S: Final = 20.0  # of timed questions, for one rival
MADE: Final = "made"


@dataclass(frozen=True, slots=True)
class Exam:
    """Hold a set's parcel and, for each of its questions, the grades of documents."""

    parcel: Parcel
    grades: list[Mapping[str, int]]


def exam_of(data: Path, embedder: Embedder) -> Exam:
    """Return a set's chunks and questions as `eval retrieval` has them. Raises InvalidRequest where none can be."""
    groups = [group for group in judgements(data, MAX_QUERIES) if not group.scope]
    if not groups:
        raise InvalidRequest(
            f"{data.name} has no judgements over the whole set",
            remedy="name a set whose qrels search every language",
        )
    items, queries, encoder = read_corpora(data), read_queries(data), SparseEncoder()
    parts = [(item, number, text) for item in items for number, text in enumerate(pieces(item))]
    vectors = embedder.embed_passages([text for _, _, text in parts])
    positions: Counter[str] = Counter()
    drawn = []
    for (item, number, text), vector in zip(parts, vectors, strict=True):
        drawn.append(_piece(item, (number, positions[item.file]), text, vector, encoder))
        positions[item.file] += 1
    asked = [(queries[one], grades) for group in groups for one, grades in group.grades.items()]
    questions = [_question(text, READER, embedder.embed_query(text), encoder) for text, _ in asked]
    return Exam(Parcel(data.name, drawn, questions, CANDIDATES, None), [grades for _, grades in asked])


def made_parcel(chunks: int, queries: int) -> Parcel:
    """Return the chunks of `bench search` and questions of people who may see most, some or little of them."""
    encoder = SparseEncoder()
    questions = [_question(ask.text, ask.reader, ask.vector, encoder) for ask in Made().asks(queries, chunks)]
    return Parcel(MADE, list(_made(chunks, encoder)), questions, SHOWN, BUDGET_S)


def _piece(
    item: Item, places: tuple[int, int], text: str, vector: FloatVector, encoder: SparseEncoder
) -> Piece:
    number, position = places
    language = item.language or detect(text)
    weights = encoder.encode_passage(text, language)
    return Piece(
        id=str(uuid5(NAMESPACE_URL, f"{item.document}#{item.place}#{number}")),
        document=item.document,
        file=item.file,
        title=item.title,
        text=text,
        position=position,
        language=language,
        readers=(EVERYONE,),
        indices=weights.indices,
        values=weights.values,
        vector=vector,
    )


def _made(chunks: int, encoder: SparseEncoder) -> Iterator[Piece]:
    made = Made()
    for block in range(blocks(chunks)):
        for chunk in made.chunks(block, min(BLOCK, chunks - block * BLOCK)):
            weights = encoder.encode_passage(chunk.text, LANGUAGE)
            yield Piece(
                id=chunk.chunk_id,
                document=chunk.document_id,
                file=chunk.document_id,
                title="",
                text=chunk.text,
                position=chunk.number % PER_DOCUMENT,
                language=LANGUAGE,
                readers=chunk.readers,
                indices=weights.indices,
                values=weights.values,
                vector=chunk.vector,
            )


def _question(text: str, reader: Reader, vector: FloatVector, encoder: SparseEncoder) -> Question:
    weights = encoder.encode_query(text, likely(text))
    return Question(text, tuple(sorted(reader.principals)), weights.indices, weights.values, vector)
