"""Check app.metrics: what is counted is listed, and no label names a person or content."""

import re

import pytest

from app.metric_families import FAMILIES, HOLDINGS, NAMES
from app.metrics import Metrics, until_first_text_ms
from app.types import Answer, Outcome, Sentence, Verdict
from ingest.draft import Result
from ingest.types import State
from retrieval.errors import TooLarge

ALLOWED_LABELS = {
    "outcome",
    "language",
    "stage",
    "verdict",
    "reason",
    "result",
    "state",
    "part",
    "route",
    "status",
    "version",
    "profile",
    "embedder",
    "store",
    "le",
}
MADE_BY_THE_LIBRARY = re.compile(r"^process_|_created$")


def answer(**timings_ms: float) -> Answer:
    """Return an answer of one sentence."""
    return Answer(
        outcome=Outcome.ANSWERED,
        text="Thirty days [1].",
        sentences=(Sentence("Thirty days.", (1,), Verdict.SUPPORTED),),
        language="en",
        model="m",
        notice=None,
        timings_ms=timings_ms,
        prompt_tokens=700,
        dropped=(),
        completion_tokens=5,
    )


def exercised() -> Metrics:
    """Return metrics in which every family holds a sample."""
    metrics = Metrics()
    metrics.count_answer(answer(embed=4.0, search=20.0, queue=80.0, first_token=900.0, total=1500.0))
    metrics.time_question("ledger", 3.0)
    metrics.count_failure()
    metrics.count_request("/api/documents/{id}", 404)
    metrics.count_refusal(TooLarge("x", remedy="y"))
    metrics.count_sign_in(is_success=False)
    metrics.count_audit_failure()
    metrics.count_retention("chat", dropped=3, is_failure=True)
    metrics.set_model_state("ready")
    metrics.shown({"parse": 1200.0, "index": 8.0})
    metrics.ended(Result(State.VISIBLE))
    metrics.ended(Result(State.QUARANTINED, is_unchanged=True))
    metrics.stopped("memory")
    for family in FAMILIES:
        if family.kind == "gauge" and family.name != "model_state":
            metrics.show(family.name, 1, *(f"a {label}" for label in family.labels))
    return metrics


def test_listed_names_are_the_metrics() -> None:
    """The list that dashboards, alerts and documentation rely on is what is served."""
    text = exercised().render().decode()
    served = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    assert {name for name in served if not MADE_BY_THE_LIBRARY.search(name)} == set(NAMES)
    assert "process_resident_memory_bytes" in served


def test_no_label_names_a_person_or_content() -> None:
    """Labels come from a closed list: usage of one person cannot be read from /metrics."""
    text = exercised().render().decode()
    labels = set(re.findall(r'[{,](\w+)="', text))
    assert labels
    assert labels <= ALLOWED_LABELS


def test_names_say_their_unit() -> None:
    """What is measured in something says in what, and a name that ends in a unit is of that kind."""
    for family in FAMILIES:
        name = family.full_name
        assert re.fullmatch(r"intramuros_[a-z_]+", name)
        assert (family.kind == "counter") == name.endswith("_total")
        assert (family.kind == "histogram") <= name.endswith("_seconds")
        assert not re.search(r"_(ms|mb|percent|minutes)$", name)


@pytest.mark.parametrize(
    "sample",
    [
        'intramuros_questions_total{language="en",outcome="answered"} 1.0',
        'intramuros_question_stage_seconds_count{stage="embed"} 1.0',
        'intramuros_question_stage_seconds_sum{stage="ledger"} 0.003',
        'intramuros_answer_stage_seconds_count{stage="first_token"} 1.0',
        "intramuros_first_text_seconds_sum 1.0",  # 20 + 80 + 900 ms
        "intramuros_question_failures_total 1.0",
        'intramuros_sentences_total{verdict="supported"} 1.0',
        "intramuros_prompt_tokens_total 700.0",
        "intramuros_completion_tokens_total 5.0",
        'intramuros_requests_total{route="/api/documents/{id}",status="404"} 1.0',
        'intramuros_refusals_total{reason="TooLarge"} 1.0',
        'intramuros_sign_ins_total{result="failure"} 1.0',
        "intramuros_audit_failures_total 1.0",
        "intramuros_model_state 2.0",
        'intramuros_document_stage_seconds_sum{stage="parse"} 1.2',
        'intramuros_documents_total{outcome="visible"} 1.0',
        'intramuros_documents_total{outcome="unchanged"} 1.0',
        'intramuros_parser_stops_total{reason="memory"} 1.0',
    ],
)
def test_what_happened_is_counted(sample: str) -> None:
    """One answer, one document, one refusal leave their samples."""
    assert sample in exercised().render().decode()


@pytest.mark.parametrize(
    ("timings_ms", "waited_ms"),
    [
        ({"search": 20.0, "queue": 80.0, "prompt": 5.0, "first_token": 900.0, "generation": 4000.0}, 1005.0),
        ({"search": 20.0, "quoting": 700.0, "total": 730.0}, 730.0),
        ({"search": 20.0, "total": 25.0}, None),
    ],
)
def test_first_text_is_when_it_could_be_read(timings_ms: dict[str, float], waited_ms: float | None) -> None:
    """A written answer begins with its first token, a quotation is there as a whole, a refusal waits for no model."""
    assert until_first_text_ms(timings_ms) == waited_ms


def test_two_sets_of_metrics_do_not_share_counts() -> None:
    """Nothing is global: a second application in one process starts at zero."""
    exercised()
    assert "answered" not in Metrics().render().decode()


def test_a_worker_tells_nothing_of_the_whole_house() -> None:
    """What nobody has read is not served as 0: several processes would contradict each other."""
    text = Metrics().render().decode()
    assert "intramuros_parser_stops_total" in text
    assert not [family.full_name for family in HOLDINGS if f"# TYPE {family.full_name} " in text]


def test_what_cannot_be_asked_is_not_served() -> None:
    """An old figure looks like a fresh one; and a label that nothing has any more goes."""
    metrics = Metrics()
    metrics.show("chunks", 7)
    metrics.show_all("jobs", {"queued": 1, "running": 2})
    metrics.show_all("jobs", {"running": 3})
    assert re.findall(r"^intramuros_jobs.*$", metrics.render().decode(), re.MULTILINE) == [
        'intramuros_jobs{state="running"} 3.0'
    ]
    metrics.hide("chunks", "jobs", "index_points")
    assert "intramuros_chunks" not in metrics.render().decode()
    metrics.show("chunks", 8)
    assert "intramuros_chunks 8.0" in metrics.render().decode()
