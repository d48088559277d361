"""Answer with LangChain's stock retrieval chain over the chunks and vectors of this house, in a process of its own.

`create_retrieval_chain` around `create_stuff_documents_chain` of langchain-classic, `QdrantVectorStore.as_retriever`
over a store in memory, `ChatOpenAI` of langchain-openai: each as documented. The embedder is the house's own.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app import offline
from app.adapters import open_encoder, open_index
from app.bench.asking import Asked
from app.bench.child import child
from app.bench.rivals.environment import SWITCHES, WITHDRAWN
from app.records import open_existing
from app.settings import Settings
from retrieval.errors import SetupRefused
from retrieval.types import Embedder, FloatVector, Reader

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

PATIENCE_S: Final = 300.0  # for all questions, loading included
INSTRUCTIONS: Final = "Answer the question from these passages of the company's documents alone.\n\n{context}"
HERE: Final = ("127.0.0.1", "localhost")

Ask = Callable[[str], Asked]


@dataclass(frozen=True, slots=True)
class Work:
    """Say what is asked: groups of questions, each group in one moment, of this house with that model server."""

    settings: Settings
    packages: Path  # `environment.made_beside`
    model_url: str
    groups: Sequence[Sequence[str]]


def answered(work: Work) -> list[list[Asked]]:
    """Return when each question reached its first token. Raises SetupRefused with the process's last words."""
    with child(_serve, work, name="bench-chain", patience_s=PATIENCE_S) as said:
        if not isinstance(said, list):
            why = said or "it ended without a word, or took too long"
            raise SetupRefused(f"LangChain's chain: {why}", remedy="run the bench without it: --no-chain")
        return said


def _serve(work: Work, pipe: Connection) -> None:
    """Be the process: load the chain, ask all groups, say what came of them."""
    offline.seal(os.environ)
    os.environ.update(SWITCHES)
    for name in (*WITHDRAWN, "OPENAI_API_KEY"):
        os.environ.pop(name, None)
    sys.path.append(str(work.packages))
    sys.addaudithook(_stay)
    try:
        ask = _loaded(work)
        said = []
        for group in work.groups:
            with ThreadPoolExecutor(len(group)) as people:
                said.append(list(people.map(ask, group)))
        pipe.send(said)
    except Exception as error:  # noqa: BLE001  # libraries that are not ours; the run goes on without them
        pipe.send(f"{type(error).__name__}: {error}"[:500])


def _loaded(work: Work) -> Ask:
    # heavy: imported where they run
    from langchain_classic.chains import create_retrieval_chain
    from langchain_classic.chains.combine_documents import (
        create_stuff_documents_chain,
    )
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI
    from langchain_qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient, models

    settings, encoder = work.settings, open_encoder(work.settings)
    texts, vectors = _chunks(settings, encoder)
    client = QdrantClient(":memory:")
    size = models.VectorParams(size=encoder.dimension, distance=models.Distance.COSINE)
    client.create_collection("house", vectors_config=size)
    given = dict(zip(texts, vectors, strict=True))
    store = QdrantVectorStore(client, "house", embedding=_embeddings(encoder, given))
    store.add_texts(texts)
    model = ChatOpenAI(
        model=settings.model.name,
        base_url=work.model_url,
        api_key="none",
        temperature=0,
        max_tokens=settings.model.max_answer_tokens,
    )
    prompt = ChatPromptTemplate.from_messages([("system", INSTRUCTIONS), ("human", "{input}")])
    retriever = store.as_retriever(search_kwargs={"k": settings.search.passages})
    chain = create_retrieval_chain(retriever, create_stuff_documents_chain(model, prompt))
    return lambda question: _asked(chain.stream({"input": question}), question)


def _asked(pieces: Iterable[Mapping[str, object]], question: str) -> Asked:
    """Return when the first piece of the answer came; `pieces` begin to come once they are asked for."""
    asked = Asked(question, time.perf_counter())
    try:
        for piece in pieces:
            if piece.get("answer"):
                asked.reached_at.setdefault("token", time.perf_counter())
                asked.pieces += 1
    except Exception as error:  # noqa: BLE001  # whatever it is, it is counted
        asked.error = type(error).__name__
    asked.ended_at = time.perf_counter()
    return asked


def _chunks(settings: Settings, encoder: Embedder) -> tuple[list[str], list[FloatVector]]:
    """Return the texts of the house, whoever may read them, and the vectors its index has of them."""
    records, index = open_existing(settings), open_index(settings, dimension=encoder.dimension)
    try:
        everybody = frozenset(one for record in index.records() for one in record.readers)
        ids = sorted(index.chunk_ids())
        passages = records.passages.fetch(ids, reader=Reader("bench", everybody))
        vectors = index.vectors(list(passages))
    finally:
        index.close()
        records.engine.dispose()
    return [one.text for one in passages.values()], [vectors[one] for one in passages]


def _embeddings(encoder: Embedder, given: Mapping[str, FloatVector]) -> "Embeddings":
    """Return the house's embedder as LangChain wants it; chunks have the vectors of the index."""
    from langchain_core.embeddings import Embeddings  # heavy: imported where it runs

    class _Houses(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            # The store's constructor embeds a text of its own, to learn the length.
            return [(given[one] if one in given else encoder.embed_query(one)).tolist() for one in texts]

        def embed_query(self, text: str) -> list[float]:
            vector: list[float] = encoder.embed_query(text).tolist()
            return vector

    return _Houses()


def _stay(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections beyond this machine; the model server is on it."""
    if event not in ("socket.connect", "socket.getaddrinfo"):
        return
    place = arguments[1] if event == "socket.connect" else arguments[0]
    host = place[0] if isinstance(place, tuple) else place
    if host not in (*HERE, None) and not (event == "socket.connect" and isinstance(place, str)):
        raise PermissionError(f"a rival reached for the network: {event} {place}")
