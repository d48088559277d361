"""Rights from the command line, as processes, as people run them."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.identity import Person
from app.records import open_records
from app.settings import load
from tests.conftest import ROOT
from tests.house import PASSWORD


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give the variables of a house with one account."""
    variables = {"INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data")}
    records = open_records(load(None, variables))
    records.accounts.save(Person("anna", "Anna Keller", "", "employee", ("hr",)), password=PASSWORD)
    records.engine.dispose()
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}


def run(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what `intramuros` does in a folder."""
    program = [sys.executable, "-c", "from app.cli.main import main; main()", *arguments]
    return subprocess.run(program, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_export_is_written_where_it_is_wanted(environment: dict[str, str], tmp_path: Path) -> None:
    """A name is made of account and date; one that is there is not overwritten; nobody is told as such."""
    folder = tmp_path / "out"
    folder.mkdir()
    done = run(environment, folder, "privacy", "export", "anna", "--language", "de")
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    assert made.name.startswith("anna-20")
    with ZipFile(made) as archive:
        assert "Anna Keller" in archive.read("index.html").decode()
        assert "Ihre Daten" in archive.read("index.html").decode()
    assert run(environment, folder, "privacy", "export", "anna").returncode == 3
    unknown = run(environment, folder, "privacy", "export", "nobody", "--out", "nobody.zip")
    assert unknown.returncode == 1
    assert "people list" in unknown.stderr
    assert [one.name for one in folder.iterdir()] == [made.name]


def test_rectification_from_the_command_line(environment: dict[str, str], tmp_path: Path) -> None:
    """A name is corrected; a document that is not there is told, and so is who has no account."""

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(environment, tmp_path, "privacy", "rectify", *arguments)

    assert command("person", "anna", "--name", "Anna Keller-Roth").returncode == 0
    assert "Anna Keller-Roth" in run(environment, tmp_path, "people", "list").stdout
    assert command("person", "nobody", "--name", "X").returncode == 1
    (tmp_path / "leave.md").write_text("# Leave")
    refused = command("document", "leave.md", "--with", str(tmp_path / "leave.md"))
    assert (refused.returncode, "no document is called 'leave.md'" in refused.stderr) == (1, True)


def test_restriction_from_the_command_line(environment: dict[str, str], tmp_path: Path) -> None:
    """A person is restricted, listed and released; nobody is not found."""

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(environment, tmp_path, "privacy", *arguments)

    assert command("restrict", "person", "anna").returncode == 0
    listed = command("restricted")
    assert "person" in listed.stdout
    assert "anna" in listed.stdout
    assert command("lift", "person", "anna").returncode == 0
    assert "anna" not in command("restricted").stdout
    assert command("restrict", "person", "nobody").returncode == 1


def test_erasure_from_the_command_line(environment: dict[str, str], tmp_path: Path) -> None:
    """Asked first; refused where the receipt has no place or nobody is called so; nothing is erased by then."""

    def command(*arguments: str, answer: str = "") -> int:
        program = [sys.executable, "-c", "from app.cli.main import main; main()", "privacy", *arguments]
        done = subprocess.run(
            program, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, input=answer
        )
        return done.returncode

    (tmp_path / "there.json").write_text("")
    assert command("erase", "person", "anna", answer="n\n") == 1
    assert command("erase", "person", "anna", "--yes", "--receipt", "there.json") == 3
    assert command("erase", "person", "nobody", "--yes") == 1
    assert command("erase", "document", "anna", "--yes") == 1
    assert command("receipt", "verify", "there.json") == 2
    records = open_records(load(None, environment))
    assert records.accounts.listed("anna")
    assert not records.erasures.all()
    records.engine.dispose()
