"""Merge compose files as the tool does, so that the rules are checked also where the tool is not installed."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
# What the instructions name, by what follows compose.yaml.
COMBINATIONS: Mapping[str, tuple[str, ...]] = {
    "gpu": ("gpu",),
    "two vLLM": ("gpu", "gpu-replicas"),
    "cpu": ("cpu",),
    "edge on cpu": ("edge", "cpu"),
    "edge on gpu": ("edge", "gpu"),
    "cluster": ("gpu", "qdrant-cluster"),
    "monitored": ("gpu", "monitoring"),
    "monitored edge": ("edge", "cpu", "monitoring"),
    "everything": ("gpu", "gpu-replicas", "qdrant-cluster", "monitoring"),
}
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?:(:?[-?])([^}]*))?\}")
UNITED = ("cap_drop", "security_opt", "secrets", "tmpfs", "profiles", "ports")  # lists that add up
Service = dict[str, Any]


def files(combination: str) -> list[Path]:
    """Return the compose files of a combination, in their order."""
    names = ["compose.yaml", *(f"compose.{one}.yaml" for one in COMBINATIONS[combination])]
    return [DEPLOY / name for name in names]


@cache
def image_lines() -> Mapping[str, str]:
    """Return the variables of images.env."""
    lines = (DEPLOY / "images.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@cache
def merged(combination: str) -> Mapping[str, Any]:
    """Return services, networks, volumes and secrets of a combination under images.env; `$$` stays as it is."""
    whole: dict[str, Any] = {"services": {}, "networks": {}, "volumes": {}, "secrets": {}}
    for path in files(combination):
        read = _read(path)
        for name, service in read.pop("services").items():
            before = whole["services"].get(name, {})
            whole["services"][name] = _merge(before, _extended(service))
        for kind in ("networks", "volumes", "secrets"):
            whole[kind].update(read.get(kind, {}))
    return whole


def running(combination: str) -> dict[str, Service]:
    """Return the services that a combination starts: those of a profile are switched off."""
    return {
        name: service
        for name, service in merged(combination)["services"].items()
        if "profiles" not in service
    }


def listed_by_tool(
    paths: Sequence[Path], tool: Sequence[str], variables: Path = DEPLOY / "images.env"
) -> Mapping[str, Any]:
    """Return what the engine's own parser makes of the files. Raises AssertionError with what it says."""
    named = [word for path in paths for word in ("-f", str(path))]
    command = [*tool, "--env-file", str(variables), *named, "config"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    listed: Mapping[str, Any] = yaml.safe_load(done.stdout)
    return listed


def tool() -> list[str] | None:
    """Return how compose is called on this machine, or None."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        done = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=60, check=False)
        if done.returncode == 0:
            return ["docker", "compose"]
    return None


def _read(path: Path) -> dict[str, Any]:
    """Return a file with its variables filled in, each within its own value."""
    found: dict[str, Any] = _filled(yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if not isinstance(value, str) or not VARIABLE.search(value):
        return value
    text = VARIABLE.sub(_value, value)
    return yaml.safe_load(text) if re.fullmatch(r"[\d.]+|true|false", text) else text


def _value(found: re.Match[str]) -> str:
    if found[0] == "$$":
        return "$$"
    given, rule, text = image_lines().get(found[1]), found[2] or "", found[3]
    if given or (given is not None and ":" not in rule):
        return given
    assert "?" not in rule, f"{found[1]}: {text}"
    return text if "-" in rule else ""


def _extended(service: Service) -> Service:
    if "extends" not in service:
        return service
    extends = service["extends"]
    within = _read(DEPLOY / extends["file"])["services"][extends["service"]]
    return _merge(within, {key: value for key, value in service.items() if key != "extends"})


def _merge(before: Service, after: Service) -> Service:
    result = {**before, **after}
    for key in (*UNITED, "volumes", "networks", "environment", "build", "healthcheck", "deploy"):
        if key in before and key in after:
            result[key] = _merged_value(key, before[key], after[key])
    return result


def _merged_value(key: str, before: Any, after: Any) -> Any:
    if key in UNITED:
        return [*before, *(one for one in after if one not in before)]
    if key == "volumes":  # one volume a place
        return list({volume.split(":")[1]: volume for volume in (*before, *after)}.values())
    if key == "networks":
        return {**_by_name(before), **_by_name(after)}
    return {**before, **after}


def _by_name(networks: list[str] | dict[str, Any]) -> dict[str, Any]:
    return networks if isinstance(networks, dict) else {name: {} for name in networks}
