"""Take documents apart on the workers of a Ray cluster, and embed their chunks there.

The driver keeps the ledger, the leases, the originals and the index: one writer, as without Ray. A worker gets a file's
bytes and a recipe, and gives back chunks and vectors; it has neither the database's password nor the index's key. What
kills a worker is one attempt of that file, counted in the ledger like any other, so Ray itself tries nothing again.

Ray passes these records between its processes by pickle, which may run code when it is read. It is our code on both
sides, of the same version, over a channel that asks for a token; a document's own bytes are read by the sandbox on the
worker, and only what the sandbox's checked JSON gave becomes a record. Whoever holds the token can run code on every
node: keep it as a database's password, and the cluster's ports inside the house.
"""

import os
import secrets
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, cast

from ingest.engines.local import Engine, Parts
from ingest.engines.shelf import Shelf
from ingest.types import Cancelled
from retrieval.errors import DocumentRejected, IntramurosError, ParserStopped, SetupRefused, Unavailable
from retrieval.types import Embedder, FloatMatrix

if TYPE_CHECKING:
    from ray import ObjectRef

PATIENCE_S = 0.2  # how late a cancellation may be noticed
STORE_BYTES = 512 << 20  # of a cluster of our own: files and results in flight, each 50 MB at most
# Ray asks a public resolver's address which interface leads there, unless told that it stays on this machine.
ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
# With statistics off it still asks three clouds' metadata servers where it runs, unless a file in HOME tells it.
TELLING, TOLD = "ray_bootstrap_config.yaml", "provider: {type: local}\n"


class _Task(Protocol):
    def remote(
        self, recipe: "Recipe", content: bytes, file_name: str
    ) -> "ObjectRef[Done | IntramurosError]": ...


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold what a worker works with."""

    engine: Engine
    embedder: Embedder


class Recipe(Hashable, Protocol):
    """Say how a worker gets ready. It is sent to every worker: it holds no secret."""

    def make(self) -> Bench:
        """Return what a worker works with; done once in each of its processes."""


@dataclass(frozen=True, slots=True)
class Done:
    """Hold what a worker gives back: parts with the vectors of their chunks, (n, dim) float32."""

    parts: Parts
    vectors: FloatMatrix


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Take files apart on a cluster that this process is connected to."""

    recipe: Recipe
    shelf: Shelf

    def take_apart(self, path: Path, file_name: str, *, cancelled: Callable[[], bool]) -> Parts:
        """Return what is in the file; its vectors go to the shelf. Raises DocumentRejected, Cancelled, Unavailable."""
        import ray  # heavy: only bulk loads need it

        waiting = _task().remote(self.recipe, path.read_bytes(), file_name)
        while not ray.wait([waiting], timeout=PATIENCE_S)[0]:
            if cancelled():
                ray.cancel(waiting, force=True)
                raise Cancelled
        done = _result(waiting, file_name)
        if isinstance(done, DocumentRejected):
            raise done
        if isinstance(done, IntramurosError):  # no fault of the document: it must not be charged with it
            raise Unavailable(f"a worker of the Ray cluster: {done.message}", remedy=done.remedy) from done
        texts = [chunk.indexed_text(done.parts.parsed.title) for chunk in done.parts.chunks]
        self.shelf.put(texts, done.vectors)
        return done.parts


@contextmanager
def connected(address: str, token: str, *, places: int) -> Iterator[int]:
    """Connect to the cluster at `address`, or start one of `places` workers on this machine where that is empty.

    Gives the number of documents it takes at a time. Nothing is left behind of a cluster of our own. Raises
    SetupRefused where Ray is not installed, Unavailable where the cluster does not answer.
    """
    with TemporaryDirectory(prefix="im-ray-") as folder:
        own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token or secrets.token_hex(32)}
        if not address or address.startswith("127.0.0.1:"):
            own |= ON_LOOPBACK
        if not address:
            (Path(folder) / TELLING).write_text(TOLD, encoding="utf-8")
            own["HOME"] = folder
        with _environment(own):
            ray = _ray()
            told = {"address": address} if address else _own_cluster(folder, places)
            try:
                ray.init(**told, log_to_driver=False, configure_logging=False)
            except (ConnectionError, RuntimeError, OSError) as error:
                raise Unavailable(
                    f"the Ray cluster {address or 'of this machine'} did not take us in: {type(error).__name__}",
                    remedy="compare ingest.ray_address and the token, and the versions of Ray; or leave out --engine",
                ) from error
        try:
            yield int(ray.cluster_resources().get("CPU", 1))
        finally:
            ray.shutdown()


def _own_cluster(folder: str, places: int) -> dict[str, object]:
    return {
        "address": "local",  # and no other that a variable or a file of the machine names
        "num_cpus": places,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_node_ip_address": "127.0.0.1",
        "_temp_dir": folder,  # what does not fit into memory is written there, in the clear
    }


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for as long as Ray starts; its processes inherit them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _ray() -> ModuleType:
    try:
        import ray  # heavy: only bulk loads need it
    except ImportError as error:
        raise SetupRefused(
            "Ray is not installed here", remedy="install the extra: pip install 'intramuros[bulk]'"
        ) from error
    return ray


@lru_cache(maxsize=1)
def _task() -> "_Task":
    import ray  # heavy: only bulk loads need it

    return cast("_Task", ray.remote(num_cpus=1, max_retries=0)(work))


def _result(waiting: "ObjectRef[Done | IntramurosError]", file_name: str) -> Done | IntramurosError:
    """Return what a worker gave back. Raises ParserStopped where it died, Unavailable where the cluster did."""
    import ray  # heavy: only bulk loads need it
    from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, WorkerCrashedError

    try:
        done: Done | IntramurosError = ray.get(waiting)
    except (WorkerCrashedError, OutOfMemoryError) as error:
        raise ParserStopped(
            f"the worker that read '{file_name}' ended",
            remedy="try it again; it may need more memory than a worker has",
        ) from error
    except RayTaskError:
        raise  # a fault of our code on the worker: the log tells it with the worker's traceback
    except RayError as error:
        raise Unavailable(
            f"the Ray cluster is gone: {type(error).__name__}",
            remedy="look after it, then run `intramuros ingest retry`; what is done stays done",
        ) from error
    return done


def work(recipe: Recipe, content: bytes, file_name: str) -> Done | IntramurosError:
    """Take one file apart and embed its chunks; our errors are returned: Ray would wrap what is raised."""
    try:
        bench = _bench(recipe)
        with TemporaryDirectory(prefix="im-document-") as folder:
            path = Path(folder) / "document"
            path.write_bytes(content)
            parts = bench.engine.take_apart(path, file_name, cancelled=lambda: False)
        texts = [chunk.indexed_text(parts.parsed.title) for chunk in parts.chunks]
        return Done(parts, bench.embedder.embed_passages(texts))
    except IntramurosError as error:
        return error


@lru_cache(maxsize=1)
def _bench(recipe: Recipe) -> Bench:
    return recipe.make()
