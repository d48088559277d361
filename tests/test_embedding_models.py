"""Serve several embedding models: loaded when asked for, two at most, and what cannot be served."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.embedding_models import REST_S, EmbeddingModels, installed, of_folder
from app.embeddings import bench_of, build, open_bench
from app.sections import EmbedderSettings, Site
from app.settings import Settings
from retrieval.errors import EmbedderUnavailable, IntramurosError, ModelFileRejected, NotFound
from retrieval.types import Embedder
from tests.fakes import HashEmbedder
from tests.tiny_bert import DIMENSION, install

FIRST, SECOND, THIRD = "all-minilm-l6-v2", "multilingual-e5-small", "bge-m3"


@dataclass
class Opener:
    """Open embedders that are called as they are asked for, once `gate` is open, or fail as they are told."""

    gate: threading.Event = field(default_factory=threading.Event)
    faults: list[Exception] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    now: float = 0.0

    def models(self) -> EmbeddingModels:
        """Return models of which the first is in memory."""
        served = EmbeddingModels(lambda: ["a", "b", "c"], self.open, clock=lambda: self.now)
        served.put("a", HashEmbedder("a"))
        return served

    def open(self, model: str) -> Embedder:
        """Return one."""
        self.gate.wait(30)
        self.opened.append(model)
        if self.faults:
            raise self.faults.pop(0)
        return HashEmbedder(model)


@pytest.fixture
def opener() -> Opener:
    """Give what opens at once."""
    made = Opener()
    made.gate.set()
    return made


def eventually(models: EmbeddingModels, model: str) -> Embedder | IntramurosError:
    """Return the model once it is loaded, or what keeps it from being served."""
    ready: list[Embedder | IntramurosError] = []

    def is_there() -> bool:
        try:
            ready.append(models.of(model))
        except IntramurosError as error:
            if not error.message.endswith("is being loaded"):
                ready.append(error)
        return bool(ready)

    assert until(is_there)
    return ready[0]


def until(condition: Callable[[], bool]) -> bool:
    """Return whether it came true."""
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return True
        pause.wait(0.05)
    return False


def test_first_answers_while_the_second_is_loaded(opener: Opener) -> None:
    """Who asks for the second is told to come again, however often; it is opened once, and is there beside it."""
    opener.gate.clear()
    models = opener.models()
    for _ in range(3):
        with pytest.raises(EmbedderUnavailable, match="'b' is being loaded"):
            models.of("b")
        assert models.of("a").name == "a"
    with pytest.raises(EmbedderUnavailable, match="'c' is being loaded"):  # it waits its turn: one at a time
        models.of("c")
    opener.gate.set()
    found = eventually(models, "b")
    assert isinstance(found, HashEmbedder)
    assert (found.name, models.of("a").name, opener.opened) == ("b", "a", ["b"])


def test_third_takes_the_place_of_one_that_rests(opener: Opener) -> None:
    """As long as both were asked for within a minute it is sent away; then the one that rests goes, not the other."""
    models = opener.models()
    eventually(models, "b")
    with pytest.raises(EmbedderUnavailable, match="2 other models are at work"):
        models.of("c")
    opener.now = REST_S
    assert models.of("b").name == "b"
    found = eventually(models, "c")
    assert isinstance(found, HashEmbedder)
    assert (found.name, models.of("b").name) == ("c", "b")
    with pytest.raises(EmbedderUnavailable):
        models.of("a")


def test_what_is_not_there_is_told_apart_from_what_failed(opener: Opener) -> None:
    """A name that nothing has is NotFound; a fault is told once to who asks next, and then it is tried again."""
    models = opener.models()
    with pytest.raises(NotFound, match="no embedding model 'd'"):
        models.of("d")
    opener.faults += [ModelFileRejected("changed", remedy="fetch it"), MemoryError()]
    rejected, broken = eventually(models, "b"), eventually(models, "b")
    assert isinstance(rejected, ModelFileRejected)
    assert isinstance(broken, EmbedderUnavailable)
    assert "could not be loaded (MemoryError)" in broken.message
    assert isinstance(eventually(models, "b"), HashEmbedder)


def test_health_is_that_of_every_model_in_memory(opener: Opener) -> None:
    """One that breaks later is told, whichever it is."""
    models = opener.models()
    models.check()
    models.put("b", HashEmbedder("b", is_down=True))
    with pytest.raises(EmbedderUnavailable):
        models.check()


def test_route_tells_loading_from_missing(opener: Opener) -> None:
    """503 with the time to come again while it loads, 404 for what is not there or not as it was; all are listed."""
    opener.gate.clear()
    client = TestClient(build(bench_of(opener.models())))
    assert [one["id"] for one in client.get("/v1/models").json()["data"]] == ["a", "b", "c"]

    def reply(model: str) -> tuple[int, str | None]:
        answered = client.post("/v1/embeddings", json={"model": model, "input": "leave"})
        return answered.status_code, answered.headers.get("retry-after")

    assert reply("b") == (503, "5")
    assert reply("d") == (404, None)
    opener.faults.append(ModelFileRejected("changed", remedy="fetch it"))
    opener.gate.set()
    assert until(lambda: reply("b") == (404, None))
    assert until(lambda: reply("b") == (200, None))


def test_models_of_a_folder_are_those_that_verify(tmp_path: Path) -> None:
    """Embedding models alone, each asked for by its name; one whose files were changed is refused."""
    install(tmp_path, FIRST, SECOND, THIRD)
    settings = Settings(site=Site(models_dir=tmp_path), embedder=EmbedderSettings(model=FIRST, threads=1))
    assert installed(tmp_path) == [FIRST, SECOND, THIRD]
    weights = tmp_path / THIRD / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    models = of_folder(settings)
    assert models.of(FIRST).dimension == DIMENSION
    second = eventually(models, SECOND)
    assert not isinstance(second, IntramurosError)
    assert second.embed_query("days of leave").shape == (2 * DIMENSION,)


def test_changed_files_are_not_served(tmp_path: Path) -> None:
    """Neither at start nor when they are asked for beside another one."""
    install(tmp_path, FIRST, SECOND)
    weights = tmp_path / SECOND / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    settings = Settings(site=Site(models_dir=tmp_path), embedder=EmbedderSettings(model=FIRST, threads=1))
    refused = eventually(of_folder(settings), SECOND)
    assert isinstance(refused, ModelFileRejected)
    other = Settings(site=Site(models_dir=tmp_path), embedder=EmbedderSettings(model=SECOND, threads=1))
    with pytest.raises(ModelFileRejected):
        open_bench(other)
