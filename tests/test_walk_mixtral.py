"""Serve a tiny Mixtral as the catalogue says by the real vLLM: our prompts are taken, to the last token."""

import hashlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.doctor import Severity
from app.endpoint import Expected, examine
from app.endpoint_asking import Asking
from app.llm import VllmModel
from app.models.catalogue import entry, takes_system
from app.models.entries import CatalogueEntry
from app.models.install import VLLM_PYTHON
from app.models.serving import Layout
from app.prompt import Asked, Prompt, Shape, build
from app.types import ChatMessage, Turn
from app.vllm_protocol import Refused, Timeouts
from app.vllm_server import Launch, launch_vllm
from tests.serving import served
from tests.test_prompt import HOSTILE, passage
from tests.tokenizing import encode

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(600)]

NAME = "mixtral-8x7b-instruct-v0.1"
CONTEXT = 1024
ANSWER = 16
SALT = "1" * 32
BUILDER = Path(__file__).resolve().parent / "tiny_mixtral.py"
LONG = [passage("A night costs at most 145 euros in France. " * 12) for _ in range(8)]
HISTORY = (Turn("user", "What is the limit?"), Turn("assistant", "145 euros a night [1]."))


def tiny_mixtral() -> Path:
    """Return the folder of the tiny model, built where it is not in the cache; another builder, another folder."""
    version = hashlib.sha256(BUILDER.read_bytes()).hexdigest()[:12]
    folder = Path("~/.cache/intramuros/tests").expanduser() / f"tiny-mixtral-{version}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [str(VLLM_PYTHON), str(BUILDER), str(folder)], check=True, capture_output=True, timeout=280
        )
    return folder


def launch(known: CatalogueEntry, folder: Path, port: int) -> Launch:
    """Return the catalogue's options for one small machine, and what a processor needs in place of GPUs."""
    assert known.serving
    options = known.serving.flags(Layout(1, 1, "bf16", CONTEXT, 4))
    command = (
        *(str(VLLM_PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder)),
        *("--served-model-name", known.id, "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "bfloat16", "--enforce-eager"),
        *options,
    )
    return Launch(command, launch_vllm(known, folder=folder, port=port).environment)


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of the served model."""
    with served(
        lambda port: launch(entry(NAME), tiny_mixtral(), port), tmp_path_factory.mktemp("mixtral")
    ) as url:
        yield url


@pytest.fixture(scope="module")
def model(base_url: str) -> Iterator[VllmModel]:
    """Give the house's client of it."""
    timeouts = Timeouts(first_token_s=120, total_s=300)
    client = VllmModel(base_url=base_url, name=NAME, api_key=None, context_tokens=CONTEXT, timeouts=timeouts)
    yield client
    client.close()


def answer(model: VllmModel, messages: tuple[ChatMessage, ...], *, max_tokens: int) -> list[str]:
    """Return the pieces of an answer."""
    return list(model.stream(messages, max_tokens=max_tokens, cache_salt=SALT, stop=threading.Event()))


def prompt(model: VllmModel, asked: Asked) -> Prompt:
    """Return a prompt within what the model leaves, shaped by the catalogue, with more passages than fit."""
    shape = Shape(CONTEXT - ANSWER, takes_system=takes_system(NAME))
    return build(asked, LONG, shape=shape, count_tokens=model.count_tokens, draw=lambda: "0f1e2d3c4b5a")


def test_the_doctor_finds_nothing_amiss(base_url: str) -> None:
    """Name, length, stream, guidance, probabilities, /tokenize and salt are as the house needs them."""
    expected = Expected(NAME, CONTEXT, 300, takes_system=takes_system(NAME), trained_tokens=32_768)
    with Asking(base_url=base_url, name=NAME, api_key=None, within_s=120) as asking:
        findings = examine(asking, expected)
    assert len(findings) == 10
    assert [check for check in findings if check.severity is not Severity.OK] == []


def test_a_conversation_is_taken_and_streamed(model: VllmModel) -> None:
    """Roles in turn, no system role, as many passages as fit: a stream of tokens comes back."""
    built = prompt(model, Asked("And in Spain?", "en", HISTORY))
    assert [message.role for message in built.messages] == ["user", "assistant", "user"]
    assert 0 < len(built.used) < len(LONG)
    assert built.tokens <= CONTEXT - ANSWER
    assert len(answer(model, built.messages, max_tokens=ANSWER)) > 1


def test_tokens_are_counted_as_mistral_common_does(model: VllmModel) -> None:
    """The server's count of our prompts, hostile ones included, is that of the library that the model's makers keep."""
    asked = [Asked("What may a hotel cost?", "en"), Asked("Und in Spanien?", "de", HISTORY)]
    asked += [Asked(words, "en", HISTORY) for words in HOSTILE[::40]]
    prompts = [prompt(model, one) for one in asked]
    counted = [found.tokens for found in encode({"v1": [one.messages for one in prompts]})["v1"]]
    assert [one.tokens for one in prompts] == counted


def test_the_limit_is_exact(model: VllmModel) -> None:
    """A prompt that leaves one token of the context is taken and answered with it; one token more is refused."""
    at_limit = _words(CONTEXT - 1 - model.count_tokens(_words(0)))
    assert model.count_tokens(at_limit) == CONTEXT - 1
    assert len(answer(model, at_limit, max_tokens=1)) == 1

    over = _words(CONTEXT - model.count_tokens(_words(0)))
    assert model.count_tokens(over) == CONTEXT
    with pytest.raises(Refused, match="400"):
        answer(model, over, max_tokens=1)


def test_a_full_answer_fits_behind_our_longest_prompt(model: VllmModel) -> None:
    """Where the answer's room is kept free it is written in full; vLLM would cut it short without a word."""
    first = _words(CONTEXT - ANSWER - model.count_tokens(_words(0)))
    assert model.count_tokens(first) == CONTEXT - ANSWER
    assert _written(model, first) == ANSWER
    longer = _words(CONTEXT - ANSWER // 2 - model.count_tokens(_words(0)))
    assert _written(model, longer) == ANSWER // 2


def _words(count: int) -> tuple[ChatMessage, ...]:
    return (ChatMessage("user", "Say" + " yes" * count),)


def _written(model: VllmModel, messages: tuple[ChatMessage, ...]) -> int:
    """Return how many tokens an answer has; each arrives as a piece of its own."""
    return len(answer(model, messages, max_tokens=ANSWER))
