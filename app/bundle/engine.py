"""Ask the container engine and its compose tool: which images a site needs, and their files."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from retrieval.errors import SetupRefused

ASKING_S = 60.0
LONGEST_S = 3600.0  # a model server's image is ten gigabytes; a slow disk writes them in minutes
OF_BUNDLE = "intramuros-bundle"  # where an image goes that a digest names: a saved file keeps tags only


@dataclass(frozen=True, slots=True)
class Image:
    """Describe an image: as the site names it, as the bundle does, and the SHA-256 that tells its content."""

    reference: str
    tag: str
    id: str


class Engine:
    """Run `docker` and compose. Every method raises SetupRefused with the last line of what they said."""

    def images_of(self, files: Sequence[Path], env_file: Path) -> list[str]:
        """Return the images of the services that the composed files start, each once, in order."""
        options = [word for file in files for word in ("-f", str(file))]
        said = _run([*_compose(), "--env-file", str(env_file), *options, "config"], within_s=ASKING_S)
        services = yaml.safe_load(said)["services"].values()
        # A service with a profile that nobody asks for is one that an overlay has switched off.
        return sorted({str(service["image"]) for service in services if not service.get("profiles")})

    def tagged(self, reference: str) -> Image:
        """Return the image with a tag by which it can be saved and found again."""
        identity = _run(
            ["docker", "image", "inspect", "--format", "{{.Id}}", reference], within_s=ASKING_S
        ).strip()
        tag = tag_of(reference)
        if tag != reference:
            _run(["docker", "tag", reference, tag], within_s=ASKING_S)
        return Image(reference, tag, identity)

    def save(self, image: Image, file: Path) -> None:
        """Write the image into a tar file."""
        _run(["docker", "save", "--output", str(file), image.tag], within_s=LONGEST_S)


def tag_of(reference: str) -> str:
    """Return the name of an image in a bundle: a tag stays, of a digest the repository's last word and the tag do."""
    name, _, digest = reference.partition("@")
    if not digest:
        return reference
    repository, _, version = name.rpartition("/")[2].partition(":")
    return f"{OF_BUNDLE}/{repository}:{version or digest.partition(':')[2][:12]}"


def _compose() -> list[str]:
    """Return how compose is called here: the engine's plugin, else the older program."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            asked = subprocess.run([*command, "version"], capture_output=True, check=False, timeout=ASKING_S)
            if asked.returncode == 0:
                return command
    raise SetupRefused(
        "neither `docker compose` nor `docker-compose` is here, so the images of the site are not known",
        remedy="make the bundle on a machine with a container engine and its compose tool",
    )


def _run(command: Sequence[str], *, within_s: float) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=within_s)
    except OSError as error:
        raise SetupRefused(
            f"'{command[0]}' cannot be run: {error.strerror}", remedy="install the container engine"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SetupRefused(
            f"'{' '.join(command[:3])}' gave no answer within {within_s:.0f} s",
            remedy="look at the engine's log and at the free disk space",
        ) from error
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise SetupRefused(
            f"'{' '.join(command[:3])} …' failed: {last}",
            remedy="check that the engine runs and that the image was built or pulled",
        )
    return done.stdout
