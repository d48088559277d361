"""Measure the recognisers on labelled sets: precision, recall and F1 by set, language and kind, and what leaks.

Spans are matched by characters: a labelled span is found when findings of its kind cover at least half of it, a finding
is right when at least half of it lies in labelled spans of its kind. What leaks is covered by less than half, whatever
the kind of the findings. Numbers come in a table; each is put after its usual name, and after nothing that names it.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingest.guard.types import Finding, Kind
from retrieval.errors import InvalidRequest

Scan = Callable[[str, str], tuple[Finding, ...]]

HALF: Final = 0.5  # of a span's characters
LOST: Final = 0.01  # of F1 or of what leaks: more than this is a fault
ALL: Final = "all kinds"
EVERYTHING: Final = "all labels"  # those that the guard leaves alone on purpose too
# The labels that the guard is for. Organisations, countries, dates, titles and web addresses are left alone.
_KINDS: Final = (
    ("PERSON", Kind.PERSON),
    ("ADDRESS", Kind.ADDRESS),
    ("ZIP_CODE", Kind.ADDRESS),
    ("EMAIL_ADDRESS", Kind.EMAIL),
    ("PHONE_NUMBER", Kind.PHONE),
    ("IBAN_CODE", Kind.IBAN),
    ("CREDIT_CARD", Kind.CARD),
    ("US_SSN", Kind.SOCIAL_SECURITY),
    ("AGE", Kind.BIRTH),
    ("IP_ADDRESS", Kind.DEVICE),
)
KINDS: Final[Mapping[str, Kind]] = dict(_KINDS)
LEAKS: Final = frozenset(
    {"PERSON", "ADDRESS", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "CREDIT_CARD", "US_SSN"}
)
# Of the table of numbers: what stands before one in a letter, and a sentence that does not name it.
_NAMES: Final = (
    ("IBAN", "IBAN"),
    ("BIC", "BIC"),
    ("LEI", "LEI"),
    ("EU_VAT", "VAT number"),
    ("GB_VAT", "VAT number"),
    ("GB_UTR", "UTR"),
    ("FR_TVA", "Numéro de TVA"),
    ("FR_SIREN", "SIREN"),
    ("FR_SIRET", "SIRET"),
    ("DE_STEUERNUMMER", "Steuernummer"),
    ("DE_TAX_ID", "Steuer-ID"),
    ("DE_HANDELSREGISTER", "Handelsregister"),
    ("AT_TIN", "Steuernummer"),
    ("GR_AMKA", "AMKA"),
    ("NO_FODSELSNUMMER", "Fødselsnummer"),
    ("FI_HETU", "Henkilötunnus"),
    ("IT_CODICE_FISCALE", "Codice fiscale"),
    ("SE_PERSONNUMMER", "Personnummer"),
    ("LT_ASMENS", "Asmens kodas"),
    ("IMEI", "IMEI"),
    ("MAC", "MAC"),
    ("IE_PPS", "PPS number"),
    ("PT_CC", "Cartão de cidadão"),
    ("SI_EMSO", "EMŠO"),
    ("BG_EGN", "EGN"),
    ("CZ_BIRTH_NUMBER", "Birth number"),
    ("EE_IK", "Isikukood"),
)
NAMES: Final[Mapping[str, str]] = dict(_NAMES)
BARE: Final = "Please note {value} for your records."
NAMED: Final = "{name}: {value}"


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the counts of a set, a language and a kind."""

    set: str
    language: str
    kind: str
    labelled: int
    found: int
    right: int  # of `predicted`
    predicted: int

    @property
    def precision(self) -> float:
        """Return the share of findings that are right; 0 where there is none."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Return the share of labelled spans that are found; 0 where there is none."""
        return self.found / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Leak:
    """Hold how many of a set's spans that must not be shown stay readable."""

    set: str
    labelled: int
    missed: int

    @property
    def rate(self) -> float:
        """Return the share that leaks."""
        return self.missed / self.labelled if self.labelled else 0.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """Hold how many numbers of a table are found in a carrier sentence, and how many wrong ones are believed."""

    set: str
    carrier: str
    valid: int
    found: int
    invalid: int
    believed: int  # of the wrong ones: taken for a number whose digits check


@dataclass(frozen=True, slots=True)
class Report:
    """Hold every figure of a run."""

    rows: tuple[Row, ...] = ()
    leaks: tuple[Leak, ...] = ()
    numbers: tuple[Numbers, ...] = ()


NOTHING: Final = Report()


@dataclass(slots=True)
class _Counts:
    labelled: int = 0
    found: int = 0
    right: int = 0
    predicted: int = 0


@dataclass(slots=True)
class _Tally:
    counts: dict[tuple[str, str], _Counts] = field(default_factory=lambda: defaultdict(_Counts))
    to_hide: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    label: str

    @property
    def kind(self) -> Kind | None:
        return KINDS.get(self.label)


