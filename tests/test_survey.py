"""What a survey tells before an import."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.estimate import Rates
from ingest.gate import Limits, inspect
from ingest.holdings import Holdings
from ingest.sources.folder import FolderSource
from ingest.survey import Survey, survey
from ingest.sync import Known
from ingest.types import Accepted, Look, State
from retrieval.errors import BrokenDocument, Unavailable

PDF = b"%PDF-1.7\n"
RATES = Rates(page_s=1, ocr_page_s=10, pageless_s=2, at_once=2)


def surveyed(
    folder: Path,
    *known: Known,
    elsewhere: frozenset[str] = frozenset(),
    look: Callable[[Path, str], Look] = lambda _path, _name: Look(
        1, needs_password=False, sampled=1, scanned=0
    ),
) -> Survey:
    """Return the survey of a folder through the real gate; every file is read by everyone but those in `closed`."""
    source = FolderSource(folder, readers_of=lambda key: () if key.startswith("closed/") else ("everyone",))
    return survey(source, Holdings(known, elsewhere), gate, look, RATES)


def gate(path: Path, file_name: str) -> Accepted:
    """Judge a file by the real gate."""
    return inspect(path, file_name, limits=Limits())


def write(folder: Path, key: str, content: bytes) -> str:
    """Write a file that is as old as the hills; return its fingerprint."""
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return gate(path, path.name).sha256 if content else ""


def known(folder: Path, key: str, sha256: str) -> Known:
    """Return the visible document of a file as it lies there."""
    size = (folder / key).stat().st_size if (folder / key).exists() else 0
    signature = f"{size}:{1_000_000_000_000_000_000}"
    return Known(key, f"id of {key}", signature, sha256, ("everyone",), State.VISIBLE)


def test_missing_folder_and_empty_share_are_refused(tmp_path: Path) -> None:
    """A survey of nothing would look like a promise to forget everything."""
    with pytest.raises(Unavailable):
        surveyed(tmp_path / "unmounted")
    with pytest.raises(Unavailable, match="lists no file"):
        surveyed(tmp_path, known(tmp_path, "gone.md", "aa"))


def test_new_changed_moved_unchanged_and_vanished_are_counted(tmp_path: Path) -> None:
    """Each file is counted once, and only new and changed bytes are to be read."""
    same = write(tmp_path, "same.md", b"# same")
    moved = write(tmp_path, "b/moved.md", b"# moved")
    write(tmp_path, "edited.md", b"# edited")
    touched = write(tmp_path, "touched.md", b"# touched")
    write(tmp_path, "new.md", b"# new")
    found = surveyed(
        tmp_path,
        known(tmp_path, "same.md", same),
        replace(known(tmp_path, "edited.md", "old"), signature="1:1"),
        replace(known(tmp_path, "touched.md", touched), signature="1:1"),
        known(tmp_path, "a/moved.md", moved),
        known(tmp_path, "gone.md", "aa"),
    )
    assert (found.new, found.changed, found.moved, found.unchanged, found.vanished) == (1, 1, 1, 2, 1)
    assert found.read_bytes == len(b"# edited") + len(b"# new")
    assert found.estimated_s == 2 * RATES.pageless_s / 2


def test_unchanged_files_are_not_opened(tmp_path: Path) -> None:
    """Neither gate nor sandbox sees what the listing shows to be the same."""
    sha256 = write(tmp_path, "same.pdf", PDF)

    def never(_path: Path, _name: str) -> Look:
        raise AssertionError

    assert surveyed(tmp_path, known(tmp_path, "same.pdf", sha256), look=never).unchanged == 1


def test_refused_files_are_named_with_reason_and_remedy(tmp_path: Path) -> None:
    """The gate's verdict and the sandbox's; one bad file does not end the survey."""
    write(tmp_path, "empty.md", b"")
    (tmp_path / "tool.exe").write_bytes(b"MZ")
    write(tmp_path, "locked.pdf", PDF + b"locked")
    write(tmp_path, "broken.pdf", PDF + b"broken")
    write(tmp_path, "fine.pdf", PDF + b"fine")

    def look(_path: Path, name: str) -> Look:
        if name == "broken.pdf":
            raise BrokenDocument("'broken.pdf' is damaged", remedy="print it again")
        return Look(pages=3 * (name == "fine.pdf"), needs_password=name == "locked.pdf", sampled=3, scanned=0)

    found = surveyed(tmp_path, look=look)
    assert {one.key for one in found.refused} == {"empty.md", "tool.exe", "locked.pdf", "broken.pdf"}
    assert all(one.reason and one.remedy for one in found.refused)
    assert [one.key for one in found.refused if one.is_encrypted] == ["locked.pdf"]
    assert (found.encrypted, found.pdf_files, found.pdf_pages) == (1, 1, 3)


def test_bytes_in_quarantine_are_no_new_work(tmp_path: Path) -> None:
    """What was refused before with the same bytes is not tried again."""
    sha256 = write(tmp_path, "bad.md", b"# bad")
    failed = replace(
        known(tmp_path, "bad.md", "x"),
        state=State.QUARANTINED,
        sha256=None,
        failed_sha256=sha256,
        signature=None,
    )
    found = surveyed(tmp_path, failed)
    assert (found.unchanged, found.changed, found.estimated_s) == (1, 0, 0.0)


def test_scanned_pages_are_projected_from_the_sample(tmp_path: Path) -> None:
    """Half of a sample of a hundred pages is fifty pages of OCR, which decide the time."""
    write(tmp_path, "scan.pdf", PDF)
    found = surveyed(
        tmp_path, look=lambda _path, _name: Look(pages=100, needs_password=False, sampled=10, scanned=5)
    )
    assert (found.pdf_pages, found.scanned_pages, found.scanned_share) == (100, 50, 0.5)
    assert found.estimated_s == (50 * RATES.page_s + 50 * RATES.ocr_page_s) / 2


def test_duplicates_are_found_in_the_listing_and_beyond(tmp_path: Path) -> None:
    """Two keys with the same bytes, one of them known already; and content of another collection."""
    sha256 = write(tmp_path, "a.md", b"# form")
    write(tmp_path, "b.md", b"# form")
    other = write(tmp_path, "c.md", b"# elsewhere")
    found = surveyed(tmp_path, known(tmp_path, "a.md", sha256), elsewhere=frozenset({other}))
    assert found.duplicates == (("a.md", "b.md"),)
    assert found.known_elsewhere == ("c.md",)


def test_files_that_nobody_could_read_are_named(tmp_path: Path) -> None:
    """A document without resolvable readers is visible to nobody; better known before than after."""
    write(tmp_path, "closed/a.md", b"# a")
    write(tmp_path, "b.md", b"# b")
    assert surveyed(tmp_path).without_readers == ("closed/a.md",)


def test_types_and_the_ten_largest_are_listed(tmp_path: Path) -> None:
    """By bytes, the largest first, capitals of extensions put aside."""
    for number in range(12):
        write(tmp_path, f"{number:02}.{'MD' if number % 2 else 'md'}", b"x" * (number + 1))
    write(tmp_path, "big.txt", b"y" * 1000)
    found = surveyed(tmp_path)
    assert [(one.extension, one.files, one.size_bytes) for one in found.types] == [
        (".txt", 1, 1000),
        (".md", 12, sum(range(13))),
    ]
    assert [key for key, _ in found.largest][:2] == ["big.txt", "11.MD"]
    assert len(found.largest) == 10


def test_progress_counts_up_to_all_files_that_are_read(tmp_path: Path) -> None:
    """A person sees how far a long survey is."""
    for number in range(3):
        write(tmp_path, f"{number}.md", b"# x")
    seen: list[tuple[int, int]] = []
    source = FolderSource(tmp_path, readers_of=lambda _: ())
    look = Look(0, needs_password=False, sampled=0, scanned=0)
    survey(source, Holdings(), gate, lambda _path, _name: look, RATES, report=lambda *step: seen.append(step))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
