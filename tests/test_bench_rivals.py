"""The comparison at a small size: ours and local mode really run; what cannot run says why and has no figure."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from app.bench.rivals import compare, environment, ours
from app.bench.rivals.draw import Exam, exam_of, made_parcel
from app.bench.rivals.parcel import Found, Parcel, Piece, Question, read, write
from app.bootstrap import MODELS_DIR
from app.offline import openings
from retrieval.edge import EdgeIndex
from retrieval.errors import InvalidRequest, SetupRefused
from retrieval.evaluate import Tools, evaluate_directory
from retrieval.level import as_indexed
from tests.conftest import ROOT
from tests.fakes import HashEmbedder
from tests.test_evaluate import write as write_lines

CHUNKS = 200
TEXTS = {
    "travel": "Trains are booked by the travel office. A hotel costs at most 120 euros a night.",
    "sick": "Who is ill calls the office before nine. A certificate is due on the third day.",
    "parking": "The garage opens at six. Visitors park on the upper deck.",
    "canteen": "Lunch is served until two. The canteen takes cards only.",
}
QUESTIONS = {
    "travel": "How much may a hotel cost a night?",
    "sick": "When is a certificate due?",
    "parking": "Where do visitors park?",
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a set of four documents and three questions."""
    folder = tmp_path / "tiny"
    corpus: list[dict[str, object]] = [{"id": one, "title": one, "text": text} for one, text in TEXTS.items()]
    write_lines(folder / "corpus.jsonl", *corpus)
    ask(folder, QUESTIONS)
    rows = "".join(f"{one}\t{one}\t1\n" for one in QUESTIONS)
    (folder / "qrels.tsv").write_text(f"query\tdocument\tgrade\n{rows}", encoding="utf-8")
    return folder


def ask(folder: Path, questions: Mapping[str, str]) -> None:
    """Make these the questions of a set, by what answers them."""
    lines: list[dict[str, object]] = [{"id": one, "text": text} for one, text in questions.items()]
    write_lines(folder / "queries.jsonl", *lines)


def refused() -> Path:
    """Be an environment that cannot be made."""
    raise SetupRefused("no Python 3.12 or 3.13 on this machine", remedy="none")


def quiet(_line: str) -> None:
    """Say nothing."""


@pytest.mark.slow
def test_ours_and_local_mode_side_by_side(tiny: Path) -> None:
    """Both find what is asked for and show nothing hidden; the two that cannot be installed are skipped with why."""
    compared = compare.run(compare.Work([tiny], CHUNKS, 20), HashEmbedder(), refused, quiet)
    first, local, *skipped = compared.standings
    for standing in (first, local):
        assert standing.figures is not None, standing.skipped
        assert standing.figures.ndcg_10 == {"tiny": 1.0}
        assert standing.figures.p95_ms >= standing.figures.p50_ms > 0
        assert (standing.figures.hidden_share, standing.figures.timed) == (0.0, 20)
    assert first.figures is not None
    assert first.figures.times_ours == 1
    assert [(one.name, one.figures) for one in skipped] == [
        (compare.LANGCHAIN.name, None),
        (compare.MISTRAL.name, None),
    ]
    assert {one.skipped for one in skipped} == {"no Python 3.12 or 3.13 on this machine"}


@pytest.mark.slow
def test_a_rival_that_fails_is_skipped_with_its_last_words(tiny: Path) -> None:
    """A child that ends badly gives a reason, and no figure from what it did before."""
    broken = replace(compare.LOCAL, module="app.bench.rivals.absent")
    compared = compare.run(compare.Work([tiny], 100, 20), HashEmbedder(), refused, quiet, (broken,))
    assert compared.standings[1].figures is None
    assert "No module named app.bench.rivals.absent" in compared.standings[1].skipped


@pytest.mark.slow
@pytest.mark.parametrize("rival", [compare.LANGCHAIN, compare.MISTRAL], ids=lambda rival: rival.module)
def test_the_real_rivals_answer(rival: compare.Rival, tiny: Path) -> None:
    """Where they are installed, each finds what is asked for; only Mistral's shows what its asker may not read."""
    installed = environment.described(MODELS_DIR.parent / "rivals")
    if not installed.is_current:
        pytest.skip("rivals: `intramuros bench rivals` has not installed them")
    compared = compare.run(
        compare.Work([tiny], CHUNKS, 20), HashEmbedder(), lambda: installed.python, quiet, (rival,)
    )
    figures = compared.standings[1].figures
    assert figures is not None, compared.standings[1].skipped
    assert figures.ndcg_10["tiny"] > 0.6
    assert (figures.hidden_share > 0) == (rival is compare.MISTRAL)


