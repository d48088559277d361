"""Hold the search: legs, second reader check, and what happens when a neighbour is down."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast
from uuid import UUID

import numpy as np
import pytest
from qdrant_client import QdrantClient

from retrieval.edge import EdgeIndex
from retrieval.errors import IndexUnavailable, RerankerUnavailable
from retrieval.readers import reader_of
from retrieval.search import Searcher
from retrieval.server import QdrantIndex
from retrieval.sparse import SparseEncoder
from retrieval.types import FloatVector, IndexEntry, Passage, Reader, Reranker, SearchResult, VectorIndex
from tests.fakes import HashEmbedder, InMemoryStore

HANDBOOK = frozenset({"handbook"})
ANYONE = reader_of("anna", [])

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


@dataclass
class House:
    """An index and a database with the same passages in them."""

    index: VectorIndex
    embedder: HashEmbedder = field(default_factory=HashEmbedder)
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def add(
        self, number: int, text: str, readers: tuple[str, ...] = ("everyone",), version: str = ""
    ) -> None:
        """Put one passage into both."""
        chunk_id, name = str(UUID(int=number)), version or f"v{number}"
        passage = Passage(
            chunk_id, f"d{number}", name, "handbook", f"Title {number}", f"{number}.txt", "text/plain", "en",
            (), text, 0, None, (), "2026-01-01",
        )  # fmt: skip
        self.store.passages[chunk_id] = (passage, readers)
        dense, sparse = self.embedder.embed_query(text), SparseEncoder().encode_passage(text, "en")
        self.index.upsert(
            [IndexEntry(chunk_id, f"d{number}", name, "handbook", "en", readers, dense, sparse)]
        )

    def searcher(self, *, embedder_is_down: bool = False) -> Searcher:
        """Return the search over this house."""
        return Searcher(HashEmbedder(is_down=embedder_is_down), self.index, self.store, SparseEncoder())


@pytest.fixture(params=["edge", "client"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Build an empty house on each adapter."""
    index: VectorIndex = (
        EdgeIndex(tmp_path / "index", dimension=64)
        if request.param == "edge"
        else QdrantIndex(QdrantClient(":memory:"), collection="test", dimension=64)
    )
    yield House(index)
    index.close()


def numbers(house: House, question: str, limit: int = 5) -> list[int]:
    """Return the passages that anyone is shown, in order."""
    found = house.searcher().search(question, reader=ANYONE, collections=HANDBOOK, limit=limit)
    return [UUID(one.passage.chunk_id).int for one in found.passages]


def test_question_finds_its_passage(house: House) -> None:
    """The passage that answers comes first, with both legs' scores, ranks from 0 and the time of each stage."""
    house.add(1, "Travel expenses are paid within ten days of the claim.")
    house.add(2, "The parking garage opens at six in the morning.")
    found = house.searcher().search(
        "When are travel expenses paid?", reader=ANYONE, collections=HANDBOOK, limit=5
    )
    assert [one.rank for one in found.passages] == [0, 1]
    assert UUID(found.passages[0].passage.chunk_id).int == 1
    assert found.passages[0].dense is not None
    assert found.passages[0].sparse is not None
    assert found.language == "en"
    assert found.degraded == ()
    assert set(found.timings_ms) == {"embed", "sparse", "dense", "fuse", "fetch", "expand", "rank"}


def test_code_is_found_among_likenesses(house: House) -> None:
    """The one passage that names the code comes first among many that resemble it."""
    for number in range(1, 20):
        house.add(number, f"Printer error E-{400 + number} means that the tray is empty.")
    assert numbers(house, "What does printer error E-417 mean?")[0] == 17


def test_embedder_down_leaves_the_words(house: House) -> None:
    """Without the embedder BM25 answers alone, and the result says so."""
    house.add(1, "Travel expenses are paid within ten days.")
    found = house.searcher(embedder_is_down=True).search(
        "travel expenses", reader=ANYONE, collections=HANDBOOK, limit=5
    )
    assert [UUID(one.passage.chunk_id).int for one in found.passages] == [1]
    assert found.degraded == ("embedder",)
    assert found.passages[0].dense is None


def test_misspelt_word_finds_what_was_meant(house: House) -> None:
    """The word meant is searched by both legs, and the result says how the question was read."""
    for number in range(1, 9):
        house.add(number, f"Expenses of kind {number} are paid monthly.")
    house.add(9, "Reimbursement of expenses takes ten days.")
    found = house.searcher().search("Expenses: riembursement?", reader=ANYONE, collections=HANDBOOK, limit=5)
    assert UUID(found.passages[0].passage.chunk_id).int == 9
    assert found.corrections == {"riembursement": "reimbursement"}
    words = house.searcher(embedder_is_down=True).search(
        "Expenses: riembursement?", reader=ANYONE, collections=HANDBOOK, limit=5
    )
    assert UUID(words.passages[0].passage.chunk_id).int == 9


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("hotel cap in the 2024 travel rules?", 1),
        ("hotel cap in the 2025 travel rules?", 2),
        ("hotel cap in the spreadsheet?", 3),
    ],
)
def test_asked_for_documents_come_before_their_like(house: House, question: str, first: int) -> None:
    """Of equals, the one of the date or the kind that the question names is first; the others follow."""
    hotels(house)
    found = numbers(house, question)
    assert found[0] == first
    assert set(found[:3]) == {1, 2, 3}


