"""Hold the search for documents: all that mention something, none that the reader may not see."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from qdrant_client import QdrantClient

from retrieval.edge import EdgeIndex
from retrieval.errors import InvalidRequest
from retrieval.mentions import MAX_WORDS, DocumentSearch, wording_of
from retrieval.readers import EVERYONE, reader_of
from retrieval.server import QdrantIndex
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry, Mentions, Passage, Reader, VectorIndex
from tests.fakes import HashEmbedder, InMemoryStore

HANDBOOK = frozenset({"handbook"})
ANYONE = reader_of("anna", [])

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


class House:
    """An index and a database with the same documents in them."""

    def __init__(self, index: VectorIndex) -> None:
        self.index, self.store = index, InMemoryStore()
        self._chunks = 0

    def add(
        self, document: str, *texts: str, language: str = "en", readers: tuple[str, ...] = (EVERYONE,)
    ) -> None:
        """Put a document of these passages into both; its title is its name."""
        entries = []
        for position, text in enumerate(texts):
            self._chunks += 1
            chunk = str(UUID(int=self._chunks))
            passage = Passage(
                chunk, document, f"v-{document}", "handbook", document, f"{document}.txt", "text/plain",
                language, (), text, position, None, (), "2026-01-01",
            )  # fmt: skip
            self.store.passages[chunk] = (passage, readers)
            whole = f"{document}\n{text}"
            entries.append(
                IndexEntry(
                    chunk, document, f"v-{document}", "handbook", language, readers,
                    HashEmbedder().embed_query(whole), SparseEncoder().encode_passage(whole, language),
                )
            )  # fmt: skip
        self.index.upsert(entries)

    def find(self, wanted: str, *, reader: Reader = ANYONE, skip: int = 0, limit: int = 50) -> Mentions:
        """Return the documents found."""
        search = DocumentSearch(self.index, self.store, SparseEncoder())
        return search.find(wanted, reader=reader, collections=HANDBOOK, skip=skip, limit=limit)

    def names(self, wanted: str, *, reader: Reader = ANYONE) -> list[str]:
        """Return the documents' names, best first."""
        return [one.passage.document_id for one in self.find(wanted, reader=reader).documents]


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


def test_every_word_must_be_held_in_any_of_its_forms(house: House) -> None:
    """A document is listed when title and text together hold each word; forms of a word are one, in each language."""
    house.add("Leave", "Parents may stay at home.", "A form is needed.")
    house.add("Handbook", "Leaves of parents are paid.", "Parental matters.")
    house.add("Garage", "The garage opens at six.")
    house.add("Urlaub", "Der Urlaub der Eltern.", language="de")
    assert set(house.names("parents leave")) == {"Leave", "Handbook"}
    assert house.names("Eltern") == ["Urlaub"]
    assert house.names("the garages") == ["Garage"]
    assert house.names("garage leave") == []


def test_phrase_in_quotation_marks_stands_as_it_is(house: House) -> None:
    """Quoted words must follow each other in one passage; case and line ends do not count."""
    house.add("A", "The liability\ncap is one million.")
    house.add("B", "The cap on liability is one million.")
    house.add("C", "Plafond de responsabilité générale.", language="fr")
    assert house.names('"Liability cap"') == ["A"]
    assert set(house.names("liability cap")) == {"A", "B"}
    assert house.names("« Responsabilité Générale »") == ["C"]
    assert house.names('million "cap is"') == ["A"]


def test_codes_are_found_whole(house: House) -> None:
    """An error code is one word."""
    house.add("A", "Error E-417 means paper.")
    house.add("B", "Error E-418 means toner; 417 sheets.")
    assert house.names("E-417") == ["A"]


def test_hyphenated_words_are_found_by_each_part(house: House) -> None:
    """Every part of a compound must be held; what an apostrophe leaves over need not."""
    house.add("A", "Frau Müller-Lüdenscheidt leitet den Einkauf.", language="de")
    house.add("B", "Herr Lüdenscheidt leitet den Verkauf.", language="de")
    house.add("C", "The manager's hotel is paid.")
    assert house.names("Müller-Lüdenscheidt") == ["A"]
    assert house.names("the manager's hotel") == ["C"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller-Lüdenscheidt", 2),
        ("E-417", 1),
        ("version 2.1.4", 2),
        ("the manager's", 1),
        ("d'accord", 1),
        ("plan B", 2),
        ("gamma.dist", 2),
        ("§ 15", 1),
    ],
)
def test_words_are_counted_as_they_stand(text: str, words: int) -> None:
    """A code with a digit is one word, anything else as many as it has parts."""
    assert len(wording_of(text).words) == words


