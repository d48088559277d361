"""The machine is judged before anything is downloaded, and every refusal names its remedy."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from app import preflight
from app.models import catalogue
from app.preflight import GB, Machine
from retrieval.errors import SetupRefused

GOOD = Machine(
    python=(3, 12),
    architecture="x86_64",
    cpu_flags=frozenset({"avx2"}),
    cores=2,
    memory_free=16 * GB,
    disk_free=50 * GB,
)


def test_a_good_machine_passes() -> None:
    """Nothing is refused where everything is there, and the larger model is taken."""
    checks = preflight.all_checks(GOOD, preflight.ports_of({}))
    assert [check.name for check in checks if not check.ok] == []
    assert preflight.chosen_model(GOOD) == catalogue.TRIAL_CHAT


def test_little_memory_takes_the_light_model() -> None:
    """Below 8 GB free the light model is chosen and the person is told, not refused."""
    small = replace(GOOD, memory_free=7 * GB)
    check = preflight.check_memory(small)
    assert (preflight.chosen_model(small), check.ok) == (catalogue.LIGHT_CHAT, True)
    assert "light model" in check.message


@pytest.mark.parametrize(
    ("machine", "name", "words"),
    [
        (replace(GOOD, memory_free=2 * GB), "memory", "close other programs"),
        (replace(GOOD, disk_free=3 * GB), "disk", "free "),
        (replace(GOOD, python=(3, 10)), "python", "PYTHON="),
        (replace(GOOD, python=(3, 14)), "python", "PYTHON="),
        (replace(GOOD, cpu_flags=frozenset()), "processor", "another machine"),
        (replace(GOOD, architecture="aarch64"), "processor", "another machine"),
        (replace(GOOD, busy_ports={8601: "nginx (pid 7)"}), "port 8601", "INTRAMUROS_PAGE__PORT="),
        (replace(GOOD, busy_ports={8602: ""}), "port 8602", "INTRAMUROS_MODEL__BASE_URL="),
    ],
)
def test_each_lack_is_refused_with_its_remedy(machine: Machine, name: str, words: str) -> None:
    """Exactly the check that fails is named, and its remedy says what to type."""
    failed = [check for check in preflight.all_checks(machine, preflight.ports_of({})) if not check.ok]
    assert [check.name for check in failed] == [name]
    assert words in failed[0].remedy
    with pytest.raises(SetupRefused, match=failed[0].message.split(";")[0][:20].replace("(", r"\(")):
        preflight.refuse_unless(failed)


def test_what_is_there_needs_no_disk() -> None:
    """Installed environments and models are not counted a second time."""
    all_there = frozenset({"app", "vllm", catalogue.TRIAL_CHAT, catalogue.TRIAL_EMBEDDER})
    assert preflight.disk_needed(replace(GOOD, present=all_there)) == preflight.DISK_DATA
    assert preflight.disk_needed(GOOD) > 10 * GB


def test_environment_moves_the_ports() -> None:
    """The ports that are checked are the ports that will be used."""
    environment = {
        "INTRAMUROS_API__PORT": "9600",
        "INTRAMUROS_MODEL__BASE_URL": "http://127.0.0.1:9602/v1",
    }
    assert [port for _, _, port in preflight.ports_of(environment)] == [9600, 8601, 9602]


def test_a_taken_port_names_its_holder() -> None:
    """The person reads which process to stop."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        machine = preflight.look_at_machine(disk=Path.home(), ports=[port])
    assert f"(pid {os.getpid()})" in machine.busy_ports[port]
    assert not preflight.is_port_busy(port)


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    """Reading a machine gives plausible figures, also for a folder that does not exist yet."""
    machine = preflight.look_at_machine(disk=tmp_path / "not" / "yet", ports=[])
    assert machine.memory_free > 0
    assert machine.disk_free > 0
    assert machine.cores >= 1


def test_names_agree_with_the_catalogue() -> None:
    """Preflight runs before the catalogue can be imported, so it repeats names; they must not drift."""
    assert preflight.TRIAL_MODEL == catalogue.TRIAL_CHAT
    assert preflight.LIGHT_MODEL == catalogue.LIGHT_CHAT
    assert preflight.TRIAL_EMBEDDER == catalogue.TRIAL_EMBEDDER
    for name, size in preflight.DISK_MODELS.items():
        assert size >= catalogue.entry(name).disk_bytes + catalogue.entry(name).download_bytes
