"""Every combination of the compose files keeps the rules: hardened services, closed networks, secrets as files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import offline
from tests.deploy.merged import (
    COMBINATIONS,
    DEPLOY,
    Service,
    files,
    image_lines,
    listed_by_tool,
    merged,
    running,
    tool,
)

PROXY = "caddy"
SECRET_WORDS = re.compile(r"PASSWORD|SECRET|TOKEN(?!S|_TIMEOUT)|API_KEY|_KEY$")
THEIRS = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
OURS = re.compile(r"intramuros-[\w-]+:\d+\.\d+\.\d+")


def everywhere() -> Iterator[Any]:
    """Yield each service of each combination, also those that a combination switches off."""
    for combination in COMBINATIONS:
        for name, service in merged(combination)["services"].items():
            yield pytest.param(combination, service, id=f"{combination}: {name}")


each_service = pytest.mark.parametrize(("combination", "service"), list(everywhere()))
each_combination = pytest.mark.parametrize("combination", list(COMBINATIONS))


def test_every_file_is_in_a_combination() -> None:
    """A new overlay is held to the rules; and the first file names each."""
    named = {path for combination in COMBINATIONS for path in files(combination)}
    assert named == set(DEPLOY.glob("compose*.yaml"))
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    for path in named - {DEPLOY / "compose.yaml"}:
        assert f"#     {path.name} " in text


@each_service
def test_service_is_hardened(combination: str, service: Service) -> None:
    """Unprivileged account, read-only files, no capability, no new privileges, limits, health."""
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert float(service["cpus"]) > 0
    assert service["pids_limit"] > 0
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert service["tmpfs"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


@each_service
def test_service_keeps_its_hands_off_the_host(combination: str, service: Service) -> None:
    """No privilege, no namespace of the host, no socket of the engine, no host directory to write to."""
    assert not {"privileged", "network_mode", "pid", "ipc", "userns_mode", "devices"} & set(service)
    for volume in service.get("volumes", []):
        assert "docker.sock" not in volume
        assert volume.endswith(":ro") or volume.partition(":")[0] in merged(combination)["volumes"]


@each_service
def test_service_carries_every_telemetry_switch(combination: str, service: Service) -> None:
    """The environment holds the table of app.offline, value by value."""
    environment = service["environment"]
    assert offline.openings({key: str(value) for key, value in environment.items()}) == ()


@each_service
def test_no_secret_stands_in_an_environment(combination: str, service: Service) -> None:
    """Variables that sound like a secret name a file below /run/secrets that the service is given."""
    given = {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
    switches = {switch.variable for switch in offline.SWITCHES}
    named = {key: value for key, value in service["environment"].items() if SECRET_WORDS.search(key)}
    named = {key: value for key, value in named.items() if key not in switches}
    assert all(key.endswith("_FILE") and value in {"", *given} for key, value in named.items()), named


@each_service
def test_image_is_pinned(combination: str, service: Service) -> None:
    """What others made has a version and a digest; what is built here has this release's version."""
    assert THEIRS.fullmatch(service["image"]) or OURS.fullmatch(service["image"])
    assert ":latest" not in service["image"]


def test_images_come_from_one_place() -> None:
    """Each image is a variable of images.env that compose refuses to start without, and each there is used."""
    images = {name for name in image_lines() if name.endswith("_IMAGE")} - {
        "PYTHON_IMAGE"
    }  # built on, not run
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.glob("compose*.yaml"))
    assert set(re.findall(r"\$\{(\w+_IMAGE):\?", text)) == images
    assert not re.search(r"\$\{\w+_IMAGE(:-|\})", text)
    others = (images - {"APP_IMAGE", "WORKER_IMAGE", "UI_IMAGE", "VLLM_CPU_IMAGE"}) | {"PYTHON_IMAGE"}
    assert all(THEIRS.fullmatch(image_lines()[name]) for name in others)


@each_combination
def test_nothing_is_built_at_start(combination: str) -> None:
    """Behind an air gap an image is there or it is not."""
    assert not any("build" in service for service in merged(combination)["services"].values())


@each_combination
def test_only_the_proxy_can_be_reached(combination: str) -> None:
    """One service publishes ports; all but those of the page lead in from this machine alone."""
    services = running(combination)
    assert [name for name, service in services.items() if "ports" in service] == [PROXY]
    open_to_all = {port for port in services[PROXY]["ports"] if not port.startswith("127.0.0.1:")}
    assert open_to_all == {"443:8443", "80:8080"}


@each_combination
def test_only_the_door_and_the_sign_in_lead_out(combination: str) -> None:
    """Every network is internal but the proxy's, and the one by which page and API reach the provider."""
    networks = merged(combination)["networks"]
    outside = {name for name, network in networks.items() if not network.get("internal")}
    ways = {name: outside & set(service["networks"]) for name, service in running(combination).items()}
    found = {name: way for name, way in ways.items() if way}
    assert found == {PROXY: {"street"}, "app": {"identity"}, "ui": {"identity"}}


def test_without_a_provider_nothing_leads_out(tmp_path: Path) -> None:
    """IDENTITY_SEALED closes the network of the sign-in in the tool's own reading."""
    found = tool()
    if found is None:
        pytest.skip("compose: not installed; the closed network was not read by it")
    text = (DEPLOY / "images.env").read_text(encoding="utf-8")
    for sealed in ("true", "false"):
        (tmp_path / "env").write_text(
            re.sub("IDENTITY_SEALED=.*", f"IDENTITY_SEALED={sealed}", text), encoding="utf-8"
        )
        listed = listed_by_tool(files("edge on cpu"), found, tmp_path / "env")
        assert bool(listed["networks"]["identity"].get("internal")) is (sealed == "true")


