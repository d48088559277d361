"""A house of every schema there ever was becomes one of today, with all it holds, on SQLite and on PostgreSQL."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, inspect, select

from app.audit.chain import verify
from app.audit.trail import Trail
from app.feedback import Feedback
from app.history import History
from app.identity import Accounts
from app.keys import ApiKeys
from app.ledger import Ledger
from app.migrate import current_revision, newest_revision, upgrade
from app.schema import metadata
from ingest.catalog import Catalog
from ingest.collections import CollectionRegister
from ingest.database import open_database, sqlite_url
from ingest.items import ItemStore
from ingest.jobs import JobStore
from ingest.passages import DatabasePassages
from ingest.types import State
from ingest.version_store import VersionStore
from retrieval.errors import SetupRefused
from retrieval.readers import reader_of
from tests.schemas import rows as told
from tests.schemas.reading import HERE, load, revisions

OLD = revisions()[:-1]
EMPTIED = {"sessions"}  # 0006 ends the sign-ins of before
CHILD = """
import os, signal, sys
from sqlalchemy import event
from app.migrate import upgrade
from ingest.database import open_database
engine, last = open_database(sys.argv[1]), int(sys.argv[2])
changes = 0
@event.listens_for(engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global changes
    changes += statement.lstrip()[:6].upper() in ("CREATE", "ALTER ", "DROP T", "DROP I", "UPDATE", "DELETE")
    if changes == last > 0:
        os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.readline()
upgrade(engine)
print(changes)
"""

Open = Callable[[], Engine]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Give what opens one database, empty at first."""
    is_sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path / "house.db") if is_sqlite else request.getfixturevalue("postgres_url")
    opened = []

    def open_it() -> Engine:
        opened.append(open_database(url))
        return opened[-1]

    yield open_it
    if not is_sqlite:
        with open_it().begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    for engine in opened:
        engine.dispose()


def test_every_schema_has_its_fixtures() -> None:
    """A migration comes with a house as it leaves it behind: run `python -m tests.schemas` and read what it wrote."""
    expected = {f"{revision}.{name}.sql" for revision in revisions() for name in ("sqlite", "postgresql")}

    assert {file.name for file in HERE.glob("*.sql")} == expected


def test_fixture_of_today_has_a_row_in_every_table(empty: Open) -> None:
    """No table is left out of what the tests below compare."""
    engine = empty()
    load(engine, revisions()[-1])

    assert {table for table, found in _contents(engine).items() if not found} == set()


@pytest.mark.parametrize("revision", revisions())
def test_house_of_a_schema_keeps_all_it_holds(empty: Open, revision: str) -> None:
    """Each row is there after the upgrade, each value in the column it was in, and nothing came to them."""
    engine = empty()
    load(engine, revision)
    before = _contents(engine)

    upgrade(engine)

    after = _contents(engine)
    for table, rows in before.items():
        kept = [{column: row.get(column) for column in rows[0]} for row in after[table]] if rows else []
        lost = {column for row in rows for column in row if column not in metadata.tables[table].c}
        assert [{c: v for c, v in row.items() if c not in lost} for row in kept] == [
            _moved(table, {c: v for c, v in row.items() if c not in lost})
            for row in rows
            if table not in EMPTIED or revision >= "0006"
        ], table


@pytest.mark.parametrize("revision", revisions())
def test_stores_of_today_read_a_house_of_a_schema(empty: Open, revision: str) -> None:
    """Documents and passages, people and their keys, conversations, answers and thumbs, jobs, and the audit chain."""
    engine = empty()
    load(engine, revision)

    upgrade(engine)

    anna = Accounts(engine).check("anna", told.PASSWORD)
    assert anna.groups == ("hr",)
    shown = {d.id: d for d in Catalog(engine).listed()}
    assert shown[told.LEAVE].state is State.VISIBLE
    assert shown[told.FAILED].reason == "'bad.pdf' is damaged"
    assert Catalog(engine).readers(told.MAIL) == ("group:hr", "user:root")
    passages = DatabasePassages(engine).fetch(told.CHUNKS, reader=anna.reader())
    assert [passages[one].text for one in told.CHUNKS if one in passages] == list(told.TEXTS[: len(passages)])
    assert len(passages) == (3 if revision == "0001" else 4)
    assert passages[told.CHUNKS[0]].boxes[0].y1 == 40.0
    stranger = DatabasePassages(engine).fetch(told.CHUNKS, reader=reader_of("ben", ()))
    assert told.CHUNKS[2] not in stranger
    assert len(VersionStore(engine).chunks(told.LEAVE_V)) == 2
    assert CollectionRegister(engine).get("handbook").readers == ("everyone",)
    [job] = JobStore(engine).recent()
    assert (job.kind, job.total, job.failed, job.forget_vanished) == ("sync", len(shown), 1, True)
    assert {item.key for item in ItemStore(engine).of("job")} == {d.key for d in shown.values()}


