"""Hold the retriever for users' own chains."""

from pathlib import Path
from uuid import UUID

import pytest

from retrieval.edge import EdgeIndex
from retrieval.langchain import IntramurosRetriever
from retrieval.readers import reader_of
from tests.test_search import HANDBOOK, House


def test_chain_sees_what_its_reader_may(tmp_path: Path) -> None:
    """Two retrievers over one house give each person only what that person may read, without scores."""
    house = House(EdgeIndex(tmp_path / "index", dimension=64))
    house.add(1, "Travel expenses are paid monthly.")
    house.add(2, "Travel expenses of the board are secret.", ("group:board",))
    for groups, expected in ((["board"], {1, 2}), ([], {1})):
        retriever = IntramurosRetriever(
            house.searcher(), reader=reader_of("anna", groups), collections=HANDBOOK
        )
        found = retriever.invoke("travel expenses")
        assert {UUID(document.id or "").int for document in found} == expected
        assert all("score" not in document.metadata for document in found)
    house.index.close()


def test_reader_cannot_be_forgotten(tmp_path: Path) -> None:
    """A retriever without a reader is not built."""
    house = House(EdgeIndex(tmp_path / "index", dimension=64))
    with pytest.raises(TypeError, match="reader"):
        IntramurosRetriever(house.searcher(), collections=HANDBOOK)  # type: ignore[call-arg]
    house.index.close()
