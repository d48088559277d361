"""Lend a container engine, the images, a bundle of them, and the site that is imported from that bundle alone."""

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app import container_engine
from app.bootstrap import MODELS_DIR
from app.bundle.contents import Contents, create
from app.bundle.engine import Engine
from app.bundle.seal import private_key
from app.founding.environment import value_of
from app.founding.secrets import new_key, prepare, put
from app.sample import SAMPLE, read_company
from deploy.images import standin
from ingest.collections import Collection
from tests.compose.site import HOST, Site, call, waited

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
MODEL, EMBEDDER = "qwen2.5-coder-0.5b-instruct", "multilingual-e5-small-q4"
EDGE = ("compose.yaml", "compose.edge.yaml", "compose.cpu.yaml")
ISSUER = "https://id.example.org"
LARGEST = (
    '{INTRAMUROS_INGEST__MAX_DISK_PERCENT: "99"}'  # the disk of whoever runs the tests is no part of them
)
OUR_ACCOUNT = 10001
HEALTHY_WITHIN_S, READY_WITHIN_S = 180.0, 300.0
SIGNED_IN = """
import json, os, pathlib, secrets, sys
from app.identity import Person
from app.records import open_existing
from app.settings import load
accounts = open_existing(load(pathlib.Path(os.environ["INTRAMUROS_SETTINGS"]), os.environ)).accounts
for user, name, department, role, groups in json.load(sys.stdin):
    accounts.save(Person(user, name, department, role, tuple(groups)), password=secrets.token_hex())
"""
MEASURED: list[str] = []  # told at the end of the run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell sizes and times, which are what these tests are also for."""
    if MEASURED:
        terminalreporter.section("measured on the container engine")
        for line in MEASURED:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip where no container engine runs; `make test` and `make test-compose` start one where they can."""
    if not container_engine.answers():
        pytest.skip("no container engine runs here")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 443)) == 0:
            pytest.skip("something listens on port 443, which the site publishes")


@pytest.fixture(scope="session")
def images(engine: None) -> dict[str, str]:
    """Build every image of ours on stand-ins; return the variables of .env that name those of others."""
    del engine
    began = time.monotonic()
    made = call([sys.executable, "-m", "deploy.images", "stand-in"], ROOT, within_s=900.0)
    built = call([sys.executable, "-m", "deploy.images", "build", "--stand-in"], ROOT, within_s=1800.0)
    MEASURED.append(f"images made in {time.monotonic() - began:.0f} s")
    MEASURED.extend(line for line in built.splitlines() if "MB" in line or line.startswith("image "))
    return dict(line.split("=", 1) for line in made.splitlines() if "=" in line)


@pytest.fixture(scope="session")
def models(engine: None) -> Path:
    """Return the folder of the models that the site needs; skip where they were never fetched."""
    del engine
    missing = [name for name in (MODEL, EMBEDDER) if not (MODELS_DIR / name / "manifest.json").exists()]
    if missing:
        call([str(ROOT / ".venv/bin/intramuros"), "models", "fetch", *missing], ROOT, within_s=1800.0)
    return MODELS_DIR


@pytest.fixture(scope="session")
def bundle(
    images: dict[str, str], models: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Return a bundle of the smallest site, and the public key of whoever made it."""
    folder = tmp_path_factory.mktemp("bundle")
    key = Ed25519PrivateKey.generate()
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = folder / "key.pub"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    environment = naming(images, folder / "images.env")
    wanted = Contents(
        deploy=DEPLOY, files=EDGE, env_file=environment, models=(MODEL, EMBEDDER), models_dir=models
    )
    began = time.monotonic()
    create(
        wanted, folder / "carried", private_key(folder / "key.pem"), engine=Engine(), say=lambda _line: None
    )
    size = sum(path.stat().st_size for path in (folder / "carried").rglob("*") if path.is_file())
    MEASURED.append(f"bundle of {size / 1e9:.1f} GB made in {time.monotonic() - began:.0f} s")
    return folder / "carried", public


def naming(images: Mapping[str, str], target: Path) -> Path:
    """Write images.env as it is, but with the images that were made here; return where."""
    lines = (DEPLOY / "images.env").read_text(encoding="utf-8").splitlines()
    named = [
        f"{name}={images[name]}" if (name := line.partition("=")[0]) in images else line for line in lines
    ]
    target.write_text("\n".join(named) + "\n", encoding="utf-8")
    return target


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the rendered documents of the sample company, readable for the containers."""
    folder = tmp_path_factory.mktemp("company")
    call([sys.executable, str(SAMPLE / "render.py"), str(folder)], ROOT)
    call(["chmod", "-R", "a+rX", str(folder)])
    folder.parent.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def edge(
    bundle: tuple[Path, Path], company: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return the smallest site, imported from the bundle alone, founded and healthy; it is taken down at the end."""
    carried, key = bundle
    target = tmp_path_factory.mktemp("opt") / "intramuros"
    began = time.monotonic()
    call([str(carried / "import.sh"), str(key), str(target)], within_s=900.0)
    MEASURED.append(f"bundle imported in {time.monotonic() - began:.0f} s")
    site = founded(target / "deploy", "intramuros-edge", company, ["none", "edge", "cpu"])
    with up(site, "smallest site"):
        yield site


