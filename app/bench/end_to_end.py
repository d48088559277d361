"""Time ingestion as a whole: from files to a searchable index, again without a change, and a long document's memory.

Each run has a house of its own that is thrown away. The figures include the gate, sandboxed parsing, chunking,
embedding, database, originals and index; `embedded` counts the texts that the model was given.
"""

import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from app.adapters import open_encoder, open_index, open_model
from app.bench import BenchReport, BenchRow
from app.bench.memory import peak_memory
from app.ordering import order_sync
from app.records import open_records
from app.settings import Settings
from app.wiring import Neighbours, Services, plug
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from retrieval.types import Embedder, FloatMatrix, FloatVector

COLLECTION: dict[str, object] = {
    "id": "bench",
    "name": "Bench",
    "owner": "nobody",
    "purpose": "measure",
    "legal_basis": "public documents",
    "retention_days": 1,
    "confidentiality": "public",
}
LONG_PAGES = 1_000


@dataclass
class Counting:
    """An Embedder that counts what it is given; with `is_instant` it makes vectors up, for runs that time the rest."""

    inner: Embedder
    is_instant: bool
    texts: int = field(default=0)

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.inner.name

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self.inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return the model's vectors, or ones made up from the text."""
        self.texts += len(texts)
        if not self.is_instant:
            return self.inner.embed_passages(texts)
        seeds = [int.from_bytes(sha256(text.encode()).digest()[:8], "big") for text in texts]
        drawn = [np.random.default_rng(seed).standard_normal(self.dimension) for seed in seeds]
        vectors = np.array(drawn, dtype=np.float32).reshape(-1, self.dimension)
        unit: FloatMatrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def embed_query(self, text: str) -> FloatVector:
        """Return the model's vector of a question."""
        return self.inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self.inner.count_tokens(text)


def run(settings: Settings, data: Path) -> BenchReport:
    """Return the pace of a folder's first and second sync, and of one PDF of a thousand pages made of its PDFs."""
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        rows = list(_twice(settings, data, Path(folder) / "house", is_instant=False))
        long = _long_pdf(data, Path(folder) / "long")
        if long is not None:
            row = next(_twice(settings, long, Path(folder) / "second", is_instant=False))
            rows.append(BenchRow(f"one PDF of {LONG_PAGES:,} pages", row.figures))
    return _report("ingestion as a whole, with the trial embedder", rows)


def run_unchanged(settings: Settings, files: int) -> BenchReport:
    """Return the pace of a second sync of so many small text files; the first one's vectors are made up."""
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        corpus = Path(folder) / "corpus"
        for number in range(files):
            path = corpus / f"{number % 100:02}" / f"{number:06}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"Rule {number}. Everybody keeps rule {number} of {files}.\n", encoding="utf-8")
        time.sleep(2.5)  # a file younger than two seconds is read again: its date cannot be trusted yet
        rows = list(_twice(settings, corpus, Path(folder) / "house", is_instant=True))
    return _report(f"re-sync of {files:,} unchanged files", rows)


def _report(title: str, rows: Sequence[BenchRow]) -> BenchReport:
    return BenchReport(title, f"{os.cpu_count()} cores, {platform.machine()}", tuple(rows))


def _twice(settings: Settings, data: Path, house: Path, *, is_instant: bool) -> Iterator[BenchRow]:
    with house_of_its_own(settings, house, is_instant=is_instant) as (services, embedder):
        embedder.count_tokens("the tokenizer is loaded before the clock starts")
        embedder.embed_query("so is the model")
        for name in ("first sync", "second sync, nothing changed"):
            yield BenchRow(name, _figures(services, embedder, data))


@contextmanager
def house_of_its_own(
    settings: Settings,
    folder: Path,
    *,
    is_instant: bool,
    readers: Sequence[str] = ("everyone",),
    personal_data: str = "warn",
) -> Iterator[tuple[Services, Counting]]:
    """Give an embedded house in `folder` with one empty collection for these readers."""
    collection = COLLECTION | {"readers": list(readers), "personal_data": personal_data}
    values = settings.model_dump() | {"collections": [collection], "sources": []}
    values["site"] = values["site"] | {"data_dir": folder, "trial": False, "profile": "embedded"}
    alone = Settings.model_validate(values)
    records = open_records(alone)
    embedder = Counting(open_encoder(alone), is_instant)
    sandbox = Sandbox(SandboxLimits.of(alone.ingest.parse_timeout_s))
    index = open_index(alone, dimension=embedder.dimension)
    services = plug(records, Neighbours(embedder, index, open_model(alone), sandbox))
    try:
        yield services, embedder
    finally:
        services.close()


def _figures(services: Services, embedder: Counting, data: Path) -> dict[str, float]:
    before, embedded = services.index.count(), embedder.texts
    with peak_memory() as peak:
        seconds = _seconds(lambda: sync_folder(services, data))
    job = services.jobs.recent(limit=1)[0]
    chunks = services.index.count() - before
    return {
        "files": job.total,
        "quarantined": job.failed,
        "pages": job.pages,
        "chunks": chunks,
        "embedded": embedder.texts - embedded,
        "seconds": round(seconds, 2),
        "documents_per_s": round(job.total / seconds, 1),
        "pages_per_s": round(job.pages / seconds, 1),
        "chunks_per_s": round(chunks / seconds, 1),
        "peak_mb": round(peak.mb),
    }


def sync_folder(services: Services, data: Path) -> None:
    """Bring a folder into the one collection."""
    order_sync(services, str(data), collection="bench", created_by="bench")
    services.worker("bench").run_one(threading.Event())


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _long_pdf(data: Path, folder: Path) -> Path | None:
    """Write one PDF of LONG_PAGES pages out of the folder's PDFs, over and over; None where there are none."""
    import pypdfium2  # heavy: keeps --help under 0.3 s

    sources = sorted(data.rglob("*.pdf"))
    if not sources:
        return None
    folder.mkdir(parents=True)
    with pypdfium2.PdfDocument.new() as long:
        while len(long) < LONG_PAGES:
            for path in sources:
                with pypdfium2.PdfDocument(path) as part:
                    room = LONG_PAGES - len(long)
                    if room > 0:
                        long.import_pages(part, list(range(min(len(part), room))))
        long.save(folder / "long.pdf")
    return folder
