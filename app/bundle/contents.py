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
from app.founding.environment import OVERLAYS, has, value_of
from app.models import catalogue
from app.models.verify import MANIFEST, verify_model
from retrieval.errors import ModelFileRejected, SetupRefused

# Of deploy/, by name: whatever else lies there is the maker's own, keys, answers and overrides among it.
TAKEN = (
    *("Caddyfile", "Caddyfile.boards", "Caddyfile.gate", "intramuros.toml"),
    *("README.md", "operations.md", "sizing.md", "constraints.txt"),
    *("compose.yaml", *(f"compose.{name}.yaml" for name in OVERLAYS)),
    *(f"locks/{name}.txt" for name in ("app", "build", "cuda", "ui", "vllm-cpu", "worker")),
    *("monitoring/README.md", "monitoring/alerts.yml", "monitoring/prometheus.yml"),
    *(
        f"monitoring/grafana/provisioning/{name}.yml"
        for name in ("dashboards/intramuros", "datasources/prometheus")
    ),
    *(
        f"monitoring/grafana/dashboards/intramuros-{name}.json"
        for name in ("health", "ingestion", "questions")
    ),
)
OF_IMPORT = ("import.sh", "RUNBOOK.md")
IMAGE_LIST = "images.tsv"
VARIABLES = "images.env"  # what `intramuros init` makes .env of
OF_THE_MAKER = frozenset(
    {"COMPOSE_PROJECT_NAME", "PUBLIC_HOST", "SIGN_IN_ISSUER", "MODELS_DIR"}
)  # asked there again
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
    for name in TAKEN:
        if (wanted.deploy / name).exists():
            _copy(wanted.deploy, name, folder / "deploy" / name)
    for name in OF_IMPORT:
        _copy(wanted.deploy, f"bundle/{name}", folder / name)
    template = (wanted.deploy / VARIABLES).read_text(encoding="utf-8")
    text = _chosen(template, wanted.env_file.read_text(encoding="utf-8"))
    for image in images:
        text = text.replace(f"={image.reference}\n", f"={image.tag}\n")
    (folder / "deploy" / VARIABLES).write_text(text, encoding="utf-8")


def _chosen(template: str, variables: str) -> str:
    """Return images.env with what .env says of its lines. One that .env alone has may be anything, a password too."""
    lines = []
    for line in template.splitlines():
        name = line.partition("=")[0]
        said = name.isupper() and name not in OF_THE_MAKER and has(variables, name)
        lines.append(f"{name}={value_of(variables, name)}\n" if said else f"{line}\n")
    return "".join(lines)


def _copy(base: Path, name: str, target: Path) -> None:
    """Copy a file below `base`. Raises SetupRefused for one that is reached through a link, which can lead anywhere."""
    file = base.resolve() / name
    if file.resolve() != file:
        raise SetupRefused(f"'{base / name}' is a link", remedy="put the file itself there")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target)


def _model(name: str, models_dir: Path, target: Path) -> None:
    """Copy the files of a model that its manifest names, after comparing them."""
    entry = catalogue.entry(name)
    files = verify_model(entry, models_dir)
    if wrong := [file.name for file in files if file.state != "ok"]:
        raise ModelFileRejected(
            f"the model '{name}' is not put in: {', '.join(wrong)} differ from what was fetched",
            remedy=f"remove {models_dir / name} and run `intramuros models fetch {name}`",
        )
    for file in (
        MANIFEST,
        *(one.name for one in files),
    ):  # what else lies there nobody has compared with anything
        _copy(models_dir / name, file, target / name / file)


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
