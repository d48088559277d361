"""Turn text into unit vectors with a sentence-transformers directory on this machine. The only file that knows it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval import attention
from retrieval.errors import EmbedderUnavailable
from retrieval.model_folder import dimension_of, open_tokenizer
from retrieval.threads import is_sparing, let_waiting_threads_sleep
from retrieval.types import FloatMatrix, FloatVector

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

# A question waits for one batch at most; larger ones fall out of the second-level cache.
BATCH_TEXTS: Final = 8
# Texts up to this long go four times as many to a batch: a call has a cost of its own.
SHORT_CHARS: Final = 400
LITTLE_TEXTS: Final = (
    2  # as a sentence that is checked: threads that share so little wait longer than they compute
)


class SentenceTransformerEmbedder:
    """The Embedder port over a model directory. Loads on first use, once; may be shared by threads.

    `name` is stored with each version; vectors of two names never meet in one index. `threads` 0 leaves torch's choice.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        name: str,
        query_prefix: str = "",
        passage_prefix: str = "",
        threads: int = 0,
    ) -> None:
        self._model_dir = model_dir
        self._name = name
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._threads = threads
        self._turns = _Turns()
        self._loading = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._tokenizer: Tokenizer | None = None
        self._remedy = f"run `intramuros models fetch {name.partition('@')[0]}`"

    @property
    def name(self) -> str:
        """Return the model's name and revision as stored with each version."""
        return self._name

    @property
    def dimension(self) -> int:
        """Return the length of a vector, from the model's description. Raises EmbedderUnavailable."""
        return dimension_of(self._model_dir, remedy=self._remedy)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 unit vectors in the order of `texts`; questions go first."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Neighbours in length share a batch: what is padded is computed in vain.
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for places in _batches(by_length, texts):
            with self._turns.bulk():
                vectors[places] = self._encode([self._passage_prefix + texts[place] for place in places])
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question. Raises EmbedderUnavailable."""
        model = self._loaded()
        with self._turns.urgent():
            vector: FloatVector = self._vectors(lambda: _of_question(model, self._query_prefix + text))[0]
        return vector

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens the model sees for `text`, special tokens not counted."""
        return len(self._counter().encode(text, add_special_tokens=False).ids)

    def _encode(self, texts: list[str]) -> FloatMatrix:
        model = self._loaded()
        is_little = len(texts) <= LITTLE_TEXTS and max(map(len, texts)) <= SHORT_CHARS
        with _one_thread() if is_little or is_sparing() else nullcontext():
            return self._vectors(
                lambda: model.encode(
                    texts, batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False
                )
            )

    def _vectors(self, compute: Callable[[], object]) -> FloatMatrix:
        try:
            vectors = compute()
        except (RuntimeError, ValueError, MemoryError) as error:
            raise EmbedderUnavailable(
                f"the embedding model {self._name!r} failed: {error}",
                remedy="run `intramuros doctor`; free memory or restart if it stays",
            ) from error
        # Normalised again in float32: a bfloat16 vector's length is right to three digits only.
        exact = np.asarray(vectors, dtype=np.float32)
        unit: FloatMatrix = exact / np.maximum(np.linalg.norm(exact, axis=1, keepdims=True), 1e-12)
        return unit

    def _counter(self) -> "Tokenizer":
        # A tokenizer of its own: the model's one is borrowed while it encodes, and counting needs no torch.
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = open_tokenizer(self._model_dir, remedy=self._remedy)
        return self._tokenizer

    def _loaded(self) -> "SentenceTransformer":
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = self._load()
        return self._model

    def _load(self) -> "SentenceTransformer":
        if not (self._model_dir / "modules.json").is_file():
            raise EmbedderUnavailable(f"no embedding model in {self._model_dir}", remedy=self._remedy)
        try:
            return _open(self._model_dir, self._threads)
        except Exception as error:  # a damaged file surfaces as almost any type, from four libraries
            raise EmbedderUnavailable(
                f"the embedding model in {self._model_dir} does not load: {error}", remedy=self._remedy
            ) from error


class _Turns:
    """Let one thread use the model at a time, questions before bulk work.

    The lock is ours because a shared tokenizer raises "Already borrowed", and a plain lock would let a bulk load,
    which asks again at once, starve the questions.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting = 0
        self._is_taken = False

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Hold the model as soon as the batch under way is done."""
        with self._change:
            self._waiting += 1
            self._change.wait_for(lambda: not self._is_taken)
            self._waiting -= 1
            self._is_taken = True
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Hold the model once no question waits for it."""
        with self._change:
            self._change.wait_for(lambda: not self._is_taken and self._waiting == 0)
            self._is_taken = True
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        with self._change:
            self._is_taken = False
            self._change.notify_all()


def _open(model_dir: Path, threads: int) -> "SentenceTransformer":
    let_waiting_threads_sleep()
    # heavy: torch and transformers take seconds to import; keeps --help under 0.3 s
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    kwargs: dict[str, object] = {"dtype": torch.float32}
    if _is_bfloat16_fast():
        attention.register()
        kwargs = {"dtype": torch.bfloat16, "attn_implementation": attention.NAME}
    model = SentenceTransformer(str(model_dir), device="cpu", local_files_only=True, model_kwargs=kwargs)
    model.eval()  # dropout off, once for all questions
    return model


def _batches(by_length: Sequence[int], texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield places, shortest texts first, in batches that cost about the same."""
    batch: list[int] = []
    for place in by_length:
        size = 4 * BATCH_TEXTS if len(texts[place]) <= SHORT_CHARS else BATCH_TEXTS
        if len(batch) >= size:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _of_question(model: "SentenceTransformer", text: str) -> object:
    """Return what `encode` would of one text, in less time: it looks at every weight first."""
    import torch  # heavy, see above

    with _one_thread(), torch.inference_mode():
        found = model(model.preprocess([text]))["sentence_embedding"]
        return torch.nn.functional.normalize(found, p=2, dim=1).float().numpy()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have torch compute on one thread: those that share a dozen tokens wait longer than they compute.

    On a busy machine they wait many times as long.
    """
    import torch  # heavy, see above

    shared = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(shared)


def _is_bfloat16_fast() -> bool:
    import torch  # heavy, see above

    # Private names: torch offers no public ones for single instruction sets.
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, check, bool)()) for check in checks)
