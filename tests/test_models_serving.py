"""Each production model fits the GPUs it is listed for, and vLLM's own parser takes the options it is served with."""

import io
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from app.cli.showing import described, show_model
from app.models.catalogue import CATALOGUE, entry
from app.models.entries import CatalogueEntry
from app.models.install import VLLM_PYTHON
from app.models.serving import GIB, Layout, Serving
from app.vllm_server import launch_vllm

ROOT = Path(__file__).resolve().parent.parent
SERVED = [(known, known.serving) for known in CATALOGUE if known.serving]
LAYOUTS = [(known, serving, layout) for known, serving in SERVED for layout in serving.layouts]
REFERENCE = entry("mixtral-8x7b-instruct-v0.1")
each_layout = pytest.mark.parametrize(
    ("known", "serving", "layout"),
    LAYOUTS,
    ids=[f"{known.id}: {layout.title}" for known, _, layout in LAYOUTS],
)


@pytest.fixture(scope="module")
def parsed() -> list[dict[str, Any]]:
    """Return what vLLM makes of every command, the trial's and a wrong one last; all in one process, it loads 15 s."""
    if not VLLM_PYTHON.is_file():
        pytest.skip(f"vllm: {len(LAYOUTS) + 2} option lists are not checked, {VLLM_PYTHON} is not installed")
    commands = [
        shlex.split(one.command(layout, folder="/m", name=known.id))[2:] for known, one, layout in LAYOUTS
    ]
    trial = launch_vllm(entry("qwen2.5-coder-1.5b-instruct"), folder=Path("/m"), port=1).command[3:]
    done = subprocess.run(
        [str(VLLM_PYTHON), str(ROOT / "tests" / "vllm_parser.py")],
        input=json.dumps([*commands, list(trial), ["/m", "--no-such-option"]]),
        capture_output=True,
        text=True,
        env={**os.environ, "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"},
        timeout=280,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return found


@pytest.mark.slow
@pytest.mark.vllm
def test_vllm_takes_every_option(parsed: list[dict[str, Any]]) -> None:
    """The parser of the pinned vLLM accepts each command, with the values meant, and refuses a wrong one."""
    *commands, trial, wrong = parsed
    assert "no-such-option" in wrong["error"]
    assert "error" not in trial, trial
    for (known, _, layout), found in zip(LAYOUTS, commands, strict=True):
        assert "error" not in found, (known.id, layout.title, found)
        assert (found["model_tag"], found["served_model_name"]) == ("/m", [known.id])
        assert (found["tensor_parallel_size"], found["max_model_len"]) == (layout.gpus, layout.context_tokens)
        assert (found["max_num_seqs"], found["tokenizer_mode"]) == (layout.sequences, "mistral")
        assert (found["host"], found["enable_log_requests"], found["trust_remote_code"]) == (
            "127.0.0.1",
            False,
            False,
        )


@each_layout
def test_it_fits(known: CatalogueEntry, serving: Serving, layout: Layout) -> None:
    """Weights, a full cache and the rest lie within what vLLM may use; the context is one the model was trained for."""
    assert serving.memory(layout).fits, known.id
    assert layout.context_tokens <= known.context_tokens


def test_memory_is_computed_from_the_architecture() -> None:
    """Mixtral in 16 bits weighs twice its 46.7 billion; a token's cache is 128 KiB."""
    assert REFERENCE.serving
    memory = REFERENCE.serving.memory(REFERENCE.serving.layouts[0])
    assert memory.weights == 93_400_000_000
    assert memory.cache == 16 * 16_384 * 128 * 1024
    assert memory.needed == memory.weights + memory.cache + 2 * 2 * GIB
    small = entry("mistral-small-4-119b-2603").serving
    assert small
    four, two = (small.memory(layout) for layout in small.layouts)
    assert four.cache == 2 * two.cache  # a latent cache is not divided


def test_half_the_machine_does_not_fit() -> None:
    """Mixtral in 16 bits does not go onto one GPU of 80 GB, nor AWQ with full contexts onto one of 24."""
    assert REFERENCE.serving
    assert not REFERENCE.serving.memory(Layout(1, 80, "bf16", 4096, 1)).fits
    assert not REFERENCE.serving.memory(Layout(1, 24, "awq", 16_384, 16)).fits


def test_the_reference_has_the_machines_people_have() -> None:
    """Two of 80 GB, one of 80 GB in either quantisation, four of 24 GB."""
    assert REFERENCE.serving
    assert [layout.title for layout in REFERENCE.serving.layouts] == [
        "2 x 80 GB, bf16", "1 x 80 GB, fp8", "1 x 80 GB, awq", "4 x 24 GB, awq",
    ]  # fmt: skip


def test_every_production_model_names_its_tokenizer() -> None:
    """The generation decides what is a control token; only the models of others have none."""
    generations = {known.id: known.tokenizer for known in CATALOGUE if known.use == "chat"}
    assert generations["mixtral-8x7b-instruct-v0.1"] == "v1"
    assert generations["mixtral-8x22b-instruct-v0.1"] == generations["mistral-7b-instruct-v0.3"] == "v3"
    assert {name for name, generation in generations.items() if not generation} == {
        known.id for known in CATALOGUE if known.use == "chat" and known.can_fetch
    }


def test_a_command_can_be_copied() -> None:
    """Each command stands on one line however narrow the terminal is; figures for people and machines are the same."""
    screen = Console(width=60, record=True, file=io.StringIO())
    show_model(REFERENCE, Path("/models"), screen=screen)
    lines = screen.export_text().splitlines()
    layouts = described(REFERENCE, Path("/models"))["layouts"]
    assert isinstance(layouts, list)
    assert "MODEL=mixtral-8x7b-instruct-v0.1" in lines
    for layout in layouts:
        assert f"  {layout['command']}" in lines
        assert layout["command"].startswith("vllm serve /models/mixtral-8x7b-instruct-v0.1 ")
    show_model(entry("qwen2.5-coder-1.5b-instruct"), Path("/models"), screen=screen)
    assert "no GPU" in screen.export_text()
