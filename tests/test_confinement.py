"""Hold that a parser gone over to the enemy harms nobody: parsers that attack, run in the real sandbox.

What a kernel without Landlock cannot refuse is skipped and says so; a kernel filter and limits are always there.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from app import doctor
from ingest.gate import Limits, inspect
from ingest.sandbox.confine import Confinement
from ingest.sandbox.landlock import version
from ingest.sandbox.launch import confinement
from ingest.sandbox.privilege import NOBODY
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.types import Accepted
from tests.test_sandbox import children_of, nursery_of

needs_landlock = pytest.mark.skipif(version() == 0, reason="the kernel has no Landlock")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def enemy() -> Iterator[Sandbox]:
    """Lend a sandbox whose parsers attack."""
    with Sandbox(SandboxLimits(wall_s=20), nursery="tests.hostile_nursery") as sandbox:
        yield sandbox


def attacked(enemy: Sandbox, folder: Path, attack: str, lines: str = "") -> list[str]:
    """Return what came of an attack on what `lines` name."""
    path = folder / "document"
    path.write_text(lines or "nothing", encoding="utf-8")
    path.chmod(0o600)
    accepted = Accepted(f"application/x-{attack}", path.stat().st_size, "0" * 64)
    return [block.text for block in enemy.parse(path, accepted, "attack.bin").blocks]


@needs_landlock
def test_no_other_file_is_read(enemy: Sandbox, tmp_path: Path) -> None:
    """Neither Python nor another program in the sandbox reads a secret, a database, another document or an account."""
    secret, other = tmp_path / "secret", tmp_path / "other.pdf"
    secret.write_text("key")
    other.write_text("salaries")
    other.chmod(0o644)
    aims = [
        secret,
        other,
        "/etc/passwd",
        "/etc/shadow",
        f"/proc/{os.getpid()}/environ",
        ROOT / "pyproject.toml",
    ]

    done = attacked(enemy, tmp_path, "read", "\n".join(map(str, aims)))

    assert len(done) == 2 * len(aims)
    assert [line for line in done if not line.startswith("refused")] == []


@needs_landlock
def test_no_other_folder_is_listed(enemy: Sandbox, tmp_path: Path) -> None:
    """What lies next to the document, in the home, in the project or among the processes stays unknown."""
    aims = [tmp_path, Path.home(), ROOT, "/", "/tmp", "/proc", "/etc", "/var"]

    done = attacked(enemy, tmp_path, "listing", "\n".join(map(str, aims)))

    assert [line for line in done if not line.startswith("refused")] == []


@needs_landlock
def test_nothing_is_written_elsewhere(enemy: Sandbox, tmp_path: Path) -> None:
    """A file, a folder or a link appears nowhere but in the private directory, not even where everybody may write."""
    aims = [tmp_path, Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), ROOT, Path(sys.prefix), Path.home()]
    tmp_path.chmod(0o777)

    done = attacked(enemy, tmp_path, "write", "\n".join(map(str, aims)))

    assert len(done) == 3 * len(aims)
    assert [line for line in done if not line.startswith("refused")] == []
    assert [found for aim in aims for found in aim.glob("intramuros-evil*")] == []


@needs_landlock
def test_document_is_not_changed(enemy: Sandbox, tmp_path: Path) -> None:
    """The document itself can be read, not changed, emptied or deleted."""
    done = attacked(enemy, tmp_path, "overwrite", "text")

    assert [line for line in done if not line.startswith("refused")] == []
    assert (tmp_path / "document").read_text(encoding="utf-8") == "text"


def test_no_mode_date_or_attribute_is_changed(enemy: Sandbox, tmp_path: Path) -> None:
    """Neither the document nor another file of the account becomes readable to all, older, or marked."""
    secret = tmp_path / "secret"
    secret.write_text("key")
    secret.chmod(0o600)
    if os.getuid() == 0:
        os.chown(secret, NOBODY, NOBODY)  # whose files the process would else change
        tmp_path.chmod(0o755)
    before = secret.stat()

    done = attacked(enemy, tmp_path, "change", str(secret))

    assert len(done) == 7
    assert [line for line in done if line != "refused: Operation not permitted"] == []
    after = secret.stat()
    assert (after.st_mode, after.st_mtime_ns, os.listxattr(secret)) == (
        before.st_mode,
        before.st_mtime_ns,
        [],
    )


def test_no_other_process_is_meddled_with(enemy: Sandbox, tmp_path: Path) -> None:
    """A parser sets no limit, turn or processor of another process of its account, nor looks into its memory."""
    account = ["/usr/bin/setpriv", f"--reuid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []
    with subprocess.Popen([*account, "/bin/sleep", "60"]) as victim:
        done = attacked(enemy, tmp_path, "meddle", str(victim.pid))
        victim.kill()

    assert len(done) == 11
    assert [line for line in done if line != "refused: Operation not permitted"] == []


def test_parser_does_what_it_needs(enemy: Sandbox, tmp_path: Path) -> None:
    """It lowers its own limits, starts a program that does so, and writes into its folder."""
    assert attacked(enemy, tmp_path, "own") == ["ran", "4"]


def test_no_tracer_keeps_the_others_waiting(enemy: Sandbox, tmp_path: Path) -> None:
    """A process left behind cannot hold another one for good; the next document is read."""
    assert attacked(enemy, tmp_path, "trace") == ["refused: Operation not permitted"]
    assert children_of(nursery_of(enemy)) == []
    assert attacked(enemy, tmp_path, "who")


@pytest.mark.timeout(60)  # one that waits for the traced process waits ten minutes
def test_tracer_is_ended_where_nothing_refuses_it(tmp_path: Path) -> None:
    """Where the kernel filters nothing, tracer and traced are ended all the same, and the next document is read."""
    with Sandbox(SandboxLimits(wall_s=20), nursery="tests.open_nursery") as unguarded:
        traced = attacked(unguarded, tmp_path, "trace")

        assert traced == ["done: 0"]
        assert children_of(nursery_of(unguarded)) == []
        assert attacked(unguarded, tmp_path, "who")


def test_no_socket_is_opened(enemy: Sandbox, tmp_path: Path) -> None:
    """No kind of socket can be had, so neither a network nor a local service can be spoken to."""
    assert [line for line in attacked(enemy, tmp_path, "sockets") if not line.startswith("refused")] == []


def test_nothing_is_left_in_the_kernel(enemy: Sandbox, tmp_path: Path) -> None:
    """Shared memory, queues and semaphores would outlive the process and its bound on memory."""
    assert [line for line in attacked(enemy, tmp_path, "leave") if not line.startswith("refused")] == []


def test_no_user_namespace_is_entered(enemy: Sandbox, tmp_path: Path) -> None:
    """A parser does not become root of a user namespace, but has threads; System V objects of others are not seen."""
    *done, thread, ipc = attacked(enemy, tmp_path, "namespace")

    assert done == ["unshare refused: Operation not permitted", "clone refused: Operation not permitted"]
    assert thread == "thread ran"
    if confinement().has_network_namespace:
        assert ipc != str(Path("/proc/self/ns/ipc").readlink())


@pytest.mark.skipif(version() < 6, reason="the kernel's Landlock does not know signals")
def test_no_other_process_is_signalled(enemy: Sandbox, tmp_path: Path) -> None:
    """A parser ends neither the process it was forked from nor another of the same account."""
    with subprocess.Popen(["/bin/sleep", "60"]) as victim:
        done = attacked(enemy, tmp_path, "strike", str(victim.pid))
        alive = victim.poll() is None
        victim.kill()

    assert [line for line in done if not line.startswith("refused")] == []
    assert alive


def test_no_privilege_is_left(enemy: Sandbox, tmp_path: Path) -> None:
    """The process is not root, in no group, gains nothing through a program, and may at most read more than it owns."""
    found = dict(line.split(":", 1) for line in attacked(enemy, tmp_path, "who"))

    assert found["NoNewPrivs"].strip() == "1"
    assert int(found["CapEff"], 16) & ~0b110 == 0
    if os.getuid() == 0 and version():
        assert set(found["Uid"].split()) == {str(NOBODY)}
        assert found["Groups"].split() == []
    else:
        assert int(found["CapEff"], 16) == 0


def test_document_only_its_owner_may_read(tmp_path: Path) -> None:
    """A document that only the service may read, in a folder only it may enter, is parsed; so is a scanned page."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    note, scan = folder / "note.txt", folder / "scan.pdf"
    note.write_text("Travel is paid.", encoding="utf-8")
    _draw_scan(scan)
    note.chmod(0o400)
    scan.chmod(0o400)

    with Sandbox(SandboxLimits()) as sandbox:
        texts = [
            sandbox.parse(path, inspect(path, path.name, limits=Limits()), path.name).blocks[0].text
            for path in (note, scan)
        ]

    assert texts == ["Travel is paid.", "Travel is paid by the company."]


def _draw_scan(path: Path) -> None:
    """Write a PDF of one page that holds only a picture of a sentence."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1240, 400), 255)
    ImageDraw.Draw(picture).text((60, 120), "Travel is paid by the company.", font=ImageFont.load_default(60))
    canvas = Canvas(str(path), pagesize=(620, 200))
    canvas.drawInlineImage(picture, 0, 0, width=620, height=200)
    canvas.save()


def test_doctor_says_how_parsers_are_confined() -> None:
    """The doctor's line names what this machine grants; where nothing closes the network or the files, it warns."""
    good = Confinement(landlock=7, has_network_namespace=True, has_socket_filter=True, account="nobody")
    open_files = Confinement(landlock=0, has_network_namespace=True, has_socket_filter=True, account="own")
    open_network = Confinement(
        landlock=7, has_network_namespace=False, has_socket_filter=False, account="own"
    )

    assert doctor.check_parsers(good).severity is doctor.Severity.OK
    assert "nobody" in doctor.check_parsers(good).message
    for weak in (open_files, open_network):
        assert doctor.check_parsers(weak).severity is doctor.Severity.WARNING
        assert doctor.check_parsers(weak).remedy
    assert confinement().has_socket_filter