@pytest.fixture(scope="module")
def server(
    images: dict[str, str], models: Path, company: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return the site of one machine with all its servers, founded from the checkout and healthy."""
    folder = tmp_path_factory.mktemp("opt") / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns(".env", "secrets", "models"))
    worker = value_of((DEPLOY / "images.env").read_text(encoding="utf-8"), "WORKER_IMAGE")
    naming(images | {"QDRANT_IMAGE": standin.make_qdrant(worker)}, folder / "images.env")
    prepare(folder / "secrets")
    put(folder / "secrets" / "sign_in_client", new_key())  # as the provider's administrator hands it over
    site = founded(folder, "intramuros-server", company, [ISSUER, "cpu"], models=models)
    with up(site, "site with PostgreSQL, worker and embedder"):
        yield site


@contextmanager
def up(site: Site, what: str) -> Iterator[None]:
    """Start a site and wait until it is healthy; it is taken down at the end, with its volumes."""
    try:
        began = time.monotonic()
        site.compose("up", "-d", within_s=300.0)
        waited(site.is_healthy, within_s=HEALTHY_WITHIN_S)
        MEASURED.append(f"{what} healthy after {time.monotonic() - began:.0f} s")
        yield
    finally:
        site.compose("down", "--volumes", "--timeout", "5")


def founded(
    folder: Path, name: str, company: Path, answers: list[str], *, models: Path | None = None
) -> Site:
    """Found a site as an administrator does: `init`, its own override, the collections in the settings.

    `answers` are the issuer and the overlays. `models` is "models" beside the compose files' folder unless given.
    """
    issuer, *overlays = answers
    command = [str(ROOT / ".venv/bin/intramuros"), "init", "--folder", str(folder), "--public-host", HOST]
    command += ["--issuer", issuer, "--own-authority"]
    call([*command, *(word for overlay in overlays for word in ("--overlay", overlay))], ROOT)
    backups = folder / "backups"
    backups.mkdir()
    os.chown(backups, OUR_ACCOUNT, OUR_ACCOUNT)
    variables = (folder / ".env").read_text(encoding="utf-8")
    mine = {"MODELS_DIR": str(models or "../models"), "CPU_MODEL": MODEL, "EMBEDDER": EMBEDDER}
    kept = [line for line in variables.splitlines() if line.partition("=")[0] not in mine]
    files = [f"{line}:compose.override.yaml" if line.startswith("COMPOSE_FILE=") else line for line in kept]
    written = [*files, *(f"{name}={value}" for name, value in mine.items())]
    (folder / ".env").write_text("\n".join(written) + "\n", encoding="utf-8")
    override = f"""
services:
  app:
    volumes: ["{company}:/intake:ro", "./backups:/backups"]
    environment: {LARGEST}
  worker:
    volumes: ["{company}:/intake:ro"]
    environment: {LARGEST}
"""
    (folder / "compose.override.yaml").write_text(override, encoding="utf-8")
    with (folder / "intramuros.toml").open("a", encoding="utf-8") as settings:
        settings.write("".join(declared(one) for one in read_company().collections))
    return Site(folder, name)


def declared(one: Collection) -> str:
    """Return a collection as the settings declare it."""
    fields = ("id", "name", "owner", "purpose", "legal_basis", "confidentiality")
    lines = [f"{field} = {json.dumps(getattr(one, field), ensure_ascii=False)}" for field in fields]
    lines.append(f"retention_days = {one.retention_days}")
    lines += [f"{field} = {json.dumps(getattr(one, field))}" for field in ("readers", "managers")]
    return "\n[[collections]]\n" + "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def lived_in(edge: Site) -> Site:
    """Return the smallest site with the sample company's people in it and its documents read."""
    for one in read_company().personas[:3]:
        groups = [word for group in one.groups for word in ("--group", group)]
        words = ["intramuros", "people", "add", one.id, "--name", one.name, "--role", one.role, *groups]
        edge.run("app", *words, given=f"{one.password}\n{one.password}\n")
    return settled(edge)


@pytest.fixture(scope="module")
def server_lived_in(server: Site) -> Site:
    """Return the site with all servers, people in it as the provider's first sign-in leaves them, documents read."""
    people = [[one.id, one.name, "", one.role, list(one.groups)] for one in read_company().personas[:3]]
    server.run("app", "python3", "-c", SIGNED_IN, given=json.dumps(people))
    return settled(server)


def settled(site: Site) -> Site:
    """Have the sample company's documents read and wait for the model; return the site."""
    began = time.monotonic()
    for collection in read_company().collections:
        site.run("app", "intramuros", "ingest", "sync", f"/intake/{collection.id}", "-c", collection.id)
    MEASURED.append(f"{site.name}: sample company read in {time.monotonic() - began:.0f} s")
    MEASURED.append(f"model ready after {waited(site.is_ready, within_s=READY_WITHIN_S):.0f} s more")
    return site
