"""Check app.metrics: what is counted is listed, and no label names a person or content."""

import re

import pytest

from app.metrics import NAMES, Metrics
from app.types import Answer, Outcome, Sentence, Verdict
from retrieval.errors import TooLarge

ALLOWED_LABELS = {
    "outcome",
    "language",
    "stage",
    "verdict",
    "reason",
    "result",
    "state",
    "route",
    "status",
    "le",
}


def exercised() -> Metrics:
    """Return metrics in which every family holds a sample."""
    metrics = Metrics()
    metrics.count_answer(
        Answer(
            outcome=Outcome.ANSWERED,
            text="Thirty days [1].",
            sentences=(Sentence("Thirty days.", (1,), Verdict.SUPPORTED),),
            language="en",
            model="m",
            notice=None,
            timings_ms={"embed": 4.0, "first_token": 900.0, "total": 1500.0},
            prompt_tokens=700,
            dropped=(),
        )
    )
    metrics.count_request("/api/documents/{id}", 404)
    metrics.count_refusal(TooLarge("x", remedy="y"))
    metrics.count_sign_in(is_success=False)
    metrics.set_model_state("ready")
    return metrics


def test_listed_names_are_the_metrics() -> None:
    """The list that dashboards and documentation rely on is what is served."""
    text = exercised().render().decode()
    served = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    assert {name for name in served if not name.endswith("_created")} == set(NAMES)


def test_no_label_names_a_person_or_content() -> None:
    """Labels come from a closed list: usage of one person cannot be read from /metrics."""
    text = exercised().render().decode()
    labels = set(re.findall(r'[{,](\w+)="', text))
    assert labels
    assert labels <= ALLOWED_LABELS


@pytest.mark.parametrize(
    "sample",
    [
        'intramuros_questions_total{language="en",outcome="answered"} 1.0',
        'intramuros_question_stage_seconds_count{stage="embed"} 1.0',
        'intramuros_answer_stage_seconds_count{stage="first_token"} 1.0',
        'intramuros_sentences_total{verdict="supported"} 1.0',
        "intramuros_prompt_tokens_total 700.0",
        'intramuros_requests_total{route="/api/documents/{id}",status="404"} 1.0',
        'intramuros_refusals_total{reason="TooLarge"} 1.0',
        'intramuros_sign_ins_total{result="failure"} 1.0',
        "intramuros_model_state 2.0",
    ],
)
def test_what_happened_is_counted(sample: str) -> None:
    """One answer, one document, one refusal leave their samples."""
    assert sample in exercised().render().decode()


def test_two_sets_of_metrics_do_not_share_counts() -> None:
    """Nothing is global: a second application in one process starts at zero."""
    exercised()
    assert "answered" not in Metrics().render().decode()
