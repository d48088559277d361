"""Turn the sample company's sources into real files: `python deploy/sample/render.py OUT_DIR`.

The files land in OUT_DIR/<collection>/ and OUT_DIR/manifest.json says what each of them is. Rendering again
writes only what changed; the same source always gives the same bytes.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
if not __package__:  # run as a script: make `deploy.sample` importable without an installation
    sys.path.insert(0, str(HERE.parents[1]))

from deploy.sample.formats.source import Source, read_source  # noqa: E402  # after the line above

MANIFEST = "manifest.json"
WRITERS = {  # format to module and function; imported when first needed, so that a warm run is instant
    "pdf": ("pdf", "to_pdf"),
    "scanned-pdf": ("scan", "to_scanned_pdf"),
    "docx": ("word", "to_docx"),
    "pptx": ("slides", "to_pptx"),
    "xlsx": ("sheets", "to_xlsx"),
    "html": ("web", "to_html"),
    "eml": ("mail", "to_eml"),
    "md": ("plain", "to_markdown"),
    "txt": ("plain", "to_text"),
    "csv": ("plain", "to_csv"),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """Say what one rendered file is. `path` is relative to the output folder."""

    path: str
    collection: str
    title: str
    language: str
    format: str
    dated: str  # ISO date
    readers: tuple[str, ...] | None  # None = the collection's rule
    sha256: str
    source_sha256: str  # of the source and of the code that rendered it


def render(sources: Path, out: Path, *, report: Callable[[Rendered], None] | None = None) -> list[Rendered]:
    """Render every source below `sources` into `out`; return what is there, in a stable order.

    Skips what the manifest shows to be unchanged and removes what it lists but has no source any more.
    `report` is called after each file. Raises ValueError naming the source that cannot be read.
    """
    known = _read_manifest(out)
    rendered = []
    for path in sorted(sources.glob("*/*.md")):
        source = read_source(path)
        done = _render_one(source, out, known)
        rendered.append(done)
        if report is not None:
            report(done)
    for stale in known.keys() - {done.path for done in rendered}:
        (out / stale).unlink(missing_ok=True)
    text = json.dumps([asdict(done) for done in rendered], ensure_ascii=False, indent=1)
    (out / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return rendered


def _render_one(source: Source, out: Path, known: Mapping[str, Rendered]) -> Rendered:
    name = f"{source.collection}/{source.file_name}"
    fingerprint = sha256(_code_digest() + source.path.read_bytes()).hexdigest()
    target = out / name
    before = known.get(name)
    if before is not None and before.source_sha256 == fingerprint and _digest(target) == before.sha256:
        return before
    module, function = WRITERS[source.format]
    write: Callable[[Source], bytes] = getattr(import_module(f"deploy.sample.formats.{module}"), function)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(write(source))
    moment = datetime.combine(source.dated, time(8), UTC).timestamp()
    os.utime(target, (moment, moment))  # a file is as old as what it says, as on a real share
    return Rendered(
        path=name,
        collection=source.collection,
        title=source.title,
        language=source.language,
        format=source.format,
        dated=source.dated.isoformat(),
        readers=source.readers,
        sha256=_digest(target),
        source_sha256=fingerprint,
    )


def _read_manifest(out: Path) -> dict[str, Rendered]:
    if not (out / MANIFEST).exists():
        out.mkdir(parents=True, exist_ok=True)
        return {}
    entries = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    for entry in entries:
        entry["readers"] = None if entry["readers"] is None else tuple(entry["readers"])
    return {entry["path"]: Rendered(**entry) for entry in entries}


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""


@cache
def _code_digest() -> bytes:
    """Return a hash of the renderer itself: a change of layout renders everything again."""
    files = sorted((HERE / "formats").glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).digest()


def main(arguments: list[str]) -> int:
    """Render into the folder named by the only argument; return 0, or 2 when called wrongly."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python deploy/sample/render.py OUT_DIR\n")
        return 2
    rendered = render(HERE / "sources", Path(arguments[0]))
    sys.stdout.write(f"{len(rendered)} documents of the sample company are in {arguments[0]}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
