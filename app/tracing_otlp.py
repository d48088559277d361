"""Send spans to a collector in OpenTelemetry's protocol over HTTP. The only file that knows OpenTelemetry.

Its environment variables are left aside: where spans go is said by the settings alone.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, SpanKind, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.traceparent import TRACEPARENT, is_traceparent, written
from app.tracing import QUESTION_STAGES, SEARCH_STAGES, Traced
from app.types import Answer

SEND_TIMEOUT_S = 5  # of one batch, and of what is left at the end
NS_PER_MS = 1_000_000
PATH = "/v1/traces"  # of the protocol, below the collector's address


class OtlpTracing:
    """Implement Tracing. A thread of its own sends what has ended, some seconds later; a full queue drops spans."""

    def __init__(self, endpoint: str, *, version: str, ca_file: Path | None = None) -> None:
        session = requests.Session()
        session.trust_env = False  # a proxy of the environment leads out of the house
        exporter = OTLPSpanExporter(
            endpoint=endpoint.rstrip("/").removesuffix(PATH) + PATH,
            certificate_file=None if ca_file is None else str(ca_file),
            headers={},
            timeout=SEND_TIMEOUT_S,
            compression=Compression.NoCompression,
            session=session,
        )
        # Not Resource.create, which adds what it finds out about the machine and in the environment.
        about = Resource({"service.name": "intramuros", "service.version": version})
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=about, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("intramuros", version)

    @contextmanager
    def question(self, answer_id: str, *, parent: str) -> Iterator[Traced]:
        """Follow a question while the block runs; what the model's server does is told to belong to it."""
        began_ns = time.time_ns()
        root = self._tracer.start_span(
            "question",
            context=_continued(parent),
            kind=SpanKind.SERVER,
            attributes={"intramuros.answer_id": answer_id},
            start_time=began_ns,
        )
        where = root.get_span_context()
        TRACEPARENT.set(written(trace_id=where.trace_id, span_id=where.span_id))
        try:
            yield _Question(self._tracer, root, began_ns)
        finally:
            TRACEPARENT.set("")
            root.end()

    def document(self, document: str, timings_ms: Mapping[str, float], *, began: float) -> None:
        """Tell of a document; of what it did in a batch with others, the spans show its share."""
        began_ns = int(began * 1_000 * NS_PER_MS)
        root = self._tracer.start_span(
            "document",
            context=Context(),
            kind=SpanKind.CONSUMER,
            attributes={"intramuros.document_id": document},
            start_time=began_ns,
        )
        _lay(self._tracer, root, list(timings_ms.items()), began_ns)
        root.end()

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.force_flush(SEND_TIMEOUT_S * 1000)
        self._provider.shutdown()


@dataclass(frozen=True, slots=True)
class _Question:
    """Hold a question's span until its answer is there."""

    tracer: Tracer
    root: Span
    began_ns: int

    @property
    def trace_id(self) -> str:
        return f"{self.root.get_span_context().trace_id:032x}"

    def ended(self, answer: Answer, *, ledger_ms: float) -> None:
        self.root.set_attributes(
            {
                "intramuros.outcome": answer.outcome.value,
                "intramuros.language": answer.language,
                "intramuros.sentences": len(answer.sentences),
                "gen_ai.request.model": answer.model,
                "gen_ai.usage.input_tokens": answer.prompt_tokens,
                "gen_ai.usage.output_tokens": answer.completion_tokens or 0,
            }
        )
        spent = {**answer.timings_ms, "ledger": ledger_ms}
        stages = [(stage, spent[stage]) for stage in QUESTION_STAGES if stage in spent]
        for (stage, _), (span, at_ns) in zip(
            stages, _lay(self.tracer, self.root, stages, self.began_ns), strict=True
        ):
            if stage == "search":
                inner = [(one, spent[one]) for one in SEARCH_STAGES if one in spent]
                _lay(self.tracer, span, inner, at_ns)


def _lay(
    tracer: Tracer, parent: Span, stages: Sequence[tuple[str, float]], at_ns: int
) -> list[tuple[Span, int]]:
    """Add a span a stage, one behind the other from `at_ns` on, and return them with their beginnings.

    A stage that was entered several times shows once, with its sum.
    """
    laid = []
    for stage, spent_ms in stages:
        span = tracer.start_span(stage, context=set_span_in_context(parent, Context()), start_time=at_ns)
        laid.append((span, at_ns))
        at_ns += int(spent_ms * NS_PER_MS)
        span.end(end_time=at_ns)
    return laid


def _continued(parent: str) -> Context:
    """Return the trace of whoever asked, or a new one."""
    if not is_traceparent(parent):
        return Context()
    return TraceContextTextMapPropagator().extract({"traceparent": parent}, context=Context())
