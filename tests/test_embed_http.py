"""Hold both embedders to one contract, and the one over HTTP to what a server may do to it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from app.embeddings import bench_of, build
from app.models import catalogue
from retrieval.embed import SentenceTransformerEmbedder
from retrieval.embed_http import BATCH_TEXTS, QUERY_S, HttpEmbedder, Served
from retrieval.errors import EmbedderUnavailable
from retrieval.types import Embedder
from tests.embedding_server import HOSTILE, Misbehaving, at_address, only
from tests.tiny_bert import DIMENSION, WORDS, texts, write_model

MODELS = Path("~/.cache/intramuros/models").expanduser()
TRIAL = "multilingual-e5-small-q4"
ALIKE = 0.9999
SENTENCES = [
    "Employees in Kassel have 28 days of annual leave.",
    "Reisekosten werden binnen vier Wochen erstattet; der Beleg ist beizulegen.",
    "Les frais de stationnement sont remboursés sur présentation du ticket.",
    "The garage opens at six.",
    "A " + "very long and winding sentence about travel expenses that is cut " * 60,
]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a tiny model."""
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return folder


@pytest.fixture(scope="module")
def beside(model_dir: Path) -> SentenceTransformerEmbedder:
    """Give the tiny model in this process."""
    return SentenceTransformerEmbedder(
        model_dir, name="tiny", query_prefix="query: ", passage_prefix="passage: ", threads=1
    )


@pytest.fixture(scope="module")
def afar(model_dir: Path) -> Iterator[HttpEmbedder]:
    """Give the tiny model behind our own server."""
    bare = SentenceTransformerEmbedder(model_dir, name="tiny", threads=1)
    with at_address(build(bench_of(only(bare, "tiny"), key="k" * 32))) as url:
        client = HttpEmbedder(
            Served(url, "tiny", "k" * 32),
            model_dir,
            name="tiny",
            query_prefix="query: ",
            passage_prefix="passage: ",
        )
        yield client
        client.close()


@pytest.fixture(params=["in this process", "over HTTP"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    """Give each adapter in turn."""
    found: Embedder = request.getfixturevalue("beside" if request.param == "in this process" else "afar")
    return found


def test_vectors_are_unit_float32_in_order(embedder: Embedder) -> None:
    """Each text has its own row whatever the batches; rows have length 1; nothing asked is nothing given."""
    asked = texts(2 * BATCH_TEXTS + 3)
    together = embedder.embed_passages(asked)
    assert together.shape == (len(asked), DIMENSION) == (len(asked), embedder.dimension)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.vstack([embedder.embed_passages([text]) for text in asked[: len(WORDS)]])
    assert together[: len(WORDS)] == pytest.approx(alone, abs=0.03)  # bfloat16 keeps three digits
    assert embedder.embed_passages([]).shape == (0, DIMENSION)


def test_query_and_passage_differ_by_prefix(embedder: Embedder) -> None:
    """The same words as a question and as a passage have different vectors: the prefix is seen."""
    question = embedder.embed_query("travel expenses")
    assert question.shape == (DIMENSION,)
    assert question.dtype == np.float32
    assert not np.allclose(question, embedder.embed_passages(["travel expenses"])[0], atol=1e-3)


def test_tokens_are_counted(embedder: Embedder) -> None:
    """Counting needs no server and counts no special tokens."""
    assert embedder.count_tokens("how many days of leave") == 5


def test_both_give_the_same_vectors(beside: Embedder, afar: Embedder) -> None:
    """Questions, passages and texts longer than the model reads come out the same on either side."""
    asked = [*texts(20), " ".join(WORDS * 20)]
    assert (beside.embed_passages(asked) * afar.embed_passages(asked)).sum(axis=1).min() >= ALIKE
    for text in asked:
        assert float(beside.embed_query(text) @ afar.embed_query(text)) >= ALIKE


@pytest.mark.skipif(not (MODELS / TRIAL).is_dir(), reason="the trial embedder is not installed")
def test_trial_embedder_is_the_same_over_http() -> None:
    """The model of the trial gives vectors that compare, whichever process made them."""
    entry = catalogue.entry(TRIAL)
    prefixes = {"query_prefix": entry.query_prefix, "passage_prefix": entry.passage_prefix}
    here = SentenceTransformerEmbedder(MODELS / TRIAL, name=TRIAL, threads=1, **prefixes)
    here.embed_query("loads")  # two that load at the same time fall over each other in torch
    bare = SentenceTransformerEmbedder(MODELS / TRIAL, name=TRIAL, threads=1)
    with at_address(build(bench_of(only(bare, TRIAL)))) as url:
        there = HttpEmbedder(Served(url, TRIAL), MODELS / TRIAL, name=TRIAL, **prefixes)
        passages = (here.embed_passages(SENTENCES) * there.embed_passages(SENTENCES)).sum(axis=1)
        questions = [float(here.embed_query(one) @ there.embed_query(one)) for one in SENTENCES]
        there.close()
    assert min(*passages, *questions) >= ALIKE


@contextmanager
def client_of(
    url: str, model_dir: Path, key: str | None = None, query_s: float = QUERY_S
) -> Iterator[HttpEmbedder]:
    """Give an embedder at a server."""
    client = HttpEmbedder(Served(url, "tiny", key, query_s), model_dir, name="tiny@12345678")
    yield client
    client.close()


@pytest.mark.parametrize("how", ["", "list", "reversed"])
def test_every_way_of_sending_vectors_is_read(how: str, model_dir: Path) -> None:
    """Bytes or lists, in any order, of any length: what comes out has length 1."""
    with at_address(Misbehaving(DIMENSION, script=[how])) as url, client_of(url, model_dir) as client:
        found = client.embed_passages(["leave", "travel"])
    assert found == pytest.approx(np.full((2, DIMENSION), DIMENSION**-0.5))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("junk", "no list of vectors"),
        ("nan", "without a direction"),
        ("zero", "without a direction"),
        ("short", "of shape"),
        ("one too few", "of shape"),
        ("other model", "serves the model 'another', not 'tiny'"),
        ("401", "refuses the key"),
        ("404", "does not serve 'tiny'"),
        ("500", "status 500"),
    ],
)
def test_what_is_no_answer_is_refused(how: str, told: str, model_dir: Path) -> None:
    """Each way of answering wrongly is EmbedderUnavailable that names it, with a remedy, at the first attempt."""
    server = Misbehaving(DIMENSION, script=[how])
    with (
        at_address(server) as url,
        client_of(url, model_dir) as client,
        pytest.raises(EmbedderUnavailable, match=told) as caught,
    ):
        client.embed_query("leave")
    assert caught.value.remedy
    assert len(server.asked) == 1


