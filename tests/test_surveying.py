"""A survey from the command's side: real settings, database, gate and sandbox, and nothing written."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import insert

from app.cli.surveying import Surveyed, survey_place
from app.migrate import upgrade
from app.settings import Settings
from ingest.database import open_database, sqlite_url
from ingest.holdings import PastRun, Place, past_runs, read_holdings
from ingest.schema import collections, document_readers, documents, versions
from ingest.types import State
from retrieval.errors import InvalidRequest, NotFound, Unavailable

WHEN = "2026-01-01T00:00:00.000+00:00"
DECLARED = {
    "id": "handbook",
    "name": "Handbook",
    "owner": "HR",
    "purpose": "inform",
    "legal_basis": "Art. 6(1)(f) GDPR",
    "retention_days": 365,
    "confidentiality": "internal",
    "readers": ["everyone"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of five files, as old as the hills: digital, scanned, locked, plain and unacceptable."""
    folder = tmp_path / "policies"
    folder.mkdir()
    pdf(folder / "digital.pdf", ["A page with a sentence that anybody can read."] * 3)
    pdf(folder / "scan.pdf", [""] * 4)
    pdf(folder / "locked.pdf", ["hidden"], password="secret")
    (folder / "note.md").write_text("# Travel\n\nPaid.", encoding="utf-8")
    (folder / "tool.exe").write_bytes(b"MZ")
    for path in folder.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return folder


def pdf(path: Path, pages: list[str], *, password: str | None = None) -> None:
    """Write a PDF whose pages show a line of text, or a black square in place of a scan."""
    canvas = Canvas(str(path), encrypt=password)
    for text in pages:
        if text:
            canvas.drawString(72, 700, text)
        else:
            canvas.rect(72, 300, 400, 400, fill=1)
        canvas.showPage()
    canvas.save()


def house(tmp_path: Path, *sources: Mapping[str, Any]) -> Settings:
    """Return settings of a house that may not exist yet."""
    return Settings.model_validate(
        {"site": {"data_dir": tmp_path / "data"}, "collections": [DECLARED], "sources": sources}
    )


def remember(settings: Settings, source: str, *keys: str, sha256: str = "aa", pages: int = 40) -> None:
    """Write visible documents into the database as if they had been ingested in four seconds each."""
    settings.site.data_dir.mkdir(exist_ok=True)
    engine = open_database(sqlite_url(settings.site.database_file))
    upgrade(engine)
    with engine.begin() as connection:
        if connection.execute(collections.select()).first() is None:
            connection.execute(insert(collections).values(**DECLARED, created_at=WHEN))
        for key in keys:
            identity = hashlib.sha256(f"{source}{key}".encode()).hexdigest()[:36]
            row = {
                "id": identity,
                "collection_id": "handbook",
                "source": source,
                "key": key,
                "file_name": key,
            }
            row |= {"title": key, "media_type": "text/markdown", "state": State.VISIBLE, "signature": "1:1"}
            row |= {"visible_version_id": identity, "created_at": WHEN, "updated_at": WHEN}
            connection.execute(insert(documents).values(**row))
            connection.execute(insert(document_readers).values(document_id=identity, principal="everyone"))
            version = {
                "id": identity,
                "document_id": identity,
                "sha256": sha256,
                "size_bytes": 1,
                "pages": pages,
            }
            version |= {"parser": "p", "embedder": "e", "ocr": [], "findings": [], "tables_found": 0}
            version |= {"timings_ms": {"parse": 1000.0, "embed": 3000.0}, "dated": "2026-01-01"}
            connection.execute(insert(versions).values(**version, created_at=WHEN))
    engine.dispose()


