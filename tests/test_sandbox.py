"""Hold that no document harms the process that reads it, its neighbours, or the network."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.gate import Limits, inspect
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.types import Accepted, Cancelled, Drawing, ParsedDocument, Phrase
from retrieval.errors import BrokenDocument, DocumentRejected, EmptyDocument, NotFound, ParserStopped
from retrieval.types import Box
from tests.hostile_makers import png

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Lend one sandbox to the whole file: loading the parsers takes seconds, a document milliseconds."""
    with Sandbox(SandboxLimits()) as shared:
        yield shared


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Return a small text file."""
    path = tmp_path / "note.txt"
    path.write_text("Travel is paid.\n\nMeals are not.", encoding="utf-8")
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Return a CSV file that takes seconds and a few hundred megabytes to parse."""
    path = tmp_path / "ledger.csv"
    path.write_text("account;amount;text\n" + "4711;12.50;office supplies\n" * 400_000, encoding="utf-8")
    return path


def parsed(sandbox: Sandbox, path: Path, *, cancelled: Callable[[], bool] = lambda: False) -> ParsedDocument:
    """Return the document through gate and sandbox, as the pipeline does."""
    return sandbox.parse(path, inspect(path, path.name, limits=Limits()), path.name, cancelled=cancelled)


def nursery_of(sandbox: Sandbox) -> int:
    """Return the id of the process that documents are forked from."""
    assert sandbox._nursery is not None
    return sandbox._nursery.process.pid


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_document_comes_back(sandbox: Sandbox, note: Path) -> None:
    """A document parsed in the sandbox is the document parsed in place."""
    document = parsed(sandbox, note)

    assert [block.text for block in document.blocks] == ["Travel is paid.", "Meals are not."]
    assert document.title == "note"


def test_rejection_comes_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """What a parser rejects arrives as the same error with its remedy."""
    path = tmp_path / "blank.html"
    path.write_text("<html><body><script>1</script></body></html>", encoding="utf-8")

    with pytest.raises(EmptyDocument, match=r"blank\.html") as refusal:
        parsed(sandbox, path)

    assert refusal.value.remedy


@pytest.mark.slow
def test_many_documents_leave_nothing_behind(sandbox: Sandbox, note: Path) -> None:
    """Two hundred documents by two threads leave no process, no descriptor and no temporary directory."""
    parsed(sandbox, note)
    before = len(list(Path("/proc/self/fd").iterdir()))
    nursery_before = len(list(Path(f"/proc/{nursery_of(sandbox)}/fd").iterdir()))

    with ThreadPoolExecutor(2) as threads:
        titles = set(threads.map(lambda _: parsed(sandbox, note).title, range(200)))

    assert titles == {"note"}
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    deadline = time.monotonic() + 10  # the last lifeline is closed after it has told the end
    held = Path(f"/proc/{nursery_of(sandbox)}/fd")
    while len(list(held.iterdir())) > nursery_before and time.monotonic() < deadline:
        os.sched_yield()
    assert len(list(held.iterdir())) <= nursery_before
    assert children_of(nursery_of(sandbox)) == []


@pytest.mark.slow
def test_memory_is_bounded(ledger: Path, note: Path) -> None:
    """A document that needs more memory than allowed is broken; the next one is read."""
    with Sandbox(SandboxLimits(memory_bytes=40 * MEGABYTE)) as small:
        with pytest.raises(BrokenDocument, match=r"ledger\.csv.*memory"):
            parsed(small, ledger)

        assert parsed(small, note).title == "note"


@pytest.mark.slow
def test_computing_is_bounded(ledger: Path, note: Path) -> None:
    """A document that computes longer than allowed is broken; the next one is read."""
    with Sandbox(SandboxLimits(cpu_s=1)) as hasty:
        with pytest.raises(BrokenDocument, match=r"ledger\.csv.*1 s of computing"):
            parsed(hasty, ledger)

        assert parsed(hasty, note).title == "note"


@pytest.mark.slow
def test_time_is_bounded(ledger: Path) -> None:
    """A document that takes longer than allowed is broken, and its process is gone when that is known."""
    with Sandbox(SandboxLimits(wall_s=0.3)) as hasty:
        with pytest.raises(BrokenDocument, match=r"ledger\.csv.*to read"):
            parsed(hasty, ledger)

        assert children_of(nursery_of(hasty)) == []


