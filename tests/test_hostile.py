"""Hold that hostile files are refused or harmless, fast and in little memory: through the gate and the real sandbox.

Run with `-rP` to see what each cost.
"""

import hashlib
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.gate import Limits, inspect
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.types import ParsedDocument
from retrieval.errors import DocumentRejected
from tests.fakes import ScriptedModel
from tests.hostile import HARMLESS, NAMES, REFUSED
from tests.hostile_makers import Trap, mail, package
from tests.house import House, open_house

SECRET = "the-key-of-the-safe-is-under-the-mat"
MAX_GROWTH_BYTES = 200 * 1024 * 1024
GENEROUS_S = 20.0  # ten times what is promised: a machine under load is slow
TIMES: dict[str, float] = {}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Lend one sandbox to the whole file, started by a harmless document."""
    note = tmp_path_factory.mktemp("note") / "note.txt"
    note.write_text("Travel is paid.")
    with Sandbox(SandboxLimits()) as shared:
        shared.parse(note, inspect(note, note.name, limits=Limits()), note.name)
        yield shared


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """Listen where hostile files would connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.fixture
def trap(tmp_path: Path, listener: socket.socket) -> Trap:
    """Return a secret that this account can read, and an address that counts."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    return Trap(secret, f"http://127.0.0.1:{listener.getsockname()[1]}")


def came_of(sandbox: Sandbox, path: Path, name: str) -> ParsedDocument | DocumentRejected:
    """Return the document or its refusal, through the gate and the sandbox."""
    started = time.perf_counter()
    try:
        accepted = inspect(path, name, limits=Limits())
        return sandbox.parse(path, accepted, name)
    except DocumentRejected as refusal:
        return refusal
    finally:
        TIMES[name] = time.perf_counter() - started


def peak_bytes(*, restart: bool = False) -> int:
    """Return the most memory this process has had, since the last restart of the count."""
    if restart:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, sandbox: Sandbox, trap: Trap, tmp_path: Path) -> None:
    """The file does not come in; the refusal names it and says what to do; the service's memory stays flat."""
    path = tmp_path / "stored"
    path.write_bytes(REFUSED[name](trap))
    before = peak_bytes(restart=True)

    outcome = came_of(sandbox, path, name)

    assert isinstance(outcome, DocumentRejected)
    assert name in outcome.message
    assert len(outcome.remedy) > 10
    assert peak_bytes() - before < MAX_GROWTH_BYTES
    assert TIMES[name] < GENEROUS_S


@pytest.mark.parametrize("name", HARMLESS)
def test_refused_or_harmless(
    name: str, sandbox: Sandbox, trap: Trap, listener: socket.socket, tmp_path: Path
) -> None:
    """Where such a file is read, no file of this machine is in it, nobody was called, and memory stays flat."""
    path = tmp_path / "stored"
    path.write_bytes(HARMLESS[name](trap))
    before = peak_bytes(restart=True)

    outcome = came_of(sandbox, path, name)

    if isinstance(outcome, ParsedDocument):
        assert SECRET not in repr(outcome)
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert peak_bytes() - before < MAX_GROWTH_BYTES
    assert TIMES[name] < GENEROUS_S


def test_enough_of_them() -> None:
    """There are at least 60 hostile files; what they cost is reported."""
    slowest = sorted(TIMES.items(), key=lambda item: -item[1])[:5]
    shown = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest)
    sys.stdout.write(f"hostile files: {len(REFUSED)} refused, {len(HARMLESS)} harmless; slowest: {shown}\n")

    assert len(REFUSED) + len(HARMLESS) >= 60


def tree_hash(root: Path, *, without: Path) -> str:
    """Return a fingerprint of every path and content below a folder, one place left out."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if not path.is_relative_to(without):
            digest.update(str(path).encode("utf-8", "surrogateescape"))
            digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house below a root that it must not leave."""
    opened = open_house(tmp_path / "root" / "data", ScriptedModel(""))
    with opened.client:
        yield opened


ROUTE_NAMES = [
    *NAMES.values(),
    "CON",
    "NUL.txt",
    "a\r\nb",
    "%2e%2e%2fevil",
    ".",
    "..",
    "~root",
    "a" * 400,
    "\udcff",
]


@pytest.mark.slow
def test_no_name_becomes_a_path(house: House, tmp_path: Path) -> None:
    """Names of uploads, attachments, members and originals that lead elsewhere write nothing outside the data folder.

    Inside it no file bears such a name either.
    """
    root, data = tmp_path / "root", tmp_path / "root" / "data"
    (root / "neighbour").mkdir()
    (root / "neighbour" / "file").write_text("untouched")
    before = tree_hash(root, without=data)
    outer = {path for path in Path(tmp_path).iterdir() if path != root}

    anna = house.token("anna")
    replies = [
        house.client.post(
            "/api/documents",
            headers=anna,
            files={"file": (f"{name}{ending}".encode("utf-8", "replace").decode(), content)},
            data={"collection": "handbook", "readers": "me"},
        ).status_code
        for name in ROUTE_NAMES
        for ending, content in ((".txt", b"Travel is paid."), (".eml", mail(name="../evil.txt")))
    ]
    house.client.post(
        "/api/documents",
        headers=anna,
        files={"file": ("a.docx", package({"../../evil": b"x"}))},
        data={"collection": "handbook", "readers": "me"},
    )
    house.work()

    assert set(replies) <= {202, 400, 422}
    assert replies.count(202) > len(ROUTE_NAMES)
    assert tree_hash(root, without=data) == before
    assert {path for path in Path(tmp_path).iterdir() if path != root} == outer
    assert [path for path in data.rglob("*") if "evil" in path.name] == []
    originals = list(data.rglob("*.original"))
    assert originals
    assert all(len(path.stem) == 32 and set(path.stem) <= set("0123456789abcdef") for path in originals)