def tree(directory: Path) -> dict[str, str]:
    """Return each file below a directory with the hash of its bytes."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def cells(surveyed: Surveyed) -> dict[str, str]:
    """Return the summary that people are shown."""
    return {row[0]: row[1] for row in surveyed.tables()[0][2]}


def test_survey_of_a_new_house_makes_none(tmp_path: Path, folder: Path) -> None:
    """Not even the data directory appears; pages, scans, passwords and refusals are told."""
    before = tree(tmp_path)
    surveyed = survey_place(house(tmp_path), str(folder), collection="handbook", mirrors=True)
    assert tree(tmp_path) == before
    assert not (tmp_path / "data").exists()
    found = surveyed.survey
    assert (found.new, found.pdf_files, found.pdf_pages, found.scanned_pages) == (5, 2, 7, 4)
    assert {one.key for one in found.refused} == {"locked.pdf", "tool.exe"}
    shown = cells(surveyed)
    assert shown["of these with a password"] == "1"
    assert shown["scanned pages (estimated)"] == "4 (57%)"
    assert "assumed" in shown["estimated time"]
    assert json.loads(json.dumps(surveyed.as_json()))["encrypted"] == 1


def test_survey_of_an_existing_house_changes_nothing(tmp_path: Path, folder: Path) -> None:
    """Database, index and originals are the same bytes afterwards; known, vanished and past speed are told."""
    settings = house(tmp_path)
    source = f"folder:{folder}"
    remember(settings, source, "note.md", "gone.md")
    note = hashlib.sha256((folder / "note.md").read_bytes()).hexdigest()
    remember(settings, "upload", "copy.md", sha256=note)
    (tmp_path / "data" / "originals").mkdir()
    (tmp_path / "data" / "originals" / "x").write_bytes(b"original")
    before = tree(tmp_path)

    surveyed = survey_place(settings, str(folder), collection="handbook", mirrors=True)

    assert tree(tmp_path) == before
    found = surveyed.survey
    assert (found.new, found.changed, found.vanished) == (4, 1, 1)
    assert found.known_elsewhere == ("note.md",)
    assert found.rates.is_measured
    assert found.rates.page_s == pytest.approx(0.1)
    assert "measured here" in cells(surveyed)["estimated time"]


def test_adding_forgets_nothing(tmp_path: Path, folder: Path) -> None:
    """What is not named is left alone, and so is not counted as vanished."""
    settings = house(tmp_path)
    remember(settings, f"folder:{folder}", "gone.md")
    path = str(folder / "note.md")
    found = survey_place(settings, path, collection="handbook", mirrors=False).survey
    assert (found.new, found.vanished, found.types[0].extension) == (1, 0, ".md")


def test_declared_source_brings_its_collection_and_rule(tmp_path: Path, folder: Path) -> None:
    """Files that its rule gives to nobody are listed before they are ingested."""
    rules = [{"match": "*.md", "readers": ["group:hr"]}]
    source = {"id": "policies", "kind": "folder", "path": folder, "collection": "handbook"}
    settings = house(tmp_path, {**source, "readers": "mapping", "rules": rules})
    surveyed = survey_place(settings, "policies", collection="", mirrors=True)
    assert surveyed.collection == "handbook"
    assert surveyed.survey.without_readers == ("digital.pdf", "locked.pdf", "scan.pdf", "tool.exe")
    titles = [title for title, _, _ in surveyed.tables()]
    assert "Visible to nobody: no readers" in titles


def test_wrong_place_and_wrong_collection_are_refused(tmp_path: Path, folder: Path) -> None:
    """Before anything is looked at."""
    settings = house(tmp_path, {"id": "p", "kind": "folder", "path": folder, "collection": "handbook"})
    with pytest.raises(NotFound):
        survey_place(settings, str(folder), collection="ghost", mirrors=True)
    with pytest.raises(NotFound):
        survey_place(settings, str(folder), collection="", mirrors=True)
    with pytest.raises(Unavailable):
        survey_place(settings, str(tmp_path / "none"), collection="handbook", mirrors=True)
    remember(settings, "upload", "x.md")
    with pytest.raises((NotFound, InvalidRequest)):
        survey_place(settings, "p", collection="ghost", mirrors=True)


def test_holdings_tell_this_source_from_the_rest(tmp_path: Path) -> None:
    """Keys, fingerprints and readers of one source, and only the contents of the others."""
    settings = house(tmp_path)
    remember(settings, "folder:/a", "x.md", sha256="aa")
    remember(settings, "folder:/b", "y.md", sha256="bb", pages=3)
    engine = open_database(sqlite_url(settings.site.database_file))
    held = read_holdings(engine, Place("handbook", "folder:/a"))
    runs = past_runs(engine)
    engine.dispose()
    (one,) = held.known
    assert (one.key, one.signature, one.sha256, one.readers, one.state) == (
        "x.md", "1:1", "aa", ("everyone",), State.VISIBLE,
    )  # fmt: skip
    assert held.elsewhere == {"bb"}
    assert set(runs) == {PastRun(40, 0, 4.0), PastRun(3, 0, 4.0)}


def test_long_lists_are_cut_on_the_screen_and_whole_for_machines(tmp_path: Path) -> None:
    """A thousand refusals do not scroll the summary away."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.exe").write_bytes(b"MZ")
    surveyed = survey_place(house(tmp_path), str(folder), collection="handbook", mirrors=True)
    (title, _, rows), *_ = (one for one in surveyed.tables() if one[0].startswith("Would be refused"))
    assert title == "Would be refused (30)"
    assert len(rows) == 21
    assert rows[-1][0].startswith("… and 10 more")
    refused = surveyed.as_json()["refused"]
    assert isinstance(refused, tuple)
    assert len(refused) == 30