def test_ours_is_ranked_as_the_evaluation_ranks_it(tiny: Path, tmp_path: Path) -> None:
    """The figure of ours is the one of `eval retrieval`, hard questions included."""
    hard = {"travel": "What is due at the office?", "sick": "office", "parking": "deck of cards"}
    ask(tiny, hard)
    tools = Tools(
        as_indexed(HashEmbedder()), lambda dimension: EdgeIndex(tmp_path / "evaluated", dimension=dimension)
    )
    report = evaluate_directory(tiny, tools)
    exam = exam_of(tiny, HashEmbedder())
    found = ours.answer(exam.parcel, tmp_path / "ours", HashEmbedder())
    hybrid = next(row for row in report.rows if row.leg == "hybrid")
    assert 0 < hybrid.ndcg_10 < 1
    assert round(compare.quality(exam, found), 4) == hybrid.ndcg_10


def test_a_set_without_whole_judgements_is_refused(tiny: Path) -> None:
    """Figures over parts of a set cannot stand beside the others'."""
    (tiny / "qrels.tsv").rename(tiny / "qrels_to_de.tsv")
    with pytest.raises(InvalidRequest, match="no judgements over the whole set"):
        exam_of(tiny, HashEmbedder())


def test_parcel_arrives_as_it_was_sent(tmp_path: Path) -> None:
    """Texts, readers and weights are the same on the other side, vectors to the last bit."""
    sent = made_parcel(30, 4)
    write(sent, tmp_path)
    arrived = read(tmp_path)
    assert (arrived.name, arrived.limit, arrived.budget_s) == (sent.name, sent.limit, sent.budget_s)
    assert [_told(one) for one in arrived.pieces] == [_told(one) for one in sent.pieces]
    assert [_told(one) for one in arrived.questions] == [_told(one) for one in sent.questions]


def _told(one: Piece | Question) -> dict[str, object]:
    return {**asdict(one), "vector": one.vector.tobytes()}


def test_hidden_passages_are_counted() -> None:
    """A passage whose readers are not the asker's counts, one that the asker may read does not."""
    parcel: Parcel = made_parcel(400, 3)
    question = parcel.questions[0]
    open_ones = [one.id for one in parcel.pieces if set(one.readers) & set(question.principals)]
    hidden = [one.id for one in parcel.pieces if not set(one.readers) & set(question.principals)]
    found = Found([[open_ones[0], open_ones[1], open_ones[2], hidden[0]]], [1.0])
    assert compare.hidden_share(parcel, found) == 0.25


def test_quality_counts_each_document_once() -> None:
    """Chunks of one document take one place, its best."""
    parcel = made_parcel(30, 1)
    exam = Exam(parcel, [{parcel.pieces[10].document: 1}])
    ranking = [parcel.pieces[one].id for one in (0, 1, 2, 10)]
    assert compare.quality(exam, Found([ranking], [1.0])) == pytest.approx(1 / np.log2(3))


def test_no_fitting_python_is_a_reason(tmp_path: Path) -> None:
    """A Python that is too old, too new, or only pretends to be one is passed over; nothing is made."""
    for name, said in (("old", "echo 3 11"), ("new", "echo 3 14"), ("shim", "exit 127")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{said}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    pythons = [str(tmp_path / name) for name in ("old", "new", "shim", "missing")]
    with pytest.raises(SetupRefused, match=r"no Python 3\.12"):
        environment.made(tmp_path / "rivals", pythons)
    assert not (tmp_path / "rivals").exists()


def test_rivals_are_sealed() -> None:
    """Telemetry of every library is off in their processes, and no key of a person is lent to them."""
    lent = environment.sealed({"PATH": "/bin", "MISTRAL_API_KEY": "secret", "OTEL_TRACES_EXPORTER": "otlp"})
    assert openings(lent) == ()
    assert "MISTRAL_API_KEY" not in lent
    assert (lent["OTEL_SDK_DISABLED"], lent["OTEL_TRACES_EXPORTER"]) == ("true", "none")
    assert lent["PATH"] == "/bin"


def test_a_rival_cannot_reach_the_network(tmp_path: Path) -> None:
    """Whatever a library tries to connect to, its process ends before a packet is sent."""
    write(made_parcel(30, 1), tmp_path)
    code = (
        "import socket; from app.bench.rivals.parcel import serve\n"
        "serve(lambda parcel: socket.create_connection(('192.0.2.1', 9), timeout=1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "a rival reached for the network" in done.stderr.splitlines()[-1]


def test_pins_are_public_versions() -> None:
    """Every line pins a version, and the rivals by the names the table gives are among them."""
    lines = (ROOT / environment.PINS).read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert {"langchain-qdrant", "mistralai-search-toolkit", "mistralai-search-toolkit-plugins-qdrant"} <= set(
        pinned
    )
    assert "qdrant-client==1.20.0" in (ROOT / "deploy/constraints.txt").read_text(encoding="utf-8")
    assert pinned["qdrant-client"] == "1.20.0"
