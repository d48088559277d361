"""Check deploy/Caddyfile.gate on a real Caddy: what vLLM hears, what it never hears, and how several share the work."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from app.llm import VllmModel
from app.models.install import VLLM_PYTHON
from app.types import ChatMessage
from app.vllm_protocol import Timeouts
from tests.deploy.names import servers, wait_until
from tests.fake_vllm import FakeVllm
from tests.proxy import DEPLOY, ports, running

ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
PASSING = ("/v1/chat/completions", "/tokenize", "/v1/models", "/health")
# vLLM's own, with what they do for a stranger: answer without a key, stop it, change its weights, show its insides.
OTHERS = (
    "/invocations", "/inference/v1/generate", "/v1/completions", "/v1/responses", "/v1/messages",
    "/v1/embeddings", "/pooling", "/classify", "/score", "/rerank", "/v1/audio/transcriptions",
    "/v1/chat/completions/batch", "/v1/chat/completions/render", "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter", "/update_weights", "/init_weight_transfer_engine", "/pause", "/resume", "/sleep",
    "/wake_up", "/reset_prefix_cache", "/collective_rpc", "/start_profile", "/stop_profile",
    "/scale_elastic_ep", "/abort_requests", "/fault_tolerance/apply", "/detokenize", "/tokenizer_info",
    "/server_info", "/version", "/load", "/ping", "/metrics", "/docs", "/redoc", "/openapi.json", "/static/x",
    "/", "/v1", "/v1/", "/v1/models/x", "/healthz", "/health/x",
)  # fmt: skip
DISGUISED = (
    "/health/../invocations", "/v1/chat/completions/../../../sleep", "/v1/chat/completions/..%2f..%2fpause",
    "//invocations", "/tokenize/..%2finvocations", "/v1/models;/../sleep", "/health%00/sleep", "/%69nvocations",
)  # fmt: skip


@dataclass
class Heard:
    """Note what arrived behind the gate: address, method, path as written, key."""

    lines: list[tuple[str, str, str, str]] = field(default_factory=list)
    polls: int = 0

    def reply(self, request: BaseHTTPRequestHandler) -> None:
        """Answer with what was asked, and note it."""
        length = int(request.headers.get("Content-Length") or 0)
        if len(request.rfile.read(length)) < length:
            return  # the gate cut it off
        if request.headers.get("User-Agent", "").startswith("Go-http-client"):
            self.polls += 1  # the gate itself, looking whether it is well
        else:
            self._note(request)
        request.send_response(200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _note(self, request: BaseHTTPRequestHandler) -> None:
        address = str(request.connection.getsockname()[0])
        key = request.headers.get("Authorization", "")
        self.lines.append((address, request.command, request.path, key))


def rules(door: int, behind: str) -> str:
    """Return the gate's rules with free ports, servers of the test behind it, and less patience."""
    text = (DEPLOY / "Caddyfile.gate").read_text(encoding="utf-8")
    (health,) = ports(1)
    text = text.replace("http://:8000", f"http://:{door}").replace(":8081", f":{health}")
    return text.replace("health_interval 5s", "health_interval 100ms").replace("{$VLLM}", behind)


@pytest.fixture(scope="module")
def heard() -> Heard:
    """Give what all of them heard."""
    return Heard()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, heard: Heard) -> Iterator[int]:
    """Give the gate's port; three servers carry the name behind it."""
    (door,) = ports(1)
    with servers(heard.reply, ADDRESSES) as (port, _):
        behind = " ".join(f"{address}:{port}" for address in ADDRESSES)
        with running(rules(door, behind), tmp_path_factory.mktemp("gate")):
            yield door


def ask(gate: int, method: str, path: str) -> tuple[int, str]:
    """Return status and body of a request sent with its path exactly as written."""
    connection = HTTPConnection("127.0.0.1", gate, timeout=10)
    body = b"{}" if method in {"POST", "PUT"} else None
    connection.request(method, path, body=body, headers={"Authorization": "Bearer key"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/chat/completions"), ("POST", "/tokenize"), ("GET", "/v1/models"), ("GET", "/health")],
)
def test_what_the_house_uses_passes(gate: int, heard: Heard, method: str, path: str) -> None:
    """It arrives as written, with its key; a query is left behind."""
    heard.lines.clear()
    assert ask(gate, method, f"{path}?x=1")[0] == 200
    ((_, *seen),) = heard.lines
    assert seen == [method, path, "Bearer key"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", OTHERS)
def test_every_other_path_is_refused(gate: int, heard: Heard, method: str, path: str) -> None:
    """The gate says no, and vLLM hears nothing."""
    heard.lines.clear()
    assert ask(gate, method, path)[0] == 403
    assert heard.lines == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in ("/v1/chat/completions", "/tokenize")),
        *((method, path) for method in ("PUT", "DELETE", "OPTIONS") for path in ("/v1/models", "/health")),
    ],
)
def test_other_method_is_refused(gate: int, heard: Heard, method: str, path: str) -> None:
    """Each path by one method."""
    heard.lines.clear()
    assert ask(gate, method, path)[0] == 403
    assert heard.lines == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", DISGUISED)
