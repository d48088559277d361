"""Say how the trial model is served: the command line and environment of vLLM's CPU build. Pure.

Measured with the 1.5B model, 1,220 prompt tokens, two cores of an AMD server with AVX-512 bf16 that other programs
kept busy (load 3): boot 103 s, first token 9.1 s at best, then 7.8 tokens/s at best.
It boots and answers with nothing but lscpu on its PATH: no compiler is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.models.entries import CatalogueEntry
from app.models.install import VLLM_PYTHON

CACHE_GIB = 1  # keys and values, whole GiB: the 1.5B model takes 28 kB a token, so nine full contexts
SEQUENCES = 4  # answers at a time: on two cores each further one slows all others


@dataclass(frozen=True, slots=True)
class Launch:
    """Hold a command line and the variables it needs on top of the caller's environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def launch_vllm(entry: CatalogueEntry, *, folder: Path, port: int, python: Path = VLLM_PYTHON) -> Launch:
    """Return how to serve the model in `folder` with every core of this machine, to this machine only."""
    command = (
        str(python),
        # `vllm serve` looks for a distribution called "vllm", which the CPU build is not.
        *("-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(folder), "--served-model-name", entry.id),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "bfloat16", "--max-model-len", str(min(4096, entry.context_tokens))),
        *("--max-num-seqs", str(SEQUENCES)),
        "--enforce-eager",  # compiling takes 80 s more at each start, and a compiler
        "--enable-prefix-caching",  # each question sends a salt, so nobody times another's prefix
        *("--generation-config", "vllm"),  # sampling is what we send, not what the model's folder says
        "--disable-uvicorn-access-log",
        "--no-enable-log-requests",  # questions are nobody's business
    )
    environment = {
        "VLLM_CPU_KVCACHE_SPACE": str(CACHE_GIB),
        "VLLM_CPU_OMP_THREADS_BIND": "auto",
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",  # with two cores, one in reserve is half the machine
        "VLLM_HOST_IP": "127.0.0.1",  # its own processes talk to each other; else it picks an outward address
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_LOGGING_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    return Launch(command, environment)
