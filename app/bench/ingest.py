"""Time the parsers on a folder of real files: each format as it is ingested, and PDF parsers side by side.

Of each format: parsing in this process, on one core, and in the sandbox, several files at once, as ingestion does it.
PDF is then read by others too. They do not do the same work: plain text is the floor, ours finds blocks with their
boxes and tables, unstructured's "fast" strategy elements, pdfplumber text and tables. What is not installed is left
out if it is no dependency; unstructured, which is one, gets a row in which every file failed and a warning says why.
OCR's share is not told apart. Nothing here asks a network, or tells anybody.
"""

import logging
import os
import platform
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.bench import BenchReport, BenchRow
from app.sections import Ingest
from ingest.gate import EXTENSIONS, Limits, inspect
from ingest.parse.dispatch import parse
from ingest.sandbox.preload import preload
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.types import Accepted, ParsedDocument
from retrieval.errors import DocumentRejected, NotFound

Size = tuple[int, int]  # pages and characters of a file
Count = Callable[[Path], Size]
Files = Mapping[Path, Accepted]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """Hold what reading the files of one row gave, and what it took."""

    sizes: Sequence[Size | None]  # None of a file that failed
    computed_s: float  # by all processes
    waited_s: float


def run(data: Path) -> BenchReport:
    """Return documents, pages and characters a second by format, then by rival parser. Raises NotFound."""
    files = _accepted(data)
    if not files:
        raise NotFound(f"'{data}' holds no file that can be ingested", remedy="name a folder of documents")
    preload()
    rows: list[BenchRow] = []
    for extension in sorted({path.suffix.lower() for path in files}):
        alike = {path: accepted for path, accepted in files.items() if path.suffix.lower() == extension}
        rows.append(_alone(f"{extension} as ingested", alike, _as_ingested(alike)))
        rows.append(_in_the_sandbox(f"{extension} in the sandbox, {_at_once()} at once", alike))
        if extension == ".pdf":
            rows += _rivals(alike)
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    return BenchReport(f"parsing of {len(files)} files", machine, tuple(rows))


def _accepted(data: Path) -> Files:
    found: dict[Path, Accepted] = {}
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.suffix.lower() in EXTENSIONS:
            with suppress(DocumentRejected):  # refused files cost the gate's time, not a parser's
                found[path] = inspect(path, path.name, limits=Limits())
    return found


def _at_once() -> int:
    return Ingest().workers  # as configured by default


def _alone(name: str, files: Files, count: Count) -> BenchRow:
    """Return the rates of one file after the other in this process, by the time of computing."""
    started, waited = time.process_time(), time.perf_counter()
    sizes = [_size(count, path) for path in files]
    read = _Read(sizes, time.process_time() - started, time.perf_counter() - waited)
    return _row(name, read, of_s=read.computed_s)


def _in_the_sandbox(name: str, files: Files) -> BenchRow:
    """Return the rates of a process of its own for each file, by the time that passes.

    What was computed includes loading the parsers once; the time that passes does not.
    """
    computed_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Sandbox(SandboxLimits()) as sandbox, ThreadPoolExecutor(_at_once()) as threads:

        def count(path: Path) -> Size:
            return _size_of(sandbox.parse(path, files[path], path.name))

        _size(count, min(files, key=lambda path: files[path].size_bytes))  # loads the parsers
        waited = time.perf_counter()
        sizes = list(threads.map(lambda path: _size(count, path), files))
        waited_s = time.perf_counter() - waited
    computed = resource.getrusage(resource.RUSAGE_CHILDREN)  # of processes that have ended
    computed_s = computed.ru_utime - computed_before.ru_utime + computed.ru_stime - computed_before.ru_stime
    return _row(name, _Read(sizes, computed_s, waited_s), of_s=waited_s)


def _rivals(files: Files) -> Iterator[BenchRow]:
    for name, opened in RIVALS.items():
        try:
            count = opened()
        except ImportError as error:
            log.warning("bench_parser_missing parser=%s reason=%s", name.partition(",")[0], error)
            yield _row(f".pdf {name}: not installed", _Read([None] * len(files), 0.0, 0.0), of_s=0.0)
        else:
            if count is not None:
                yield _alone(f".pdf {name}", files, count)


def _size(count: Count, path: Path) -> Size | None:
    try:
        return count(path)
    except Exception as error:  # noqa: BLE001  rivals raise whatever they like; the row counts the file as failed
        log.info("bench_file_failed kind=%s", type(error).__name__)
        return None


def _row(name: str, read: _Read, *, of_s: float) -> BenchRow:
    """Return a row whose rates are per second of `of_s`; a file that failed has no pages and no characters."""
    done = [size for size in read.sizes if size is not None]
    seconds = max(of_s, 1e-9)
    return BenchRow(
        name,
        {
            "files": len(read.sizes),
            "failed": len(read.sizes) - len(done),
            "documents_per_s": round(len(done) / seconds, 1),
            "pages_per_s": round(sum(pages for pages, _ in done) / seconds, 1),
            "characters": sum(characters for _, characters in done),
            "computed_s": round(read.computed_s, 2),
            "waited_s": round(read.waited_s, 2),
        },
    )


def _as_ingested(files: Files) -> Count:
    return lambda path: _size_of(parse(path, files[path].media_type, path.name))


def _size_of(document: ParsedDocument) -> Size:
    return document.pages or 1, sum(len(block.text) for block in document.blocks)


def _pypdfium2() -> Count:
    """Return the reader of plain text alone: the floor that no parser built on pdfium can pass."""
    import pypdfium2  # heavy: keeps --help under 0.3 s

    def count(path: Path) -> Size:
        with pypdfium2.PdfDocument(path) as document:
            texts = [page.get_textpage().get_text_bounded() for page in document]
        return len(texts), sum(map(len, texts))

    return count


def _pypdf() -> Count:
    """Return the reader of plain text with pypdf, which unstructured brings along."""
    from pypdf import PdfReader  # heavy: keeps --help under 0.3 s

    def count(path: Path) -> Size:
        texts = [page.extract_text() for page in PdfReader(path).pages]
        return len(texts), sum(map(len, texts))

    return count


def _unstructured() -> Count:
    """Return unstructured's reader without models. Raises ImportError where its extra for PDF is missing.

    `preload` has run: the model that unstructured would download to split sentences is replaced.
    """
    os.environ["DO_NOT_TRACK"] = "1"  # else it tells its maker of each import and call
    # heavy: keeps --help under 0.3 s
    import pikepdf  # type: ignore[import-not-found]  # noqa: F401  where it is missing, unstructured finds nothing
    from unstructured.partition.pdf import partition_pdf

    def count(path: Path) -> Size:
        elements = partition_pdf(str(path), strategy="fast", languages=["eng"])
        pages = max((element.metadata.page_number or 1 for element in elements), default=1)
        return pages, sum(len(element.text or "") for element in elements)

    return count


def _pdfplumber() -> Count | None:
    """Return the reader of text and tables with pdfplumber, None where nobody has installed it."""
    try:
        import pdfplumber  # type: ignore[import-not-found]  # not a dependency, compared with where it is there
    except ImportError:
        return None

    def count(path: Path) -> Size:
        with pdfplumber.open(path) as document:
            texts = [(page.extract_text(), page.extract_tables())[0] for page in document.pages]
        return len(texts), sum(map(len, texts))

    return count


RIVALS: Mapping[str, Callable[[], Count | None]] = {
    "pypdfium2, plain text": _pypdfium2,
    "pypdf, plain text": _pypdf,
    'unstructured, "fast"': _unstructured,
    "pdfplumber, text and tables": _pdfplumber,
}
