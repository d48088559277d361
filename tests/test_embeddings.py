"""Serve embeddings in OpenAI's protocol: what is taken, what is refused, what goes first."""

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.embeddings import BODY_BYTES, BULK_AT_ONCE, BULK_WAITING, MOST_TEXTS, Bench, bench_of, build
from app.probe import Probe
from retrieval.errors import EmbedderUnavailable
from retrieval.types import FloatMatrix, FloatVector
from tests.embedding_server import at_address, only
from tests.fakes import HashEmbedder

KEY = "k" * 32


@dataclass
class GatedEmbedder:
    """An Embedder whose passages wait for `gate`; counts how many are at it."""

    gate: threading.Event = field(default_factory=threading.Event)
    inner: HashEmbedder = field(default_factory=HashEmbedder)
    at_the_gate: int = 0
    name: str = "hash"
    dimension: int = 64

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return the vectors once the gate is open."""
        self.at_the_gate += 1
        self.gate.wait(60)
        return self.inner.embed_passages(texts)

    def embed_query(self, text: str) -> FloatVector:
        """Return the vector."""
        return self.inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return self.inner.count_tokens(text)


@pytest.fixture
def client() -> TestClient:
    """Give a client of a server without a key."""
    return TestClient(build(bench_of(only(HashEmbedder(), "hash"))))


def asked(client: TestClient, **body: Any) -> Any:
    """Return the reply to a request."""
    return client.post("/v1/embeddings", json={"model": "hash", **body})


def test_one_text_and_many_in_both_formats(client: TestClient) -> None:
    """A string is one vector, a list is as many, as numbers or as bytes, in their order; tokens are counted."""
    texts = ["days of leave", "travel"]
    expected = HashEmbedder().embed_passages(texts)
    alone = asked(client, input="travel").json()
    assert alone["data"][0]["embedding"] == pytest.approx(expected[1].tolist())
    both = asked(client, input=texts, encoding_format="base64").json()
    read = [np.frombuffer(base64.b64decode(one["embedding"]), "<f4") for one in both["data"]]
    assert np.array(read) == pytest.approx(expected)
    assert [one["index"] for one in both["data"]] == [0, 1]
    assert (both["model"], both["object"], both["usage"]["prompt_tokens"]) == ("hash", "list", 4)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"input": "x", "model": "other"}, 404),
        ({"input": []}, 400),
        ({"input": ["x"] * (MOST_TEXTS + 1)}, 400),
        ({"input": [""]}, 400),
        ({"input": ["x" * 50_001]}, 400),
        ({"input": [[1, 2, 3]]}, 400),
        ({"input": "x", "encoding_format": "hex"}, 400),
        ({"input": "x", "dimensions": 8}, 400),
        ({"input": 7}, 400),
        ({}, 400),
    ],
)
def test_what_is_not_served_is_refused(client: TestClient, body: dict[str, Any], status: int) -> None:
    """Each with its status, in OpenAI's form, without repeating a text."""
    reply = asked(client, **body)
    assert reply.status_code == status
    assert reply.json()["error"]["message"]
    assert "xxxx" not in reply.text


def test_body_is_bounded_before_it_is_read(client: TestClient) -> None:
    """Too long by its own account is refused, and so is one that does not say."""
    large = client.post("/v1/embeddings", content=b"x", headers={"Content-Length": str(BODY_BYTES + 1)})
    assert large.status_code == 413
    unsaid = client.post("/v1/embeddings", content=iter([b"{}"]))
    assert unsaid.status_code == 411


def test_key_is_demanded_where_there_is_one() -> None:
    """Without it, or with another, neither vectors nor names are given; health needs none."""
    guarded = TestClient(build(bench_of(only(HashEmbedder(), "hash"), key=KEY)))
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        body = {"input": "x", "model": "hash"}
        assert guarded.post("/v1/embeddings", json=body, headers=headers).status_code == 401
        assert guarded.get("/v1/models", headers=headers).status_code == 401
    known = guarded.get("/v1/models", headers={"Authorization": f"Bearer {KEY}"})
    assert [one["id"] for one in known.json()["data"]] == ["hash"]
    assert guarded.get("/health").status_code == 200


