"""Fill a directory with images, models, files of the site and wheels, seal it, and give it its name last."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.bundle import seal
from app.bundle.engine import Engine, Image
from app.models import catalogue
from app.models.verify import verify_model
from retrieval.errors import ModelFileRejected, SetupRefused

# Of deploy/: what a site makes for itself, and what only the project's own tests and pages need.
LEFT_BEHIND = ("secrets", "models", ".*", "pictures", "sample", "bundle", "__pycache__", "*.local")
OF_IMPORT = ("import.sh", "RUNBOOK.md")
IMAGE_LIST = "images.tsv"
VARIABLES = "images.env"  # what `intramuros init` makes .env of
UNFINISHED = ".unfinished"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Say what goes in: the site's folder and its compose files, the variables, models by id, locks of wheels."""

    deploy: Path
    files: tuple[str, ...]
    env_file: Path
    models: tuple[str, ...]
    models_dir: Path
    locks: tuple[Path, ...] = ()


def create(wanted: Contents, target: Path, key: Ed25519PrivateKey, *, engine: Engine, say: Say) -> None:
    """Make the bundle at `target`, which is there only once it is whole.

    Raises SetupRefused where something is there already or the engine fails, ModelFileRejected for a changed model.
    """
    with _appearing(target) as folder:
        say("images")
        images = _images(wanted, folder, engine, say)
        say("files of the site")
        _site(wanted, folder, images)
        for name in wanted.models:
            say(f"model {name}")
            _model(name, wanted.models_dir, folder / "models")
        for lock in wanted.locks:
            say(f"wheels of {lock.name}")
            _wheels(lock, folder / "wheels")
        say("checksums")
        seal.write_seal(folder, key, on_file=lambda _name: None)


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """Give a folder beside the target that takes its name in the end. Who makes it first is the only one who may."""
    folder = target.with_name(f"{target.name}{UNFINISHED}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()  # the lock: of two who try, on any file system, one succeeds
    except FileExistsError as error:
        raise SetupRefused(
            f"'{folder}' is there: another run is making this bundle, or one was killed",
            remedy="wait for that run, or remove the directory where none is left",
        ) from error
    except OSError as error:
        raise _unwritten(folder, error) from error
    try:
        if target.exists():
            raise SetupRefused(
                f"'{target}' is there already", remedy="name a new directory, or remove that one"
            )
        yield folder
        folder.rename(target)
    except BaseException as error:  # also Ctrl-C; after the renaming the name may be another run's already
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise _unwritten(folder, error) from error
        raise


def _unwritten(folder: Path, error: OSError) -> SetupRefused:
    return SetupRefused(
        f"the bundle cannot be written to '{folder}': {error.strerror}",
        remedy="free disk space, or name a directory on a larger disk",
    )


def _images(wanted: Contents, folder: Path, engine: Engine, say: Say) -> list[Image]:
    """Save each image once and list name, id and file: the id is what proves the content after loading."""
    (folder / "images").mkdir()
    files = [wanted.deploy / name for name in wanted.files]
    images = [engine.tagged(one) for one in engine.images_of(files, wanted.env_file)]
    lines = []
    for image in images:
        say(f"  {image.tag}")
        file = f"images/{image.tag.replace('/', '_').replace(':', '_')}.tar"
        engine.save(image, folder / file)
        lines.append(f"{image.tag}\t{image.id}\t{file}\n")
    (folder / IMAGE_LIST).write_text("".join(lines), encoding="utf-8")
    return images


def _site(wanted: Contents, folder: Path, images: Sequence[Image]) -> None:
    """Copy what the site starts from, the variables naming the images as the bundle does."""
    shutil.copytree(wanted.deploy, folder / "deploy", ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    for name in OF_IMPORT:
        shutil.copy2(wanted.deploy / "bundle" / name, folder / name)
    text = wanted.env_file.read_text(encoding="utf-8")
    for image in images:
        text = text.replace(f"={image.reference}\n", f"={image.tag}\n")
    (folder / "deploy" / VARIABLES).write_text(text, encoding="utf-8")


def _model(name: str, models_dir: Path, target: Path) -> None:
    entry = catalogue.entry(name)
    wrong = [file.name for file in verify_model(entry, models_dir) if file.state != "ok"]
    if wrong:
        raise ModelFileRejected(
            f"the model '{name}' is not put in: {', '.join(wrong)} differ from what was fetched",
            remedy=f"remove {models_dir / name} and run `intramuros models fetch {name}`",
        )
    shutil.copytree(models_dir / name, target / name)


def _wheels(lock: Path, target: Path) -> None:
    """Download the wheels that a lock names; pip refuses what has not the lock's hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--requirement", str(lock), "--dest", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupRefused(
            f"the wheels of {lock.name} cannot be had: {done.stderr.strip().rpartition(chr(10))[2]}",
            remedy="check that this machine reaches its package index, then make the bundle again",
        )
