"""Tell, before a big import, what it would bring: how much of what, what would be refused, and how long it takes.

Every file that a sync would read goes through the gate, every PDF is looked into; nothing is written anywhere.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ingest.estimate import Rates
from ingest.holdings import Holdings
from ingest.sync import Plan, pair_moves, plan_sync
from ingest.types import Accepted, Look, Source, SourceFile
from retrieval.errors import DocumentRejected, EncryptedDocument
from retrieval.readers import clean_readers

PDF = "application/pdf"
LARGEST = 10  # files listed by name: those worth a look, on one screen with the other tables
Inspect = Callable[[Path, str], Accepted]  # the gate; raises DocumentRejected
LookInto = Callable[[Path, str], Look]  # of a PDF, in the sandbox; raises DocumentRejected
Report = Callable[[int, int], None]  # files done, of how many


@dataclass(frozen=True, slots=True)
class Refused:
    """Name a file that would end in quarantine, and why."""

    key: str
    reason: str
    remedy: str
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Count the listed files of one extension."""

    extension: str  # ".pdf"; "" = none
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Survey:
    """Hold what a sync would find. Counts are of files unless they say otherwise."""

    types: tuple[TypeCount, ...]  # of all that is listed, most bytes first
    new: int  # moved ones not among them
    changed: int
    unchanged: int
    moved: int
    readers_changed: int
    vanished: int  # moved ones not among them
    read_bytes: int  # of new and changed files
    refused: tuple[Refused, ...]
    duplicates: tuple[tuple[str, ...], ...]  # keys with the same content
    known_elsewhere: tuple[str, ...]  # keys whose content another source or collection shows
    without_readers: tuple[str, ...]  # visible to nobody
    largest: tuple[tuple[str, int], ...]  # keys and bytes
    pdf_files: int
    pdf_pages: int
    scanned_pages: int  # estimated from a sample of each file
    estimated_s: float
    rates: Rates

    @property
    def encrypted(self) -> int:
        """Return how many files need a password."""
        return sum(one.is_encrypted for one in self.refused)

    @property
    def scanned_share(self) -> float:
        """Return the share of PDF pages that need OCR, 0..1."""
        return self.scanned_pages / self.pdf_pages if self.pdf_pages else 0.0


@dataclass(slots=True)
class _Findings:
    """Collect what reading the files shows."""

    fingerprints: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    same_bytes: set[str] = field(default_factory=set)  # keys of changed files that did not change after all
    looks: dict[str, Look] = field(default_factory=dict)


def survey(
    source: Source,
    holdings: Holdings,
    inspect: Inspect,
    look: LookInto,
    rates: Rates,
    *,
    report: Report = lambda _done, _total: None,
) -> Survey:
    """Return what a sync of `source` would find. Raises Unavailable where the place cannot be listed or read."""
    listed = tuple(source.files())
    plan = plan_sync(listed, holdings.known)
    known = {one.key: {one.sha256, one.failed_sha256} - {None} for one in holdings.known}
    findings = _Findings()
    report(0, len(plan.to_read))
    for done, file in enumerate(plan.to_read, start=1):
        _examine(source, file, known.get(file.key, set()), (inspect, look), findings)
        report(done, len(plan.to_read))
    return _summed_up(listed, plan, holdings, findings, rates)


def _examine(
    source: Source,
    file: SourceFile,
    known: set[str | None],
    neighbours: tuple[Inspect, LookInto],
    findings: _Findings,
) -> None:
    inspect, look = neighbours
    try:
        with source.local(file) as path:
            accepted = inspect(path, file.file_name)
            findings.fingerprints[file.key] = accepted.sha256
            if accepted.sha256 in known:
                findings.same_bytes.add(file.key)
            elif accepted.media_type == PDF:
                seen = look(path, file.file_name)
                if seen.needs_password:
                    raise EncryptedDocument(
                        f"'{file.file_name}' is protected by a password",
                        remedy="remove the password and ingest it again",
                    )
                findings.looks[file.key] = seen
    except DocumentRejected as error:
        is_encrypted = isinstance(error, EncryptedDocument)
        findings.refused.append(Refused(file.key, error.message, error.remedy, is_encrypted))


def _summed_up(
    listed: tuple[SourceFile, ...], plan: Plan, holdings: Holdings, findings: _Findings, rates: Rates
) -> Survey:
    refused = {one.key for one in findings.refused}
    moves = {move.file.key for move in pair_moves(findings.fingerprints, plan.new, plan.vanished)}
    fresh = [file for file in plan.new if file.key not in moves]
    edited = [file for file in plan.changed if file.key not in findings.same_bytes]
    worked = [file.key for file in (*fresh, *edited) if file.key not in refused]
    looks = [findings.looks[key] for key in worked if key in findings.looks]
    pages = sum(look.pages for look in looks)
    scanned = sum(look.pages * look.scanned / look.sampled for look in looks if look.sampled)
    by_size = sorted(listed, key=lambda file: (-(file.size_bytes or 0), file.key))
    return Survey(
        types=_types(listed),
        new=len(fresh),
        changed=len(edited),
        unchanged=len(plan.unchanged) + len(findings.same_bytes),
        moved=len(moves),
        readers_changed=len(plan.readers_changed),
        vanished=len(plan.vanished) - len(moves),
        read_bytes=sum(file.size_bytes or 0 for file in (*fresh, *edited)),
        refused=tuple(findings.refused),
        duplicates=_duplicates(listed, plan, holdings, findings),
        known_elsewhere=tuple(
            key for key in sorted(worked) if findings.fingerprints.get(key) in holdings.elsewhere
        ),
        without_readers=tuple(file.key for file in listed if not clean_readers(file.readers)),
        largest=tuple((file.key, file.size_bytes or 0) for file in by_size[:LARGEST]),
        pdf_files=len(looks),
        pdf_pages=pages,
        scanned_pages=round(scanned),
        estimated_s=rates.seconds(
            digital=pages - scanned, scanned=scanned, pageless=len(worked) - len(looks)
        ),
        rates=rates,
    )


def _types(listed: tuple[SourceFile, ...]) -> tuple[TypeCount, ...]:
    files: Counter[str] = Counter()
    size_bytes: Counter[str] = Counter()
    for file in listed:
        extension = PurePosixPath(file.file_name).suffix.lower()
        files[extension] += 1
        size_bytes[extension] += file.size_bytes or 0
    counts = (TypeCount(one, files[one], size_bytes[one]) for one in files)
    return tuple(sorted(counts, key=lambda one: (-one.size_bytes, one.extension)))


def _duplicates(
    listed: tuple[SourceFile, ...], plan: Plan, holdings: Holdings, findings: _Findings
) -> tuple[tuple[str, ...], ...]:
    """Return groups of listed keys with the same content; an unchanged file has that of the version shown."""
    unread = {file.key for file in plan.unchanged} | {one.file.key for one in plan.readers_changed}
    contents = {one.key: one.sha256 for one in holdings.known if one.sha256 and one.key in unread}
    contents |= findings.fingerprints
    groups: dict[str, list[str]] = {}
    for file in listed:
        if file.key in contents:
            groups.setdefault(contents[file.key], []).append(file.key)
    return tuple(tuple(keys) for keys in groups.values() if len(keys) > 1)
