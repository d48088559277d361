"""Time the parsers on a folder of real files: each format as it is ingested, and PDF and HTML parsers side by side.

Figures are of one process on one core, after one warm-up file, without OCR's share being told apart.
"""

import os
import platform
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from app.bench import BenchReport, BenchRow
from ingest.gate import EXTENSIONS, Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.preload import preload
from ingest.types import Accepted
from retrieval.errors import DocumentRejected, NotFound

Count = Callable[[Path], tuple[int, int]]  # pages and characters of a file


def run(data: Path) -> BenchReport:
    """Return documents, pages and characters a second by format, then by rival parser. Raises NotFound."""
    files = _accepted(data)
    if not files:
        raise NotFound(f"'{data}' holds no file that can be ingested", remedy="name a folder of documents")
    preload()
    rows = []
    for extension in sorted({path.suffix.lower() for path in files}):
        alike = {path: accepted for path, accepted in files.items() if path.suffix.lower() == extension}
        rows.append(_timed(f"{extension} as ingested", alike, _as_ingested(alike)))
        if extension == ".pdf":
            rows += [_timed(f".pdf {name}", alike, rival) for name, rival in RIVALS.items()]
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    return BenchReport(f"parsing of {len(files)} files", machine, tuple(rows))


def _accepted(data: Path) -> dict[Path, Accepted]:
    found: dict[Path, Accepted] = {}
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.suffix.lower() in EXTENSIONS:
            with suppress(DocumentRejected):  # refused files cost the gate's time, not a parser's
                found[path] = inspect(path, path.name, limits=Limits())
    return found


def _timed(name: str, files: Iterable[Path], count: Count) -> BenchRow:
    """Return the rates of `count` over the files; a file it rejects counts as read in no time and as failed."""
    paths = list(files)
    pages = characters = failed = 0
    started = time.process_time()
    waited = time.perf_counter()
    for path in paths:
        try:
            more_pages, more_characters = count(path)
        except DocumentRejected:
            failed += 1
        else:
            pages, characters = pages + more_pages, characters + more_characters
    computed_s = max(time.process_time() - started, 1e-9)
    return BenchRow(
        name,
        {
            "files": len(paths),
            "failed": failed,
            "documents_per_s": round(len(paths) / computed_s, 1),
            "pages_per_s": round(pages / computed_s, 1),
            "characters": characters,
            "computed_s": round(computed_s, 2),
            "waited_s": round(time.perf_counter() - waited, 2),
        },
    )


def _as_ingested(files: dict[Path, Accepted]) -> Count:
    def count(path: Path) -> tuple[int, int]:
        document = parse(path, files[path].media_type, path.name)
        return document.pages or 1, sum(len(block.text) for block in document.blocks)

    return count


def _pypdfium2_text(path: Path) -> tuple[int, int]:
    """Read the plain text alone: the floor that no parser built on pdfium can pass."""
    import pypdfium2  # heavy: keeps --help under 0.3 s

    with pypdfium2.PdfDocument(path) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    return len(texts), sum(map(len, texts))


def _pypdf_text(path: Path) -> tuple[int, int]:
    """Read the plain text with pypdf, which unstructured brings along."""
    from pypdf import PdfReader  # heavy: keeps --help under 0.3 s

    texts = [page.extract_text() for page in PdfReader(path).pages]
    return len(texts), sum(map(len, texts))


RIVALS: dict[str, Count] = {"pypdfium2, plain text": _pypdfium2_text, "pypdf, plain text": _pypdf_text}
