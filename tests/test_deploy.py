"""Check deploy/: the image is built from pinned parts, the settings file is complete, the instructions hold."""

import base64
import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit
import yaml
from pydantic import BaseModel

from app.settings import Settings, load

DEPLOY = Path(__file__).parent.parent / "deploy"
REFERENCE = DEPLOY / "intramuros.toml"
COMPOSE: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]


def test_policy_names_the_inline_script_of_the_page() -> None:
    """The hash in the security policy is that of the installed Streamlit; an upgrade that changes it shows here."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert set(re.findall(r"'sha256-([^']+)'", text)) == hashes


def reference_comments() -> dict[tuple[str, str], str]:
    """Return the comment above each key of the reference file by section and key."""
    section = ""
    comment: list[str] = []
    found = {}
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment.append(line.lstrip("# "))
            continue
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line:
            found[section, line.partition("=")[0].strip()] = " ".join(comment)
        comment = []
    return found


def defaults() -> dict[tuple[str, str], object]:
    """Return the default of every setting a person may set, as TOML would write it."""
    found: dict[tuple[str, str], object] = {}
    for section, spec in Settings.model_fields.items():
        kind = spec.annotation
        if not isinstance(kind, type):
            assert section in {
                "collections",
                "sources",
            }  # lists of sections; their examples have tests of their own
            continue
        assert issubclass(kind, BaseModel)
        for key, field in kind.model_fields.items():
            if not field.exclude:
                default = field.default
                found[section, key] = (
                    ""
                    if default is None
                    else str(default)
                    if isinstance(default, Path)
                    else list(default)
                    if isinstance(default, tuple)
                    else default
                )
    return found


def test_reference_file_loads_and_equals_the_defaults() -> None:
    """Copying the file changes nothing until somebody edits it."""
    assert load(REFERENCE, {}) == load(None, {})


def test_reference_file_holds_every_setting_with_its_default() -> None:
    """Documentation and code name the same settings and the same values."""
    values = tomllib.loads(REFERENCE.read_text(encoding="utf-8"))
    flat = {(section, key): value for section, table in values.items() for key, value in table.items()}
    assert flat == defaults()


@pytest.mark.parametrize("name", sorted(defaults()), ids=".".join)
def test_reference_file_explains_each_setting(name: tuple[str, str]) -> None:
    """Above each key stand a sentence for the person who sets it, and the default."""
    default = defaults()[name]
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    shown = "none" if default in ("", [], {}) else shown
    assert len(reference_comments()[name]) > 40
    assert f"Default: {shown}." in reference_comments()[name]


def example(section: str) -> list[str]:
    """Return the example that ends its own block of the reference file, without the comment signs."""
    mark = f"# [[{section}]]\n"
    blocks = [one for one in REFERENCE.read_text(encoding="utf-8").split("\n\n") if mark in one]
    return [
        (mark + block.partition(mark)[2]).replace("# ", "").replace("#\n", "\n") + "\n" for block in blocks
    ]


def test_example_of_a_collection_is_complete(tmp_path: Path) -> None:
    """Taking the comment signs off the example in the reference file gives a valid collection with every key."""
    path = tmp_path / "settings.toml"
    path.write_text("".join(example("collections")), encoding="utf-8")
    (collection,) = load(path, {}).collections
    assert collection.model_fields_set == set(type(collection).model_fields)


def test_examples_of_sources_are_complete(tmp_path: Path) -> None:
    """Both examples are valid beside that of a collection, and show every key that a person may set."""
    key = tmp_path / "key"
    key.write_text("k", encoding="utf-8")
    text = "".join([*example("collections"), *example("sources")])
    path = tmp_path / "settings.toml"
    path.write_text(re.sub(r'"/etc/intramuros/s3-[a-z]+-key"', f'"{key}"', text), encoding="utf-8")
    folder, bucket = load(path, {}).sources
    assert (folder.kind, bucket.kind) == ("folder", "s3")
    shown = folder.model_fields_set | bucket.model_fields_set
    assert shown == set(type(folder).model_fields)
    assert len(folder.rules) == 2
