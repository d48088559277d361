"""The images hold what their locks name, each file known by its hash, and nothing that runs by itself."""

import io
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from app import environments
from deploy.images import trim, wheels
from deploy.images.build import base_image, stages_of, write_context
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
from retrieval.errors import SetupRefused
from tests.conftest import ROOT
from tests.tiny_bert import write_model

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in LOCKS.glob("*.txt")}
each_lock = pytest.mark.parametrize("name", sorted(TEXTS))
each_image = pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.target)
FINAL_STAGE = {
    image.target: DOCKERFILE.split(f" AS {image.target}\n")[1].split("\nFROM ")[0] for image in IMAGES
}


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


def test_base_has_no_default_and_the_last_word_is_an_account_without_rights() -> None:
    """Nobody builds on a content that is not pinned; every target ends as its account of deploy/compose.yaml."""
    assert re.search(r"^ARG PYTHON_IMAGE$", DOCKERFILE, re.MULTILINE)
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE))
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) <= stages | {"${PYTHON_IMAGE}"}
    for target, stage in FINAL_STAGE.items():
        assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == [
            "10003:10003" if target == "vllm-cpu" else "10001:10001"
        ]
    assert not re.search(r"^ADD |curl|wget|RUN --mount", DOCKERFILE, re.MULTILINE)


def test_packages_are_installed_by_hash_from_wheels() -> None:
    """The one script that installs says so, and every stage with packages uses it and the check after it."""
    script = (DEPLOY / "images" / "install.sh").read_text(encoding="utf-8")
    assert "--no-deps --require-hashes --only-binary :all:" in script
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    with_packages = [stage for stage in stages if re.match(r"\S+ AS \S+-packages\n", stage)]
    assert len(with_packages) == len(IMAGES)
    for stage, image in zip(with_packages, IMAGES, strict=True):
        left_out = re.search(
            r"install\.sh (\S+)(.*)\nCOPY deploy/images/trim\.py /build/\nRUN python3 /build/trim\.py ", stage
        )
        assert left_out is not None
        assert left_out[1] == image.target
        assert image.left_out <= set(left_out[2].split())


def test_code_comes_after_packages() -> None:
    """A change of code rebuilds a layer of a few megabytes."""
    for stage in FINAL_STAGE.values():
        assert re.match(r"[^$]*?COPY --from=\S+-packages /opt/intramuros", stage, re.DOTALL)
    for stage in re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE):
        assert not (
            "-packages\n" in stage.splitlines()[0] + "\n"
            and re.search(r"^COPY (app|ui) ", stage, re.MULTILINE)
        )


def test_sources_of_the_build_are_let_through_and_exist() -> None:
    """What is copied is not ignored; what is ignored includes the secrets."""
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in line.split():
            if "deploy/wheels" not in source:  # made by deploy/images/wheels.py
                assert (ROOT / source).exists(), source
            assert any(source.startswith(rule[1:]) for rule in ignored if rule.startswith("!")), source
    assert "*" in ignored
    assert not any("secret" in line for line in ignored if line.startswith("!"))
    assert "/secrets/" in (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_context_holds_sources_and_wheels_alone(tmp_path: Path) -> None:
    """The engine is sent neither secrets nor caches, and each wheel where its stage looks for it."""
    wheel = tmp_path / f"httpx-{pins(TEXTS['ui'])['httpx']}-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    tool = tmp_path / f"packaging-{pins(TEXTS[BUILD])['packaging']}-py3-none-any.whl"
    tool.write_bytes(b"tool")
    stream = io.BytesIO()
    write_context(stream, IMAGES[2], [wheel, tool])
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        names = archive.getnames()
        assert {member.uid for member in archive} == {0}
    assert f"deploy/wheels/ui/{wheel.name}" in names
    assert f"deploy/wheels/build/{tool.name}" in names
    assert f"deploy/wheels/ui/{tool.name}" in names  # the page needs it too
    allowed = ("app", "ingest", "retrieval", "ui", "deploy", "pyproject.toml", "README.md", "LICENSE")
    assert [
        name
        for name in names
        if not name.startswith(allowed) or "__pycache__" in name or "deploy/secrets" in name
    ] == []


def test_older_engine_is_sent_the_stages_it_needs() -> None:
    """The page is built without installing torch on the way; each target keeps its own stages and all they stand on."""
    kept = stages_of(DOCKERFILE, "ui")
    assert re.findall(r"^FROM \S+ AS (\S+)", kept, re.MULTILINE) == [
        "tools",
        "ui-packages",
        "code",
        "house",
        "ui",
    ]
    assert kept.startswith(DOCKERFILE.partition("\nFROM ")[0])
    assert "vllm-cpu-packages" in stages_of(DOCKERFILE, "vllm-cpu")


def test_placeholder_is_no_base() -> None:
    """An image that nobody checked is not built on; a name in the environment is taken."""
    with pytest.raises(SetupRefused, match="placeholder"):
        base_image({})
    assert base_image({"PYTHON_IMAGE": "mine:1"}) == "mine:1"


def test_wheel_satisfies_its_pin_whatever_its_build() -> None:
    """The CPU build of torch is the locked version; an older or another package is not."""
    files = ["torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl", "Foo_Bar-1.0-py3-none-any.whl"]
    assert wheels.missing({"torch": "2.13.0", "foo-bar": "1.0"}, files) == set()
    assert wheels.missing({"torch": "2.13.1", "foo-bar": "1.1"}, files) == {"torch", "foo-bar"}


def test_what_no_process_needs_is_taken_out(tmp_path: Path) -> None:
    """Tests, headers and other people's languages go; what is imported stays."""
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    kept = (
        "torch/bin/torch_shm_manager",
        "numpy/_core/tests/a.py",
        "babel/locale-data/de_AT.dat",
        "babel/locale-data/root.dat",
        "torch/nn/a.py",
    )
    gone = (
        "torch/bin/test_api",
        "pandas/tests/a.py",
        "babel/locale-data/ja.dat",
        "torch/include/a.h",
        "x/lib.a",
        "botocore/data/ec2/a.json",
    )
    for name in (*kept, *gone, "botocore/data/s3/a.json"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(b"12345")
    assert trim.trim(site) == 5 * len(gone)
    assert all((site / name).exists() for name in kept)
    assert not any((site / name).exists() for name in gone)


@pytest.mark.parametrize("name", ["harmless.pth", "sitecustomize.py", "deep/usercustomize.py"])
def test_build_fails_on_code_that_runs_at_each_start(tmp_path: Path, name: str) -> None:
    """A path file or a customisation is the way malware came in elsewhere; none is expected, so any is refused."""
    path = tmp_path / "lib" / "python3.11" / "site-packages" / name
    path.parent.mkdir(parents=True)
    assert trim.main(tmp_path) == 0
    path.write_text("import os\n", encoding="utf-8")
    assert trim.main(tmp_path) == 1


def test_no_package_index_is_named() -> None:
    """Where packages come from is the machine's to say."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in (DEPLOY / "images").rglob("*")
        if path.suffix != ".pyc" and path.is_file()
    ]
    assert [
        found for text in [*texts, *TEXTS.values(), DOCKERFILE] for found in re.findall(r"https?://\S+", text)
    ] == []
