"""Check deploy/: the compose file keeps its rules, the proxy refuses what it must, the settings file is complete."""

import base64
import hashlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit
import yaml
from pydantic import BaseModel

from app import offline
from app.settings import Settings, load

DEPLOY = Path(__file__).parent.parent / "deploy"
REFERENCE = DEPLOY / "intramuros.toml"
COMPOSE: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
each_service = pytest.mark.parametrize("name", sorted(SERVICES))
PROXY = "caddy"
SECRET_WORDS = re.compile(r"PASSWORD|SECRET|TOKEN(?!S)|API_KEY|_KEY$")


def image_lines() -> dict[str, str]:
    """Return the variables of images.env."""
    lines = (DEPLOY / "images.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@each_service
def test_service_is_hardened(name: str) -> None:
    """Unprivileged account, read-only files, no capability, no new privileges, limits, health."""
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"] > 0
    assert service["pids_limit"] > 0
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["tmpfs"]


@each_service
def test_service_keeps_its_hands_off_the_host(name: str) -> None:
    """No privilege, no namespace of the host, no socket of the engine, no host directory to write to."""
    service = SERVICES[name]
    assert not {"privileged", "network_mode", "pid", "ipc", "userns_mode", "devices"} & set(service)
    for volume in service.get("volumes", []):
        assert "docker.sock" not in volume
        assert volume.endswith(":ro") or volume.partition(":")[0] in COMPOSE["volumes"]


def test_only_the_proxy_can_be_reached_and_can_reach_out() -> None:
    """One service publishes ports; every network of the others is internal but the one to the sign-in provider."""
    assert [name for name, service in SERVICES.items() if "ports" in service] == [PROXY]
    outside = {name for name, network in COMPOSE["networks"].items() if not network.get("internal")}
    ways = {name: outside & set(service["networks"]) for name, service in SERVICES.items()}
    assert {name: way for name, way in ways.items() if way} == {
        PROXY: {"street"},
        "app": {"identity"},
        "ui": {"identity"},
    }


def test_model_is_reached_by_the_api_only() -> None:
    """The key of vLLM guards only part of its paths, so its network holds the API and nobody else."""
    neighbours = {name for name, service in SERVICES.items() if "model" in service["networks"]}
    assert neighbours == {"app", "vllm"}


@each_service
def test_service_carries_every_telemetry_switch(name: str) -> None:
    """The environment holds the table of app.offline, value by value."""
    environment = SERVICES[name]["environment"]
    assert offline.openings(environment) == ()
    assert all(isinstance(value, str) for value in environment.values())


@each_service
def test_no_secret_stands_in_an_environment(name: str) -> None:
    """Variables that sound like a secret name a file below /run/secrets that the service is given."""
    service = SERVICES[name]
    given = {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
    named = {key: value for key, value in service["environment"].items() if SECRET_WORDS.search(key)}
    named = {key: value for key, value in named.items() if key not in {s.variable for s in offline.SWITCHES}}
    assert all(key.endswith("_FILE") and value in given for key, value in named.items()), named


def test_every_secret_is_a_file_and_used() -> None:
    """Secrets come from files beside the compose file; none is declared for nothing."""
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


def test_images_are_pinned_by_digest() -> None:
    """Each image has a version and a digest, never `latest`; compose refuses to start without the variable."""
    images = {name: value for name, value in image_lines().items() if name.endswith("_IMAGE")}
    for value in images.values():
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", value)
        assert ":latest" not in value
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+_IMAGE):\?", text))
    assert asked == set(images)
    assert not re.search(r"\$\{\w+_IMAGE(:-|\})", text)


def test_qdrant_is_locked() -> None:
    """The settings that its documentation asks for before production are set, and deletion deletes."""
    environment = SERVICES["qdrant"]["environment"]
    assert environment["QDRANT__SERVICE__ENABLE_CORS"] == "false"
    assert environment["QDRANT__SERVICE__JWT_RBAC"] == "true"
    assert environment["QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY"] == "false"
    assert float(environment["QDRANT__STORAGE__OPTIMIZERS__DELETED_THRESHOLD"]) < 0.001
    assert "/run/secrets/index_api_key" in SERVICES["qdrant"]["command"][0]
    assert "-unprivileged@" in image_lines()["QDRANT_IMAGE"]


def test_model_server_takes_nothing_from_strangers() -> None:
    """VLLM starts with its key, without remote code, adapters at run time or sampling defaults of the model."""
    command = SERVICES["vllm"]["command"][0]
    assert "/run/secrets/model_api_key" in command
    assert "--generation-config vllm" in command
    for forbidden in ("--trust-remote-code", "--enable-lora", "--chat-template-content", "--allowed-"):
        assert forbidden not in command


def test_environment_of_the_api_is_a_valid_server(tmp_path: Path) -> None:
    """The variables of the compose file over the reference file load as a server, without an unknown key."""
    environment = {**SERVICES["app"]["environment"]}
    for secret in SERVICES["app"]["secrets"]:
        (tmp_path / secret).write_text("0123456789abcdef" * 2, encoding="utf-8")
    chosen = {
        "/run/secrets": str(tmp_path),
        "${PUBLIC_HOST:?see deploy/images.env}": "ask.example.org",
        "${SIGN_IN_ISSUER:?see deploy/images.env}": "https://id.example.org",
    }
    replaced = {
        key: re.sub("|".join(map(re.escape, chosen)), lambda found: chosen[found[0]], value)
        for key, value in environment.items()
    }
    settings = load(REFERENCE, replaced)
    assert settings.site.profile == "server"
    assert settings.model.base_url == "http://vllm:8000/v1"


def test_compose_file_is_accepted_by_the_tool() -> None:
    """The engine's own parser takes the file with every variable set."""
    tool = compose_tool()
    if tool is None:
        pytest.skip("docker-compose is not installed; the rules above were checked on the YAML alone")
    arguments = [
        *tool,
        "--env-file",
        str(DEPLOY / "images.env"),
        "-f",
        str(DEPLOY / "compose.yaml"),
        "config",
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == set(SERVICES)


def compose_tool() -> list[str] | None:
    """Return how compose is called on this machine, or None."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        done = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=60, check=False)
        if done.returncode == 0:
            return ["docker", "compose"]
    return None


def test_policy_names_the_inline_script_of_the_page() -> None:
    """The hash in the security policy is that of the installed Streamlit; an upgrade that changes it shows here."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert set(re.findall(r"'sha256-([^']+)'", text)) == hashes


def test_every_variable_and_file_of_the_readme_exists() -> None:
    """What the instructions name is there."""
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"^\| `([\w./-]+)` \|", text, re.MULTILINE):
        assert (DEPLOY / name).exists(), name
    names = re.search(r"for name in ([\w ]+);", text)
    assert names is not None
    brought = {"tls_certificate", "tls_key", "sign_in_client"}
    assert all(f"`deploy/secrets/{name}`" in text for name in brought)
    assert {*names.group(1).split(), *brought} == set(COMPOSE["secrets"])


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
