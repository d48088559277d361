"""Hold which questions are asked where, and the figures of what was said of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.abstention import ALL, NOTHING, Report, Row, compare, half_of, merged, report
from retrieval.cases import FOREIGN, Asked, Case, Kind, cases
from retrieval.errors import InvalidRequest
from retrieval.evaluate import Tools
from retrieval.evidence import Answerability
from retrieval.types import SearchResult
from tests.fakes import HashEmbedder
from tests.test_evaluate import Indexes, write


def make_set(folder: Path, languages: list[str], qrels: dict[str, list[tuple[str, str]]]) -> None:
    """Write a set with a document and a question a language, judged by these files of (question, document)."""
    documents: list[dict[str, object]] = [
        {"id": one, "title": "", "text": f"{folder.name} {one}", "metadata": {"lang": one}}
        for one in languages
    ]
    questions: list[dict[str, object]] = [{"id": one, "text": folder.name, "lang": one} for one in languages]
    write(folder / "corpus.jsonl", *documents)
    write(folder / "queries.jsonl", *questions)
    for name, pairs in qrels.items():
        lines = [f"{question}\t{document}\t1" for question, document in pairs]
        (folder / f"{name}.tsv").write_text("\n".join(["query\tdocument\tgrade", *lines]) + "\n")


def asked_in(data: Path, tmp_path: Path, only: str = "") -> list[tuple[str, str, str, str, bool]]:
    """Return kind, corpus, question id, its language and whether it can be answered, in order."""
    found = cases(data, Tools(HashEmbedder(), Indexes(tmp_path)), only=only)
    return sorted(
        (one.kind, one.set, one.asked.id, one.asked.language, one.asked.is_answerable) for one in found
    )


def test_questions_are_asked_at_home_and_abroad(tmp_path: Path) -> None:
    """Own corpus: answerable; another set's in the same language: not. Across languages the same where judged."""
    data = tmp_path / "data"
    make_set(data / "retrieval" / "law", ["en"], {"qrels": [("en", "en")]})
    make_set(
        data / "retrieval" / "help",
        ["en", "fr"],
        {"qrels_mono": [("en", "en"), ("fr", "fr")], "qrels_to_en": [("fr", "en")]},
    )
    assert asked_in(data, tmp_path) == [
        ("across languages", "help", "help:fr", "fr", True),
        ("own language", "help", "help:en", "en", True),
        ("own language", "help", "help:fr", "fr", True),
        ("own language", "help", "law:en", "en", False),
        ("own language", "law", "help:en", "en", False),
        ("own language", "law", "law:en", "en", True),
    ]
    assert {row[1] for row in asked_in(data, tmp_path / "again", only="law")} == {"law"}


def test_few_questions_of_each_other_set_are_asked(tmp_path: Path) -> None:
    """However many questions another set has, FOREIGN of them are asked, at even distances."""
    data = tmp_path / "data"
    make_set(data / "retrieval" / "law", ["en"], {"qrels": [("en", "en")]})
    many = data / "retrieval" / "many"
    make_set(many, ["en"], {})
    questions: list[dict[str, object]] = [{"id": str(n), "text": "many", "lang": "en"} for n in range(60)]
    write(many / "queries.jsonl", *questions)
    (many / "qrels.tsv").write_text("query\tdocument\tgrade\n" + "".join(f"{n}\ten\t1\n" for n in range(60)))
    foreign = [row[2] for row in asked_in(data, tmp_path, only="law") if not row[4]]
    assert len(foreign) == FOREIGN
    assert {"many:0", "many:57"} <= set(foreign)


def test_tasks_are_asked_among_all_their_passages(tmp_path: Path) -> None:
    """A question finds its passage among those of all tasks, with the label of its task."""
    tasks: list[dict[str, object]] = [
        {"id": name, "question": name, "lang": "en", "answerable": answerable, "contexts": [context]}
        for name, answerable in (("garage", True), ("canteen", False))
        for context in [{"id": f"{name}-0", "title": name, "text": f"The {name} is open."}]
    ]
    write(tmp_path / "data" / "unanswerable" / "pairs" / "tasks.jsonl", *tasks)
    found = list(cases(tmp_path / "data", Tools(HashEmbedder(), Indexes(tmp_path))))
    assert [(one.asked.id, one.asked.is_answerable, one.kind) for one in found] == [
        ("garage", True, "look-alikes"),
        ("canteen", False, "look-alikes"),
    ]
    assert [len(one.found.passages) for one in found] == [2, 2]
    assert found[1].found.passages[0].passage.title == "canteen"


