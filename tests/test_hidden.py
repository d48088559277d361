"""Hold that text for the machine alone is found and left out, and that typography is not taken for it.

Seeded samples: every technique in every kind of file that can carry it. The figures are printed with `pytest -rP`.
"""

import sys
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.hidden.characters import Scan
from ingest.types import Finding, FindingKind, ParsedDocument
from retrieval.errors import DocumentRejected
from tests import smuggled_office
from tests.parcel import ORDER, SEEN
from tests.smuggled import Sample, in_txt, is_flagged, read, samples, text_of

MIN_RECALL, MAX_FALSE_SHARE = 0.95, 0.01
AT_ONCE_S = 20  # looking at every pair takes hours


def test_seeded_samples_are_found(tmp_path: Path) -> None:
    """Of at least 100 seeded samples 95 % are flagged; none leaves hidden text or characters in what is indexed."""
    seeded = list(samples())
    read_ones = [(sample, read(sample.data, tmp_path, sample.name)) for sample in seeded]
    missed = [(s.name, s.technique) for s, document in read_ones if not is_caught(s, document)]
    recall = 1 - len(missed) / len(seeded)
    sys.stdout.write(f"hidden text: {len(seeded)} seeded samples, recall {recall:.3f}, missed {missed}\n")

    assert len(seeded) >= 100
    assert recall >= MIN_RECALL
    leaking = [(s.name, s.technique) for s, d in read_ones if s.is_plain and ORDER in text_of(d)]
    assert leaking == []
    assert [(s.name, s.technique) for s, d in read_ones if Scan().clean(text_of(d)) != text_of(d)] == []
    assert [(s.name, s.technique) for s, d in read_ones if SEEN not in text_of(d)] == []


def is_caught(sample: Sample, document: ParsedDocument) -> bool:
    """Say whether a sample is reported for review, or, where people hide such things too, left out and told."""
    is_told = any(finding.kind is FindingKind.LEFT_OUT for finding in document.findings)
    is_ordinary = sample.technique in smuggled_office.TOLD
    return is_flagged(document.findings) or (is_ordinary and is_told and ORDER not in text_of(document))


@pytest.mark.parametrize(
    ("name", "way"), [(name, way) for name, ways in smuggled_office.ORDINARY.items() for way in ways]
)
def test_ordinary_looks_are_seen(tmp_path: Path, name: str, way: str) -> None:
    """White on dark, dark themes, titles on pictures and filtered rows are read, and nothing is reported."""
    document = read(smuggled_office.ORDINARY[name][way](), tmp_path, name)

    assert ORDER in text_of(document)
    assert document.findings == ()


LEGITIMATE = [
    "👨‍👩‍👧‍👦 family, ❤️ heart, 1️⃣ one, #️⃣, 👩🏽‍🚀, 🏳️‍🌈, ☎︎",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f is the flag of Scotland",
    "می‌خواهم کتاب‌ها را بخوانم",
    "क्‍ष श्री हिन्‍दी ශ්‍රී",
    "The word שלום\u200f! and \u200e(12)\u200e in a Hebrew שורה, \u2067עברית\u2069 too",
    "\ufeffA file that begins with a mark",
    "Dienst\u00adreise\u00adkosten\u00adabrechnung, hyphe\u00adnated softly",
    "https://example.com/\u200bpolicies/\u200btravel/\u200breimbursement",
    "spring.datasource.\u200bconnection\u200bTimeout\u200bMilliseconds",
    "ภาษา\u200bไทย\u200bเขียน\u200bติดกัน ភាសា\u200bខ្មែរ 日本\u200b語",
    "葛\U000e0100城市, 辻\U000e0101",
    "sin\u2061(x) = 2\u2062x and a\u2063b",
    "\u202aC:\\Users\\anna\\Documents",
    "End of a line.\u200b\u200b\u200b",
    "a mark of an editor \u200b, and another\ufeff",
    "≨︀ and ∩︀",
]


@pytest.mark.parametrize("text", LEGITIMATE)
def test_typography_is_not_flagged(text: str) -> None:
    """What shapes letters, joins pictures, parts words or breaks lines is no finding."""
    scan = Scan()
    scan.clean(text)

    assert scan.findings() == ()


@pytest.mark.parametrize("text", ["abcdefgh\u200b" * 1_000_000, ("abcdefgh\u200b" * 4 + " ") * 250_000])
@pytest.mark.timeout(AT_ONCE_S)
def test_hints_cost_their_length(text: str) -> None:
    """A million hints where long words may break take no more than their length."""
    scan = Scan()
    scan.clean(text)

    assert scan.findings() == ()


@pytest.mark.parametrize("text", LEGITIMATE[:4])
def test_what_shapes_letters_stays(text: str) -> None:
    """Emoji, flags, and Persian and Indic words are indexed as they were written."""
    assert Scan().clean(text) == text


@given(text=some.text(max_size=60))
def test_cleaning_is_final(text: str) -> None:
    """What was cleaned is clean, and what is seen of a text stays in its order."""
    once = Scan().clean(text)

    assert Scan().clean(once) == once
    assert [c for c in once if c.isalnum() and c != "\u3164"] == [
        c for c in text if c.isalnum() and c not in "\u115f\u1160\u3164\uffa0"
    ]


def test_names_of_files(tmp_path: Path) -> None:
    """A name that shows another ending than it has is flagged, be it of the document or of what hangs on a mail."""
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content(SEEN)
    message.add_attachment(b"x", maintype="application", subtype="zip", filename="report\u202efdp.zip")

    document = read(message.as_bytes(), tmp_path, "a.eml")

    assert document.attachments[0].file_name == "reportfdp.zip"
    assert [finding.kind for finding in document.findings] == [FindingKind.BIDIRECTIONAL_CONTROLS]
    assert is_flagged(read(in_txt(SEEN), tmp_path, "invoice\u202efdp.txt").findings)


def test_what_people_hide_in_ordinary_files_needs_no_review(tmp_path: Path) -> None:
    """Hidden sheets, rows, columns and slides are left out and told; nobody has to look at them."""
    for name, ways in smuggled_office.HIDING.items():
        for way in smuggled_office.TOLD & ways.keys():
            document = read(ways[way](), tmp_path, name)
            is_row_of_word = name == "a.docx"  # which no menu hides

            assert ORDER not in text_of(document)
            assert is_flagged(document.findings) is is_row_of_word


def findings_of(path: Path) -> tuple[Finding, ...] | None:
    """Return what is found in a file; None of one that is refused, and of a picture, which hides no text."""
    try:
        media_type = inspect(path, path.name, limits=Limits()).media_type
        return None if media_type.startswith("image/") else parse(path, media_type, path.name).findings
    except DocumentRejected:
        return None


@pytest.mark.eval_data
@pytest.mark.slow
def test_clean_files_are_not_flagged(eval_data: Path) -> None:
    """Of the clean files that are read at most 1 % are flagged."""
    folders = [eval_data / "parsing" / "files", eval_data / "corpora" / "owasp_cheatsheets_md"]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    read_ones = [(path.name, found) for path in paths if (found := findings_of(path)) is not None]
    flagged = [(name, found) for name, found in read_ones if is_flagged(found)]
    sys.stdout.write(f"hidden text: {len(read_ones)} clean files, {len(flagged)} flagged: {flagged}\n")

    assert len(read_ones) > 100
    assert len(flagged) <= MAX_FALSE_SHARE * len(read_ones)