def test_mentions_are_counted_and_open_at_the_first(house: House) -> None:
    """Passages that say all of it are counted; the document opens at the first of them, not at its title's."""
    house.add("Travel", "Nothing here.", "Hotels are paid.", "The hotel bill.", "The end.")
    found = house.find("hotel").documents[0]
    assert (found.passages, found.passage.position) == (2, 1)
    titled = house.find("travel").documents[0]
    assert (titled.passages, titled.passage.position) == (0, 0)


def test_all_are_listed_page_by_page(house: House) -> None:
    """Pages follow each other without a gap, and the total is of all."""
    for number in range(30):
        house.add(f"doc{number:02}", f"Hotel rule {number}.")
    pages = [house.find("hotel", skip=skip, limit=7) for skip in range(0, 35, 7)]
    names = [one.passage.document_id for page in pages for one in page.documents]
    assert sorted(names) == [f"doc{number:02}" for number in range(30)]
    assert {page.total for page in pages} == {30}


def test_lists_and_counts_are_of_what_the_reader_may_see(house: House) -> None:
    """Each of 20 people in nested groups gets exactly the documents an oracle allows, and the count of these."""
    chance = random.Random(7)
    groups = [f"g{number}" for number in range(8)]
    parents = {group: frozenset(chance.sample(groups, chance.randint(0, 2))) for group in groups}
    principals = [EVERYONE, *(f"group:{group}" for group in groups), *(f"user:u{n}" for n in range(20))]
    readers = {f"doc{n}": tuple(chance.sample(principals, chance.choice([0, 1, 2]))) for n in range(40)}
    for name, allowed in readers.items():
        house.add(name, "A pay rise of two percent.", readers=allowed)
    for person in range(20):
        reader = reader_of(f"u{person}", chance.sample(groups, chance.randint(0, 3)), parents=parents)
        mine = {name for name, allowed in readers.items() if set(allowed) & reader.principals}
        for wanted in ("pay rise", '"pay rise"'):
            found = house.find(wanted, reader=reader)
            assert {one.passage.document_id for one in found.documents} == mine
            assert found.total == len(mine)


@pytest.mark.parametrize("hidden", [0, 1, 5])
def test_order_tells_nothing_of_hidden_documents(house: House, hidden: int) -> None:
    """How rare a word is counts every document; the order of what is shown does not depend on what is hidden."""
    house.add("a", "layoffs layoffs layoffs layoffs xylograph")
    house.add("b", "xylograph xylograph xylograph xylograph layoffs")
    for number in range(hidden):
        house.add(f"secret{number}", "layoffs", readers=("group:board",))
    assert house.names("layoffs xylograph") == ["a", "b"]


def test_only_chosen_documents_are_looked_through(house: House) -> None:
    """Who chooses documents gets a list, and a count, of these alone."""
    for name in ("A", "B", "C"):
        house.add(name, "Hotels are paid.")
    search = DocumentSearch(house.index, house.store, SparseEncoder())
    for chosen, listed in ((frozenset({"A", "C"}), {"A", "C"}), (frozenset[str](), set[str]())):
        found = search.find("hotels", reader=ANYONE, collections=HANDBOOK, skip=0, limit=50, documents=chosen)
        assert {one.passage.document_id for one in found.documents} == listed
        assert found.total == len(listed)


def test_database_has_the_last_word(house: House) -> None:
    """A right taken away in the database alone hides the document and its count."""
    house.add("A", "Travel expenses")
    house.add("B", "Travel expenses")
    chunk = next(key for key, (one, _) in house.store.passages.items() if one.document_id == "A")
    house.store.passages[chunk] = (house.store.passages[chunk][0], ("group:hr",))
    assert (house.names("travel"), house.find("travel").total) == (["B"], 1)
    passage = replace(house.store.passages[chunk][0], collection_id="elsewhere")
    house.store.passages[chunk] = (passage, (EVERYONE,))
    assert house.names("travel") == ["B"]


def test_wording_has_its_limits() -> None:
    """Nothing, or a whole page, cannot be looked for; stop words alone are looked for as they are."""
    for nothing in ("", "  ?!", '""'):
        with pytest.raises(InvalidRequest, match="nothing to look for"):
            wording_of(nothing)
    with pytest.raises(InvalidRequest, match="too many"):
        wording_of(" ".join(f"word{number}" for number in range(MAX_WORDS + 1)))
    assert wording_of('the "Board of Directors" in Kassel').phrases == ("board of directors",)


def test_ties_tell_nothing_of_hidden_documents(house: House) -> None:
    """What ties stays in one order, however many documents that nobody sees hold a word: no rounding tells of them."""
    for quartz in range(1, 7):
        for basalt in range(1, 7):
            words = ["quartz"] * quartz + ["basalt"] * basalt
            house.add(f"r{quartz}{basalt}", " ".join([*words, *["filler"] * (12 - len(words))]))
    before = house.names("quartz basalt")
    for number in range(9):
        house.add(f"hidden{number}", "quartz " * (number + 1), readers=("group:board",))
        assert house.names("quartz basalt") == before
