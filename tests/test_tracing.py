"""Check app.tracing: one question and one document as traces, at a collector of ours alone, without any content."""

import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from app.observation import Observation, open_tracing
from app.settings import Settings
from app.traceparent import TRACEPARENT, is_traceparent, written
from app.tracing import SEARCH_STAGES, NoTracing, TracingSettings
from app.types import ChatMessage
from app.vllm_protocol import _name_trace
from tests.fake_collector import Collector, Seen, collecting
from tests.fakes import ScriptedModel
from tests.house import House, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION

pytest.importorskip("opentelemetry.sdk", reason="the extra `tracing` is not installed")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Listening(ScriptedModel):
    """A model that notes which trace it is asked for."""

    parents: list[str]

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str, stop: threading.Event
    ) -> Generator[str, None, None]:
        """Yield the text, noting the header that the client would send."""
        self.parents.append(TRACEPARENT.get())
        return super().stream(messages, max_tokens=max_tokens, cache_salt=cache_salt, stop=stop)


def sending_to(url: str) -> Observation:
    """Return the watch of a house that sends traces there."""
    return Observation(tracing=open_tracing(TracingSettings(endpoint=url), "0.1"))


def traced(
    tmp_path: Path, collector: Collector, headers: dict[str, str]
) -> tuple[Listening, dict[str, object]]:
    """Bring one document in, ask one question with these headers, close the house; return the model and the reply."""
    model = Listening(ANSWER)
    model.parents = []
    house = open_house(tmp_path / "data", model, observed=sending_to(collector.url))
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with house.client:
        reply = asked(house, headers)
    return model, reply


def asked(house: House, headers: dict[str, str]) -> dict[str, object]:
    """Ask and return status and headers."""
    signed_in = house.token("ben") | headers
    conversation = house.client.post("/api/conversations", headers=signed_in).json()["id"]
    path = f"/api/conversations/{conversation}/messages"
    reply = house.client.post(path, headers=signed_in, json={"question": QUESTION})
    assert "event: answer" in reply.text
    return dict(reply.headers)


def children(spans: list[Seen], parent: Seen) -> list[str]:
    """Return the names of a span's children in the order of their beginnings."""
    found = [one for one in spans if one.parent_id == parent.span_id]
    return [one.name for one in sorted(found, key=lambda one: (one.begin_ns, one.end_ns))]


def test_a_question_and_a_document_are_traces(tmp_path: Path) -> None:
    """Each stage is a span below its question or document, in order and within it; the trace of the asker goes on."""
    with collecting() as collector:
        model, _ = traced(tmp_path, collector, {"traceparent": PARENT})
        spans = collector.spans()
    assert set(collector.paths) == {"/v1/traces"}
    assert collector.resource()["service.name"] == "intramuros"
    (question,) = (one for one in spans if one.name == "question")
    assert (question.trace_id, question.parent_id) == (PARENT.split("-")[1], PARENT.split("-")[2])
    stages = children(spans, question)
    assert stages == ["rewrite", "search", "queue", "prompt", "first_token", "generation", "check", "ledger"]
    (search,) = (one for one in spans if one.name == "search")
    assert children(spans, search) == [one for one in SEARCH_STAGES if one in children(spans, search)]
    assert {"embed", "dense", "sparse", "fetch", "rank"} <= set(children(spans, search))
    below = [one for one in spans if one.trace_id == question.trace_id]
    assert all(question.begin_ns <= one.begin_ns <= one.end_ns <= question.end_ns for one in below)
    assert question.attributes["intramuros.outcome"] == "answered"
    # The model's server is told to work below the question.
    assert model.parents == [written(trace_id=int(question.trace_id, 16), span_id=int(question.span_id, 16))]

    (document,) = (one for one in spans if one.name == "document")
    assert document.trace_id != question.trace_id
    assert children(spans, document) == [
        "gate", "parse", "chunk", "guard", "wait", "embed", "store", "index", "verify", "show",
    ]  # fmt: skip


def test_spans_carry_no_content(tmp_path: Path) -> None:
    """Neither words of question, answer or document, nor names of people, files and collections, in any byte sent."""
    with collecting() as collector:
        traced(tmp_path, collector, {})
        sent = b"".join(collector.bodies).lower()
    assert b"question" in sent
    for word in ("annual", "kassel", "28 days", "leave", "ben", "handbook", ".md", str(tmp_path)):
        assert word.lower().encode() not in sent, word


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00-short-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        PARENT + "\n",
        "ff" + PARENT[2:],
    ],
)
def test_a_header_that_is_none_begins_a_trace(header: str) -> None:
    """What is no traceparent is neither followed nor passed on."""
    assert not is_traceparent(header)


def test_vllm_is_told_only_of_a_trace() -> None:
    """A request to the model's server carries the header while a question is traced, and none otherwise."""
    import asyncio

    import httpx

    async def headers_of(parent: str) -> str | None:
        TRACEPARENT.set(parent)
        request = httpx.Request("POST", "http://vllm/v1/chat/completions")
        await _name_trace(request)
        found: str | None = request.headers.get("traceparent")
        return found

    assert asyncio.run(headers_of(PARENT)) == PARENT
    assert asyncio.run(headers_of("")) is None


def test_a_collector_that_is_away_is_not_noticed(tmp_path: Path) -> None:
    """Nobody waits for it, nothing fails, and the house closes."""
    model = ScriptedModel(ANSWER)
    house = open_house(tmp_path / "data", model, observed=sending_to("http://127.0.0.1:9"))
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with house.client:
        asked(house, {})


def test_off_is_the_default_and_loads_nothing() -> None:
    """Without an address nothing is traced, and the packages for it are not even imported."""
    assert Settings().tracing.endpoint == ""
    assert isinstance(open_tracing(TracingSettings(), "1"), NoTracing)
    code = (
        "import sys, app.wiring; from app.observation import open_tracing, TracingSettings as S;"
        "open_tracing(S(), '1'); sys.exit(any(m.startswith('opentelemetry.sdk') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_environment_does_not_redirect_traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans go to the address of the settings, whatever OpenTelemetry's variables or a proxy's say."""
    with collecting() as elsewhere, collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", elsewhere.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", elsewhere.url)
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "machine=secret")
        monkeypatch.setenv("http_proxy", elsewhere.url)
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
        traced(tmp_path, collector, {})
        assert collector.spans()
        assert not elsewhere.bodies
        assert "machine" not in collector.resource()
