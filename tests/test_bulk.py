"""Check that bulk loads on Ray give what loads on this machine give, whatever becomes of the workers."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from app.bulk import HouseRecipe, bulk_worker
from app.sample import read_company, sample_orders
from app.settings import Settings
from deploy.sample.render import render
from ingest.database import reading, utc_now
from ingest.engines.ray import Recipe, connected
from ingest.engines.shelf import Shelf
from ingest.jobs import INGEST, JobState, Order
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.schema import chunks
from ingest.sources import FolderSource
from ingest.types import State
from retrieval.types import FloatVector
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import House, open_house
from tests.recipes import MishapRecipe, SandboxRecipe

SOURCES = Path(__file__).parent.parent / "deploy" / "sample" / "sources"
BROKEN = {"handbook/broken.pdf": b"no PDF at all", "handbook/empty.md": b"", "hr/odd.xyz": b"?"}


@pytest.fixture(scope="module")
def places() -> Iterator[int]:
    """Give a cluster of two workers on this machine; skip where Ray is not installed."""
    if find_spec("ray") is None:  # not imported: it reads how to authenticate when it is
        pytest.skip("ray: the extra `bulk` is not installed: no bulk load took place")
    with connected("", "", places=2) as count:
        yield count


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the sample company's documents, and some that nobody can read."""
    folder = tmp_path_factory.mktemp("sample")
    render(SOURCES, folder)
    for name, content in BROKEN.items():
        (folder / name).write_bytes(content)
    return folder


def company(folder: Path) -> House:
    """Return an empty house of the sample company."""
    return open_house(folder, ScriptedModel(), collections=read_company().collections)


def load(house: House, documents: Path, recipe: Recipe | None, *, places: int = 2) -> None:
    """Bring everything in, on the cluster where there is a recipe."""
    for order in sample_orders(documents, house.services.collections.all()):
        house.services.jobs.place(order, now=utc_now())
    if recipe is None:
        house.work()
        return
    worker = bulk_worker(house.services, "bulk", recipe=recipe, places=places)
    while worker.run_one(threading.Event()):
        pass


@dataclass(frozen=True)
class Held:
    """Hold what a house holds after a load."""

    chunks: dict[str, tuple[str, str]]  # text and digest by id
    vectors: dict[str, FloatVector]
    aside: set[tuple[str, str | None]]
    states: list[tuple[str, str, State]]


def held(house: House) -> Held:
    """Return what a house holds after a load: chunks with their texts, vectors, and what was set aside and why."""
    services = house.services
    with reading(services.engine) as connection:
        rows = {row.id: (row.text, row.digest) for row in connection.execute(select(chunks))}
    vectors = services.index.vectors(sorted(rows))
    aside = {(d.key, d.reason) for d in services.catalog.listed() if d.state is State.QUARANTINED}
    states = sorted((d.collection_id, d.key, d.state) for d in services.catalog.listed())
    return Held(rows, vectors, aside, states)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_engines_give_the_same(places: int, documents: Path, tmp_path: Path) -> None:
    """The sample company by both engines: chunk ids, texts, vectors, states and the reasons of the quarantine agree."""
    local, bulk = company(tmp_path / "local"), company(tmp_path / "bulk")
    sandbox = Sandbox(SandboxLimits.of(120))
    local.parse_with(sandbox)
    # Paths are part of a document's id, so both read the same folder.
    load(local, documents, None)
    load(bulk, documents, SandboxRecipe(), places=places)
    sandbox.close()
    one, other = held(local), held(bulk)
    assert other.chunks == one.chunks
    assert len(one.chunks) > 300
    assert other.states == one.states
    assert other.aside == one.aside
    assert {key for key, _ in one.aside} == {"broken.pdf", "empty.md", "odd.xyz"}
    for chunk, vector in one.vectors.items():
        assert np.allclose(other.vectors[chunk], vector, atol=2e-3)
    for house in (local, bulk):
        house.services.close()


@pytest.fixture
def mishaps(places: int, tmp_path: Path) -> Iterator[tuple[House, Path]]:
    """Give a house and an empty folder of documents."""
    (tmp_path / "marks").mkdir()
    (tmp_path / "documents").mkdir()
    house = open_house(tmp_path / "data", ScriptedModel())
    yield house, tmp_path / "documents"
    house.services.close()


def order(house: House, folder: Path) -> str:
    """Order a folder into the handbook; return the job's id."""
    source = FolderSource(folder, readers_of=lambda _key: ("everyone",))
    files = tuple(source.files())
    return house.services.jobs.place(Order(INGEST, "handbook", source.name, files, "root"), now=utc_now())


