"""Measure follow-up questions on the sample company: `python -m tests.labelled.follow_ups [URL NAME]`.

`follow_ups.jsonl` has a question, the ones before it, and the documents that answer it. A hit is one of these as the
first passage, or among the first five. With the address and name of a served model, what it restates is measured beside
the rules.
"""

import json
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from app.adapters import open_embedder
from app.llm import VllmModel
from app.restate import FollowUp, restated
from app.rewrite import standalone
from app.settings import load
from app.types import Turn
from app.vllm_protocol import Timeouts
from retrieval.edge import EdgeIndex
from retrieval.readers import EVERYONE, reader_of
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, IndexEntry, Passage
from tests.fakes import InMemoryStore

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent.parent / "deploy" / "sample" / "sources"
DEPTHS = (1, 5)
Rewrite = Callable[["Case"], str]


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one follow-up with the questions before it and the documents that answer it."""

    id: str
    language: str
    earlier: tuple[str, ...]
    question: str
    source: frozenset[str]

    @property
    def history(self) -> tuple[Turn, ...]:
        """Return the questions as turns, each answered with a figure that says nothing."""
        return tuple(
            turn for text in self.earlier for turn in (Turn("user", text), Turn("assistant", "145 [1]."))
        )


def cases() -> list[Case]:
    """Return the labelled set."""
    lines = (HERE / "follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [
        Case(one["id"], one["language"], tuple(one["earlier"]), one["question"], frozenset(one["source"]))
        for one in records
    ]


def rules(case: Case) -> str:
    """Return what the rules search for."""
    return standalone(case.question, case.history, case.language)


def misses(folder: Path, embedder: Embedder, rewrite: Rewrite) -> dict[int, list[str]]:
    """Return, by depth, the ids of the cases whose documents are not found by then; `folder` is for the index."""
    index = EdgeIndex(folder, dimension=embedder.dimension)
    searcher = _loaded(index, embedder)
    missed: dict[int, list[str]] = {depth: [] for depth in DEPTHS}
    for case in cases():
        found = searcher.search(
            rewrite(case), reader=reader_of("anna", []), collections=frozenset({"sample"}), limit=max(DEPTHS)
        )
        for depth in DEPTHS:
            if not case.source & {one.passage.document_id for one in found.passages[:depth]}:
                missed[depth].append(case.id)
    index.close()
    return missed


def _loaded(index: EdgeIndex, embedder: Embedder) -> Searcher:
    store, encoder = InMemoryStore(), SparseEncoder()
    entries = []
    for file in sorted(SOURCES.glob("*/*.md")):
        _, head, body = file.read_text(encoding="utf-8").split("+++", 2)
        facts = dict(line.split(" = ", 1) for line in head.strip().splitlines() if " = " in line)
        title, language = facts["title"].strip('"'), facts["language"].strip('"')
        for position, text in enumerate(body.split("\n## ")):
            chunk = str(uuid5(NAMESPACE_URL, f"{file.stem}#{position}"))
            passage = Passage(
                chunk, file.stem, file.stem, "sample", title, file.name, "text/markdown", language,
                (), text, position, None, (), "",
            )  # fmt: skip
            store.passages[chunk] = (passage, (EVERYONE,))
            whole = f"{title}\n{text}"
            dense = embedder.embed_passages([whole])[0]
            sparse = encoder.encode_passage(whole, language)
            entries.append(
                IndexEntry(chunk, file.stem, file.stem, "sample", language, (EVERYONE,), dense, sparse)
            )
    index.upsert(entries)
    return Searcher(embedder, index, store, encoder)


def _by_model(model: VllmModel) -> Rewrite:
    def rewrite(case: Case) -> str:
        asked = FollowUp(case.question, case.history, case.language)
        written = restated(
            asked, model=model, cache_salt="0" * 32, draw=lambda: "7f3a91c0d2e4", stop=threading.Event()
        )
        sys.stdout.write(f"{case.id}: {case.question} -> {written or '(the rules)'}\n")
        return written or rules(case)

    return rewrite


def main(arguments: list[str]) -> None:
    """Print how many of the labelled follow-ups are found, by each way of asking."""
    embedder = open_embedder(load(None, {}))
    ways: dict[str, Rewrite] = {"as asked": lambda case: case.question, "rules": rules}
    if arguments:
        url, name = arguments
        model = VllmModel(
            base_url=url, name=name, api_key=None, context_tokens=4096, timeouts=Timeouts(first_token_s=60)
        )
        ways["model"] = _by_model(model)
    with tempfile.TemporaryDirectory() as folder:
        for way, rewrite in ways.items():
            total = len(cases())
            for depth, missed in misses(Path(folder) / way, embedder, rewrite).items():
                said = f"{way}, among {depth}: {total - len(missed)} of {total}; missed {', '.join(missed)}"
                sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
