"""Say what a version is before it is written: its id, and the ids of its chunks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from ingest.guard.types import Kind
from ingest.types import Accepted, Chunk, ParsedDocument, SourceFile

IDS = uuid5(NAMESPACE_URL, "intramuros")  # ids follow from content: the same run twice gives the same ids


@dataclass(frozen=True, slots=True)
class NewVersion:
    """Hold a version about to be written."""

    id: str
    accepted: Accepted
    parsed: ParsedDocument
    embedder: str
    chunks: tuple[Chunk, ...]
    timings_ms: dict[str, float]
    dated: str  # ISO date
    personal: Mapping[Kind, int] | None = None  # personal data by kind; None where nobody looked

    def chunk_ids(self) -> tuple[str, ...]:
        """Return one id a chunk, the same whenever the same version is made again."""
        return tuple(str(uuid5(UUID(self.id), str(chunk.position))) for chunk in self.chunks)


def document_id(collection_id: str, file: SourceFile, *, serial: int = 0) -> str:
    """Return the id of a document: the same for the same place in the same source.

    A document that moved keeps its id; whatever comes to its old place takes the next `serial`.
    """
    place = f"{collection_id}\n{file.source}\n{file.key}"
    return str(uuid5(IDS, f"{place}\n{serial}" if serial else place))


def version_id(document: str, sha256: str, *, parser: str, embedder: str) -> str:
    """Return the id of a version: it changes with the bytes, the parser and the embedder."""
    return str(uuid5(UUID(document), f"{sha256}\n{parser}\n{embedder}"))


def digest(indexed_text: str) -> str:
    """Return what identifies an embedded text: where it is the same, so is the vector."""
    return hashlib.sha256(indexed_text.encode("utf-8", "surrogatepass")).hexdigest()
