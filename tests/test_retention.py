"""Every store forgets when its term is over and not a day before, on SQLite and PostgreSQL, by a clock passed in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, select

from app import schema
from app.audit.events import Kind as Recorded
from app.audit.keeper import look_through, purge
from app.audit.recorder import open_recorder
from app.audit.trail import Event, Trail
from app.doctor import Severity
from app.history import History
from app.ledger import Ledger
from app.privacy import retention
from app.privacy.holds import Holds, Kind, held
from app.privacy.term import Hands, Term
from app.privacy.terms import terms
from app.settings import Settings
from ingest import schema as stock
from ingest.catalog import Catalog
from ingest.database import stamp
from retrieval.errors import DatabaseUnavailable
from tests.house import House, ask

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AT = stamp(NOON)
LONG_AGO = stamp(NOON - 1000 * DAY)
DOCUMENT: Mapping[str, Any] = {
    "source": "folder:/srv",
    "file_name": "a.md",
    "title": "A",
    "media_type": "text/markdown",
    "state": "visible",
    "visible_version_id": "v",
    "created_at": AT,
    "updated_at": AT,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings as they are where nothing is set."""
    return Settings.model_validate({"site": {"data_dir": tmp_path / "data"}})


@pytest.fixture
def hands(database: Engine, settings: Settings) -> Hands:
    """Give what forgets a document in the database, and cuts the trail."""
    catalog = Catalog(database)
    recorder = open_recorder(settings, lambda key: Trail(database, key))

    def forget(document: str) -> bool:
        if held(database, document=document):
            return False
        catalog.drop_document(document)
        return True

    return Hands(forget, lambda now: purge(recorder, days=settings.audit.days, now=now))


def put(engine: Engine, table: Table, *rows: Mapping[str, Any]) -> None:
    """Write rows."""
    with engine.begin() as connection:
        for row in rows:
            connection.execute(insert(table).values(dict(row)))


