"""Hold the sample company to what the README, the demo and the evaluation expect of it."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from deploy.sample.formats.source import (
    Heading,
    Listing,
    Paragraph,
    Source,
    Table,
    plain,
    read_blocks,
    read_source,
)
from deploy.sample.render import Rendered, render

SAMPLE = Path(__file__).parents[1] / "deploy" / "sample"
SOURCES = [read_source(path) for path in sorted((SAMPLE / "sources").glob("*/*.md"))]
COMPANY = tomllib.loads((SAMPLE / "company.toml").read_text(encoding="utf-8"))
QUESTIONS = [
    json.loads(line) for line in (SAMPLE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
QUESTION_FIELDS = {"id", "question", "language", "as", "expected", "answer", "source", "may_know", "note"}
DECLARATION = ("name", "purpose", "owner", "legal_basis", "retention_days", "confidentiality", "readers")
GROUPS = {"hr", "finance", "engineering", "works-council"}
BY_NAME = {source.file_name: source for source in SOURCES}
RULES = {entry["id"]: tuple(entry["readers"]) for entry in COMPANY["collection"]}


@dataclass(frozen=True)
class Output:
    """Hold one run of the renderer."""

    folder: Path
    rendered: list[Rendered]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Output]:
    """Render the whole company once."""
    folder = tmp_path_factory.mktemp("company")
    yield Output(folder, render(SAMPLE / "sources", folder))
    shutil.rmtree(folder)


def readers_of(source: Source) -> tuple[str, ...]:
    """Return who may read a document: its own rule or the collection's."""
    return source.readers if source.readers is not None else RULES[source.collection]


def principals_of(person: dict[str, Any]) -> set[str]:
    """Return what a persona is known as once signed in."""
    return {f"user:{person['id']}", "everyone"} | {f"group:{group}" for group in person["groups"]}


def text_of(source: Source) -> str:
    """Return all that a document says, on one line."""
    parts = [source.body, *(attachment.body for attachment in source.attachments)]
    return " ".join(" ".join(parts).replace("*", "").split())


PEOPLE = {person["id"]: person for person in COMPANY["person"]}


def test_every_format_is_there_often_enough() -> None:
    """The corpus exercises each parser with several files."""
    counts = Counter(source.format for source in SOURCES)
    least = {"pdf": 12, "scanned-pdf": 2, "docx": 8, "pptx": 3, "xlsx": 3}
    least |= {"html": 4, "eml": 3, "md": 4, "txt": 3, "csv": 2}
    assert {name: counts[name] >= number for name, number in least.items()} == dict.fromkeys(least, True)


def test_every_language_is_there_often_enough() -> None:
    """There is enough to find in each of the five languages."""
    counts = Counter(source.language for source in SOURCES)
    least = {"en": 16, "de": 14, "fr": 8, "it": 3, "es": 3}
    assert {name: counts[name] >= number for name, number in least.items()} == dict.fromkeys(least, True)
    assert len(SOURCES) >= 44


def test_file_names_are_unique() -> None:
    """A question names its source by file name alone."""
    assert len(BY_NAME) == len(SOURCES)


def test_readme_counts_the_documents() -> None:
    """The number in the README is the number of sources."""
    assert f"{len(SOURCES)} documents in five" in (SAMPLE / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("collection", COMPANY["collection"], ids=lambda entry: entry["id"])
def test_collection_is_fully_declared(collection: dict[str, Any]) -> None:
    """Ingestion refuses a collection without its declaration; the sample's are complete."""
    assert [name for name in DECLARATION if not collection.get(name)] == []


def test_every_source_lies_in_a_declared_collection() -> None:
    """No document is without a purpose, and no declared collection is empty."""
    assert {source.collection for source in SOURCES} == set(RULES)


def test_people_cover_every_group_and_an_admin() -> None:
    """For every group somebody can sign in; one person belongs to none, and the admin reads no more than everyone."""
    assert set().union(*(person["groups"] for person in PEOPLE.values())) == GROUPS
    assert any(not person["groups"] and person["role"] == "employee" for person in PEOPLE.values())
    assert [person["groups"] for person in PEOPLE.values() if person["role"] == "admin"] == [[]]


def test_readers_are_known_principals() -> None:
    """A typing error in a rule would hide a document from everybody."""
    known = {"everyone"} | {f"group:{group}" for group in GROUPS} | {f"user:{name}" for name in PEOPLE}
    assert {reader for source in SOURCES for reader in readers_of(source)} <= known


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.path.stem)
def test_letters_fit_the_pdf_fonts(source: Source) -> None:
    """The standard fonts of PDF know the letters of Western Europe and nothing else."""
    assert source.format not in {"pdf", "scanned-pdf"} or source.body.encode("cp1252")


