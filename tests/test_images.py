"""Hold the images to their files: what the Dockerfile installs and lets in, and what the build takes out."""

import io
import re
import tarfile
from pathlib import Path

import pytest

from deploy.images import trim, wheels
from deploy.images.build import base_image, stages_of, write_context
from deploy.images.parts import (
    BUILD,
    DEPLOY,
    IMAGES,
    LOCKS,
    pins,
)
from retrieval.errors import SetupRefused
from tests.conftest import ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in LOCKS.glob("*.txt")}

FINAL_STAGE = {
    image.target: DOCKERFILE.split(f" AS {image.target}\n")[1].split("\nFROM ")[0] for image in IMAGES
}


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