def count(engine: Engine, table: Table) -> int:
    """Return how many rows a table has."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def people(engine: Engine, *names: str) -> None:
    """Write accounts."""
    for name in names:
        put(
            engine,
            schema.users,
            {"id": name, "name": name, "title": "", "role": "employee", "password_hash": ""},
        )


def talk(
    engine: Engine, user: str, name: str, *, at: str = AT, thumb: Mapping[str, Any] | None = None
) -> None:
    """Write a conversation of one question and its answer, with a thumb where one is given."""
    put(
        engine,
        schema.conversations,
        {"id": name, "user_id": user, "title": "Zwetschge", "created_at": at, "updated_at": at},
    )
    later = stamp(datetime.fromisoformat(at) + timedelta(minutes=5))
    for position, role in enumerate(("user", "assistant")):
        put(
            engine,
            schema.messages,
            {
                "id": f"{name}-{role}",
                "conversation_id": name,
                "position": position,
                "role": role,
                "text": "Zwetschge",
                "created_at": later if position else at,
            },
        )
    sentence = {"text": "Zwetschge.", "citations": [1], "verdict": "supported", "phrases": [[0, 9]]}
    put(
        engine,
        schema.answers,
        {
            "id": f"{name}-answer",
            "message_id": f"{name}-assistant",
            "question_id": f"{name}-user",
            "outcome": "answered",
            "sentences": [sentence],
            "language": "en",
            "model": "m",
            "notice": "Zwetschge",
            "timings_ms": {},
            "prompt_tokens": 1,
            "dropped": [],
            "principals": ["everyone"],
            "collections": ["handbook"],
            "created_at": later,
        },
    )
    passage = {
        "answer_id": f"{name}-answer",
        "number": 1,
        "chunk_id": "c",
        "document_id": "d",
        "version_id": "v",
    }
    put(engine, schema.answer_passages, {**passage, "answered_at": later})
    if thumb is not None:
        row = {
            "answer_id": f"{name}-answer",
            "value": "down",
            "reason": "Mirabelle",
            "created_at": at,
            "kinds": [],
        }
        put(engine, schema.feedback, {**row, **thumb})


def _chat(engine: Engine) -> None:
    people(engine, "anna")
    talk(engine, "anna", "t1")
    talk(engine, "anna", "t2")


def _thumbs(engine: Engine) -> None:
    people(engine, "anna")
    talk(engine, "anna", "t1", thumb={})


def _sign_ins(engine: Engine) -> None:
    people(engine, "anna")
    row = {"user_id": "anna", "created_at": LONG_AGO, "seen_at": LONG_AGO, "expires_at": AT}
    put(engine, schema.sessions, {**row, "token_sha256": "1"}, {**row, "token_sha256": "2", "ended_at": AT})


def _keys(engine: Engine) -> None:
    people(engine, "anna")
    row = {"id": "k", "user_id": "anna", "name": "bot", "key_sha256": "1", "scopes": ["ask"]}
    put(engine, schema.api_keys, {**row, "created_at": LONG_AGO, "expires_at": AT})


def _jobs(engine: Engine) -> None:
    row = {
        "kind": "sync",
        "collection_id": "handbook",
        "created_by": "anna",
        "source": "s",
        "created_at": LONG_AGO,
    }
    put(
        engine,
        stock.jobs,
        {**row, "id": "j1", "state": "done", "finished_at": AT},
        {**row, "id": "j2", "state": "failed", "finished_at": AT, "source": "t"},
    )
    item = {
        "job_id": "j1",
        "key": "a",
        "path": "/a",
        "file_name": "a.md",
        "origin": "listed",
        "state": "visible",
    }
    put(engine, stock.job_items, item)


def _quarantine(engine: Engine) -> None:
    row = {**DOCUMENT, "collection_id": "handbook", "state": "quarantined", "visible_version_id": None}
    put(engine, stock.documents, {**row, "id": "d1", "key": "a"}, {**row, "id": "d2", "key": "b"})


def _documents(engine: Engine) -> None:
    row = {**DOCUMENT, "collection_id": "handbook"}
    put(engine, stock.documents, {**row, "id": "d1", "key": "a"}, {**row, "id": "d2", "key": "b"})


def _own_files(engine: Engine) -> None:
    people(engine, "anna")
    own: dict[str, Any] = {
        "id": "own",
        "name": "My files",
        "owner": "anna",
        "purpose": "p",
        "legal_basis": "l",
    }
    own |= {"retention_days": 7, "confidentiality": "confidential", "readers": [], "created_at": AT}
    put(engine, stock.collections, {**own, "private_to": "anna"})
    row = {**DOCUMENT, "collection_id": "own", "source": "upload", "expires_at": stamp(NOON + 7 * DAY)}
    put(engine, stock.documents, {**row, "id": "d1", "key": "a"})


def _requests(engine: Engine) -> None:
    people(engine, "anna")
    row = {
        "person": "anna",
        "reason": "r",
        "hours": 4,
        "requested_by": "root",
        "requested_at": LONG_AGO,
        "reads": 0,
    }
    put(
        engine, schema.break_glass, {**row, "id": "b1", "ended_at": AT}, {**row, "id": "b2", "expires_at": AT}
    )


def _holds(engine: Engine) -> None:
    row = {"kind": "person", "target": "x", "reason": "r", "placed_by": "root", "placed_at": LONG_AGO}
    put(engine, schema.holds, {**row, "id": "h", "released_by": "root", "released_at": AT})


def _erasures(engine: Engine) -> None:
    row = {"kind": "person", "scope": "0" * 32, "answers": "redact", "documents": [], "before": {}}
    put(engine, schema.erasure_requests, {**row, "id": "e", "ordered_at": LONG_AGO, "erased_at": AT})


STORES: Mapping[str, tuple[Callable[[Engine], None], int, int, Table]] = {
    "chat": (_chat, 90, 4, schema.messages),
    "feedback": (_thumbs, 180, 1, schema.feedback),
    "sign-ins": (_sign_ins, 1, 2, schema.sessions),
    "keys": (_keys, 30, 1, schema.api_keys),
    "jobs": (_jobs, 90, 2, stock.jobs),
    "quarantine": (_quarantine, 30, 2, stock.documents),
    "documents": (_documents, 365, 2, stock.documents),
    "own files": (_own_files, 7, 1, stock.documents),
    "requests": (_requests, 365, 2, schema.break_glass),
    "holds": (_holds, 365, 1, schema.holds),
    "erasures": (_erasures, 365, 1, schema.erasure_requests),
}
OF_ERASURES = {"broken off erasures", "traces of erasures"}  # tests.privacy.test_purging


def term_of(store: str, settings: Settings, engine: Engine, hands: Hands) -> Term:
    """Return the term of a store."""
    return next(one for one in terms(settings, engine, hands) if one.store == store)


@pytest.mark.parametrize("store", STORES)
def test_store_forgets_in_time(store: str, database: Engine, settings: Settings, hands: Hands) -> None:
    """At its term less a day every row is there; at its term and a day none is, nor what hangs on it."""
    fill, days, rows, table = STORES[store]
    fill(database)
    term = term_of(store, settings, database, hands)
    early, late = NOON + (days - 1) * DAY, NOON + (days + 1) * DAY

    assert (term.due(early), term.drop(early), count(database, table)) == (0, 0, rows)
    assert term.due(late) == rows
    assert term.drop(late) == rows
    assert (term.due(late), term.drop(late), count(database, table)) == (0, 0, 0)
    if store == "chat":
        assert count(database, schema.conversations) == count(database, schema.answer_passages) == 0
    if store == "jobs":
        assert count(database, stock.job_items) == 0


def test_every_store_with_a_term_is_tried(settings: Settings, database: Engine, hands: Hands) -> None:
    """A new term needs a case: those of files and of the chain have their own below."""
    assert {one.store for one in terms(settings, database, hands)} == {*STORES, *OF_ERASURES, "log", "audit"}
    assert [one.days for one in terms(settings, database, hands) if one.store == "documents"] == [None]


@pytest.mark.parametrize(
    "store", [one for one in STORES if one not in ("holds", "erasures", "documents", "quarantine")]
)
def test_hold_on_a_person_stops_the_term(
    store: str, database: Engine, settings: Settings, hands: Hands
) -> None:
    """Nothing of theirs is due while it stands; once it is released everything is."""
    fill, days, rows, _ = STORES[store]
    people(database, "anna") if store == "jobs" else None
    fill(database)
    holds, late = Holds(database), NOON + (days + 30) * DAY
    hold = holds.place(Kind.PERSON, "anna", "a lawsuit", by="root", now=NOON)
    term = term_of(store, settings, database, hands)

    assert (term.due(late), term.drop(late)) == (0, 0)
    holds.release(hold.id, by="root", now=NOON)
    assert term.drop(late) == rows


@pytest.mark.parametrize("on", [(Kind.DOCUMENT, "d1"), (Kind.COLLECTION, "handbook")], ids=lambda on: on[0])
@pytest.mark.parametrize("store", ["documents", "quarantine"])
def test_hold_on_documents_stops_their_term(
    store: str, on: tuple[Kind, str], database: Engine, settings: Settings, hands: Hands
) -> None:
    """One on a document is on that one; one on a collection on all of it."""
    fill, days, rows, table = STORES[store]
    fill(database)
    Holds(database).place(*on, "a lawsuit", by="root", now=NOON)

    gone = term_of(store, settings, database, hands).drop(NOON + (days + 1) * DAY)

    assert gone == (0 if on[0] is Kind.COLLECTION else rows - 1)
    assert count(database, table) == rows - gone


def test_question_and_its_answer_go_together(database: Engine, settings: Settings, hands: Hands) -> None:
    """An answer came minutes after its question; no run in between leaves one without the other."""
    people(database, "anna")
    talk(database, "anna", "t1")
    term = term_of("chat", settings, database, hands)

    assert term.drop(NOON + 90 * DAY - timedelta(seconds=1)) == 0
    assert term.drop(NOON + 90 * DAY + timedelta(seconds=1)) == 2


def test_conversation_that_goes_on_loses_its_old_turns(
    database: Engine, settings: Settings, hands: Hands
) -> None:
    """What was asked of late stays where it is, and can be followed up."""
    people(database, "anna")
    talk(database, "anna", "t1")
    history = History(database, Ledger(database))
    with database.begin() as connection:
        moment = stamp(NOON + 80 * DAY)
        row = {"id": "new", "conversation_id": "t1", "position": 2, "role": "user", "text": "And now?"}
        connection.execute(insert(schema.messages).values({**row, "created_at": moment}))
        connection.execute(schema.conversations.update().values(updated_at=moment))

    assert term_of("chat", settings, database, hands).drop(NOON + 100 * DAY) == 2
    assert [one.id for one in history.messages("t1", "anna")] == ["new"]
    assert [one.title for one in history.listed("anna")] == ["Zwetschge"]


@pytest.mark.parametrize("with_question", [False, True])
def test_thumb_outlives_the_words_it_is_on(
    database: Engine, settings: Settings, hands: Hands, *, with_question: bool
) -> None:
    """For its own term: what was read and cited stays on record, the words do not, but for a question handed along."""
    people(database, "anna")
    talk(database, "anna", "t1", thumb={"has_question": with_question})
    chat, feedback = (term_of(store, settings, database, hands) for store in ("chat", "feedback"))
    ledger = Ledger(database)
    history = History(database, ledger)

    assert chat.drop(NOON + 91 * DAY) == 2
    with database.connect() as connection:
        texts = connection.execute(select(schema.messages.c.role, schema.messages.c.text)).all()
        sentences, notice = connection.execute(
            select(schema.answers.c.sentences, schema.answers.c.notice)
        ).one()
    assert dict(texts) == ({"user": "Zwetschge", "assistant": ""} if with_question else {"assistant": ""})
    assert "Zwetschge" not in f"{sentences}{notice}"
    assert (sentences[0]["citations"], sentences[0]["verdict"]) == ([1], "supported")
    assert [one.answer_id for one in ledger.using("d")] == ["t1-answer"]
    assert [*ledger.dangling()] == []
    assert (history.messages("t1", "anna"), history.listed("anna"), [*history.texts("anna")]) == ((), (), [])
    assert (feedback.due(NOON + 179 * DAY), chat.drop(NOON + 179 * DAY)) == (0, 0)
    assert count(database, schema.feedback) == 1

    assert feedback.drop(NOON + 181 * DAY) == 1
    chat.drop(NOON + 181 * DAY)
    for table in (schema.conversations, schema.messages, schema.answers, schema.answer_passages):
        assert count(database, table) == 0


def test_document_that_shows_an_older_version_is_not_dropped(
    database: Engine, settings: Settings, hands: Hands
) -> None:
    """Its newest version could not be read; what everybody reads meanwhile stays for the collection's term."""
    row = {**DOCUMENT, "collection_id": "handbook", "state": "quarantined", "id": "d1", "key": "a"}
    put(database, stock.documents, row)

    assert term_of("quarantine", settings, database, hands).drop(NOON + 31 * DAY) == 0


