"""The records of the trail: what one may hold, how a table of them is written and searched, and who has the key."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, update

from app.audit.events import WITHHELD, About, Kind, Record, written
from app.audit.export import lines, ocsf
from app.audit.keeper import checked, look_through
from app.audit.recorder import ANCHORS, KEY, Recorder
from app.audit.trail import Wanted
from app.schema import audit_events
from ingest.jobs import INGEST, REMOVE, Order
from retrieval.errors import DatabaseUnavailable
from retrieval.readers import reader_of

DOCUMENT = "0f3a7c52-1111-4222-8333-944445555666"
HOSTILE = 'x\n{"seq":2}\x1b[2J\x00\u2028\'; DROP TABLE audit_events'


@pytest.mark.parametrize("text", [HOSTILE, "salary.md", "Anna Keller", "a b", "é", "", "x" * 500])
def test_only_what_looks_like_an_id_is_written(text: str) -> None:
    """A name, a sentence or a control character that gets into a record by mistake is withheld."""
    about: About = {"document": text, "documents": [text, DOCUMENT], "version": "0.1.0", "count": 2}
    kept = {"document": WITHHELD, "documents": [WITHHELD, DOCUMENT], "version": "0.1.0", "count": 2}
    assert json.loads(written(about)) == kept


@given(st.text())
def test_nothing_makes_a_second_record(text: str) -> None:
    """Whatever a field holds, a record is one line of printable ASCII."""
    record = Record(1, text, text, text, text, json.dumps({"document": text}), text, text)
    (line,) = lines([record], "jsonl", version="1")
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["outcome"] == text


def test_siem_gets_the_fields_of_ocsf(recorder: Recorder) -> None:
    """Class, activity, status, time and ids stand where a SIEM looks for them; refusals are failures."""
    recorder.record(Kind.SIGN_IN, "anna")
    recorder.record(Kind.RETRIEVAL, "anna", answer="a1", documents=[DOCUMENT])
    recorder.record(Kind.DENIED, "anna", outcome="refused", document=DOCUMENT)
    signed_in, retrieved, denied = (ocsf(one, "1") for one in recorder.trail.records())
    assert (signed_in["class_uid"], signed_in["type_uid"], signed_in["status_id"]) == (3002, 300201, 1)
    assert (retrieved["class_uid"], retrieved["category_uid"], retrieved["type_uid"]) == (6003, 6, 600302)
    assert {"type": "document", "uid": DOCUMENT} in retrieved["resources"]  # type: ignore[operator]  # a list
    assert denied["status_id"] == 2
    assert isinstance(denied["time"], int)
    assert {Kind(one.kind) for one in recorder.trail.records()} < set(Kind)
    every = [Record(1, "2026-03-01T12:00:00", kind, None, "done", "{}", None, "") for kind in Kind]
    assert len(list(lines(every, "ocsf", version="1"))) == len(Kind)


def test_records_are_numbered_sealed_and_found(recorder: Recorder, database: Engine) -> None:
    """One event is one record under the pseudonym that the ledger has; it is found by each of its marks."""
    recorder.record(Kind.RETRIEVAL, "anna", answer="a1", documents=[DOCUMENT, "d2"])
    recorder.record(Kind.SIGN_IN, "ben")
    recorder.ordered("j1", Order(INGEST, "hr", "s", (), "operator"))
    recorder.ordered("j2", Order(REMOVE, "hr", "upload", (), "operator"))
    trail = recorder.trail
    assert [one.seq for one in trail.records()] == [1, 2, 3, 4]
    assert look_through(recorder).is_whole
    anna = recorder.pseudonym("anna")
    for wanted, expected in (
        (Wanted(actor=anna), [1]),
        (Wanted(thing=DOCUMENT), [1]),
        (Wanted(thing=DOCUMENT[:8]), []),
        (Wanted(kinds=("sign-in", "ingestion")), [3, 2]),
        (Wanted(since="2126"), []),
        (Wanted(until="2126"), [4, 3, 2, 1]),
        (Wanted(actor="operator"), [3]),  # the upload was an account's, whatever that is called
        (Wanted(thing="%"), []),
    ):
        assert [one.seq for one in trail.found(wanted, limit=10)] == expected, wanted
        assert [one.seq for one in trail.all_found(wanted)] == expected[::-1], wanted
    assert [one.seq for one in trail.found(Wanted(), before=3, limit=1)] == [2]
    with database.connect() as connection:
        stored = str(connection.execute(select(audit_events)).all())
    assert "anna" not in stored
    assert len(anna) == 32


def test_many_writers_make_one_chain(recorder: Recorder) -> None:
    """Eight threads write at once: no number is given twice or left out, and every seal follows."""

    def write(number: int) -> None:
        for turn in range(10):
            recorder.record(Kind.QUESTION, f"person{number}", answer=f"a-{number}-{turn}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    finding = look_through(recorder)
    assert (finding.is_whole, finding.records, finding.last) == (True, 80, 80)


@pytest.mark.parametrize("what", ["changed", "deleted", "cut off", "put in"])
def test_a_touched_table_is_found(recorder: Recorder, database: Engine, what: str) -> None:
    """What somebody with the database's password does is named by number; the key lies elsewhere."""
    for number in range(20):
        recorder.record(Kind.ANSWER, "anna", answer=f"a{number}")
    assert checked(recorder, actor=None).is_whole
    seq = audit_events.c.seq
    with database.begin() as connection:
        row = connection.execute(select(audit_events).where(seq == 3)).mappings().one()
        deeds = {
            "changed": update(audit_events).where(seq == 7).values(outcome="other"),
            "deleted": delete(audit_events).where(seq == 7),
            "cut off": delete(audit_events).where(seq >= 7),
            "put in": insert(audit_events).values({**row, "seq": 22}),
        }
        connection.execute(deeds[what])
    finding = checked(recorder, actor=None)
    assert finding.faults[0].seq == {"put in": 22}.get(what, 7)
    last = recorder.trail.newest(Kind.VERIFIED)
    assert last is not None
    assert last.outcome == "broken"


