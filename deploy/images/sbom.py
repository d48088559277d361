"""Write what an image is made of, and which models the house may run, as CycloneDX 1.6 (a bill of materials).

Standard library only, so that whoever can build an image can write its bill; a test holds it against the published
schema. The library for the format would be five more packages on the machine that builds, for a hundred lines.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from app.models.catalogue import CATALOGUE
from app.models.entries import CatalogueEntry, ModelFile
from deploy.images.engine import asked
from deploy.images.parts import OUTPUT, Image, hashes, normalised, pins, version
from deploy.images.wheels import digest
from retrieval.errors import SetupRefused

Json = Mapping[str, object]
SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "intramuros.invalid")  # of the serial numbers
# Runs inside the image: what is installed there, by its own word.
INSTALLED = """
import json, platform
from importlib.metadata import distributions
found = [(one.name, one.version, one.metadata.get("License-Expression"), one.metadata.get("License"))
         for one in distributions(path=[__import__("sysconfig").get_path("purelib")])]
print(json.dumps({"python": platform.python_version(), "packages": found}))
"""
DEBIAN = "${Package} ${Version} ${Architecture}\\n"
LONGEST_LICENCE = 60  # characters; some packages put the whole text there


def write(image: Image, wheels: Sequence[Path], *, now: datetime) -> Path:
    """Write the bill of an image that was built from `wheels`. Raises SetupRefused where it would not be complete."""
    inside = json.loads(asked([*alone(image.name, "python"), "-c", INSTALLED]))
    debian = asked([*alone(image.name, "dpkg-query"), "--show", f"--showformat={DEBIAN}"])
    lock = image.lock.read_text(encoding="utf-8")
    require_locked(image.name, lock, {name: found for name, found, *_ in inside["packages"]})
    components = [
        _library("python", inside["python"], f"pkg:generic/python@{inside['python']}"),
        *python_components(lock, inside["packages"], {digest(path) for path in wheels}),
        *debian_components(debian),
    ]
    subject = {"type": "container", "name": image.name.partition(":")[0], "version": version()}
    return _save(f"intramuros-{image.target}", bill(subject, components, now=now))


def alone(image: str, program: str) -> list[str]:
    """Return the command that runs a program of an image with nothing around it."""
    words = "docker run --rm --network none --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"
    return [*words.split(), "--entrypoint", program, image]


def require_locked(name: str, lock: str, installed: Mapping[str, str]) -> None:
    """Raise SetupRefused unless an image holds every package of its lock in its version, and no other but our own."""
    found = {normalised(one): release.partition("+")[0] for one, release in installed.items()}
    found.pop("intramuros", None)
    wanted = pins(lock)
    if found != wanted:
        odd = sorted(one for one in found.keys() | wanted.keys() if found.get(one) != wanted.get(one))
        raise SetupRefused(
            f"{name} and its lock differ in {', '.join(odd)}",
            remedy="build the image again, from the lock as it is",
        )


def python_components(
    lock: str, installed: Iterable[Sequence[str | None]], digests: set[str]
) -> Sequence[Json]:
    """Return a component a package, with the hash of the wheel it came from where that is one of `digests`."""
    accepted = hashes(lock)
    found = []
    for name, release, expression, words in installed:
        key = normalised(str(name))
        if key not in accepted:
            continue  # our own code is the subject of the bill
        component = _library(key, str(release), f"pkg:pypi/{key}@{str(release).replace('+', '%2B')}")
        used = sorted(accepted[key] & digests)
        if used:
            component["hashes"] = [{"alg": "SHA-256", "content": one} for one in used]
        if expression:
            component["licenses"] = [{"expression": expression}]
        elif words and len(words) <= LONGEST_LICENCE:
            component["licenses"] = [{"license": {"name": words.strip()}}]
        found.append(component)
    return found


def debian_components(listing: str) -> Sequence[Json]:
    """Return a component a package of Debian, from lines of name, version and architecture."""
    rows = [line.split(" ") for line in listing.splitlines()]
    return [
        _library(name, release, f"pkg:deb/debian/{name}@{release.replace('+', '%2B')}?arch={architecture}")
        for name, release, architecture in rows
    ]


def write_models(*, now: datetime) -> Path:
    """Write the bill of the models that may be used: licence, source, and the SHA-256 of each file that is pinned."""
    subject = {"type": "application", "name": "intramuros-models", "version": version()}
    return _save("intramuros-models", bill(subject, [model(entry) for entry in CATALOGUE], now=now))


def model(entry: CatalogueEntry) -> Json:
    """Return the component of a model of the catalogue, its files within."""
    reference = f"pkg:huggingface/{entry.model_card}#{entry.id}"
    origins = [{"name": "intramuros:origin", "value": origin} for origin in entry.origins]
    return {
        "type": "machine-learning-model",
        "bom-ref": reference,
        "name": entry.id,
        "description": entry.title,
        "purl": f"pkg:huggingface/{entry.model_card}",
        "licenses": [{"expression": entry.licence}],
        "modelCard": {"modelParameters": {"task": entry.use}},
        "properties": [*origins, {"name": "intramuros:pinned", "value": str(entry.can_fetch).lower()}],
        **({"components": [_file(reference, file) for file in entry.files]} if entry.files else {}),
    }


def _file(reference: str, file: ModelFile) -> Json:
    return {
        "type": "file",
        "bom-ref": f"{reference}/{file.name}",
        "name": file.name,
        "hashes": [{"alg": "SHA-256", "content": file.sha256}],
    }


def bill(subject: Json, components: Sequence[Json], *, now: datetime) -> Json:
    """Return a whole bill. The same parts have the same serial number, whenever it is written."""
    content = json.dumps([subject, list(components)], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, content)}",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds"),
            "component": {"bom-ref": "subject", **subject},
        },
        "components": list(components),
    }


def _library(name: str, release: str, purl: str) -> dict[str, object]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": release, "purl": purl}


def _save(name: str, content: Json) -> Path:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    path = OUTPUT / f"{name}.cdx.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