def test_newest_edition_is_found_first_and_an_older_one_by_its_year(house: House) -> None:
    """Editions whose passages are near to each other are told apart by their dates, or by the year that is named."""
    for year in (2024, 2026):
        house.add(
            year, "Hotels are paid up to the cap of the country, breakfast and city tax are included in it."
        )
        passage, readers = house.store.passages[str(UUID(int=year))]
        text = f"{passage.text} Cap: {year - 1900} EUR."
        edition = replace(passage, title=f"Travel Policy {year}", dated=f"{year}-02-01", text=text)
        house.store.passages[passage.chunk_id] = (edition, readers)
    calibrated = replace(house.embedder, name="multilingual-e5-small@test")
    searcher = replace(house.searcher(), embedder=calibrated)
    found = searcher.search("Up to which cap are hotels paid?", reader=ANYONE, collections=HANDBOOK, limit=5)
    assert [UUID(one.passage.chunk_id).int for one in found.passages][:2] == [2026, 2024]
    assert numbers(house, "Up to which cap were hotels paid in 2024?")[:2] == [2024, 2026]


def test_wish_that_nothing_meets_harms_nothing(house: House) -> None:
    """Where no document is of the year and the kind asked for, the order is that of the ranking."""
    hotels(house)
    question = "hotel cap in the 2019 presentation?"
    asked = house.searcher()
    found = asked.search(question, reader=ANYONE, collections=HANDBOOK, limit=6)
    scores = [one.score for one in found.passages]
    assert scores == sorted(scores, reverse=True)
    assert {UUID(one.passage.chunk_id).int for one in found.passages[:3]} == {1, 2, 3}


def hotels(house: House) -> None:
    """Put much the same text in three times, of 2024, of 2025, and as a table of 2026, among others."""
    dates = {1: "2024-05-01", 2: "2025-05-01", 3: "2026-05-01"}
    for number, dated in dates.items():
        house.add(number, f"The hotel cap is {number} EUR a night by the travel rules.")
        passage, readers = house.store.passages[str(UUID(int=number))]
        kind = "text/csv" if number == 3 else "text/plain"
        changed = replace(passage, dated=dated, media_type=kind, title="Travel")
        house.store.passages[passage.chunk_id] = (changed, readers)
    for number in range(4, 12):
        house.add(number, f"Rule {number} of the canteen, the garage and the hotel shuttle.")


def test_short_form_finds_the_passage_that_spells_it_out(house: House) -> None:
    """A passage with the long form alone is found for the short one, once any passage of this reader defines it."""
    house.add(1, "The data protection impact assessment (DPIA) is a duty.")
    house.add(2, "A data protection impact assessment is signed by the board.")
    question = "DPIA"
    found = house.searcher(embedder_is_down=True).search(
        question, reader=ANYONE, collections=HANDBOOK, limit=5
    )
    assert {UUID(one.passage.chunk_id).int for one in found.passages} == {1, 2}


def test_no_hidden_document_explains_a_word(house: House) -> None:
    """What only a document of others holds neither corrects a word nor spells it out."""
    house.add(1, "The project has started.")
    house.add(2, "Project Kaltenbach, our Liquidation And Sale (LAS), has started.", ("group:board",))
    house.add(3, "Liquidation and sale of old laptops.")
    question = "Has the project kaltenbch or LAS started?"
    for is_down in (False, True):
        searcher = house.searcher(embedder_is_down=is_down)
        mine = searcher.search(question, reader=ANYONE, collections=HANDBOOK, limit=5)
        assert mine.corrections == {}
        assert all(one.sparse is None for one in mine.passages if UUID(one.passage.chunk_id).int == 3)
        boards = searcher.search(question, reader=reader_of("ben", ["board"]), collections=HANDBOOK, limit=5)
        assert boards.corrections == {"kaltenbch": "kaltenbach"}


@dataclass
class Counting:
    """An index that counts its searches."""

    inner: VectorIndex
    searches: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        """Hand on everything, noting what searches."""
        if name.startswith("search_"):
            self.searches.append(name)
        return getattr(self.inner, name)


def test_well_spelt_question_is_searched_once(house: House) -> None:
    """Where there is nothing to put right, each leg is asked once; else once more."""
    house.add(1, "Travel expenses are paid monthly.")
    counting = Counting(house.index)
    searcher = replace(house.searcher(), index=cast(VectorIndex, counting))
    searcher.search("When are travel expenses paid?", reader=ANYONE, collections=HANDBOOK, limit=1)
    assert counting.searches == ["search_dense", "search_sparse"]
    counting.searches.clear()
    searcher.search("When are trvael expenses paid?", reader=ANYONE, collections=HANDBOOK, limit=1)
    assert counting.searches == ["search_dense", "search_sparse"] * 2


