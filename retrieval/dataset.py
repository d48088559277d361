"""Read a directory of documents, questions and judgements.

corpus*.jsonl[.gz]  {"id", "title", "text", "metadata": {"lang", ...}}
queries.jsonl       {"id", "text", "lang"}
tasks.jsonl         {"id", "question", "lang", "contexts": [{"id", "title", "text"}], "answerable"}, elsewhere
qrels*.tsv          a header, then query id, document id, grade; `qrels_to_<lang>` searches only that language,
                    `qrels_mono` only the question's own, `qrels_doc` judges the file a page belongs to
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Item:
    """Hold a document of a corpus. `place` is its own id, `document` the id that judgements name.

    `file` is what it is a part of: pages of one PDF, sections of one page ("guide#setup") follow each other there.
    """

    place: str
    document: str
    file: str
    title: str
    text: str
    language: str  # "" where the corpus does not say


@dataclass(frozen=True, slots=True)
class Task:
    """Hold a question with one passage, and whether that passage answers it."""

    id: str
    question: str
    language: str
    context: Item
    is_answerable: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold the questions of one language judged by one qrels file; `scope` is the language searched, "" = all."""

    qrels: str
    language: str
    scope: str
    grades: dict[str, dict[str, int]]  # question id -> document id -> grade


def sets_in(data: Path, only: str = "") -> list[Path]:
    """Return `data` where it is a set, else the sets in it, or the one of them named `only`. Raises InvalidRequest."""
    found = (
        [data]
        if (data / "queries.jsonl").is_file()
        else sorted(p.parent for p in data.glob("*/queries.jsonl"))
    )
    if not found:
        raise InvalidRequest(
            f"{data} holds no queries.jsonl, nor does a directory in it",
            remedy="name a directory with queries.jsonl, corpus.jsonl and qrels.tsv",
        )
    chosen = [one for one in found if only in ("", one.name)]
    if not chosen:
        names = ", ".join(one.name for one in found)
        raise InvalidRequest(f"{data} holds no set {only!r}", remedy=f"name one of {names}")
    return chosen


def read_corpora(data: Path) -> list[Item]:
    """Return all documents of `data`. Raises InvalidRequest where there are none."""
    files = sorted([*data.glob("corpus*.jsonl"), *data.glob("corpus*.jsonl.gz")])
    judges_files = bool(list(data.glob("qrels_doc.tsv")))
    items = [_item(record, judges_files=judges_files) for file in files for record in _records(file)]
    if not items:
        raise InvalidRequest(f"{data} holds no corpus", remedy="put corpus.jsonl or corpus.jsonl.gz there")
    return items


def read_queries(data: Path) -> dict[str, str]:
    """Return the questions by id."""
    return {str(record["id"]): str(record["text"]) for record in _records(data / "queries.jsonl")}


def read_tasks(file: Path) -> list[Task]:
    """Return the tasks of a `tasks.jsonl`, each with its first passage."""
    found = []
    for record in _records(file):
        contexts = record["contexts"]
        context = (
            dict(contexts[0]) if isinstance(contexts, list) and contexts else {"id": record["id"], "text": ""}
        )
        language = str(record.get("lang", ""))
        item = _item({**context, "metadata": {"lang": language}}, judges_files=False)
        answerable = bool(record["answerable"])
        found.append(Task(str(record["id"]), str(record["question"]), language, item, answerable))
    return found


def judgements(data: Path, max_queries: int | None) -> list[Judged]:
    """Return one group for each qrels file and question language, at most `max_queries` questions each."""
    languages = {
        str(record["id"]): str(record.get("lang", "")) for record in _records(data / "queries.jsonl")
    }
    groups: list[Judged] = []
    for file in sorted(data.glob("qrels*.tsv")):
        by_language: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for query_id, grades in _qrels(file).items():
            if query_id in languages:
                by_language[languages[query_id]][query_id] = grades
        for language, by_query in sorted(by_language.items()):
            groups.append(
                Judged(file.stem, language, _scope(file.stem, language), _evenly(by_query, max_queries))
            )
    return groups


def _scope(qrels: str, language: str) -> str:
    _, arrow, target = qrels.partition("_to_")
    if arrow:
        return target
    return language if qrels.endswith("_mono") else ""


def _item(record: dict[str, object], *, judges_files: bool) -> Item:
    metadata = record.get("metadata")
    facts = metadata if isinstance(metadata, dict) else {}
    place = str(record["id"])
    document = str(facts.get("pdf") or facts.get("file") or place) if judges_files else place
    return Item(
        place=place,
        document=document,
        file=place.partition("#")[0],
        title=str(record.get("title") or ""),
        text=str(record["text"]),
        language=str(facts.get("lang") or ""),
    )


def _qrels(file: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        query_id, document, grade = line.split("\t")
        if int(grade) > 0:
            found[query_id][document] = int(grade)
    return found


def _evenly(grades: dict[str, dict[str, int]], limit: int | None) -> dict[str, dict[str, int]]:
    # At even distances, because sets are often sorted by topic.
    if limit is None or len(grades) <= limit:
        return grades
    ids = list(grades)
    return {ids[at * len(ids) // limit]: grades[ids[at * len(ids) // limit]] for at in range(limit)}


def _records(file: Path) -> Iterator[dict[str, object]]:
    with (
        gzip.open(file, "rt", encoding="utf-8")
        if file.suffix == ".gz"
        else file.open(encoding="utf-8") as lines
    ):
        for line in lines:
            if line.strip():
                yield json.loads(line)