@pytest.mark.slow
def test_killed_worker_is_one_attempt(mishaps: tuple[House, Path], places: int, tmp_path: Path) -> None:
    """What killed its worker once is tried again and comes in; what always does is set aside; the others come in."""
    house, folder = mishaps
    for name in ("once", "fatal", "calm"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nAnnual leave is 28 days, says {name}.\n")
    job = order(house, folder)
    recipe = MishapRecipe(tmp_path / "marks")
    assert bulk_worker(house.services, "bulk", recipe=recipe, places=places).run_one(threading.Event())
    ended = {item.file_name: item for item in house.services.items.of(job)}
    assert ended["once.md"].state is State.VISIBLE
    assert ended["calm.md"].state is State.VISIBLE
    assert ended["fatal.md"].state is State.QUARANTINED
    assert "the worker that read 'fatal.md' ended" in (ended["fatal.md"].reason or "")
    assert house.services.jobs.get(job).state is JobState.DONE


@pytest.mark.slow
def test_cancelled_job_stops_its_workers(mishaps: tuple[House, Path], places: int, tmp_path: Path) -> None:
    """A job that is cancelled in the middle of a document ends, and its file waits as before."""
    house, folder = mishaps
    (folder / "endless.md").write_text("# Endless\n\nIt never ends.\n")
    job = order(house, folder)
    recipe = MishapRecipe(tmp_path / "marks")
    worker = bulk_worker(house.services, "bulk", recipe=recipe, places=places)
    thread = threading.Thread(target=worker.run_one, args=(threading.Event(),))
    thread.start()
    waiting = threading.Event()
    while thread.is_alive() and not (tmp_path / "marks" / "endless.md").exists():
        waiting.wait(0.1)
    house.services.jobs.cancel(job, now=utc_now())
    thread.join()
    assert house.services.jobs.get(job).state is JobState.CANCELLED
    assert [item.state for item in house.services.items.of(job)] == [State.FOUND]


@pytest.mark.slow
def test_worker_that_is_not_ready_ends_the_job(
    mishaps: tuple[House, Path], places: int, tmp_path: Path
) -> None:
    """Models that are missing on a node are no fault of the documents: none is set aside."""
    house, folder = mishaps
    (folder / "calm.md").write_text("# Calm\n\nAnnual leave is 28 days.\n")
    job = order(house, folder)
    settings = Settings.model_validate({"site": {"models_dir": tmp_path / "no-models"}})
    worker = bulk_worker(house.services, "bulk", recipe=HouseRecipe.of(settings), places=places)
    worker.run_one(threading.Event())
    ended = house.services.jobs.get(job)
    assert ended.state is JobState.FAILED
    assert "a worker of the Ray cluster" in (ended.message or "")
    assert [item.state for item in house.services.items.of(job)] != [State.QUARANTINED]


@pytest.mark.slow
def test_stranger_without_the_token_is_refused(places: int) -> None:
    """The cluster's own address takes nobody in who does not know its token."""
    import ray

    code = f"from ray._raylet import GcsClient; GcsClient(address={ray.get_runtime_context().gcs_address!r})"
    environment = {"PATH": "/usr/bin", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "AuthenticationError" in done.stderr


def test_vectors_are_taken_from_the_shelf_once() -> None:
    """What a worker embedded is not embedded again; what is not there, or was taken already, is."""
    inner = HashEmbedder()
    shelf = Shelf(inner, most=2)
    shelf.put(["one", "two", "three"], np.full((3, inner.dimension), 7, np.float32))
    found = shelf.embed_passages(["three", "one", "two"])
    assert (found[0] == 7).all()
    assert (found[2] == 7).all()
    assert (found[1] == inner.embed_query("one")).all()  # the oldest had to go
    assert (shelf.embed_passages(["three"])[0] == inner.embed_query("three")).all()
    assert (shelf.name, shelf.dimension, shelf.count_tokens("a b")) == ("hash", 64, 2)
    assert shelf.embed_passages([]).shape == (0, 64)


def test_recipe_holds_no_secret(tmp_path: Path) -> None:
    """What is sent to the workers names no password, key or token of the house."""
    (tmp_path / "token").write_text("t" * 40)
    settings = Settings.model_validate(
        {
            "ingest": {
                "ray_address": "10.0.0.1:6379",
                "ray_token_file": tmp_path / "token",
                "ray_token": "t" * 40,
            }
        }
    )
    assert "t" * 40 not in repr(HouseRecipe.of(settings))
    assert hash(HouseRecipe.of(settings)) == hash(HouseRecipe.of(settings))


def test_cluster_without_a_token_is_refused() -> None:
    """A cluster that others could join is named only with the token that keeps them out."""
    with pytest.raises(ValueError, match="anybody could join"):
        Settings.model_validate({"ingest": {"ray_address": "10.0.0.1:6379"}})
