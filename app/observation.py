"""Watch the house: hand what happens to documents on to the counters and to the traces."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.metrics import Metrics
from app.settings import Settings
from app.tracing import NoTracing, Tracing, TracingSettings
from ingest.draft import Result
from retrieval.errors import SetupRefused


@dataclass(frozen=True, slots=True)
class Observation:
    """Implement `ingest.onlooker.Onlooker` for one process."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=NoTracing)

    def shown(self, document: str, timings_ms: Mapping[str, float], *, began: float) -> None:
        """Count a document's stages, and tell its trace."""
        self.metrics.shown(timings_ms)
        self.tracing.document(document, timings_ms, began=began)

    def ended(self, result: Result) -> None:
        """Count how a document ended."""
        self.metrics.ended(result)

    def stopped(self, reason: str) -> None:
        """Count a parsing process that was stopped or died."""
        self.metrics.stopped(reason)


def open_observation(settings: Settings, version: str) -> Observation:
    """Return the watch over this process. Raises SetupRefused where traces are wanted and cannot be sent."""
    return Observation(tracing=open_tracing(settings.tracing, version))


def open_tracing(wanted: TracingSettings, version: str) -> Tracing:
    """Return what the settings say. Raises SetupRefused where the extra for it is not installed."""
    if not wanted.endpoint:
        return NoTracing()
    try:
        from app.tracing_otlp import OtlpTracing  # heavy, and an extra: only who traces needs it
    except ImportError as error:
        raise SetupRefused(
            "tracing.endpoint is set, and the packages that send traces are not installed",
            remedy="install the extra `tracing`, or empty tracing.endpoint",
        ) from error
    return OtlpTracing(wanted.endpoint, version=version, ca_file=wanted.ca_file)