def evaluate(data: Path, scan: Scan) -> Report:
    """Return the figures of every set below `data`. Raises InvalidRequest where there is none."""
    texts = sorted(data.rglob("data.jsonl"))
    tables = sorted(data.rglob("numbers.tsv"))
    if not texts and not tables:
        raise InvalidRequest(
            f"'{data}' holds no set of labelled personal data",
            remedy="name a folder with data.jsonl or numbers.tsv in it or below it",
        )
    rows: list[Row] = []
    leaks: list[Leak] = []
    for file in texts:
        tally = _tally(file, scan)
        rows += _rows(file.parent.name, tally)
        leaks.append(Leak(file.parent.name, tally.to_hide, tally.missed))
    numbers = [one for file in tables for one in _numbers(file, scan)]
    return Report(tuple(rows), tuple(leaks), tuple(numbers))


def compare(measured: Report, known: Report) -> list[str]:
    """Return a line for every figure that is worse than the known one."""
    before = {(row.set, row.language): row.f1 for row in known.rows if row.kind == ALL}
    faults = [
        f"{row.set} {row.language}: F1 {row.f1:.3f}, was {before[row.set, row.language]:.3f}"
        for row in measured.rows
        if row.kind == ALL and row.f1 < before.get((row.set, row.language), 0.0) - LOST
    ]
    leaked = {leak.set: leak.rate for leak in known.leaks}
    faults += [
        f"{leak.set}: {leak.rate:.1%} leaks, was {leaked[leak.set]:.1%}"
        for leak in measured.leaks
        if leak.set in leaked and leak.rate > leaked[leak.set] + LOST
    ]
    counted = {(one.set, one.carrier): one for one in known.numbers}
    for one in measured.numbers:
        was = counted.get((one.set, one.carrier), one)
        if one.found < was.found or one.believed > was.believed:
            faults.append(f"{one.set} {one.carrier}: {one.found} found and {one.believed} wrong ones believed, "
                          f"were {was.found} and {was.believed}")  # fmt: skip
    return faults


def merged(measured: Report, known: Report) -> Report:
    """Return the figures to keep: those measured, and the known ones of sets that were not."""
    sets = {leak.set for leak in measured.leaks} | {one.set for one in measured.numbers}
    return Report(
        (*measured.rows, *(row for row in known.rows if row.set not in sets)),
        (*measured.leaks, *(leak for leak in known.leaks if leak.set not in sets)),
        (*measured.numbers, *(one for one in known.numbers if one.set not in sets)),
    )


def _tally(file: Path, scan: Scan) -> _Tally:
    tally = _Tally()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            text, language = str(record["text"]), str(record["lang"])
            labelled = [
                _Span(int(one["start"]), int(one["end"]), str(one["label"])) for one in record["spans"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(
                f"line {number} of '{file}' is no labelled text",
                remedy="write one JSON object a line, with text, lang and spans",
            ) from error
        _count(tally, language, labelled, scan(text, language))
    return tally


def _count(tally: _Tally, language: str, labelled: Sequence[_Span], found: Sequence[Finding]) -> None:
    for span in labelled:
        kind = span.kind
        is_found = kind is not None and _covered(span, (one for one in found if one.kind is kind)) >= HALF
        for name in (EVERYTHING,) if kind is None else (kind.value, ALL, EVERYTHING):
            counts = tally.counts[language, name]
            counts.labelled += 1
            counts.found += is_found
        if span.label in LEAKS:
            tally.to_hide += 1
            tally.missed += _covered(span, found) < HALF
    measured = frozenset(KINDS.values())
    for one in found:
        if one.kind not in measured:
            continue  # no set labels it, so nothing says whether it is right
        is_right = _covered(one, (span for span in labelled if span.kind is one.kind)) >= HALF
        for name in (one.kind.value, ALL, EVERYTHING):
            counts = tally.counts[language, name]
            counts.predicted += 1
            counts.right += is_right


def _covered(one: _Span | Finding, others: Iterable[_Span | Finding]) -> float:
    """Return the share of the characters of `one` that lie in `others`."""
    covered: set[int] = set()
    for other in others:
        covered.update(range(max(one.start, other.start), min(one.end, other.end)))
    return len(covered) / max(one.end - one.start, 1)


def _rows(name: str, tally: _Tally) -> Iterator[Row]:
    order = [ALL, EVERYTHING]
    for (language, kind), counts in sorted(
        tally.counts.items(), key=lambda item: (item[0][0], item[0][1] not in order, item[0][1])
    ):
        yield Row(name, language, kind, counts.labelled, counts.found, counts.right, counts.predicted)


def _numbers(file: Path, scan: Scan) -> Iterator[Numbers]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [
            (row["label"], row["value"], row["valid"] == "True")
            for row in csv.DictReader(lines, delimiter="\t")
        ]
    for carrier, sentence in (("named", NAMED), ("bare", BARE)):
        valid = found = invalid = believed = 0
        for label, value, is_valid in rows:
            text = sentence.format(name=NAMES.get(label, label.replace("_", " ")), value=value)
            start = text.index(value)
            of_value = _Span(start, start + len(value), label)
            numbers = [one for one in scan(text, "en") if one.kind not in {Kind.PERSON, Kind.ADDRESS}]
            is_found = _covered(of_value, numbers) >= HALF
            valid, found = valid + is_valid, found + (is_valid and is_found)
            invalid, believed = invalid + (not is_valid), believed + (not is_valid and is_found)
        yield Numbers(file.parent.name, carrier, valid, found, invalid, believed)