@pytest.mark.parametrize("revision", revisions())
def test_what_was_said_and_recorded_is_read(empty: Open, revision: str) -> None:
    """Conversations with answers, what each of them read, thumbs, keys of programs, and a whole audit chain."""
    engine = empty()
    load(engine, revision)

    upgrade(engine)

    ledger = Ledger(engine)
    question, reply = History(engine, ledger).messages("talk", "anna")
    assert (question.text, reply.text) == ("How many days of leave?", "30 days [1].")
    assert reply.stored is not None
    assert reply.stored.feedback == "down"
    assert ledger.entry("answer").passages[0].sha256 == told.SHA256[0]
    assert [use.answered_at for use in ledger.using(told.LEAVE)] == [told.LATER]
    assert list(ledger.dangling()) == []
    Feedback(engine).judge("answer", "anna", None)
    if revision >= "0006":
        now = datetime.fromisoformat(told.LATER)
        assert ApiKeys(engine).owner(told.API_KEY, now=now)[0] == "anna"
    chain = verify(Trail(engine, told.AUDIT_KEY).records(), key=told.AUDIT_KEY, checkpoint=None, anchors=())
    assert (chain.records, chain.is_whole) == (2 if revision >= "0007" else 0, True)


@pytest.mark.parametrize("revision", OLD)
def test_upgraded_schema_is_that_of_a_new_house(empty: Open, revision: str) -> None:
    """Tables, columns, keys, indexes and rules are those that an empty database gets."""
    engine = empty()
    upgrade(engine)
    fresh = _shape(engine)
    _clear(engine)
    load(engine, revision)

    upgrade(engine)

    assert _shape(engine) == fresh


@pytest.mark.slow
@pytest.mark.parametrize("last", [1, 12, 30])
def test_upgrade_that_is_killed_leaves_the_old_schema_and_is_made_up_for(empty: Open, last: int) -> None:
    """Killed at any of its statements it has changed nothing; the next start brings the house up to date."""
    engine = empty()
    load(engine, "0001")
    before, shape = _contents(engine), _shape(engine)

    [child] = _run(engine, last)

    assert child.returncode == -9
    assert (current_revision(engine), _contents(engine), _shape(engine)) == ("0001", before, shape)
    upgrade(engine)
    assert current_revision(engine) == newest_revision()
    assert len(_contents(engine)["chunks"]) == len(before["chunks"])


@pytest.mark.slow
@pytest.mark.parametrize("revision", [None, "0001"])
def test_processes_that_start_together_migrate_once(empty: Open, revision: str | None) -> None:
    """One of them changes the tables, the others wait for it and find nothing to do; none of them fails."""
    engine = empty()
    if revision is not None:
        load(engine, revision)

    children = _run(engine, *[0] * 4)

    assert [child.stderr.decode() for child in children if child.returncode] == []
    assert sorted(int(child.stdout) > 0 for child in children) == [False, False, False, True]
    assert current_revision(engine) == newest_revision()


def test_newer_schema_is_refused_with_a_remedy_and_left_alone(empty: Open) -> None:
    """The release that wrote it is to be started: not a byte of it changes here."""
    engine = empty()
    load(engine, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before, shape = _contents(engine), _shape(engine)

    with pytest.raises(SetupRefused, match=r"newer release .* 9999") as refusal:
        upgrade(engine)

    assert "start that release" in refusal.value.remedy
    assert (current_revision(engine), _contents(engine), _shape(engine)) == ("9999", before, shape)


def _moved(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it is now: an attachment is named by its content, whatever it was named by."""
    if table in {"documents", "job_items"} and told.INSIDE in row["key"]:
        return {**row, "key": told.attached_key("0003"), **_completed(table, row)}
    return row


def _completed(table: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"parent_id": told.MAIL} if table == "job_items" and "parent_id" in row else {}


def _contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    found = MetaData()
    with engine.connect() as connection:
        found.reflect(connection)
        return {
            table.name: sorted(map(dict, connection.execute(select(table)).mappings()), key=_order)
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


def _order(row: dict[str, Any]) -> str:
    """Return what orders the rows of a table: keys of attachments change, file names do not."""
    return str(
        [row.get(name) for name in ("id", "job_id", "file_name", "user_id", "answer_id", "seq")]
    ) + str([row.get(name) for name in ("number", "document_id", "principal", "group_name")])


def _shape(engine: Engine) -> dict[str, Any]:
    """Return what the database says of its tables, whatever the order of columns."""
    seen = inspect(engine)

    def by_name(found: list[Any]) -> list[str]:
        return sorted(repr(sorted(one.items(), key=str)) for one in found)

    return {
        table: {
            "columns": by_name([{**c, "type": str(c["type"])} for c in seen.get_columns(table)]),
            "key": seen.get_pk_constraint(table),
            "foreign": by_name(seen.get_foreign_keys(table)),
            "indexes": by_name(
                [{**i, "dialect_options": _plain(i.get("dialect_options"))} for i in seen.get_indexes(table)]
            ),
            "unique": by_name(seen.get_unique_constraints(table)),
            "checks": by_name(seen.get_check_constraints(table)),
        }
        for table in sorted(seen.get_table_names())
    }


def _plain(options: dict[str, Any] | None) -> dict[str, str]:
    """Return the options of an index as text; PostgreSQL adds casts to a condition each time it writes it down."""
    return {name: re.sub(r"::[a-z ]+(\[\])?|[()]", "", str(value)) for name, value in (options or {}).items()}


def _clear(engine: Engine) -> None:
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")


def _run(engine: Engine, *lasts: int) -> list[subprocess.CompletedProcess[bytes]]:
    """Upgrade in a process for each of `lasts`, all at once; each kills itself before that statement, 0 = never."""
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, url, str(last)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for last in lasts
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
    ended = []
    for child in children:
        out, err = child.communicate(timeout=120)
        ended.append(subprocess.CompletedProcess(child.args, child.returncode, out, err))
    return ended
