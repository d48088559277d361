"""What the services are told is what the programs take: settings, options of vLLM, rules of Qdrant, keys from files."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.cli.showing import env_lines
from app.cli.starting import TRIAL_SETTINGS
from app.models.catalogue import CATALOGUE, entry
from app.models.install import VLLM_PYTHON
from app.models.serving import ALWAYS
from app.settings import Settings, load
from app.vllm_server import launch_vllm
from retrieval.errors import SettingsInvalid
from tests.deploy.merged import DEPLOY, Service, image_lines, merged, running

REFERENCE = DEPLOY / "intramuros.toml"
MIXTRAL = entry("mixtral-8x7b-instruct-v0.1")
LONG = "0123456789abcdef" * 2


def told(service: Service, secrets: Path, **changed: str) -> Settings:
    """Return the settings of a service as it starts, with its secrets in a folder of the test."""
    for secret in service.get("secrets", []):
        if not (secrets / secret).exists():
            (secrets / secret).write_text(LONG, encoding="utf-8")
    environment = {key: str(value) for key, value in service["environment"].items()} | changed
    lent = {key: value.replace("/run/secrets", str(secrets)) for key, value in environment.items()}
    path = REFERENCE if "INTRAMUROS_SETTINGS" in environment else None
    return load(path, {key: value for key, value in lent.items() if key.startswith("INTRAMUROS_")})


@pytest.mark.parametrize("name", ["app", "worker"])
@pytest.mark.parametrize("combination", ["gpu", "cpu", "cluster"])
def test_house_is_a_valid_server(combination: str, name: str, tmp_path: Path) -> None:
    """API and worker load as a server: the same database, index and embedder, and no ingestion beside the API."""
    settings = told(running(combination)[name], tmp_path)
    assert settings.site.profile == "server"
    assert settings.model.base_url == "http://gate:8000/v1"
    assert settings.embedder.url == "http://embedder:8700/v1"
    assert settings.ingest.beside_api is False
    host = "index" if combination == "cluster" else "qdrant"
    assert settings.index.url == f"http://{host}:6333"


def test_embedder_needs_no_secret(tmp_path: Path) -> None:
    """It embeds with the model that the others expect, and knows nothing else."""
    service = running("gpu")["embedder"]
    settings = told(service, tmp_path)
    assert "secrets" not in service
    assert set(service["networks"]) == {"embed"}
    assert settings.embedder.model == told(running("gpu")["app"], tmp_path).embedder.model
    assert (settings.embedder.host, settings.embedder.port) == ("0.0.0.0", 8700)


@pytest.mark.parametrize("combination", ["edge on cpu", "edge on gpu"])
def test_edge_runs_everything_in_one_process(combination: str, tmp_path: Path) -> None:
    """No database server, no other embedder, local accounts where no provider is named; behind TLS."""
    service = running(combination)["app"]
    settings = told(service, tmp_path, INTRAMUROS_SIGN_IN__ISSUER="")
    assert settings.site.profile == "embedded"
    assert (settings.database.url, settings.index.url, settings.embedder.url) == ("", "", "")
    assert settings.ingest.beside_api is True
    assert settings.site.trial is False
    assert settings.page.public_url.startswith("https://")


@pytest.mark.parametrize("combination", ["gpu", "edge on cpu"])
@pytest.mark.parametrize("key", ["", "short", "changeme" * 4])
def test_weak_keys_are_refused(combination: str, key: str, tmp_path: Path) -> None:
    """An empty, a short and a made-up key stop the start, in the small installation too."""
    (tmp_path / "model_api_key").write_text(key, encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"model\.api_key"):
        told(running(combination)["app"], tmp_path)


@pytest.mark.parametrize(
    ("name", "secret"), [("vllm", "model_api_key"), ("qdrant", "index_api_key"), ("qdrant", "index_read_key")]
)
@pytest.mark.parametrize("key", ["", "short", LONG])
def test_servers_without_a_key_do_not_start(name: str, secret: str, key: str, tmp_path: Path) -> None:
    """The very commands run in a shell: without a long key nothing is started that would let everybody in."""
    service = running("gpu")[name]
    for each in service["secrets"]:
        (tmp_path / each).write_text(f"{key if each == secret else LONG}\n", encoding="utf-8")
    started = tmp_path / ("python3" if name == "vllm" else "qdrant")
    started.write_text('#!/bin/sh\nenv | grep -c KEY= ; echo started "$@"\n', encoding="utf-8")
    started.chmod(0o755)
    command = service["command"][0].replace("$$", "$").replace("/run/secrets", str(tmp_path))
    done = subprocess.run(
        [*service["entrypoint"], command],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "MODEL": "m", "MODEL_FLAGS": "--max-model-len 8", "NODE": ""},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert ("started" in done.stdout) is (key == LONG), done
    if key != LONG:
        assert done.returncode == 1
        assert "32 characters" in done.stderr
    assert LONG not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["caddy", "gate"])
def test_proxies_start_from_a_copy(name: str, tmp_path: Path) -> None:
    """Caddy's own file has a capability that keeps it from starting without any; a copy in memory has none."""
    service = running("gpu")[name]
    image, memory = tmp_path / "image", tmp_path / "memory"
    for folder in (image, memory):
        folder.mkdir()
    (image / "caddy").write_text('#!/bin/sh\necho "$0 $@"\n', encoding="utf-8")
    (image / "caddy").chmod(0o755)
    command = service["command"][0].replace("/usr/bin", str(image)).replace("/opt/caddy/", f"{memory}/")
    done = subprocess.run(
        [*service["entrypoint"], command], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout == f"{memory}/caddy run --config /etc/caddy/Caddyfile --adapter caddyfile\n"
    (place,) = [one for one in service["tmpfs"] if one.startswith("/opt/caddy:")]
    assert {"exec", "mode=0700", "uid=10002"} <= set(place.partition(":")[2].split(","))


def options(service: Service) -> list[str]:
    """Return the arguments of vLLM's server as its shell hands them on."""
    text = service["command"][0].replace("$$", "$").partition("api_server ")[2]
    for name in ("MODEL_FLAGS", "MODEL"):
        text = text.replace(f"${name}", str(service["environment"][name]))
    return shlex.split(text)


def test_reference_is_served_as_written() -> None:
    """images.env holds Mixtral as `intramuros models show` prints it, and the rest is what every model has."""
    assert MIXTRAL.serving
    lines = env_lines(MIXTRAL, MIXTRAL.serving, MIXTRAL.serving.layouts[0])
    assert [f"{name}={image_lines()[name]}" for name in ("MODEL", "MODEL_FLAGS", "GPUS")] == list(lines)
    words = options(running("gpu")["vllm"])
    assert words[:4] == ["--model", f"/models/{MIXTRAL.id}", "--served-model-name", MIXTRAL.id]
    assert words[-len(ALWAYS) - 4 : -4] == list(ALWAYS)  # last, and therefore stronger than MODEL_FLAGS
    assert options(running("two vLLM")["vllm-2"]) == words


def test_trial_model_is_served_as_make_run_does(tmp_path: Path) -> None:
    """The overlay for processors says what `make run` says: options, variables, and settings of the API."""
    service = running("cpu")["vllm"]
    launch = launch_vllm(entry("qwen2.5-coder-1.5b-instruct"), folder=tmp_path, port=8000)
    given = set(options(service))
    where = {str(tmp_path), "127.0.0.1", "-m", "vllm.entrypoints.openai.api_server"}
    assert set(launch.command[1:]) - where <= given
    told_by_us = {key: value for key, value in launch.environment.items() if key.startswith("VLLM_CPU_")}
    assert told_by_us.items() <= service["environment"].items()
    answering = {name: value for name, value in TRIAL_SETTINGS.items() if "_INGEST__" not in name}
    assert answering.items() <= running("cpu")["app"]["environment"].items()
    assert f"/models/{running('cpu')['app']['environment']['INTRAMUROS_MODEL__NAME']}" in given


@pytest.mark.slow
@pytest.mark.vllm
def test_vllm_takes_the_options() -> None:
    """The parser of the pinned vLLM accepts what each container is started with, and every line for .env."""
    if not VLLM_PYTHON.is_file():
        pytest.skip(f"vllm: the options of the containers are not checked, {VLLM_PYTHON} is not installed")
    base = options(running("gpu")["vllm"])
    lists = [base, options(running("cpu")["vllm"])]
    for known in CATALOGUE:
        for layout in known.serving.layouts if known.serving else ():
            flags = env_lines(known, known.serving, layout)[1].partition("=")[2] if known.serving else ""
            lists.append([*base[:4], *shlex.split(flags), *base[base.index("--generation-config") :]])
    done = subprocess.run(
        [str(VLLM_PYTHON), str(DEPLOY.parent / "tests" / "vllm_parser.py")],
        input=json.dumps(lists), capture_output=True, text=True, timeout=280, check=True,
        env={**os.environ, "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().rpartition("\n")[2])
    assert len(found) == len(lists)
    for words, values in zip(lists, found, strict=True):
        assert "error" not in values, (words, values)
        assert (values["host"], values["port"], values["generation_config"]) == ("0.0.0.0", 8000, "vllm")
        assert values["trust_remote_code"] is False
        assert values["enable_log_requests"] is False


def test_model_server_takes_nothing_from_strangers() -> None:
    """No remote code, no adapters at run time, no template or picture of a request."""
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.glob("*.yaml"))
    text += (DEPLOY / "images.env").read_text(encoding="utf-8")
    for forbidden in (
        "--trust-remote-code", "--enable-lora", "--chat-template-content", "--allowed-",
        "--trust-request-chat-template", "VLLM_SERVER_DEV_MODE", "VLLM_ALLOW_RUNTIME_LORA_UPDATING",
    ):  # fmt: skip
        assert forbidden not in text


@pytest.mark.parametrize(
    ("combination", "name"),
    [("gpu", "qdrant"), *(("cluster", node) for node in ("qdrant", "qdrant-2", "qdrant-3"))],
)
def test_qdrant_is_locked(combination: str, name: str) -> None:
    """What its documentation asks for before production is set on every node, and deletion deletes."""
    service = running(combination)[name]
    environment = service["environment"]
    assert environment["QDRANT__SERVICE__ENABLE_CORS"] == "false"
    assert environment["QDRANT__SERVICE__JWT_RBAC"] == "true"
    assert environment["QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY"] == "false"
    assert environment["QDRANT__AUDIT__ENABLED"] == "true"
    assert float(environment["QDRANT__STORAGE__OPTIMIZERS__DELETED_THRESHOLD"]) < 0.001
    assert "-unprivileged@" in service["image"]
    assert {"index_api_key", "index_read_key"} == set(service["secrets"])


def test_cluster_keeps_two_copies_and_its_doors_shut() -> None:
    """Three nodes, each with its own volume; both copies take a write; no message between them without the key."""
    nodes = {name: one for name, one in running("cluster").items() if name.startswith("qdrant")}
    assert len(nodes) == 3
    assert len({one["volumes"][0].partition(":")[0] for one in nodes.values()}) == 3
    for name, one in nodes.items():
        environment = one["environment"]
        assert environment["QDRANT__CLUSTER__ENABLED"] == "true"
        assert environment["QDRANT__SERVICE__ENFORCE_INTERNAL_AUTH"] == "true"
        assert environment["QDRANT__STORAGE__COLLECTION__REPLICATION_FACTOR"] == "2"
        assert environment["QDRANT__STORAGE__COLLECTION__WRITE_CONSISTENCY_FACTOR"] == "2"
        assert environment["NODE"].startswith(f"--uri http://{name}:6335")
        assert ("--bootstrap http://qdrant:6335" in environment["NODE"]) is (name != "qdrant")
        assert merged("cluster")["services"][name]["networks"]["data"] == {"aliases": ["index"]}


def test_prometheus_reads_with_the_key_that_only_reads() -> None:
    """It is given no other; Grafana asks for a password, reports nothing and takes no plugin."""
    services = running("monitored")
    assert services["prometheus"]["secrets"] == ["index_read_key"]
    assert not re.search("enable-admin-api|enable-lifecycle", " ".join(services["prometheus"]["command"]))
    grafana = services["grafana"]["environment"]
    for switch in ("REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES"):
        assert grafana[f"GF_ANALYTICS_{switch}"] == "false"
    assert grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert grafana["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_admin"
