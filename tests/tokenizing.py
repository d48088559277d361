"""Ask mistral-common, which lies in vLLM's environment, how conversations are encoded.

The application's own environment has numpy 2.4, which mistral-common does not allow; the tests therefore ask it where
it is pinned beside vLLM, and so ask the very code that encodes in production.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.models.install import VLLM_PYTHON
from app.types import ChatMessage

SCRIPT = Path(__file__).resolve().parent / "mistral_tokens.py"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Hold how many tokens a conversation has, its control tokens in order, and its text with those in it."""

    tokens: int
    control: tuple[str, ...]
    text: str


def encode(asked: Mapping[str, Sequence[Sequence[ChatMessage]]]) -> dict[str, list[Encoded]]:
    """Return the encodings by generation, all from one process; skip where vLLM is not installed."""
    if not VLLM_PYTHON.is_file():
        count = sum(len(conversations) for conversations in asked.values())
        pytest.skip(f"vllm: {count} prompts are not encoded, {VLLM_PYTHON} is not installed")
    wanted = {
        generation: [
            [{"role": message.role, "content": message.content} for message in messages]
            for messages in conversations
        ]
        for generation, conversations in asked.items()
    }
    done = subprocess.run(
        [str(VLLM_PYTHON), str(SCRIPT)],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.strip().rpartition("\n")[2])
    return {
        generation: [Encoded(one["tokens"], tuple(one["control"]), one["text"]) for one in found]
        for generation, found in answer.items()
    }
