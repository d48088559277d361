"""Say how each production model is served by vLLM on which GPUs, and compute whether it fits. Pure data and arithmetic.

Weights and cache are computed from the numbers of the architecture; nothing here was measured on a GPU.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

GIB = 1024**3
CACHE_BYTES = 2  # a cached value in 16 bits, which is vLLM's default
USED_SHARE = 0.92  # vLLM's default of --gpu-memory-utilization
# On each GPU beside weights and cache: activations of a prefill, recorded graphs, buffers between the GPUs.
BESIDES_BYTES = 2 * GIB
# AWQ keeps 4 bits a weight, and a scale and a zero of 20 bits for each 128 of them; embeddings stay at 16.
WEIGHT_BYTES = {"bf16": 2.0, "fp8": 1.02, "awq": 0.54}
# What every model is served with; deploy/compose.yaml says the same.
ALWAYS = (
    *("--generation-config", "vllm"),  # sampling is what we send, not what the model's folder says
    "--enable-prefix-caching",  # each question sends a salt, so nobody times another's prefix
    "--disable-uvicorn-access-log",
    "--no-enable-log-requests",  # questions are nobody's business
)

Tokenizer = Literal["", "v1", "v2", "v3", "v7", "tekken"]
Weights = Literal["bf16", "fp8", "awq"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """Hold what memory depends on. `cached_values` are kept for each token in each layer."""

    billions: float  # of parameters, all experts and the eye of a model that sees
    layers: int
    cached_values: int = 2 * 8 * 128  # keys and values, 8 heads of 128: all of these models but the latest
    is_cache_shared: bool = True  # whether GPUs divide the cache among them; a latent one each keeps whole

    def weight_bytes(self, weights: Weights) -> int:
        """Return the size of all weights in this form."""
        return int(self.billions * 1e9 * WEIGHT_BYTES[weights])

    def cache_bytes(self, tokens: int) -> int:
        """Return what the keys and values of so many tokens take, once."""
        return self.layers * self.cached_values * CACHE_BYTES * tokens


@dataclass(frozen=True, slots=True)
class Layout:
    """Describe machines of one kind and what is served on them: context and answers at a time, all full at once."""

    gpus: int
    gpu_gib: int
    weights: Weights
    context_tokens: int
    sequences: int
    options: tuple[str, ...] = ()  # of vLLM, for these weights
    note: str = ""

    @property
    def title(self) -> str:
        """Return the machine in short: "2 x 80 GB, bf16"."""
        return f"{self.gpus} x {self.gpu_gib} GB, {self.weights}"


@dataclass(frozen=True, slots=True)
class Memory:
    """Hold bytes over all GPUs of a layout."""

    weights: int
    cache: int
    besides: int
    usable: int

    @property
    def needed(self) -> int:
        """Return all that is needed."""
        return self.weights + self.cache + self.besides

    @property
    def fits(self) -> bool:
        """Return whether vLLM may use that much."""
        return self.needed <= self.usable


@dataclass(frozen=True, slots=True)
class Serving:
    """Hold what is particular to a model: its tokenizer, its size, the options of its files, and its machines."""

    tokenizer: Tokenizer
    architecture: Architecture
    options: tuple[str, ...]
    layouts: tuple[Layout, ...]

    def memory(self, layout: Layout) -> Memory:
        """Return what the layout needs over all its GPUs, every sequence as long as the context."""
        shape = self.architecture
        copies = 1 if shape.is_cache_shared else layout.gpus
        return Memory(
            weights=shape.weight_bytes(layout.weights),
            cache=shape.cache_bytes(layout.context_tokens * layout.sequences) * copies,
            besides=BESIDES_BYTES * layout.gpus,
            usable=int(layout.gpus * layout.gpu_gib * GIB * USED_SHARE),
        )

    def flags(self, layout: Layout) -> tuple[str, ...]:
        """Return the options of `vllm serve` for this layout, without the folder, the name and the address."""
        return (*self.own_flags(layout), *ALWAYS)

    def own_flags(self, layout: Layout) -> tuple[str, ...]:
        """Return those options that differ from model to model: what deploy/.env holds as MODEL_FLAGS."""
        return (
            *("--tensor-parallel-size", str(layout.gpus)),
            *("--max-model-len", str(layout.context_tokens)),
            *("--max-num-seqs", str(layout.sequences)),
            *("--gpu-memory-utilization", str(USED_SHARE)),
            *self.options,
            *layout.options,
        )

    def command(self, layout: Layout, *, folder: str, name: str) -> str:
        """Return a line to copy into a shell; the server listens to its own machine only."""
        words = [
            "vllm",
            "serve",
            folder,
            "--served-model-name",
            name,
            "--host",
            "127.0.0.1",
            "--port",
            "8000",
        ]
        return shlex.join([*words, *self.flags(layout)])


def machines(layouts: Sequence[Layout]) -> str:
    """Return all layouts in short, "none" where a processor serves."""
    return "; ".join(layout.title for layout in layouts) or "none"


# Without it vLLM takes the template of the folder, which may differ from what the model was trained with.
_TOKENS = ("--tokenizer-mode", "mistral")
# Folders that hold params.json and consolidated weights; the Mixtrals hold config.json and numbered ones.
_NATIVE = (*_TOKENS, "--config-format", "mistral", "--load-format", "mistral")
_TEXT_ONLY = (*_NATIVE, "--language-model-only")  # no pictures come in, and the eye's memory is free
_ON_LOADING = ("--quantization", "fp8")
_AWQ_NOTE = "place weights that somebody quantised by AWQ, with the tokenizer.model of the original"

SERVINGS: dict[str, Serving] = {
    "Mixtral-8x7B-Instruct-v0.1": Serving(
        "v1",
        Architecture(46.7, 32),
        _TOKENS,
        (
            Layout(2, 80, "bf16", 16_384, 16),
            Layout(1, 80, "fp8", 16_384, 8, _ON_LOADING, "quantised while it is loaded"),
            Layout(1, 80, "awq", 16_384, 16, (), _AWQ_NOTE),
            Layout(4, 24, "awq", 16_384, 16, (), _AWQ_NOTE),
        ),
    ),
    "Mistral-7B-Instruct-v0.3": Serving(
        "v3", Architecture(7.25, 32), _NATIVE, (Layout(1, 24, "bf16", 8192, 6),)
    ),
    # The weights of the next three are published in 8 bits; vLLM sees it in their files.
    "Ministral-3-3B-Instruct-2512": Serving(
        "tekken", Architecture(3.8, 26), _TEXT_ONLY, (Layout(1, 16, "fp8", 8192, 8),)
    ),
    "Ministral-3-8B-Instruct-2512": Serving(
        "tekken", Architecture(8.8, 34), _TEXT_ONLY, (Layout(1, 24, "fp8", 8192, 8),)
    ),
    "Ministral-3-14B-Instruct-2512": Serving(
        "tekken",
        Architecture(13.9, 40),
        _TEXT_ONLY,
        (Layout(1, 24, "fp8", 8192, 4), Layout(1, 48, "fp8", 16_384, 8)),
    ),
    "Mistral-Small-3.2-24B-Instruct-2506": Serving(
        "tekken",
        Architecture(24.0, 40),
        _TEXT_ONLY,
        (
            Layout(1, 80, "bf16", 16_384, 8),
            Layout(1, 48, "fp8", 16_384, 4, _ON_LOADING, "quantised while it is loaded"),
        ),
    ),
    "Mistral-Small-4-119B-2603": Serving(
        "tekken",
        Architecture(119.0, 36, cached_values=320, is_cache_shared=False),
        _TEXT_ONLY,
        (Layout(4, 80, "fp8", 32_768, 16), Layout(2, 141, "fp8", 32_768, 16)),
    ),
    "Mixtral-8x22B-Instruct-v0.1": Serving(
        "v3",
        Architecture(141.0, 56),
        _TOKENS,
        (
            Layout(8, 80, "bf16", 16_384, 16),
            Layout(4, 80, "fp8", 16_384, 16, _ON_LOADING, "quantised while it is loaded"),
            Layout(2, 80, "awq", 16_384, 16, (), _AWQ_NOTE),
        ),
    ),
}
