"""Hold the embedder over a real, tiny model made here: order, length, threads, and what a missing directory says."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.embed import SentenceTransformerEmbedder
from retrieval.errors import EmbedderUnavailable
from tests.tiny_bert import texts, write_model


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a tiny model."""
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return folder


@pytest.fixture(scope="module")
def embedder(model_dir: Path) -> SentenceTransformerEmbedder:
    """Open the tiny model with e5's prefixes."""
    return SentenceTransformerEmbedder(
        model_dir, name="tiny", query_prefix="query: ", passage_prefix="passage: ", threads=1
    )


def test_vectors_are_unit_float32_in_order(embedder: SentenceTransformerEmbedder) -> None:
    """Each text has its own row whatever the batches; rows have length 1."""
    asked = texts(40)
    together = embedder.embed_passages(asked)
    assert together.shape == (40, embedder.dimension) == (40, 32)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.vstack([embedder.embed_passages([text]) for text in asked])
    assert together == pytest.approx(alone, abs=0.03)  # bfloat16 keeps three digits
    assert embedder.embed_passages([]).shape == (0, 32)


def test_query_and_passage_differ_by_prefix(embedder: SentenceTransformerEmbedder) -> None:
    """The same words as a question and as a passage have different vectors: the prefix is seen."""
    question = embedder.embed_query("travel expenses")
    assert question.shape == (32,)
    assert not np.allclose(question, embedder.embed_passages(["travel expenses"])[0], atol=1e-3)


def test_question_gets_the_vector_that_encoding_gives(model_dir: Path) -> None:
    """The short way of a question leads to the same vector, and leaves torch its threads for bulk work."""
    import torch

    embedder = SentenceTransformerEmbedder(model_dir, name="tiny", query_prefix="query: ", threads=2)
    before = torch.get_num_threads()
    try:
        for text in texts(5):
            asked = embedder.embed_query(text)
            assert np.abs(asked - embedder.embed_passages([f"query: {text}"])[0]).max() < 1e-6
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_waiting_threads_sleep(model_dir: Path) -> None:
    """OpenMP itself says how long its threads spin, in a process where nobody has set it and where somebody has."""
    code = (
        "from pathlib import Path; from retrieval.embed import SentenceTransformerEmbedder as E; "
        f"E(Path({str(model_dir)!r}), name='m').embed_query('days of leave')"
    )
    for chosen, told in ((None, "1000"), ("77", "77")):
        environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
        environment |= {"OMP_DISPLAY_ENV": "VERBOSE"} | ({"GOMP_SPINCOUNT": chosen} if chosen else {})
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert f"GOMP_SPINCOUNT = '{told}'" in done.stderr


def test_question_is_computed_on_one_thread(model_dir: Path) -> None:
    """Threads that share a dozen tokens wait for each other: a question and a pair take one, bulk work has all."""
    import torch

    shared = SentenceTransformerEmbedder(model_dir, name="tiny", threads=2)
    seen: list[int] = []
    before = torch.get_num_threads()
    hook = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda *_: seen.append(torch.get_num_threads())
    )
    try:
        shared.embed_query("parking garage")
        assert set(seen) == {1}
        seen.clear()
        shared.embed_passages(["parking garage", "paid leave"])
        assert set(seen) == {1}
        seen.clear()
        shared.embed_passages(["parking garage", "paid leave", "travel expenses"])
        assert set(seen) == {2}
    finally:
        hook.remove()
        torch.set_num_threads(before)


def test_tokens_are_counted_without_special_ones(embedder: SentenceTransformerEmbedder) -> None:
    """One word is one token here; long texts are counted whole."""
    assert embedder.count_tokens("travel expenses") == 2
    assert embedder.count_tokens("travel " * 500) == 500


def test_threads_share_one_model(embedder: SentenceTransformerEmbedder) -> None:
    """Questions, bulk work and counting from six threads give the vectors that one thread gives, and no error."""
    expected = embedder.embed_query("parking garage")
    failures: list[BaseException] = []

    def work(run: Sequence[str]) -> None:
        try:
            for _ in range(5):
                embedder.embed_passages(run)
                embedder.count_tokens(run[0])
                assert embedder.embed_query("parking garage") == pytest.approx(expected, abs=1e-3)
        except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(texts(20),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_question_is_answered_while_a_bulk_load_runs(embedder: SentenceTransformerEmbedder) -> None:
    """A question asked during a bulk load is done before the load is."""
    order: list[str] = []
    started = threading.Event()

    def load() -> None:
        started.set()
        embedder.embed_passages(texts(4000))
        order.append("load")

    thread = threading.Thread(target=load)
    thread.start()
    started.wait()
    embedder.embed_query("travel")
    order.append("question")
    thread.join()
    assert order == ["question", "load"]


def test_missing_model_names_the_command(tmp_path: Path) -> None:
    """A directory without a model is EmbedderUnavailable with the command that fetches it."""
    absent = SentenceTransformerEmbedder(tmp_path / "none", name="multilingual-e5-small-q4")
    for use in (
        lambda: absent.embed_query("x"),
        lambda: absent.embed_passages(["x"]),
        lambda: absent.count_tokens("x"),
        lambda: absent.dimension,
    ):
        with pytest.raises(EmbedderUnavailable, match="none") as caught:
            use()
        assert caught.value.remedy == "run `intramuros models fetch multilingual-e5-small-q4`"


def test_damaged_model_names_the_command(model_dir: Path, tmp_path: Path) -> None:
    """A directory whose weights are cut off is EmbedderUnavailable too."""
    for file in model_dir.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(model_dir)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(EmbedderUnavailable, match="does not load"):
        SentenceTransformerEmbedder(tmp_path, name="tiny").embed_query("x")