@pytest.mark.slow
def test_output_is_bounded(ledger: Path) -> None:
    """A document that turns into more text than allowed is broken."""
    with (
        Sandbox(SandboxLimits(max_result_bytes=MEGABYTE)) as small,
        pytest.raises(BrokenDocument, match=r"ledger\.csv.*1 MB of text"),
    ):
        parsed(small, ledger)


def test_cancelled(sandbox: Sandbox, ledger: Path, note: Path) -> None:
    """A cancelled document stops at once and leaves no process; the next one is read."""
    with pytest.raises(Cancelled):
        parsed(sandbox, ledger, cancelled=lambda: True)

    assert children_of(nursery_of(sandbox)) == []
    assert parsed(sandbox, note).title == "note"


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_killed_process(sandbox: Sandbox, ledger: Path, note: Path, blow: signal.Signals) -> None:
    """A process that is killed or crashes makes its document broken; the next one is read."""

    def strike() -> bool:
        for pid in children_of(nursery_of(sandbox)):
            os.kill(pid, blow)
        return False

    parsed(sandbox, note)
    with pytest.raises(BrokenDocument, match=r"ledger\.csv"):
        parsed(sandbox, ledger, cancelled=strike)

    assert parsed(sandbox, note).title == "note"


@pytest.mark.slow
def test_dead_nursery_is_replaced(note: Path) -> None:
    """When the system kills the process that documents are forked from, the next document starts another."""
    with Sandbox(SandboxLimits()) as own:
        parsed(own, note)
        os.kill(nursery_of(own), signal.SIGKILL)
        own._nursery.process.wait()  # type: ignore[union-attr]

        assert parsed(own, note).title == "note"


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("huge.png", png(60_000, 60_000), "a picture has more than 50 million pixels"),
        ("torn.tiff", b"II*\0", "the picture is damaged|is not a readable TIFF picture"),
        ("torn.jpg", b"\xff\xd8\xff", "is not a readable JPEG picture"),
    ],
)
def test_hostile_picture_is_refused_inside(
    sandbox: Sandbox, tmp_path: Path, name: str, data: bytes, rule: str
) -> None:
    """A picture that only looks like one from outside is refused by name and rule, after the gate, in its process."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentRejected, match=rf"^'{name}': .*(?:{rule})") as refusal:
        parsed(sandbox, path)
    assert refusal.value.remedy


@pytest.mark.slow
def test_nursery_that_hangs_is_replaced(note: Path) -> None:
    """When the process that documents are forked from hangs, its document may be tried again and the next is read."""
    with Sandbox(SandboxLimits(wall_s=1.0)) as own:
        parsed(own, note)
        hung = own._nursery
        assert hung is not None
        os.kill(hung.process.pid, signal.SIGSTOP)

        with pytest.raises(ParserStopped, match=r"note\.txt.*hung"):
            parsed(own, note)

        assert hung.process.poll() == -signal.SIGKILL
        assert parsed(own, note).title == "note"


def test_process_ends_with_the_nursery(ledger: Path) -> None:
    """A document's process does not outlive the one it was forked from, nor is its document given up for good."""
    with Sandbox(SandboxLimits()) as own:
        workers: list[int] = []

        def strike() -> bool:
            if not workers:
                workers.extend(children_of(nursery_of(own)))
                time.sleep(0.2)
                os.kill(nursery_of(own), signal.SIGKILL)
            return False

        with pytest.raises(ParserStopped):
            parsed(own, ledger, cancelled=strike)
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{pid}/exe").exists() for pid in workers) and time.monotonic() < deadline:
            os.sched_yield()

        assert workers
        assert not any(Path(f"/proc/{pid}/exe").exists() for pid in workers)


def test_nothing_of_the_environment_reaches_the_parsers(sandbox: Sandbox, note: Path) -> None:
    """The process that documents are forked from has none of the caller's variables, so none of its secrets."""
    parsed(sandbox, note)

    environment = Path(f"/proc/{nursery_of(sandbox)}/environ").read_bytes().decode()

    names = {entry.partition("=")[0] for entry in environment.split("\0") if entry}
    assert names <= {
        "PATH",
        "LANG",
        "LC_ALL",
        "TESSDATA_PREFIX",
        "TZ",
        "PYTHONPATH",
        "DO_NOT_TRACK",
        "OMP_THREAD_LIMIT",
    }


