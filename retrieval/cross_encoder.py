"""Judge passages beside the question with a cross-encoder on this machine, a directory of sentence-transformers.

It reads question and passage together, which finds what neither words nor vectors tell, and takes a model's time for
each passage: it is off unless a site names one in its settings.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.errors import RerankerUnavailable
from retrieval.threads import let_waiting_threads_sleep
from retrieval.types import FloatVector

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH_PAIRS: Final = 8  # as the embedder's: larger ones fall out of the second-level cache
MAX_PAIR_TOKENS: Final = 512  # a question and a chunk of 450 tokens; what is longer is cut


class CrossEncoderReranker:
    """The Reranker port over a model directory. Loads on first use, once; may be shared by threads."""

    def __init__(self, model_dir: Path, *, name: str, threads: int = 0) -> None:
        self._model_dir = model_dir
        self._threads = threads
        self._remedy = f'run `intramuros models verify {name}`, or set search.reranker = ""'
        self._turn = threading.Lock()  # a tokenizer that is shared raises "Already borrowed"
        self._model: CrossEncoder | None = None
        self._fault: Exception | None = None  # of loading: not tried again with every question

    def scores(self, question: str, texts: Sequence[str]) -> FloatVector:
        """Return (n,) float32, unbounded: how well each text answers, higher is better. Raises RerankerUnavailable."""
        if not texts:
            return np.zeros(0, np.float32)
        with self._turn:
            try:
                found = self._loaded().predict(
                    [(question, text) for text in texts], batch_size=BATCH_PAIRS, show_progress_bar=False
                )
            except Exception as error:  # a damaged file surfaces as almost any type, from four libraries
                raise RerankerUnavailable(
                    f"the reranking model in {self._model_dir} does not answer: {error}", remedy=self._remedy
                ) from error
        judged = np.asarray(found, np.float32)
        if judged.shape != (len(texts),):
            raise RerankerUnavailable(
                f"the model in {self._model_dir} tells classes apart and gives no single score",
                remedy="name a model for reranking in search.reranker",
            )
        if not np.isfinite(judged).all():
            raise RerankerUnavailable(
                f"the reranking model in {self._model_dir} gives no numbers", remedy=self._remedy
            )
        return judged

    def _loaded(self) -> "CrossEncoder":
        if self._fault is not None:
            raise self._fault
        try:
            self._model = self._model or _open(self._model_dir, self._threads)
        except Exception as error:
            self._fault = error
            raise
        return self._model


def _open(model_dir: Path, threads: int) -> "CrossEncoder":
    let_waiting_threads_sleep()
    # heavy: torch and transformers take seconds to import; keeps --help under 0.3 s
    import torch
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging

    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    return CrossEncoder(
        str(model_dir),
        device="cpu",
        local_files_only=True,
        max_length=MAX_PAIR_TOKENS,
        model_kwargs={"use_safetensors": True},
        activation_fn=torch.nn.Identity(),  # of the last layer: differences between good ones stay large
    )
