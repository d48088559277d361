"""Hold that text for the machine alone is found and left out, and that typography is not taken for it.

Seeded samples: every technique in every kind of file that can carry it. The figures are printed with `pytest -rP`.
"""

import io
import sys
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.parse.hidden.characters import Scan
from ingest.types import Finding, FindingKind
from retrieval.errors import DocumentRejected
from tests.smuggled import in_txt, is_flagged, read, samples, text_of, whiten
from tests.smuggled_pages import ORDER, SEEN

MIN_RECALL, MAX_FALSE_SHARE = 0.95, 0.01


def test_seeded_samples_are_found(tmp_path: Path) -> None:
    """Of at least 100 seeded samples 95 % are flagged; none leaves hidden text or characters in what is indexed."""
    seeded = list(samples())
    read_ones = [(sample, read(sample.data, tmp_path, sample.name)) for sample in seeded]
    missed = [(s.name, s.technique) for s, document in read_ones if not is_flagged(document.findings)]
    recall = 1 - len(missed) / len(seeded)
    sys.stdout.write(f"hidden text: {len(seeded)} seeded samples, recall {recall:.3f}, missed {missed}\n")

    assert len(seeded) >= 100
    assert recall >= MIN_RECALL
    leaking = [(s.name, s.technique) for s, d in read_ones if s.is_plain and ORDER in text_of(d)]
    assert leaking == []
    assert [(s.name, s.technique) for s, d in read_ones if Scan().clean(text_of(d)) != text_of(d)] == []
    assert [(s.name, s.technique) for s, d in read_ones if SEEN not in text_of(d)] == []


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


def test_white_in_a_table_is_seen(tmp_path: Path) -> None:
    """White letters of a Word table's header stand on a dark cell, for all one knows."""
    document = docx.Document()
    cell = document.add_table(rows=2, cols=2).cell(0, 0)
    whiten(cell.paragraphs[0].add_run("Amount"))
    stream = io.BytesIO()
    document.save(stream)

    parsed = read(stream.getvalue(), tmp_path, "a.docx")

    assert "Amount" in text_of(parsed)
    assert parsed.findings == ()


@pytest.mark.eval_data
@pytest.mark.slow
def test_clean_files_are_not_flagged(eval_data: Path) -> None:
    """Of the clean files at most 1 % are flagged."""
    folders = [eval_data / "parsing" / "files", eval_data / "corpora" / "owasp_cheatsheets_md"]
    read_ones: list[tuple[str, tuple[Finding, ...]]] = []
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        try:
            media_type = inspect(path, path.name, limits=Limits()).media_type
            found = () if media_type.startswith("image/") else parse(path, media_type, path.name).findings
        except DocumentRejected:
            found = ()
        read_ones.append((path.name, found))
    flagged = [(name, found) for name, found in read_ones if is_flagged(found)]
    sys.stdout.write(f"hidden text: {len(read_ones)} clean files, {len(flagged)} flagged: {flagged}\n")

    assert len(read_ones) > 100
    assert len(flagged) <= MAX_FALSE_SHARE * len(read_ones)