def test_index_down_fails_closed(house: House) -> None:
    """Without the index nothing is answered."""
    house.add(1, "Travel expenses")
    house.index.close()
    with pytest.raises(IndexUnavailable):
        house.searcher().search("travel", reader=ANYONE, collections=HANDBOOK, limit=5)


def test_database_has_the_last_word(house: House) -> None:
    """A right taken away in the database alone hides the passage even while the index still shows it."""
    house.add(1, "Travel expenses")
    passage, _ = house.store.passages[str(UUID(int=1))]
    house.store.passages[passage.chunk_id] = (passage, ("group:hr",))
    assert numbers(house, "travel expenses") == []


def test_versions_not_yet_visible_do_not_shorten_the_list(house: House) -> None:
    """While a document is written anew, its hidden version costs nobody a passage."""
    for number in range(1, 31):
        house.add(number, "Travel expenses are paid monthly.", version="new" if number <= 25 else "old")
    house.store.hidden.add("new")
    assert len(numbers(house, "travel expenses", limit=5)) == 5


def test_only_the_documents_named_are_searched(house: House) -> None:
    """Both legs look into these documents alone, however far behind theirs are, and none of them means nothing."""
    for number in range(1, 80):
        house.add(number, "Travel expenses are paid monthly.")
    house.add(80, "Expenses of the garage.", ("group:hr",))
    hr = reader_of("ben", ["hr"])
    few = frozenset({"d79", "d80"})

    def found(reader: Reader, documents: frozenset[str]) -> set[int]:
        result = house.searcher().search(
            "travel expenses", reader=reader, collections=HANDBOOK, limit=5, documents=documents
        )
        return {UUID(one.passage.chunk_id).int for one in result.passages}

    assert found(hr, few) == {79, 80}
    assert found(ANYONE, few) == {79}
    assert found(hr, frozenset()) == set()


def test_nothing_asked_or_nowhere_to_look(house: House) -> None:
    """No collection, no passage; a question without words is no error."""
    house.add(1, "Travel expenses")
    found = house.searcher().search("travel", reader=ANYONE, collections=frozenset(), limit=5)
    assert found.passages == ()
    house.searcher().search("", reader=ANYONE, collections=HANDBOOK, limit=5)


def test_no_reader_sees_what_the_oracle_denies(house: House) -> None:
    """Hybrid search shows each of 20 people in nested groups exactly the passages that share a principal."""
    chance = random.Random(11)
    groups = [f"g{number}" for number in range(12)]
    parents = {group: frozenset(chance.sample(groups, chance.randint(0, 2))) for group in groups}
    principals = ["everyone", *(f"group:{group}" for group in groups), *(f"user:u{n}" for n in range(20))]
    readers = {number: tuple(chance.sample(principals, chance.choice([0, 1, 2]))) for number in range(1, 61)}
    for number, names in readers.items():
        house.add(number, "pay rise", names)
    for person in range(20):
        reader = reader_of(f"u{person}", chance.sample(groups, chance.randint(0, 3)), parents=parents)
        found = house.searcher().search("pay rise", reader=reader, collections=HANDBOOK, limit=60)
        shown = {UUID(one.passage.chunk_id).int for one in found.passages}
        assert shown == {number for number, names in readers.items() if set(names) & reader.principals}


class Backwards:
    """A Reranker that prefers what stands last."""

    def scores(self, question: str, texts: Sequence[str]) -> FloatVector:
        """Return the places."""
        del question
        return np.arange(len(texts), dtype=np.float32)


class Away:
    """A Reranker whose model does not answer."""

    def scores(self, question: str, texts: Sequence[str]) -> FloatVector:
        """Raise."""
        raise RerankerUnavailable("away", remedy="none")


def test_reranker_orders_the_best_and_its_absence_is_said(house: House) -> None:
    """It has the last word on what it read; where it is away the order is ours, and the result says so."""
    for number in range(1, 6):
        house.add(number, " ".join(["travel expenses"] * number + ["canteen"] * (9 - number)))

    def found(reranker: Reranker | None) -> SearchResult:
        searcher = replace(house.searcher(), reranker=reranker)
        return searcher.search("travel expenses", reader=ANYONE, collections=HANDBOOK, limit=5)

    own = [one.passage.chunk_id for one in found(None).passages]
    read_again = found(Backwards())
    assert [one.passage.chunk_id for one in read_again.passages] == own[::-1]
    assert (read_again.degraded, "rerank" in read_again.timings_ms) == ((), True)
    missing = found(Away())
    assert [one.passage.chunk_id for one in missing.passages] == own
    assert missing.degraded == ("reranker",)