def test_audit_chain_verifies_after_its_oldest_part_is_gone(
    database: Engine, settings: Settings, hands: Hands
) -> None:
    """At its term less a day it is whole and complete; after it a sealed checkpoint says where it was cut."""
    recorder = open_recorder(settings, lambda key: Trail(database, key))
    for number in range(50):
        recorder.trail.append(
            Event(Recorded.ANSWER, "a" * 32, "done", {}), now=NOON + number * timedelta(hours=1)
        )
    recorder.anchor()
    term = term_of("audit", settings, database, hands)

    assert (term.drop(NOON + 364 * DAY), count(database, schema.audit_events)) == (0, 50)
    late = NOON + 366 * DAY
    assert term.due(late) == 24
    assert term.drop(late) == 48  # those too that would get too old before the next cut
    assert term.due(late) == 0
    assert term.drop(late) == 0
    finding = look_through(recorder)
    assert (finding.is_whole, finding.first) == (True, 49)
    checkpoint = recorder.trail.newest(Recorded.CHECKPOINT)
    assert checkpoint is not None
    with database.begin() as connection:  # who cuts more than the checkpoint says is found out
        connection.execute(schema.audit_events.delete().where(schema.audit_events.c.seq == 49))
    assert not look_through(recorder).is_whole


def test_log_is_begun_anew_each_day_and_old_lines_go(
    database: Engine, settings: Settings, hands: Hands
) -> None:
    """What writes goes on in its file; a line goes with its day, one without a time with the line before it."""
    run = settings.site.run_dir
    run.mkdir(parents=True)
    api = run / "api.log"
    term = term_of("log", settings, database, hands)
    with api.open("ab") as writer:
        for day in range(100):
            now = NOON + day * DAY
            term.drop(now)
            writer.write(f'{{"at": "{stamp(now)}", "event": "started"}}\n  a line without\n'.encode())
            writer.flush()
    lines = [line for file in run.iterdir() for line in file.read_text().splitlines()]

    assert api.read_text().count("started") == 1
    assert sum("started" in line for line in lines) == sum("without" in line for line in lines) == 90
    assert stamp(NOON + 10 * DAY) in "".join(lines)
    assert term.due(NOON + 99 * DAY) == 0
    assert {file.stat().st_mode & 0o077 for file in run.glob("*.past")} == {0}


