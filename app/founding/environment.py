"""Fill .env, which compose reads by itself: the lines of images.env with a house's answers in place of the examples."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.cli.showing import env_lines
from app.models.catalogue import entry
from retrieval.errors import InvalidRequest, SetupRefused

HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
UNCHECKED = "@sha256:" + "0" * 64  # of a digest that nobody has looked up
# In the order they are read.
OVERLAYS = ("edge", "gpu", "cpu", "gpu-replicas", "qdrant-cluster", "monitoring")
# What one of them means, the other has not.
APART = (("gpu", "cpu"), ("edge", "qdrant-cluster"), ("cpu", "gpu-replicas"))


@dataclass(frozen=True, slots=True)
class Answers:
    """Hold what a house says of itself. An empty issuer means local accounts."""

    public_host: str
    issuer: str
    overlays: tuple[str, ...]
    model: str = ""


def compose_files(chosen: Collection[str]) -> tuple[str, ...]:
    """Return the compose files in their order. Raises InvalidRequest for overlays that do not go together."""
    if unknown := sorted(set(chosen) - set(OVERLAYS)):
        raise InvalidRequest(
            f"there is no overlay {', '.join(unknown)}", remedy=f"choose among {', '.join(OVERLAYS)}"
        )
    if not {"gpu", "cpu"} & set(chosen):
        raise InvalidRequest("the model runs on nothing", remedy="add --overlay gpu or --overlay cpu")
    for one, other in APART:
        if {one, other} <= set(chosen):
            raise InvalidRequest(f"{one} and {other} do not go together", remedy="leave out one of the two")
    return ("compose.yaml", *(f"compose.{name}.yaml" for name in OVERLAYS if name in chosen))


def images(files: Collection[str]) -> tuple[str, ...]:
    """Return the variables of the images of others that these compose files start."""
    found = ["CADDY_IMAGE"]
    if "compose.edge.yaml" not in files:
        found += ["POSTGRES_IMAGE", "QDRANT_IMAGE"]
    if "compose.gpu.yaml" in files:
        found += ["VLLM_IMAGE"]
    if "compose.monitoring.yaml" in files:
        found += ["PROMETHEUS_IMAGE", "GRAFANA_IMAGE"]
    return tuple(found)


def filled(template: str, answers: Answers) -> str:
    """Return the text of .env. Raises InvalidRequest for answers that no house can have."""
    if not HOST.fullmatch(answers.public_host):
        raise InvalidRequest(
            f"'{answers.public_host}' is no name of a host",
            remedy="write what employees type without https:// and in small letters: ask.example.org",
        )
    if not answers.issuer and "edge" not in answers.overlays:
        raise InvalidRequest(
            "people have local accounts in the smallest installation alone",
            remedy="name the company's sign-in provider with --issuer, or add --overlay edge",
        )
    if answers.issuer and not re.fullmatch(r"https://[^\s/]\S*", answers.issuer):
        raise InvalidRequest(
            f"'{answers.issuer}' is no issuer", remedy="write its https:// address as its metadata names it"
        )
    values = {
        "COMPOSE_FILE": ":".join(compose_files(answers.overlays)),
        "PUBLIC_HOST": answers.public_host,
        "SIGN_IN_ISSUER": answers.issuer,
        "IDENTITY_SEALED": str(not answers.issuer).lower(),
        **_model(answers),
    }
    return _with(template, values)


def behind(text: str, template: str) -> tuple[str, ...]:
    """Return the lines of images.env that .env lacks, or whose image is another: what an update brought."""
    return tuple(
        line
        for line in template.splitlines()
        if (name := line.partition("=")[0]).isupper()
        and not line.endswith(UNCHECKED)
        and (not has(text, name) or (name.endswith("_IMAGE") and line != f"{name}={value_of(text, name)}"))
    )


def has(text: str, name: str) -> bool:
    """Return whether the text of .env says what a variable is."""
    return re.search(rf"^{name}=", text, re.MULTILINE) is not None


def value_of(text: str, name: str) -> str:
    """Return what a variable is in the text of .env, "" where it is not there."""
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _model(answers: Answers) -> dict[str, str]:
    """Return the lines of the chosen model, none for that of the template."""
    if not answers.model:
        return {}
    known = entry(answers.model)
    if "cpu" in answers.overlays:
        if known.use != "chat" or known.serving is not None:
            raise InvalidRequest(f"'{known.id}' is not served by a processor", remedy="choose --overlay gpu")
        return {"CPU_MODEL": known.id}
    if known.serving is None:
        raise InvalidRequest(
            f"'{known.id}' is not served by GPUs", remedy="`intramuros models list` shows which are"
        )
    lines = env_lines(known, known.serving, known.serving.layouts[0])
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _with(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        if not has(template, name):
            raise SetupRefused(
                f"images.env has no line {name}", remedy="take images.env and compose.yaml of one release"
            )
        line = f"{name}={value}".replace("\\", r"\\")  # as a replacement, which knows escapes
        template = re.sub(rf"^{name}=.*$", line, template, flags=re.MULTILINE)
    return template
