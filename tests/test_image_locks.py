"""Hold each image's lock to hashes, constraints and parts, and its process to the packages in it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app import environments
from deploy.images.parts import (
    BUILD,
    CUDA,
    DEPLOY,
    IMAGES,
    LOCKS,
    PROJECT,
    PYTHON,
    VLLM,
    Image,
    hashes,
    normalised,
    pins,
)
from tests.conftest import ROOT
from tests.tiny_bert import write_model

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in LOCKS.glob("*.txt")}

each_lock = pytest.mark.parametrize("name", sorted(TEXTS))

each_image = pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.target)


@each_lock
def test_lock_is_packages_with_hashes_and_nothing_else(name: str) -> None:
    """No address, no option, no package without a SHA-256: `--require-hashes` would refuse it, or worse, would not."""
    lines = [line for line in TEXTS[name].splitlines() if not line.startswith("#")]
    odd = [
        line
        for line in lines
        if not re.fullmatch(r"[a-z0-9-]+==[\w.]+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
    ]
    assert odd == []
    assert all(hashes(TEXTS[name])[package] for package in pins(TEXTS[name]))
    assert len(hashes(TEXTS[name])) == len(pins(TEXTS[name])) > 4


@each_lock
def test_lock_agrees_with_the_constraints(name: str) -> None:
    """An image has the versions that the tests ran with."""
    source = "constraints-vllm.txt" if name == "vllm-cpu" else "constraints.txt"
    tested = pins((DEPLOY / source).read_text(encoding="utf-8")) | pins(VLLM)
    tools = {
        "hatchling",
        "pathspec",
        "pluggy",
        "tomlkit",
        "trove-classifiers",
    }  # build our wheel; no test runs with them
    assert {
        package: version
        for package, version in pins(TEXTS[name]).items()
        if tested.get(package) != version and not (name == BUILD and package in tools)
    } == {}


def test_every_image_has_its_lock() -> None:
    """No lock is left over, none is missing."""
    assert set(TEXTS) == {image.target for image in IMAGES} | {BUILD, CUDA}


@each_image
def test_lock_holds_what_the_parts_name(image: Image) -> None:
    """What pyproject.toml names for a part, or deploy/vllm.in for the model server, is in the lock of the image."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"]] if image.parts else []
    named += [line for part in image.parts for line in project["optional-dependencies"][part]]
    if not image.parts:
        named = (DEPLOY / "vllm.in").read_text(encoding="utf-8").splitlines()
        named = [line for line in named if line and line[0] != "#" and "python_version" not in line]
    wanted = {normalised(re.split(r"[\[<>=!; ]", line)[0]) for line in named}
    assert wanted - pins(TEXTS[image.target]).keys() == set()
    assert image.left_out & pins(TEXTS[image.target]).keys() == set()


def test_every_part_is_in_an_image_or_for_developers() -> None:
    """A part that a process needs reaches an image, and `all` names every one of them."""
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    parts = {part for image in IMAGES for part in image.parts}
    assert set(extras) - parts == {"all", "bulk", "chains", "dev", "sample"}
    assert extras["all"] == [f"intramuros[{','.join(sorted(parts))}]"]
    assert environments.APP.installs[0][-1].startswith(".[all,")


@pytest.mark.parametrize("name", ["app", "ui"])
def test_page_and_api_have_no_heavy_libraries(name: str) -> None:
    """Vectors come over HTTP and documents from a worker."""
    assert pins(TEXTS[name]).keys() & {"torch", "transformers", "unstructured", "spacy", "scipy"} == set()


@each_image
def test_no_image_carries_libraries_of_a_gpu(image: Image) -> None:
    """They are gigabytes, and in a lock of their own for who has no CPU build of torch."""
    assert [
        package for package in pins(TEXTS[image.target]) if package.startswith(("nvidia-", "cuda-"))
    ] == []
    assert pins(TEXTS[CUDA])["nvidia-cublas"]


def test_locked_python_is_that_of_the_base_image() -> None:
    """A lock holds for one version of Python; the image that stands in when none can be pulled has the same."""
    lines = (DEPLOY / "images.env").read_text(encoding="utf-8")
    assert f"PYTHON_IMAGE=python:{PYTHON}-slim-bookworm@sha256:" in lines
    assert f"ARG PYTHON_VERSION={PYTHON}\n" in DOCKERFILE
    assert environments.VLLM == VLLM


BLOCKED = """
import sys
from importlib.metadata import packages_distributions
allowed, modules = set(sys.argv[1].split(",")), sys.argv[2:]
normal = lambda name: name.lower().replace("_", "-").replace(".", "-")
foreign = {top for top, owners in packages_distributions().items() if not {normal(one) for one in owners} & allowed}
foreign -= set(sys.stdlib_module_names) | {"app", "ingest", "retrieval", "ui"}

sys.modules.update(dict.fromkeys(foreign - sys.modules.keys()))  # None: not to be found
for name in modules:
    __import__(name)
"""


@pytest.mark.slow
@pytest.mark.parametrize("image", IMAGES[:3], ids=lambda image: image.target)
def test_process_starts_with_the_packages_of_its_image(image: Image) -> None:
    """Importing an image's modules needs nothing that its lock lacks, whatever else is installed here."""
    own = [name for name in image.modules if name.partition(".")[0] in {"app", "ingest", "retrieval", "ui"}]
    command = [sys.executable, "-c", BLOCKED, ",".join(pins(TEXTS[image.target])), *own]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-800:]


DRAWING = """
from pathlib import Path
from ingest.parse import dispatch
from retrieval.errors import Unavailable
import ingest.sandbox.nursery, ingest.sandbox.preload
ingest.sandbox.preload.preload()
try:
    dispatch.parse(Path("x"), "text/html", "x.html")
except Unavailable as refused:
    print(refused.message, "|", refused.remedy)
"""


@pytest.mark.slow
def test_process_without_parsers_draws_and_refuses_to_read(tmp_path: Path) -> None:
    """In the API's image the sandbox starts; a document given to it names the missing library and what to do."""
    code = BLOCKED + DRAWING
    command = [sys.executable, "-c", code, ",".join(pins(TEXTS["app"]))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-800:]
    assert re.search(r"(lxml|unstructured|tinycss2|cssselect) is not installed", done.stdout)
    assert "intramuros[ingest]" in done.stdout


COUNTING = """
from pathlib import Path
from retrieval.embed_http import HttpEmbedder, Served
served = Served("http://127.0.0.1:9/v1", "tiny")
print(HttpEmbedder(served, Path({folder!r}), name="tiny").count_tokens("paid parking garage"))
"""


@pytest.mark.slow
def test_process_that_embeds_elsewhere_counts_tokens_itself(tmp_path: Path) -> None:
    """In the API's image a text is cut to what the model reads before it goes to the embedder."""
    write_model(tmp_path)
    code = BLOCKED + COUNTING.format(folder=str(tmp_path))
    command = [sys.executable, "-c", code, ",".join(pins(TEXTS["app"]))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert (done.returncode, done.stdout.strip()) == (0, "3"), done.stderr[-800:]