def test_a_key_is_made_once_and_kept_from_others(recorder: Recorder, tmp_path: Path) -> None:
    """The key lies where the settings say, not with the database, and only its owner may read it and the anchors."""
    recorder.record(Kind.SIGN_IN, "anna")
    recorder.anchor()
    recorder.anchor()
    assert (tmp_path / "keys" / KEY).read_bytes() == recorder.trail.key
    assert {(tmp_path / "keys" / name).stat().st_mode & 0o777 for name in (KEY, ANCHORS)} == {0o600}
    assert len(recorder.anchors.all()) == 1  # an unchanged head is anchored once
    assert not (tmp_path / "data" / "secrets" / KEY).exists()


def test_what_cannot_be_written_raises(recorder: Recorder, database: Engine) -> None:
    """A table that takes no row, and a database that is away, both refuse with a remedy."""
    with database.begin() as connection:
        connection.execute(update(audit_events).values(outcome="x"))
        connection.exec_driver_sql("ALTER TABLE audit_events RENAME TO audit_away")
    with pytest.raises(DatabaseUnavailable, match="audit trail") as caught:
        recorder.record(Kind.SIGN_IN, "anna")
    assert "intramuros audit verify" in caught.value.remedy
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_away RENAME TO audit_events")
    recorder.record(Kind.SIGN_IN, "anna")


def test_fingerprints_tell_apart_and_say_nothing(recorder: Recorder) -> None:
    """Equal questions and filters have equal fingerprints, different ones different, and no word is in them."""
    ask = recorder.fingerprint
    assert ask("Who earns E7?") == ask("Who earns E7?") != ask("Who earns E8?")
    one, other = reader_of("anna", ["hr"]), reader_of("anna", ["finance"])
    assert recorder.filter_of(one, ["a", "b"]) == recorder.filter_of(one, ["b", "a"])
    assert recorder.filter_of(one, ["a"]) != recorder.filter_of(other, ["a"])
    assert recorder.pseudonym("\ud800") != recorder.pseudonym("anna")
