"""The installation of one machine with PostgreSQL, worker and embedder: walled in, asked, killed, wiped and restored.

Qdrant is a stand-in that searches like it (deploy/images/qdrant_standin.py), and the model is that of compose.cpu.yaml.
"""

import json
import time
from pathlib import Path

import pytest

from app.sample import read_company
from tests.compose.conftest import MEASURED, READY_WITHIN_S
from tests.compose.site import (
    Site,
    assert_no_other_way_out,
    assert_nothing_shows_a_secret,
    assert_sealed,
    call,
    found_by,
    recovers,
    stops,
    waited,
)

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]
SEALED = {"worker", "embedder", "postgres", "qdrant", "gate", "vllm"}
VOLUMES = ("documents", "database", "vectors")
NEW_FILES = 12


def test_no_process_has_a_right(server: Site) -> None:
    """In every container: no root, no capability, no way to one, a filter of system calls, no place to write."""
    assert_sealed(server)


def test_only_who_asks_the_sign_in_provider_has_a_way_out(server: Site) -> None:
    """Not the database, not the index, not the model, not the worker that opens strangers' files."""
    assert_no_other_way_out(server, sealed=SEALED, open_to={"caddy", "ui", "app"})


def test_a_secret_is_in_its_file_and_nowhere_else(server: Site) -> None:
    """Nor the database's password and the keys of the index."""
    assert_nothing_shows_a_secret(server)


def test_an_employee_gets_a_checked_answer(server_lived_in: Site) -> None:
    """Embedded by the embedder, found in the index, worded by vLLM behind the gate, kept in PostgreSQL."""
    person = read_company().personas[0].id
    question = "What is the hotel cap per night in France?"
    said = server_lived_in.run("app", "intramuros", "ask", question, "--as", person, within_s=300.0)
    assert "145 EUR" in said


@pytest.mark.parametrize("service", ["postgres", "qdrant", "embedder", "worker", "app"])
def test_a_killed_container_comes_back(service: str, server_lived_in: Site) -> None:
    """Its process ends without a word; within a minute all are healthy and the same documents are found."""
    found = found_by(server_lived_in)
    took = recovers(server_lived_in, service)
    MEASURED.append(f"{service} killed: the house with all servers ready again after {took:.1f} s")
    assert found_by(server_lived_in) == found > 0


def test_two_workers_share_the_documents(server_lived_in: Site, company: Path) -> None:
    """`--scale worker=2`: each new document is read once, and one worker killed in the middle loses none."""
    server_lived_in.compose("up", "-d", "--no-recreate", "--scale", "worker=2")
    waited(server_lived_in.is_healthy, within_s=READY_WITHIN_S)
    collection = read_company().collections[0].id
    before = len(documents(server_lived_in))
    new = [company / collection / f"addition-{number}.md" for number in range(NEW_FILES)]
    try:
        for number, path in enumerate(new):
            path.write_text(f"# Addition {number}\n\nThe word of addition {number} is quill{number}.\n")
        sync = ["intramuros", "ingest", "sync", f"/intake/{collection}", "-c", collection]
        server_lived_in.run("app", *sync)
        assert len(documents(server_lived_in)) == before + NEW_FILES
    finally:
        for path in new:
            path.unlink(missing_ok=True)
    server_lived_in.run("app", *sync)
    assert len(documents(server_lived_in)) == before
    server_lived_in.compose("up", "-d", "--no-recreate", "--scale", "worker=1")


def test_a_backup_brings_everything_back(server_lived_in: Site) -> None:
    """Database, originals and vectors are wiped with their volumes; from the backup come the same documents."""
    site = server_lived_in
    before, found = documents(site), found_by(site)
    site.run("app", "intramuros", "backup", "create", "/backups/evening", "--with-keys", "/backups/keys")
    site.compose("stop", "app", "worker")
    site.compose("rm", "--stop", "--force", "-v", "app", "worker", "postgres", "qdrant")
    call(["docker", "volume", "rm", *(f"{site.name}_{volume}" for volume in VOLUMES)])
    began = time.monotonic()
    site.compose("up", "-d", "--no-deps", "postgres", "qdrant")
    waited(site.is_healthy, within_s=READY_WITHIN_S)
    restore = ["intramuros", "backup", "restore", "/backups/evening", "--keys", "/backups/keys"]
    restore += ["--without", "erasures"]  # nothing was: the list went with the volume
    site.compose("run", "--rm", "-T", "--no-deps", "app", *restore, within_s=600.0)
    site.compose("up", "-d")
    waited(site.is_ready, within_s=READY_WITHIN_S)
    MEASURED.append(f"with PostgreSQL wiped, restored and ready after {time.monotonic() - began:.0f} s")
    assert documents(site) == before
    assert found_by(site) == found > 0


def test_it_stops_in_time_and_in_order(server_lived_in: Site) -> None:
    """Every container ends by itself within the grace, and none had to be killed."""
    MEASURED.append(f"site with all servers stopped in {stops(server_lived_in):.1f} s")
    server_lived_in.compose("start")
    waited(server_lived_in.is_ready, within_s=READY_WITHIN_S)


def documents(site: Site) -> list[object]:
    """Return what is told of each document."""
    return list(json.loads(site.run("app", "intramuros", "ingest", "list", "--json")))
