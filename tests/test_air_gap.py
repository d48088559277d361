"""Check that nothing leaves the machine: in this process by a guard, in children by a network without a way out.

The guard of `tests/egress.py` watches every test of the run, in this process. The last tests here run a part of the
suite again in a namespace whose only interface is loopback, where children and compiled code have no way out either.
Not covered by either: a browser on another machine (the security policy of deploy/Caddyfile stands for that), vLLM and
Chromium as children of the tests that are too slow to be run twice.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import egress

ROOT = Path(__file__).parent.parent
# Enough to cross every stage in real libraries, quick enough to run twice.
AGAIN = (
    "tests/test_settings.py",
    "tests/test_offline.py",
    "tests/test_gate.py",
    "tests/test_chunk.py",
    "tests/test_chunk_tables.py",
    "tests/test_sandbox.py",
    "tests/test_pdf_document.py",
    "tests/test_index_contract.py",
    "tests/test_search.py",
    "tests/test_catalog.py",
    "tests/test_pipeline.py",
    "tests/test_stream.py",
    "tests/test_citations.py",
    "tests/test_citations_figures.py",
    "tests/test_sentences.py",
    "tests/api",
)
FAST = "not slow and not postgres"
INSIDE = 'ip link set lo up && exec "$@"'  # in the namespace: loopback is there, but down


def walled(*command: str) -> list[str]:
    """Return `command` as it is run in a network namespace of its own; skip where the machine forbids that."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("unshare or ip is not installed: the walled run did not take place")
    prefix = ["unshare", "--net", "--map-root-user"]
    trial = subprocess.run([*prefix, "true"], capture_output=True, text=True, timeout=30, check=False)
    if trial.returncode != 0:
        pytest.skip(f"this machine permits no network namespace ({trial.stderr.strip()}): no walled run")
    return [*prefix, "sh", "-c", INSIDE, "sh", *command]


def inside(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in the namespace, without the guard."""
    command = walled(sys.executable, "-c", code)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_guard_refuses_and_records_a_connection(egress_guard: egress.Guard) -> None:
    """The negative control of the whole suite: a deliberate knock on example.com is caught."""
    with pytest.raises(egress.EgressRefused, match=r"example\.com"):
        egress.knock()
    assert [attempt for attempt in egress_guard.attempts if egress.OUTSIDE in attempt]
    egress_guard.attempts.clear()  # this one was wanted


@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "8.8.8.8"])
def test_guard_refuses_addresses_too(egress_guard: egress.Guard, address: str) -> None:
    """Without a name to look up, the connection itself is refused; datagrams and non-raising calls as well."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as datagram, pytest.raises(egress.EgressRefused):
        datagram.sendto(b"x", (address, 53))
    with socket.socket(family, socket.SOCK_STREAM) as stream, pytest.raises(egress.EgressRefused):
        stream.connect_ex((address, 80))
    assert len(egress_guard.attempts) == 2
    egress_guard.attempts.clear()


def test_guard_sees_what_runs_in_an_event_loop(egress_guard: egress.Guard) -> None:
    """Name look-ups that asyncio moves to a thread are refused as well."""

    async def knock() -> None:
        await asyncio.open_connection(egress.OUTSIDE, 443)

    with pytest.raises(OSError, match=r"example\.com"):
        asyncio.run(knock())
    assert egress_guard.attempts
    egress_guard.attempts.clear()


def test_guard_lets_this_machine_talk_to_itself(egress_guard: egress.Guard) -> None:
    """Loopback by name and address, and sockets of the file system, pass."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost", "::ffff:127.0.0.1"):
            with socket.create_connection((host, server.getsockname()[1])):
                pass
    first, second = socket.socketpair()
    first.close()
    second.close()
    assert egress_guard.attempts == []


@pytest.mark.slow
def test_recorded_attempt_fails_the_test_that_made_it(tmp_path: Path) -> None:
    """Code that swallows the refusal is found out: the run is red although the test itself passed."""
    (tmp_path / "test_sinner.py").write_text(
        "import socket\n"
        "def test_swallows():\n"
        "    try:\n"
        "        socket.create_connection(('192.0.2.1', 80), timeout=1)\n"
        "    except OSError:\n"
        "        pass\n"
    )
    arguments = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 passed, 1 error" in done.stdout
    assert "192.0.2.1" in done.stdout


@pytest.mark.slow
def test_namespace_has_no_way_out() -> None:
    """The negative control of the walled run: only loopback exists, it works, and a knock without a guard fails."""
    names = inside("import socket; print([name for _, name in socket.if_nameindex()])")
    assert names.stdout.strip() == "['lo']"
    talk = "from socket import *; s = create_server(('127.0.0.1', 0)); create_connection(s.getsockname())"
    assert inside(talk).returncode == 0
    assert inside("import socket; socket.create_connection(('192.0.2.1', 80), timeout=2)").returncode != 0
    assert inside("from tests import egress; egress.knock()").returncode != 0


@pytest.mark.slow
def test_part_of_the_suite_passes_behind_the_wall() -> None:
    """Tests through every stage pass where neither this process nor any child can reach a network."""
    present = [name for name in AGAIN if (ROOT / name).exists()]
    assert present
    arguments = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow and not postgres",
        *present,
    ]
    done = subprocess.run(
        walled(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