def test_house_keeps_its_terms(house: House, tmp_path: Path) -> None:
    """The hourly run drops rows, originals and vectors, puts it on record, counts it, and says so once."""
    house.bring_in(tmp_path / "a", "handbook", leave="# Leave\n\nThirty days of Zwetschge leave a year.")
    ask(house, "anna", "How many days of leave are there?")
    services = house.services
    now = datetime.now(UTC) + 100 * DAY

    assert retention.keep(services, now=now)["chat"] == 2
    recorded = [one for one in services.audit.trail.records() if one.kind == Recorded.RETENTION]
    assert [(one.outcome, one.objects, one.actor) for one in recorded if one.outcome == "chat"] == [
        ("chat", '{"count":2}', None)
    ]
    late = now + 300 * DAY
    gone = retention.keep(services, now=late)
    assert (gone["documents"], gone["chat"], gone["audit"] > 5) == (1, 0, True)
    assert services.index.count() == 0
    assert b"Zwetschge" not in b"".join(
        path.read_bytes() for path in services.settings.site.originals_dir.rglob("*") if path.is_file()
    )
    assert look_through(services.audit).is_whole
    assert b'intramuros_retention_dropped_total{store="chat"} 2.0' in services.metrics.render()
    assert retention.keep(services, now=late + timedelta(minutes=30)) == {}
    found = retention.standing(services.settings, services.engine, now=late)
    assert {one.store for one in found if one.due} <= {"audit"}  # what the run records is of the real clock
    last = retention.Run(stamp(late), stamp(late), 1, None)
    assert next(one for one in found if one.store == "documents").run == last
    assert retention.check_retention(found, now=late).severity is Severity.OK


