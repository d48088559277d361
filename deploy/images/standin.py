"""Make images of Debian's packages for tests on a machine that can pull none.

They stand in for what deploy/images.env names, with the same interface as far as deploy/compose.yaml uses it, and are
never meant for a server: Debian's PostgreSQL 15 instead of 17, Debian's Caddy instead of the publisher's, the search of
Qdrant's Python client behind Qdrant's HTTP API instead of the server.

Nothing of this machine gets in: Debian comes through the machine's own apt, wheels come as files
(deploy/images/wheels.py), so that no certificate, mirror or key is needed inside.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.images.engine import asked, has
from deploy.images.parts import CACHE, DEPLOY
from retrieval.errors import SetupRefused

FOLDER = CACHE / "standin"
SUITE = "bookworm"  # Debian 12, as the real images
BASE = f"standin-python:{SUITE}"
POSTGRES = f"standin-postgres:{SUITE}"
CADDY = f"standin-caddy:{SUITE}"
QDRANT = f"standin-qdrant:{SUITE}"
VARIABLES = {"PYTHON_IMAGE": BASE, "POSTGRES_IMAGE": POSTGRES, "CADDY_IMAGE": CADDY}  # of images.env
INCLUDED = "ca-certificates,python3,python3-venv"
DROPPED = (  # what an image of this kind leaves out
    "usr/share/doc",
    "usr/share/locale",
    "usr/share/man",
    "usr/share/info",
    "var/cache/apt/archives",
    "var/lib/apt/lists",
    "var/log",
)
RECIPES = DEPLOY / "images" / "recipes"


def make_all(*, say: Callable[[str], None]) -> dict[str, str]:
    """Make the images that are missing; return the variables of images.env that name them. Raises SetupRefused."""
    make_base(say=say)
    for name in (POSTGRES, CADDY):
        if not has(name):
            say(f"· making {name}")
            recipe = RECIPES / f"{name.partition(':')[0].removeprefix('standin-')}.Dockerfile"
            asked(["docker", "build", "--quiet", "--tag", name, "--file", str(recipe), str(RECIPES)])
    return dict(VARIABLES)


def make_qdrant(worker: str) -> str:
    """Make the image that answers for Qdrant on our own worker's, which holds the client; return its name."""
    context = DEPLOY / "images"
    recipe = RECIPES / "qdrant.Dockerfile"
    command = ["docker", "build", "--quiet", "--tag", QDRANT, "--build-arg", f"WORKER_IMAGE={worker}"]
    asked([*command, "--file", str(recipe), str(context)])
    return QDRANT


def make_base(*, say: Callable[[str], None]) -> str:
    """Make the image that the others stand on where it is missing; return its name. Raises SetupRefused."""
    if not has(BASE):
        say(f"· making {BASE} of Debian's packages")
        asked(["docker", "import", "--change", 'CMD ["python3"]', str(_base()), BASE])
    return BASE


def _base() -> Path:
    """Return the archive of a small Debian with Python, made once."""
    archive = FOLDER / f"python-{SUITE}.tar"
    if archive.exists():
        return archive
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise SetupRefused(
            "a base image can be made by root alone, with debootstrap",
            remedy="type: sudo apt-get install debootstrap, or name images that can be pulled in images.env",
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        root = Path(folder) / "root"
        asked(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", SUITE, str(root)])
        for name in DROPPED:
            shutil.rmtree(root / name, ignore_errors=True)
        for name in ("var/cache/apt/archives/partial", "var/lib/apt/lists/partial", "var/log"):
            (root / name).mkdir(parents=True)
        partly = archive.with_suffix(".part")
        asked(
            [
                "tar",
                "--create",
                "--numeric-owner",
                "--one-file-system",
                f"--directory={root}",
                f"--file={partly}",
                ".",
            ]
        )
        partly.rename(archive)
    return archive