def test_health_is_a_real_embedding() -> None:
    """A model that does not load is not ready and says why; nor can it embed."""
    down = TestClient(build(bench_of(only(HashEmbedder(is_down=True), "hash"))))
    reply = down.get("/health")
    assert (reply.status_code, reply.json()["embedder"]) == (503, "hash embedder is down")
    refused = asked(down, input="x")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


def test_health_of_a_model_that_hangs_is_not_ready() -> None:
    """A model that takes a text and gives nothing back is not ready, however alive its server is."""
    never = threading.Event()

    def hang() -> None:
        never.wait(30)
        raise EmbedderUnavailable("hung", remedy="none")

    bench = Bench(only(HashEmbedder(), "hash"), None, Probe(hang, patience_s=0.05))
    assert "has not answered" in TestClient(build(bench)).get("/health").json()["embedder"]
    never.set()


def test_question_does_not_wait_behind_documents() -> None:
    """While bulk requests are at work and others wait, a single text is answered; one too many is sent away."""
    gated = GatedEmbedder()
    replies: list[int] = []
    everyone = httpx.Limits(max_connections=None)
    with (
        at_address(build(bench_of(only(gated, "hash")))) as url,
        httpx.Client(timeout=60, limits=everyone) as http,
    ):

        def bulk() -> None:
            body = {"model": "hash", "input": ["a", "b"]}
            replies.append(http.post(f"{url}/embeddings", json=body).status_code)

        loads = [threading.Thread(target=bulk) for _ in range(BULK_AT_ONCE + BULK_WAITING + 4)]
        for load in loads:
            load.start()
        assert _until(lambda: gated.at_the_gate == BULK_AT_ONCE and len(replies) == 4)
        single = http.post(f"{url}/embeddings", json={"model": "hash", "input": "leave"})
        assert single.status_code == 200
        gated.gate.set()
        for load in loads:
            load.join()
    assert (replies.count(503), replies.count(200)) == (4, BULK_AT_ONCE + BULK_WAITING)


@dataclass(frozen=True, slots=True)
class SlowCounter(HashEmbedder):
    """Wait for `gate` where tokens are counted, as while a tokenizer is loaded."""

    gate: threading.Event = field(default_factory=threading.Event)

    def count_tokens(self, text: str) -> int:
        """Return the number of words once the gate is open."""
        self.gate.wait(60)
        return HashEmbedder.count_tokens(self, text)


def test_counting_holds_nobody_up() -> None:
    """While the tokens of one request are counted, the server answers others."""
    slow = SlowCounter()
    with at_address(build(bench_of(only(slow, "hash")))) as url:
        body = {"model": "hash", "input": "leave"}
        counted = threading.Thread(target=lambda: httpx.post(f"{url}/embeddings", json=body, timeout=60))
        counted.start()
        assert httpx.get(f"{url}/models", timeout=30).status_code == 200
        assert counted.is_alive()
        slow.gate.set()
        counted.join()


def test_torch_stays_out_of_who_asks(tmp_path: Path) -> None:
    """With an embedder elsewhere, opening it, its name, dimension and counting load neither torch nor transformers."""
    import subprocess
    import sys

    from tests.tiny_bert import write_model

    write_model(tmp_path)
    code = (
        "import sys; from pathlib import Path; import app.work, app.adapters, app.wiring;"
        "from retrieval.embed_http import HttpEmbedder, Served;"
        f"e = HttpEmbedder(Served('http://127.0.0.1:9/v1', 'tiny'), Path({str(tmp_path)!r}), name='tiny');"
        "assert e.dimension == 32 and e.count_tokens('days of leave') == 3;"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr[-2000:]


def _until(condition: Any) -> bool:
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return True
        pause.wait(0.05)
    return False