@pytest.mark.parametrize("how", sorted(HOSTILE))
def test_hostile_answer_counts_as_a_failure(how: str, model_dir: Path) -> None:
    """Whatever a server sends is EmbedderUnavailable, on which a search goes on by words; after five it is let be."""
    server = Misbehaving(DIMENSION, script=[how] * 5)
    with at_address(server) as url, client_of(url, model_dir) as client:
        for _ in range(5):
            with pytest.raises(EmbedderUnavailable):
                client.embed_query("leave")
        with pytest.raises(EmbedderUnavailable, match="left alone"):
            client.embed_query("leave")
    assert len(server.asked) == 5


def test_answer_that_never_ends_is_given_up(model_dir: Path) -> None:
    """The time limit is of the whole answer, not of each piece of it."""
    with (
        at_address(Misbehaving(DIMENSION, script=["drip"])) as url,
        client_of(url, model_dir, query_s=0.5) as client,
        pytest.raises(EmbedderUnavailable, match=r"did not answer within 0\.5 s"),
    ):
        client.embed_query("leave")


def test_long_answer_is_not_read_to_its_end(model_dir: Path) -> None:
    """What is longer than vectors of that many texts can be is told as such."""
    with (
        at_address(Misbehaving(DIMENSION, script=["megabytes"])) as url,
        client_of(url, model_dir) as client,
        pytest.raises(EmbedderUnavailable, match=r"sent more than .* bytes for 1 texts"),
    ):
        client.embed_query("leave")


def test_server_that_is_busy_for_a_moment_is_asked_again(model_dir: Path) -> None:
    """503 and 502, as while it is being restarted behind a proxy, cost a pause and no document."""
    server = Misbehaving(DIMENSION, script=["503", "502"])
    with at_address(server) as url, client_of(url, model_dir, key="secret") as client:
        client.embed_passages(["leave"])
    assert len(server.asked) == 3
    assert set(server.keys) == {"Bearer secret"}
    assert server.asked[0]["model"] == "tiny"


def test_server_that_is_away_is_left_alone(model_dir: Path, free_port: int) -> None:
    """After five failures nobody is asked for some seconds, and nobody waits."""
    with client_of(f"http://127.0.0.1:{free_port}/v1", model_dir) as away:
        for _ in range(5):
            with pytest.raises(EmbedderUnavailable, match="cannot be reached"):
                away.embed_query("leave")
        with pytest.raises(EmbedderUnavailable, match="left alone"):
            away.embed_passages(["leave"])


def test_server_that_hangs_is_given_up(model_dir: Path) -> None:
    """A server that takes connections and says nothing costs the time limit once, not three times."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"  # the kernel takes the connection
        with (
            client_of(url, model_dir, query_s=0.2) as client,
            pytest.raises(EmbedderUnavailable, match=r"did not answer within 0\.2 s"),
        ):
            client.embed_query("leave")
        listener.accept()[0].close()
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()
