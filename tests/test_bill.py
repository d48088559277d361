"""The bills of materials are complete, valid, and tell where everything comes from."""

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from cyclonedx.schema import _res
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from app.models.catalogue import CATALOGUE
from deploy.images import sbom
from deploy.images.parts import IMAGES, hashes, pins
from retrieval.errors import SetupRefused

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
LOCK = IMAGES[2].lock.read_text(encoding="utf-8")
INSTALLED = [(name, version, "MIT", None) for name, version in pins(LOCK).items()]
DEBIAN = "libc6 2.36-9+deb12u10 amd64\nzlib1g 1:1.2.13.dfsg-1 amd64\n"


def schema(name: str) -> dict[str, object]:
    """Return a published schema of CycloneDX as its library brings it."""
    text = (resources.files(_res) / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8")
    found: dict[str, object] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def rules() -> Draft7Validator:
    """Return what checks a bill."""
    bill, *others = (schema(name) for name in ("bom-1.6", "spdx", "jsf-0.82"))
    registry: Registry[object] = Registry()
    for one in (bill, *others):
        registry = registry.with_resource(str(one["$id"]), Resource.from_contents(one))
    return Draft7Validator(bill, registry=registry)


def test_bill_of_an_image_is_valid(rules: Draft7Validator) -> None:
    """A scanner reads it: the parts of Python and Debian with name, version and address."""
    parts = [*sbom.python_components(LOCK, INSTALLED, set()), *sbom.debian_components(DEBIAN)]
    bill = sbom.bill({"type": "container", "name": "intramuros-ui", "version": "1"}, parts, now=NOW)
    assert [error.message for error in rules.iter_errors(bill)] == []
    assert "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64" in {part["purl"] for part in parts}
    assert len({part["bom-ref"] for part in parts}) == len(parts) == len(INSTALLED) + 2


def test_validator_notices() -> None:
    """The schema is really asked: a bill without its format is refused."""
    assert list(Draft7Validator(schema("bom-1.6"), registry=Registry()).iter_errors({"specVersion": "1.6"}))


def test_package_is_known_by_the_wheel_that_was_installed() -> None:
    """Of the hashes that the lock accepts, the bill names the one that was used."""
    used = min(hashes(LOCK)["numpy"])
    (component,) = (one for one in sbom.python_components(LOCK, INSTALLED, {used}) if one["name"] == "numpy")
    assert component["hashes"] == [{"alg": "SHA-256", "content": used}]
    assert component["licenses"] == [{"expression": "MIT"}]


@pytest.mark.parametrize(
    "installed",
    [
        {name: version for name, version, *_ in INSTALLED if name != "numpy"},
        {**{name: version for name, version, *_ in INSTALLED}, "numpy": "0.1"},
        {**{name: version for name, version, *_ in INSTALLED}, "left-pad": "1"},
    ],
    ids=["missing", "other version", "not locked"],
)
def test_image_that_differs_from_its_lock_fails_the_build(installed: dict[str, str]) -> None:
    """A package that is missing, of another version or unknown to the lock is named."""
    with pytest.raises(SetupRefused, match=r"numpy|left-pad"):
        sbom.require_locked("intramuros-ui", LOCK, installed)


def test_image_as_locked_passes() -> None:
    """Our own package and the local part of torch's version are no difference."""
    lock = IMAGES[1].lock.read_text(encoding="utf-8")
    sbom.require_locked("worker", lock, {**pins(lock), "torch": "2.13.0+cpu", "intramuros": "0.1.0"})


def test_same_parts_have_the_same_number() -> None:
    """A bill can be compared with that of another day."""
    first, second = (sbom.bill({"name": "a"}, [], now=now) for now in (NOW, NOW.replace(year=2028)))
    assert first["serialNumber"] == second["serialNumber"]
    assert sbom.bill({"name": "b"}, [], now=NOW)["serialNumber"] != first["serialNumber"]


def test_bill_of_the_models_is_valid_and_whole(
    rules: Draft7Validator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every model of the catalogue is in it with licence and source, every pinned file with its SHA-256."""
    monkeypatch.setattr(sbom, "OUTPUT", tmp_path)
    bill = json.loads(sbom.write_models(now=NOW).read_text(encoding="utf-8"))
    assert [error.message for error in rules.iter_errors(bill)] == []
    models = {model["name"]: model for model in bill["components"]}
    assert set(models) == {entry.id for entry in CATALOGUE}
    for entry in CATALOGUE:
        model = models[entry.id]
        assert model["licenses"] == [{"expression": entry.licence}]
        assert [one["hashes"][0]["content"] for one in model.get("components", [])] == [
            file.sha256 for file in entry.files
        ]
        origins = {one["value"] for one in model["properties"] if one["name"] == "intramuros:origin"}
        assert origins == set(entry.origins)
        assert origins
