"""Count and time what the house does, for Prometheus. No label names a person, a document or a question."""

import threading
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.metric_families import FAMILIES, PREFIX, Family
from app.types import Answer
from ingest.draft import Result

CONTENT_TYPE = CONTENT_TYPE_LATEST
# These wait for the model; the rest of a question takes milliseconds.
SLOW_STAGES = frozenset({"restate", "queue", "quoting", "first_token", "generation", "total"})
# What lies between a question's arrival and its first word; measured end to end, so that their sum is that time.
UNTIL_FIRST_TOKEN = ("restate", "rewrite", "search", "queue", "prompt", "first_token")
MODEL_STATES = {"down": 0, "loading": 1, "ready": 2}


class Metrics:
    """Hold the counters of one process in a registry of its own; nothing is global.

    `render` is all that a process needs which serves no API.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, open files, processor time
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._served: set[str] = set()  # gauges that somebody has set
        self._lock = threading.Lock()
        for family in FAMILIES:
            self._add(family)

    def _add(self, family: Family) -> None:
        name, registry = PREFIX + family.name, self._registry
        if family.kind == "counter":
            self._counters[family.name] = Counter(name, family.meaning, family.labels, registry=registry)
        elif family.kind == "histogram":
            self._histograms[family.name] = Histogram(
                name, family.meaning, family.labels, buckets=family.buckets, registry=registry
            )
        else:
            # Without a label a gauge says 0 before anybody set it, which a worker would tell of the whole house.
            self._gauges[family.name] = Gauge(name, family.meaning, family.labels, registry=None)

    def count_answer(self, answer: Answer) -> None:
        """Count a finished question with its stages, its tokens and the verdicts on its sentences."""
        self._counters["questions"].labels(answer.outcome.value, answer.language).inc()
        self._counters["prompt_tokens"].inc(answer.prompt_tokens)
        self._counters["completion_tokens"].inc(answer.completion_tokens or 0)
        for stage, spent_ms in answer.timings_ms.items():
            self.time_question(stage, spent_ms)
        if (waited_ms := until_first_text_ms(answer.timings_ms)) is not None:
            self._histograms["first_text_seconds"].observe(waited_ms / 1000)
        for sentence in answer.sentences:
            self._counters["sentences"].labels(sentence.verdict.value).inc()

    def time_question(self, stage: str, spent_ms: float) -> None:
        """Note how long a stage of a question took; one that is not among an answer's timings, too."""
        family = "answer_stage_seconds" if stage in SLOW_STAGES else "question_stage_seconds"
        self._histograms[family].labels(stage).observe(spent_ms / 1000)

    def count_failure(self) -> None:
        """Count a question that ended in an error."""
        self._counters["question_failures"].inc()

    def count_request(self, route: str, status: int) -> None:
        """Count a request by the template of its route, never by its path."""
        self._counters["requests"].labels(route, str(status)).inc()

    def count_refusal(self, error: Exception) -> None:
        """Count a request that was refused, by the class of the error."""
        self._counters["refusals"].labels(type(error).__name__).inc()

    def count_sign_in(self, *, is_success: bool) -> None:
        """Count a sign-in; who it was is for the audit log."""
        self._counters["sign_ins"].labels("success" if is_success else "failure").inc()

    def count_audit_failure(self) -> None:
        """Count an event that the audit trail could not take."""
        self._counters["audit_failures"].inc()

    def count_retention(self, store: str, *, dropped: int, is_failure: bool) -> None:
        """Count what a store forgot at the end of its term, or that it could not."""
        self._counters["retention_dropped"].labels(store).inc(dropped)
        self._counters["retention_failures"].labels(store).inc(int(is_failure))

    def shown(self, timings_ms: Mapping[str, float]) -> None:
        """Note the stages of a document that became visible."""
        for stage, spent_ms in timings_ms.items():
            self._histograms["document_stage_seconds"].labels(stage).observe(spent_ms / 1000)

    def ended(self, result: Result) -> None:
        """Count a document by how it ended."""
        outcome = "unchanged" if result.is_unchanged else result.state.value
        self._counters["documents"].labels(outcome).inc()

    def stopped(self, reason: str) -> None:
        """Count a parsing process that was stopped or died."""
        self._counters["parser_stops"].labels(reason).inc()

    def set_model_state(self, state: str) -> None:
        """Show the state of the language model: down, loading or ready."""
        self.show("model_state", MODEL_STATES[state])

    def show(self, name: str, value: float, *labels: str) -> None:
        """Set a gauge of `metric_families`, which is served from then on."""
        gauge = self._gauge(name)
        (gauge.labels(*labels) if labels else gauge).set(value)

    def show_only(self, name: str, value: float, *labels: str) -> None:
        """Set a gauge for these labels and leave out what it showed for others."""
        gauge = self._gauge(name)
        gauge.clear()
        gauge.labels(*labels).set(value)

    def show_all(self, name: str, values: Mapping[str, float]) -> None:
        """Set a gauge with one label for these values of it, and leave out every other."""
        gauge = self._gauge(name)
        gauge.clear()
        for label, value in values.items():
            gauge.labels(label).set(value)

    def hide(self, *names: str) -> None:
        """Serve these gauges no longer: an old figure of what cannot be asked looks like a fresh one."""
        with self._lock:
            for name in self._served & set(names):
                self._registry.unregister(self._gauges[name])
            self._served -= set(names)

    def _gauge(self, name: str) -> Gauge:
        with self._lock:
            if name not in self._served:
                self._registry.register(self._gauges[name])
                self._served.add(name)
        return self._gauges[name]

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format, of type CONTENT_TYPE."""
        return generate_latest(self._registry)


def until_first_text_ms(timings_ms: Mapping[str, float]) -> float | None:
    """Return the milliseconds until the first word could be read; None where no model wrote or judged any.

    A quotation is there as a whole, when its judging ends.
    """
    if "first_token" in timings_ms:
        return sum(timings_ms.get(stage, 0.0) for stage in UNTIL_FIRST_TOKEN)
    return timings_ms["total"] if "quoting" in timings_ms else None
