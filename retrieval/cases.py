"""Ask questions where they can be answered and where they cannot, to measure what is said of the evidence found.

own language      a set's questions asked against its own corpus, and against other sets' corpora in their language
across languages  the same where question and corpus are in two languages
look-alikes       questions with a passage that answers them, or one on the topic that does not, among all others
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from retrieval.dataset import Item, Judged, judgements, read_corpora, read_queries, read_tasks, sets_in
from retrieval.errors import InvalidRequest
from retrieval.evaluate import COLLECTIONS, READER, Bench, Step, Tools, nobody
from retrieval.types import Embedder, FloatMatrix, FloatVector, SearchResult

Kind = Literal["own language", "across languages", "look-alikes"]

OWN: Final = 100  # questions asked against a corpus of their own, of each language
FOREIGN: Final = 20  # questions of each other set and language asked there
PIVOT: Final = "en"  # the language asked for from others where a set says the same in many
SHOWN: Final = 8  # passages, as many as an answer may read
QUESTION_WORK: Final = 12  # chunks with remembered vectors that are loaded in the time of one question


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a question, where it comes from, and whether what it is asked against can answer it."""

    id: str
    question: str
    language: str
    is_answerable: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Hold what was found for a question in a corpus of `set`."""

    kind: Kind
    set: str
    asked: Asked
    found: SearchResult


@dataclass(frozen=True, slots=True)
class _Corpus:
    """Hold one set's documents of one language, and what is asked there."""

    set: str
    documents: list[Item]
    asked: list[tuple[Kind, Asked]]


def cases(data: Path, tools: Tools, *, only: str = "", step: Step = nobody) -> Iterator[Case]:
    """Yield every case below `data`, a folder with `retrieval/` and `unanswerable/`; `only` names a set of them.

    Raises InvalidRequest where there are none.
    """
    corpora = [one for one in _corpora(data) if only in ("", one.set)]
    if not corpora:
        raise InvalidRequest(
            f"{data} holds nothing to judge evidence by" + (f" named {only!r}" if only else ""),
            remedy="name a folder with retrieval/SET/ or unanswerable/SET/tasks.jsonl in it",
        )
    whole = sum(len(one.documents) + QUESTION_WORK * len(one.asked) for one in corpora)
    remembering = replace(tools, embedder=Remembering(tools.embedder))
    behind = 0
    for corpus in corpora:

        def within(done: int, name: str = corpus.set, before: int = behind) -> None:
            step(name, (before + done) / whole)

        with remembering.index() as index:
            bench = Bench(index, remembering)
            bench.load(corpus.documents, within)
            for number, (kind, asked) in enumerate(corpus.asked, start=1):
                found = bench.searcher.search(
                    asked.question, reader=READER, collections=COLLECTIONS, limit=SHOWN
                )
                yield Case(kind, corpus.set, asked, found)
                within(len(corpus.documents) + QUESTION_WORK * number)
        behind += len(corpus.documents) + QUESTION_WORK * len(corpus.asked)


class Remembering:
    """An Embedder that embeds each question once: here it is not timed."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, FloatVector] = {}

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 vectors in the order of `texts`."""
        return self._inner.embed_passages(texts)

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question."""
        if text not in self._known:
            self._known[text] = self._inner.embed_query(text)
        return self._known[text]

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self._inner.count_tokens(text)


def _corpora(data: Path) -> list[_Corpus]:
    found: list[_Corpus] = []
    if (data / "retrieval").is_dir():
        found += _sets(sets_in(data / "retrieval"))
    for file in sorted(data.glob("unanswerable/*/tasks.jsonl")):
        tasks = read_tasks(file)
        documents = [task.context for task in tasks]
        asked = [Asked(task.id, task.question, task.language, task.is_answerable) for task in tasks]
        found.append(_Corpus(file.parent.name, documents, [("look-alikes", one) for one in asked]))
    return found


def _sets(folders: Sequence[Path]) -> list[_Corpus]:
    judged = {folder.name: _groups(folder) for folder in folders}
    queries = {folder.name: read_queries(folder) for folder in folders}
    found: list[_Corpus] = []
    for folder in folders:
        items = read_corpora(folder) if judged[folder.name] else []
        for scope in sorted({group.scope for group in judged[folder.name]}):
            documents = [item for item in items if scope in ("", item.language)]
            asked = _own(folder.name, scope, judged[folder.name], queries[folder.name])
            asked += _foreign(folder.name, scope, judged, queries)
            found.append(_Corpus(folder.name, documents, asked))
    return found


def _groups(folder: Path) -> list[Judged]:
    """Return the groups that search one language, with as many questions as are asked at most.

    Where any language counts, the documents say the same in each: they are asked for in one, from all the others.
    """
    groups = judgements(folder, OWN)
    every = [one for one in groups if one.qrels.endswith("any_language")]
    is_there = any(one.language == PIVOT for one in every)
    crossed = [replace(one, scope=PIVOT) for one in every if is_there and one.language != PIVOT]
    return [one for one in groups if one not in every] + crossed


def _own(
    name: str, scope: str, groups: Sequence[Judged], queries: dict[str, str]
) -> list[tuple[Kind, Asked]]:
    return [
        (
            "own language" if scope in ("", group.language) else "across languages",
            Asked(f"{name}:{one}", queries[one], group.language, is_answerable=True),
        )
        for group in groups
        if group.scope == scope
        for one in group.grades
    ]


def _foreign(
    name: str, scope: str, judged: dict[str, list[Judged]], queries: dict[str, dict[str, str]]
) -> list[tuple[Kind, Asked]]:
    own = [group for group in judged[name] if group.scope == scope]
    languages = {scope} if scope else {group.language for group in own}
    kinds: dict[bool, Kind] = {True: "own language", False: "across languages"}
    asked_there = {group.language in languages for group in own}
    found: list[tuple[Kind, Asked]] = []
    for other, groups in judged.items():
        by_language = {group.language: group for group in groups if other != name}
        for language, group in by_language.items():
            if (language in languages) not in asked_there:
                continue  # nothing of this kind can be answered there
            ids = list(group.grades)
            few = min(FOREIGN, len(ids))
            for one in (ids[at * len(ids) // few] for at in range(few)):
                asked = Asked(f"{other}:{one}", queries[other][one], language, is_answerable=False)
                found.append((kinds[language in languages], asked))
    return found