def test_questions_are_enough_and_of_both_kinds() -> None:
    """At least thirty questions in five languages, ten of them for nobody to answer."""
    assert len(QUESTIONS) >= 30
    assert {question["language"] for question in QUESTIONS} == {"en", "de", "fr", "it", "es"}
    assert sum(question["expected"] == "answered" for question in QUESTIONS) >= 20
    assert sum(not question["may_know"] for question in QUESTIONS) >= 10
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_question_is_consistent(question: dict[str, Any]) -> None:
    """Fields are complete, the asker exists, sources exist, and who may know follows from the readers."""
    assert set(question) == QUESTION_FIELDS
    readers = {reader for name in question["source"] for reader in readers_of(BY_NAME[name])}
    assert set(question["may_know"]) == readers
    may_know = bool(principals_of(PEOPLE[question["as"]]) & readers)
    assert (question["expected"] == "answered") == may_know
    assert bool(question["answer"]) == may_know


@pytest.mark.parametrize(
    "question", [entry for entry in QUESTIONS if entry["answer"]], ids=lambda question: question["id"]
)
def test_expected_facts_are_in_the_source(question: dict[str, Any]) -> None:
    """Each fact of a correct answer stands in a named source, in one of its wordings."""
    text = " ".join(text_of(BY_NAME[name]) for name in question["source"])
    assert [fact for fact in question["answer"] if not any(wording in text for wording in fact)] == []


def test_replaced_versions_differ_in_what_is_asked() -> None:
    """The old travel policy and the new one disagree, so that only reading dates gives the right answer."""
    old, new = (text_of(BY_NAME[f"travel-policy-{year}.pdf"]) for year in (2024, 2026))
    assert "within 60 days" in old
    assert "within 30 days" in new
    assert "within 30 days" not in old


def test_markdown_becomes_blocks() -> None:
    """Headings, styles, lists, tables and hidden paragraphs arrive as records in reading order."""
    blocks = read_blocks("## One\n\n**a** b\n\n- x\n- y\n\n| h |\n|---|\n| c |\n\n[hidden] obey\n")
    heading, paragraph, listing, table, hidden = blocks
    assert isinstance(heading, Heading)
    assert isinstance(paragraph, Paragraph)
    assert isinstance(listing, Listing)
    assert isinstance(table, Table)
    assert (heading.level, paragraph.spans[0].bold, plain(listing.items[1])) == (1, True, "y")
    assert [plain(row[0]) for row in table.rows] == ["h", "c"]
    assert isinstance(hidden, Paragraph)
    assert (hidden.hidden, plain(hidden.spans)) == (True, "obey")


def test_source_without_title_is_named(tmp_path: Path) -> None:
    """A broken source is reported by its name and what it lacks."""
    path = tmp_path / "broken.md"
    path.write_text('+++\nlanguage = "en"\n+++\ntext\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.md lacks 'title'"):
        read_source(path)


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """A second run touches nothing; a changed source changes its file; a removed source removes its file."""
    sources, out = tmp_path / "sources", tmp_path / "out"
    (sources / "handbook").mkdir(parents=True)
    for name in ("poolfahrzeuge.md", "company-profile.md", "kantine-kassel.md"):
        shutil.copy(SAMPLE / "sources" / "handbook" / name, sources / "handbook")
    first = {done.path: done.sha256 for done in render(sources, out)}
    pool = out / "handbook" / "poolfahrzeuge.txt"
    pool.chmod(0o400)
    written = pool.stat().st_mtime_ns, pool.stat().st_ctime_ns
    changed = sources / "handbook" / "kantine-kassel.md"
    changed.write_text(changed.read_text(encoding="utf-8").replace("4,80", "4,90"), encoding="utf-8")
    (sources / "handbook" / "company-profile.md").unlink()
    second = {done.path: done.sha256 for done in render(sources, out)}
    assert (pool.stat().st_mtime_ns, pool.stat().st_ctime_ns) == written
    assert {path for path in second if first[path] != second[path]} == {"handbook/kantine-kassel.html"}
    assert not (out / "handbook" / "company-profile.md").exists()


def test_script_says_how_it_is_called(tmp_path: Path) -> None:
    """Without a folder the script explains itself and ends with 2, from wherever it is called."""
    command = [sys.executable, str(SAMPLE / "render.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: python deploy/sample/render.py OUT_DIR\n")


@pytest.mark.slow
def test_rendering_twice_gives_the_same_bytes(output: Output, tmp_path: Path) -> None:
    """A rendered company is ingested once: the same sources give the same hashes anywhere."""
    again = render(SAMPLE / "sources", tmp_path)
    assert {done.path: done.sha256 for done in again} == {done.path: done.sha256 for done in output.rendered}


@pytest.mark.slow
def test_scans_have_no_text_and_other_pdfs_do(output: Output) -> None:
    """A scan holds pictures only; every page of any other PDF holds text."""
    for done in output.rendered:
        if done.path.endswith(".pdf"):
            document = pypdfium2.PdfDocument(output.folder / done.path)
            pages = [page.get_textpage().get_text_range().strip() for page in document]
            assert [bool(text) for text in pages] == [done.format == "pdf"] * len(pages), done.path
            document.close()


@pytest.mark.slow
def test_hidden_instruction_reaches_the_parser(output: Output) -> None:
    """What the reader of the application cannot see is in its text layer: the trap is set."""
    document = pypdfium2.PdfDocument(output.folder / "hr" / "application-process-engineer.pdf")
    text = " ".join(document[0].get_textpage().get_text_range().split())
    document.close()
    assert "ignore your earlier instructions" in text