def test_disguised_path_is_refused_or_tidied(gate: int, heard: Heard, method: str, path: str) -> None:
    """Whatever a path looks like, vLLM hears one of four, written plainly, or nothing."""
    heard.lines.clear()
    ask(gate, method, path)
    assert {line[2] for line in heard.lines} <= set(PASSING)


def test_no_other_path_of_the_installed_vllm_passes(gate: int, heard: Heard) -> None:
    """Every path that its sources name is tried, so that the list above need not keep up with releases."""
    if not VLLM_PYTHON.is_file():
        pytest.skip(f"vllm: its paths are not tried, {VLLM_PYTHON} is not installed")
    folder = next(VLLM_PYTHON.parent.parent.glob("lib/python3*/site-packages/vllm/entrypoints"))
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    found = set(re.findall(r"(?:router|app)\.(?:get|post|put|delete|add_api_route)\(\s*\"(/[^\"{]*)\"", text))
    assert len(found) > 40
    assert set(PASSING) <= found
    heard.lines.clear()
    for path in found - set(PASSING):
        assert {ask(gate, method, path)[0] for method in ("GET", "POST")} == {403}, path
    assert heard.lines == []


def test_all_take_their_turn(gate: int, heard: Heard) -> None:
    """Three servers of the name get three questions each out of nine."""
    heard.lines.clear()
    for _ in range(9):
        assert ask(gate, "POST", "/v1/chat/completions")[0] == 200
    counted = {address: [line[0] for line in heard.lines].count(address) for address in ADDRESSES}
    assert counted == dict.fromkeys(ADDRESSES, 3)


def test_one_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    """Questions go to those that are well; one that is loading again takes part as soon as it is up."""
    heard = Heard()
    (door,) = ports(1)
    with servers(heard.reply, ADDRESSES[1:]) as (port, _):
        behind = " ".join(f"{address}:{port}" for address in ADDRESSES)
        with running(rules(door, behind), tmp_path):
            wait_until(lambda: _asked_of(heard, door) == set(ADDRESSES[1:]))
            with servers(heard.reply, ADDRESSES[:1], port=port):
                wait_until(lambda: _asked_of(heard, door) == set(ADDRESSES))


def _asked_of(heard: Heard, door: int) -> set[str]:
    """Return who was asked six questions, empty where one was not answered."""
    heard.lines.clear()
    said = {ask(door, "POST", "/v1/chat/completions")[0] for _ in range(6)}
    asked = {address for address, _, path, _ in list(heard.lines) if path == PASSING[0]}
    return asked if said == {200} else set()


def test_large_body_is_refused(gate: int, heard: Heard) -> None:
    """Nobody sends a picture or a book to the model's server."""
    heard.lines.clear()
    body = b"x" * 2_100_000
    answer = httpx.post(f"http://127.0.0.1:{gate}/tokenize", content=body, trust_env=False)
    assert answer.status_code >= 400


def test_the_house_answers_through_the_gate(tmp_path: Path) -> None:
    """Our own client counts and streams through it token by token, also while one of two servers is gone."""
    door, gone = ports(2)
    with FakeVllm() as vllm:
        behind = f"127.0.0.1:{gone} 127.0.0.1:{vllm.port}"
        with running(rules(door, behind), tmp_path):
            model = VllmModel(
                base_url=f"http://127.0.0.1:{door}/v1",
                name=vllm.name,
                api_key="k" * 32,
                context_tokens=4096,
                timeouts=Timeouts(first_token_s=20, total_s=60),
            )
            try:
                asked = (ChatMessage("user", "What may a hotel cost?"),)
                assert model.count_tokens(asked) > 0
                for _ in range(3):
                    written = model.stream(asked, max_tokens=8, cache_salt="1" * 32, stop=threading.Event())
                    assert len(list(written)) > 1
                assert model.state() == "ready"
            finally:
                model.close()
