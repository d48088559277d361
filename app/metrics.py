"""Count and time what the house does, for Prometheus. No label names a person, a document or a question."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.types import Answer

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "intramuros_"
SEARCH_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)  # 0.3 s is the bar for search
ANSWER_BUCKETS_S = (0.5, 1, 2, 4, 8, 15, 30, 60, 120)  # 120 s is the default limit of a whole answer
# These wait for the model; the rest of a question takes milliseconds.
SLOW_STAGES = frozenset({"restate", "queue", "quoting", "first_token", "generation", "total"})
MODEL_STATES = {"down": 0, "loading": 1, "ready": 2}

# Every metric of this file: tests and the documentation compare themselves with it.
NAMES = (
    "intramuros_questions_total",
    "intramuros_question_stage_seconds",
    "intramuros_answer_stage_seconds",
    "intramuros_sentences_total",
    "intramuros_prompt_tokens_total",
    "intramuros_answers_in_flight",
    "intramuros_answers_waiting",
    "intramuros_refusals_total",
    "intramuros_sign_ins_total",
    "intramuros_requests_total",
    "intramuros_model_state",
)


class Metrics:
    """Hold the counters of one process in a registry of its own; nothing is global."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = self._counter(
            "questions", "Questions by outcome and language.", "outcome", "language"
        )
        self._question_stages = self._histogram(
            "question", "Time per fast stage of a question.", SEARCH_BUCKETS_S
        )
        self._answer_stages = self._histogram(
            "answer", "Time of what waits for the model, and total.", ANSWER_BUCKETS_S
        )
        self._sentences = self._counter("sentences", "Sentences by verdict of the citation check.", "verdict")
        self._prompt_tokens = self._counter("prompt_tokens", "Tokens of all prompts.")
        self._in_flight = self._gauge("answers_in_flight", "Answers being made, those that wait included.")
        self._waiting = self._gauge("answers_waiting", "Answers that wait for a place at the model.")
        self._refusals = self._counter("refusals", "Requests refused, by the class of the reason.", "reason")
        self._sign_ins = self._counter("sign_ins", "Sign-ins by result.", "result")
        self._requests = self._counter(
            "requests", "Requests by route template and status.", "route", "status"
        )
        self._model_state = self._gauge("model_state", "0 down, 1 loading, 2 ready.")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}{name}", meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"{PREFIX}{name}", meaning, registry=self._registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        full = f"{PREFIX}{name}_stage_seconds"
        return Histogram(full, meaning, ["stage"], buckets=buckets, registry=self._registry)

    def count_answer(self, answer: Answer) -> None:
        """Count a finished question with its stages and the verdicts on its sentences."""
        self._questions.labels(answer.outcome.value, answer.language).inc()
        self._prompt_tokens.inc(answer.prompt_tokens)
        for stage, spent_ms in answer.timings_ms.items():
            family = self._answer_stages if stage in SLOW_STAGES else self._question_stages
            family.labels(stage).observe(spent_ms / 1000)
        for sentence in answer.sentences:
            self._sentences.labels(sentence.verdict.value).inc()

    def count_request(self, route: str, status: int) -> None:
        """Count a request by the template of its route, never by its path."""
        self._requests.labels(route, str(status)).inc()

    def count_refusal(self, error: Exception) -> None:
        """Count a request that was refused, by the class of the error."""
        self._refusals.labels(type(error).__name__).inc()

    def count_sign_in(self, *, is_success: bool) -> None:
        """Count a sign-in; who it was is for the audit log."""
        self._sign_ins.labels("success" if is_success else "failure").inc()

    def set_model_state(self, state: str) -> None:
        """Show the state of the language model: down, loading or ready."""
        self._model_state.set(MODEL_STATES[state])

    def set_load(self, *, in_flight: int, waiting: int) -> None:
        """Show how many answers are being made, and how many of them wait for the model."""
        self._in_flight.set(in_flight)
        self._waiting.set(waiting)

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format, of type CONTENT_TYPE."""
        return generate_latest(self._registry)