@each_combination
def test_vllm_is_reached_through_the_gate(combination: str) -> None:
    """The key guards only some of its paths: its network holds the gate, and Prometheus has one of its own."""
    services = running(combination)
    on_engine = {name for name, service in services.items() if "engine" in service["networks"]}
    models = {name for name in services if name.startswith("vllm")}
    assert on_engine == {"gate", *models}
    assert {name for name, service in services.items() if "model" in service["networks"]} == {"app", "gate"}
    for model in models:
        assert set(services[model]["networks"]) <= {"engine", "watch-engine"}
    watching = {name for name, service in services.items() if "watch-engine" in service["networks"]}
    assert watching <= {"prometheus", *models}


@each_combination
def test_every_secret_is_a_file_and_used(combination: str) -> None:
    """Secrets come from files beside the compose files; none is declared for nothing."""
    whole = merged(combination)
    used = {secret for service in whole["services"].values() for secret in service.get("secrets", [])}
    assert used == set(whole["secrets"])
    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in whole["secrets"].items())


@each_combination
def test_nobody_waits_for_a_neighbour(combination: str) -> None:
    """A service that is switched off, or down, keeps no other from starting."""
    assert not any("depends_on" in service for service in merged(combination)["services"].values())


@each_combination
def test_what_is_mounted_is_there(combination: str) -> None:
    """The engine would make an empty folder of a file that is missing, and the service would not know why."""
    mounted = {
        volume.partition(":")[0]
        for service in merged(combination)["services"].values()
        for volume in service.get("volumes", [])
    }
    files = {one for one in mounted if one.startswith("./") and one != image_lines()["MODELS_DIR"]}
    if not (DEPLOY / "monitoring").exists():
        files = {one for one in files if not one.startswith("./monitoring/")}
    assert {one for one in files if not (DEPLOY / one).exists()} == set()
    assert "./intramuros.toml" in files


def test_prometheus_asks_by_what_it_is_given() -> None:
    """Its key of Qdrant is the one that is mounted; a name gives each replica and node, on a network they share."""
    if not (DEPLOY / "monitoring").exists():
        pytest.skip("monitoring: there are no rules to compare with")
    text = (DEPLOY / "monitoring" / "prometheus.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["scrape_configs"]
    services = running("everything")
    asking = services["prometheus"]
    keys = set(re.findall(r"/run/secrets/(\w+)", text))
    assert keys == set(asking["secrets"])
    asked = {job["dns_sd_configs"][0]["names"][0] for job in jobs if "dns_sd_configs" in job}
    assert asked == {"app", "worker", "embedder", "vllm", "index"}
    found = {
        one: {name for name, service in services.items() if _is_found(service, name, one, asking)}
        for one in asked
    }
    assert found["vllm"] == {name for name in services if name.startswith("vllm")} > {"vllm"}
    assert found["index"] == {name for name in services if name.startswith("qdrant")} > {"qdrant"}
    assert all(found[one] == {one} for one in ("app", "worker", "embedder"))


def _is_found(service: Service, own: str, asked: str, asking: Service) -> bool:
    """Return whether a lookup by `asking` gives this service: by its own name or by an alias it has there."""
    networks = service["networks"]
    aliases = networks if isinstance(networks, dict) else dict.fromkeys(networks)
    shared = [one for one in aliases if one in set(asking["networks"])]
    return any(asked in {own, *(aliases[one] or {}).get("aliases", ())} for one in shared)


def test_edge_needs_no_database_server() -> None:
    """What is left is the page, the API, the model and their doors."""
    assert set(running("edge on cpu")) == {"caddy", "ui", "app", "gate", "vllm"}
    assert running("edge on cpu")["app"]["image"] == image_lines()["WORKER_IMAGE"]


def test_more_of_a_kind_can_be_started() -> None:
    """Pages and workers hold no port, name or volume of their own, which a second one would want too."""
    for name in ("ui", "worker"):
        service = running("gpu")[name]
        assert not {"ports", "container_name", "hostname"} & set(service)


@each_combination
def test_the_tool_reads_the_same(combination: str) -> None:
    """The engine's own parser takes the files, and what it makes of them is what the rules were checked on."""
    found = tool()
    if found is None:
        pytest.skip("compose: not installed; the rules were checked on the files alone")
    listed = listed_by_tool(files(combination), found)
    assert set(running(combination)) <= set(listed["services"])
    for name, ours in running(combination).items():
        theirs = listed["services"][name]
        for key in ("user", "read_only", "cap_drop", "security_opt", "image", "pids_limit", "tmpfs"):
            assert theirs[key] == ours[key], (name, key)
        assert {key: str(value) for key, value in theirs["environment"].items()} == {
            key: str(value).lower() if isinstance(value, bool) else str(value)
            for key, value in ours["environment"].items()
        }, name
        assert set(theirs["networks"]) == set(ours["networks"]), name
        assert {one["source"] for one in theirs.get("secrets", [])} == set(ours.get("secrets", [])), name
        assert _places(theirs) == _places(ours), name
        assert theirs["healthcheck"]["test"] == ours["healthcheck"]["test"], name


def _places(service: Service) -> set[str]:
    """Return where volumes are mounted; the plugin writes each as a mapping."""
    volumes = service.get("volumes", [])
    return {one["target"] if isinstance(one, dict) else one.split(":")[1] for one in volumes}