def test_no_network(note: Path, tmp_path: Path) -> None:
    """A confined process cannot connect to a port of its own machine that is open to everybody else."""
    code = """
import socket, sys
from pathlib import Path
from ingest.sandbox.confine import Allowance, confine
confine(Allowance(memory_bytes=1 << 30, cpu_s=60), private=Path(sys.argv[2]), document=Path(sys.argv[3]))
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2)
except OSError:
    sys.exit(7)
"""
    private = tmp_path / "private"
    private.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            arguments = [str(port), str(private), str(note)]
            ended = subprocess.run([sys.executable, "-c", code, *arguments], check=False)

    assert ended.returncode == 7


def test_page_image_marks_the_boxes(sandbox: Sandbox, tmp_path: Path) -> None:
    """The picture of a page is as wide as asked and yellow where a box is, white elsewhere."""
    from io import BytesIO

    from PIL import Image

    path = tmp_path / "page.pdf"
    canvas = Canvas(str(path), pagesize=(200, 100))
    canvas.drawString(20, 50, "x")
    canvas.save()

    drawing = Drawing(pages=(1,), boxes=(Box(1, 100, 10, 150, 30),), width_px=400)
    drawn = sandbox.page_image(path, "application/pdf", drawing)
    picture = Image.open(BytesIO(drawn.png))

    assert picture.size == (400, 200)
    assert (drawn.page, drawn.width_points, drawn.has_phrase) == (1, 200, False)
    assert picture.getpixel((250, 40)) == (255, 214, 0)
    assert picture.getpixel((20, 180)) == (255, 255, 255)
    with pytest.raises(NotFound):
        sandbox.page_image(path, "application/pdf", replace(drawing, pages=(2,)))


def test_page_image_marks_the_phrase_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of two pages the one that holds the phrase is drawn, and that is told by the process that was confined."""
    path = tmp_path / "pages.pdf"
    canvas = Canvas(str(path), pagesize=(300, 100))
    for sentence in ("Meals are not paid.", "Travel is paid."):
        canvas.drawString(20, 50, sentence)
        canvas.showPage()
    canvas.save()
    boxes = (Box(1, 0, 0, 300, 100), Box(2, 0, 0, 300, 100))

    drawn = sandbox.page_image(
        path, "application/pdf", Drawing((1, 2), boxes, 400, (Phrase("Travel is paid."),))
    )

    assert (drawn.page, drawn.has_phrase) == (2, True)


def test_unaccepted_type(sandbox: Sandbox, note: Path) -> None:
    """A type without a parser is refused inside the sandbox too."""
    with pytest.raises(Exception, match="no parser"):
        sandbox.parse(note, Accepted("image/gif", 1, "0" * 64), "a.gif")


def test_look_counts_pages_and_scans(sandbox: Sandbox, tmp_path: Path) -> None:
    """Pages that show a picture and have no text are scans; empty ones are not."""
    path = tmp_path / "mixed.pdf"
    canvas = Canvas(str(path))
    for number in range(40):  # every fourth page is looked at
        if number % 8 == 0:
            canvas.drawString(72, 700, "A page with a sentence that anybody can read.")
        elif number % 8 == 4 and number < 30:
            canvas.rect(72, 300, 400, 400, fill=1)
        canvas.showPage()
    canvas.save()

    look = sandbox.look(path, "mixed.pdf")

    assert (look.pages, look.needs_password, look.sampled, look.scanned) == (40, False, 10, 4)


def test_look_finds_scans_throughout(sandbox: Sandbox, tmp_path: Path) -> None:
    """A file of pictures is a scan on every sampled page."""
    path = tmp_path / "scan.pdf"
    canvas = Canvas(str(path))
    for _ in range(4):
        canvas.rect(72, 300, 400, 400, fill=1)
        canvas.showPage()
    canvas.save()

    look = sandbox.look(path, "scan.pdf")

    assert (look.pages, look.sampled, look.scanned) == (4, 4, 4)


def test_look_says_that_a_password_is_needed(sandbox: Sandbox, tmp_path: Path) -> None:
    """That is an answer, no failure; a damaged file is one."""
    path = tmp_path / "locked.pdf"
    canvas = Canvas(str(path), encrypt="secret")
    canvas.drawString(72, 700, "hidden")
    canvas.save()
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing")

    assert sandbox.look(path, "locked.pdf").needs_password
    with pytest.raises(BrokenDocument):
        sandbox.look(broken, "broken.pdf")
