"""Be a collector of traces in a thread: take OpenTelemetry's protocol over HTTP and decode what comes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Seen:
    """Hold a span as it came."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    begin_ns: int
    end_ns: int
    attributes: dict[str, object]


@dataclass
class Collector:
    """Hold where it listens, and what came."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def spans(self) -> list[Seen]:
        """Return every span that came."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += [_seen(span) for span in scope.spans]
        return found

    def resource(self) -> dict[str, object]:
        """Return what the spans say of the program that sent them."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        (first, *_) = ExportTraceServiceRequest.FromString(self.bodies[0]).resource_spans
        return _values(first.resource.attributes)


def _seen(span: object) -> Seen:
    return Seen(
        name=span.name,  # type: ignore[attr-defined]  # made by protobuf at run time, here and below
        trace_id=span.trace_id.hex(),  # type: ignore[attr-defined]
        span_id=span.span_id.hex(),  # type: ignore[attr-defined]
        parent_id=span.parent_span_id.hex(),  # type: ignore[attr-defined]
        begin_ns=span.start_time_unix_nano,  # type: ignore[attr-defined]
        end_ns=span.end_time_unix_nano,  # type: ignore[attr-defined]
        attributes=_values(span.attributes),  # type: ignore[attr-defined]
    )


def _values(attributes: object) -> dict[str, object]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}  # type: ignore[attr-defined]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Give a collector that listens on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.paths.append(self.path)
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield collector
        server.shutdown()
        thread.join()
