"""Offer the search to users' own LangChain chains, under the same mandatory reader. The only file that knows LangChain.

Nothing in this project imports this module; a chain does, so LangChain is loaded only there.
"""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import PrivateAttr

from retrieval.search import Searcher
from retrieval.types import RankedPassage, Reader


class IntramurosRetriever(BaseRetriever):
    """Return the passages that `reader` may see as LangChain documents, best first.

    `searcher`, `reader` and `collections` have no default: a retriever belongs to one verified person and purpose, and
    must not be shared between people. They are private, so that a chain's dump does not carry them. Raises what
    `Searcher.search` raises.
    """

    _searcher: Searcher = PrivateAttr()
    _reader: Reader = PrivateAttr()
    _collections: frozenset[str] = PrivateAttr()
    _limit: int = PrivateAttr()

    def __init__(
        self, searcher: Searcher, *, reader: Reader, collections: frozenset[str], limit: int = 8
    ) -> None:
        super().__init__()
        self._searcher = searcher
        self._reader = reader
        self._collections = collections
        self._limit = limit

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  # LangChain passes it
    ) -> list[Document]:
        result = self._searcher.search(
            query, reader=self._reader, collections=self._collections, limit=self._limit
        )
        return [_document(ranked) for ranked in result.passages]


def _document(ranked: RankedPassage) -> Document:
    passage = ranked.passage
    # No score: scores of what others may not see leak through differences.
    return Document(
        id=passage.chunk_id,
        page_content=passage.text,
        metadata={
            "document_id": passage.document_id,
            "title": passage.title,
            "file_name": passage.file_name,
            "collection": passage.collection_id,
            "language": passage.language,
            "page": passage.page,
            "dated": passage.dated,
        },
    )
