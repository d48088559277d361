"""The images that were built run as a stranger would run them: no rights, no network, nothing to write to.

`python3 -m deploy.images build` makes them; an image that this machine's engine does not hold is skipped by name.
"""

import json
import subprocess

import pytest

from deploy.images import engine, sbom
from deploy.images.parts import IMAGES, Image, pins

pytestmark = [pytest.mark.slow, pytest.mark.engine]
UNWANTED = ("pip", "pip3", "gcc", "cc", "g++", "make", "git", "curl", "wget")
LONGEST_S = 280  # of importing torch from a cold disk


@pytest.fixture(params=IMAGES, ids=lambda image: image.target)
def image(request: pytest.FixtureRequest) -> Image:
    """Return an image that the engine of this machine holds."""
    chosen: Image = request.param
    if not engine.is_running():
        pytest.skip("no container engine answers here")
    if not engine.has(chosen.name):
        pytest.skip(f"{chosen.name} is not built: make images")
    return chosen


def told(image: Image, program: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of the image alone, without network, rights or files to write."""
    command = [*sbom.alone(image.name, program), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)


def test_everything_of_the_image_can_be_imported(image: Image) -> None:
    """What the image is for starts with the packages in it."""
    done = told(image, "python", "-c", "; ".join(f"import {name}" for name in image.modules))
    assert done.returncode == 0, done.stderr[-1500:]


def test_account_is_without_rights_and_nothing_can_be_written(image: Image) -> None:
    """The account of deploy/compose.yaml, no capability, a read-only system."""
    code = "import os, pathlib; print(os.getuid(), open('/proc/self/status').read()); pathlib.Path('/opt/x').touch()"
    done = told(image, "python", "-c", code)
    assert done.stdout.split()[0] == ("10003" if image.target == "vllm-cpu" else "10001")
    assert "CapEff:\t0000000000000000" in done.stdout
    assert "NoNewPrivs:\t1" in done.stdout
    assert "Read-only file system" in done.stderr or "Permission denied" in done.stderr


def test_nothing_that_installs_compiles_or_downloads(image: Image) -> None:
    """Who breaks in finds no tool to bring more."""
    look = f"import shutil; print([one for one in {UNWANTED!r} if shutil.which(one)])"
    assert told(image, "python", "-c", look).stdout.strip() == "[]"
    assert told(image, "python", "-m", "pip", "--version").returncode != 0


def test_image_holds_exactly_its_lock(image: Image) -> None:
    """What the image says is installed is what is locked; no torch in the page and the API."""
    inside = json.loads(told(image, "python", "-c", sbom.INSTALLED).stdout)
    installed = {name: version for name, version, *_ in inside["packages"]}
    sbom.require_locked(image.name, image.lock.read_text(encoding="utf-8"), installed)
    assert ("torch" in installed) == ("torch" in pins(image.lock.read_text(encoding="utf-8")))


def test_only_the_worker_reads_pictures_of_text(image: Image) -> None:
    """Tesseract is where documents are parsed."""
    found = told(image, "python", "-c", "import shutil; print(shutil.which('tesseract'))").stdout.strip()
    assert (found != "None") == (image.target == "worker")