def test_what_is_kept_too_long_is_told(database: Engine, settings: Settings) -> None:
    """Where nobody runs the house, or a store fails, the doctor names it; a pause between two runs is no fault."""
    _chat(database)
    late = NOON + 91 * DAY

    found = retention.standing(settings, database, now=late)
    finding = retention.check_retention(found, now=late)
    assert (finding.severity, finding.details["chat"]) == (Severity.ERROR, 4)
    assert "4 of chat" in finding.message
    ran = [replace(one, run=retention.Run(stamp(late), stamp(late), 0, None)) for one in found]
    assert retention.check_retention(tuple(ran), now=late + timedelta(hours=2)).severity is Severity.OK
    failed = [
        replace(one, run=retention.Run(stamp(late), None, 0, "DatabaseUnavailable")) for one in found[:1]
    ]
    assert "sign-ins (DatabaseUnavailable)" in retention.check_retention(tuple(failed), now=late).message


def test_store_that_fails_does_not_keep_the_others_waiting(house: House, tmp_path: Path) -> None:
    """The index is away: documents stay due and it is told of; everything else is dropped all the same."""
    house.bring_in(tmp_path / "a", "handbook", leave="# Leave\n\nThirty days.")
    ask(house, "anna", "How many days of leave are there?")
    now = datetime.now(UTC) + 400 * DAY

    def away(_version: str) -> None:
        raise DatabaseUnavailable("away", remedy="wait")

    services = house.services
    pipeline = replace(services.pipeline, catalog=Catalog(services.engine, erased=away))
    gone = retention.keep(replace(services, pipeline=pipeline), now=now)

    assert (gone["documents"], gone["chat"]) == (0, 2)
    found = retention.standing(services.settings, services.engine, now=now)
    finding = retention.check_retention(found, now=now)
    assert finding.message == "could not be dropped: documents (DatabaseUnavailable)"
    assert b'intramuros_retention_failures_total{store="documents"} 1.0' in services.metrics.render()
    assert house.document("leave.md")