def test_folder_without_cases_is_refused(tmp_path: Path) -> None:
    """The message names the folder, the remedy its layout."""
    with pytest.raises(InvalidRequest, match="nothing to judge") as refused:
        list(cases(tmp_path, Tools(HashEmbedder(), Indexes(tmp_path))))
    assert "tasks.jsonl" in refused.value.remedy


EMPTY = SearchResult((), "en", {}, ())


def judged(name: str, *scores: tuple[str, bool, float], kind: Kind = "own language") -> list[Case]:
    """Return cases of (id, answerable, score); the score travels in the question."""
    return [
        Case(kind, name, Asked(id_, str(score), "en", answerable), EMPTY) for id_, answerable, score in scores
    ]


def by_score(question: str, _found: SearchResult) -> Answerability:
    """Judge as the question says, from one half up."""
    return Answerability(float(question), float(question) >= 0.5, "")


def ids(half: str, count: int) -> list[str]:
    """Return question ids of one half."""
    return [str(number) for number in range(200) if half_of(str(number)) == half][:count]


def test_figures_are_counted_by_half() -> None:
    """Refused of the unanswerable, refused of the answerable, and their balance; each half for itself."""
    a, b, c, d = ids("held out", 4)
    (dev,) = ids("dev", 1)
    found = judged("law", (a, True, 0.9), (b, True, 0.3), (c, False, 0.1), (d, False, 0.2), (dev, True, 0.0))
    (row,) = report(found, by_score, "e5").rows
    assert (row.half, row.answerable, row.unanswerable) == ("held out", 2, 2)
    assert (row.auroc, row.refusal_recall, row.false_refusals, row.balanced_accuracy) == (1.0, 1.0, 0.5, 0.75)


def test_sets_weigh_alike_in_the_mean() -> None:
    """A set of many questions counts as much as a set of few."""
    a, b, c, d = ids("held out", 4)
    found = judged("law", (a, True, 0.9), (b, False, 0.1))
    found += judged("help", (a, True, 0.1), (b, False, 0.9), (c, False, 0.9), (d, False, 0.9))
    rows = {row.set: row for row in report(found, by_score, "e5").rows}
    assert rows[ALL].auroc == 0.5
    assert (rows[ALL].answerable, rows[ALL].unanswerable) == (2, 4)


def test_halves_are_halves() -> None:
    """About as many ids fall into either half, and always into the same."""
    dev = sum(half_of(str(number)) == "dev" for number in range(1000))
    assert 450 < dev < 550
    assert half_of("law:1") == half_of("law:1")


ROW = Row("own language", ALL, "held out", 10, 10, 0.95, 0.6, 0.01, 0.8, 0.1)


def test_worse_evidence_fails() -> None:
    """More than .01 AUROC lost in a row, or .01 more wrongly refused in the mean, is a fault; less is none."""
    before = Report("e5", (ROW,))
    assert compare(Report("e5", (replace(ROW, auroc=0.94, false_refusals=0.02),)), before) == []
    (lost,) = compare(Report("e5", (replace(ROW, auroc=0.9399),)), before)
    assert "AUROC lost 0.0101" in lost
    (refused,) = compare(Report("e5", (replace(ROW, false_refusals=0.0201),)), before)
    assert "more of what can be answered is refused" in refused
    (data,) = compare(Report("e5", (replace(ROW, answerable=9),)), before)
    assert "the data differ" in data


def test_evidence_of_another_embedder_is_refused() -> None:
    """Cosines of two models are not on one scale."""
    with pytest.raises(InvalidRequest, match="are of e5, these of other"):
        compare(Report("other", (ROW,)), Report("e5", (ROW,)))
    assert compare(Report("other", (ROW,)), NOTHING) == []


def test_saving_one_set_keeps_the_rows_of_others() -> None:
    """New rows replace their own; figures of two embedders never stand together."""
    law, help_ = replace(ROW, set="law"), replace(ROW, set="help")
    better = replace(law, auroc=0.99)
    assert merged(Report("e5", (better,)), Report("e5", (law, help_))).rows == (help_, better)
    with pytest.raises(InvalidRequest, match="are of e5"):
        merged(Report("other", (better,)), Report("e5", (law, help_)))
