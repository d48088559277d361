"""The audit trail from the command line, as processes, as people run it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.audit.events import Kind
from app.audit.recorder import ANCHORS
from app.records import Records, open_records
from app.settings import load
from tests.conftest import ROOT

DOCUMENT = "0f3a7c52-1111-4222-8333-944445555666"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give the variables of a house with its key in a folder of its own."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data"),
        "INTRAMUROS_AUDIT__KEY_DIR": str(tmp_path / "keys"),
    }


@pytest.fixture
def records(environment: dict[str, str]) -> Iterator[Records]:
    """Give the records of that house, with some events."""
    opened = open_records(load(None, environment))
    opened.audit.record(Kind.SIGN_IN, "anna")
    opened.audit.record(Kind.RETRIEVAL, "anna", answer="a1", documents=[DOCUMENT])
    opened.audit.record(Kind.DENIED, "ben", outcome="refused", document=DOCUMENT)
    yield opened
    opened.engine.dispose()


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what `intramuros` does with these arguments."""
    program = [sys.executable, "-c", "from app.cli.main import main; main()", *arguments]
    return subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def spoil(engine: Engine, statement: str) -> None:
    """Do to the table what its password allows."""
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_verify_tells_whole_from_broken(
    records: Records, environment: dict[str, str], tmp_path: Path
) -> None:
    """Exit 0 and a sentence; after a change, exit 1 and the number of the record, for machines too."""
    done = run(environment, "audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 records, 1 to 3" in done.stdout
    assert "the chain is whole" in done.stdout
    assert len((tmp_path / "keys" / ANCHORS).read_text().splitlines()) == 1
    spoil(records.engine, "UPDATE audit_events SET actor = 'nobody' WHERE seq = 2")
    done = run(environment, "audit", "verify")
    assert done.returncode == 1
    assert "record 2 was changed" in done.stdout
    found = json.loads(run(environment, "audit", "verify", "--json").stdout)
    assert (found["is_whole"], found["faults"][0]["seq"]) == (False, 2)
    spoil(records.engine, "DELETE FROM audit_events WHERE seq > 2")
    assert "record 3 was cut off the end" in run(environment, "audit", "verify").stdout


def test_verify_works_where_nothing_can_be_written(records: Records, environment: dict[str, str]) -> None:
    """A copy that takes no record is verified all the same, and says that the check is not on record."""
    spoil(
        records.engine,
        "CREATE TRIGGER shut BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'shut'); END",
    )
    done = run(environment, "audit", "verify")
    assert done.returncode == 0
    assert "the chain is whole" in done.stdout
    assert "not put on record" in done.stderr


def test_list_filters(records: Records, environment: dict[str, str]) -> None:
    """By kind, pseudonym, id and time; what is looked for is on record too."""
    ben = records.audit.pseudonym("ben")
    for options, expected in (
        (("--kind", "retrieval"), ["retrieval"]),
        (("--actor", ben), ["access-denied"]),
        (("--document", DOCUMENT), ["access-denied", "retrieval"]),
        (("--since", "2126-01-01"), []),
        (("--actor", "operator", "--limit", "1"), ["audit-search"]),
    ):
        done = run(environment, "audit", "list", *options)
        assert [line.split()[2] for line in done.stdout.splitlines()] == expected, done
    for options in (("--kind", "everything"), ("--since", "yesterday")):
        assert run(environment, "audit", "list", *options).returncode == 2


def test_export_writes_a_file_for_its_owner(
    records: Records, environment: dict[str, str], tmp_path: Path
) -> None:
    """JSON lines as sealed, or OCSF, to a file that nobody else may read, or to standard output."""
    out = tmp_path / "trail.jsonl"
    assert run(environment, "audit", "export", str(out), "--kind", "retrieval").returncode == 0
    (row,) = map(json.loads, out.read_text().splitlines())
    assert (row["kind"], row["objects"]["documents"]) == ("retrieval", [DOCUMENT])
    assert out.stat().st_mode & 0o077 == 0
    done = run(environment, "audit", "export", "--format", "ocsf")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["unmapped"]["kind"] for one in rows][:4] == [
        "sign-in",
        "retrieval",
        "access-denied",
        "export",
    ]
    assert run(environment, "audit", "export", str(tmp_path / "no" / "where")).returncode == 3
    assert records.audit.trail.newest(Kind.EXPORT) is not None


def test_acting_as_an_account_is_on_record(records: Records) -> None:
    """Whoever runs the server can act as any account; that they did is recorded, with the person it was."""
    records.audit.acts_as("anna", answer=DOCUMENT)
    acted = records.audit.trail.newest(Kind.ACTED_AS)
    assert acted is not None
    assert (acted.actor, json.loads(acted.objects)["person"]) == ("operator", records.audit.pseudonym("anna"))


def test_accounts_are_made_for_auditors(environment: dict[str, str]) -> None:
    """`people add --role auditor` gives the role, and that it was given is on record."""
    command = (
        "people",
        "add",
        "vera",
        "--name",
        "Vera Lang",
        "--role",
        "auditor",
        "--password",
        "correct horse battery",
    )
    assert run(environment, *command).returncode == 0
    opened = open_records(load(None, environment))
    assert opened.accounts.person("vera").role == "auditor"
    made = opened.audit.trail.newest(Kind.ACCESS)
    assert made is not None
    assert (made.actor, made.outcome) == ("operator", "account auditor")
    assert json.loads(made.objects)["person"] == opened.audit.pseudonym("vera")
    opened.engine.dispose()
