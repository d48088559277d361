"""The audit trail: each record tied to the one before it, whatever is touched is found, and what is old is purged."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, insert, select, update

from app.audit.anchors import Anchor, Anchors
from app.audit.chain import Finding, verify
from app.audit.events import GENESIS, WITHHELD, About, Kind, Record, seal, written
from app.audit.export import lines, ocsf
from app.audit.keeper import ANCHOR_EVERY, PURGE_EVERY, Keeper, checked, look_through
from app.audit.recorder import ANCHORS, KEY, Recorder, open_recorder
from app.audit.trail import Event, Trail, Wanted
from app.schema import audit_events
from app.settings import Settings
from ingest.jobs import INGEST, REMOVE, Order
from retrieval.errors import DatabaseUnavailable
from retrieval.readers import reader_of

SECRET = b"k" * 32
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOCUMENT = "0f3a7c52-1111-4222-8333-944445555666"
HOSTILE = 'x\n{"seq":2}\x1b[2J\x00\u2028\'; DROP TABLE audit_events'


@pytest.fixture
def recorder(database: Engine, tmp_path: Path) -> Recorder:
    """Give the recorder of an empty house, its key beside the database in a folder of its own."""
    settings = Settings.model_validate(
        {"site": {"data_dir": tmp_path / "data"}, "audit": {"key_dir": tmp_path / "keys"}}
    )
    return open_recorder(settings, partial(Trail, database))


def chained(count: int, *, first: int = 1, before: str = GENESIS) -> list[Record]:
    """Return so many sealed records."""
    made: list[Record] = []
    for seq in range(first, first + count):
        bare = Record(seq, f"2026-03-01T12:00:{seq % 60:02}", "answer", "a" * 32, "done", "{}", None, "")
        made.append(replace(bare, mac=seal(bare, before, SECRET)))
        before = made[-1].mac
    return made


def found(records: Sequence[Record], *, anchored: Sequence[Record] = ()) -> Finding:
    """Return what verification finds in these records with these anchors."""
    anchors = [Anchor(one.seq, one.mac, one.at) for one in anchored]
    return verify(records, key=SECRET, checkpoint=None, anchors=anchors)


# the chain


def test_an_untouched_chain_is_whole() -> None:
    """The negative control of all that follows."""
    records = chained(50)
    finding = found(records, anchored=records[::10])
    assert (finding.is_whole, finding.records, finding.first, finding.last) == (True, 50, 1, 50)


CHANGES: dict[str, Any] = {
    "at": "2026-03-01T12:00:99",
    "kind": "sign-in",
    "actor": None,
    "outcome": "failed",
    "objects": '{"answer":"b"}',
    "source": "10.0.0.1",
    "mac": "f" * 64,
}


@given(count=st.integers(2, 40), data=st.data())
def test_whatever_is_changed_is_named(count: int, data: st.DataObject) -> None:
    """A single field of a single record, changed: its sequence number is the first that is named."""
    records = chained(count)
    place = data.draw(st.integers(0, count - 1))
    name = data.draw(st.sampled_from(sorted(CHANGES)))
    records[place] = replace(records[place], **{name: CHANGES[name]})
    finding = found(records)
    assert not finding.is_whole
    assert finding.faults[0].seq == place + 1


@given(count=st.integers(3, 40), data=st.data())
def test_whatever_is_taken_out_is_named(count: int, data: st.DataObject) -> None:
    """Records deleted from the middle or the beginning leave a gap with a number."""
    records = chained(count)
    start = data.draw(st.integers(0, count - 2))
    end = data.draw(st.integers(start + 1, count - 1))
    finding = found(records[:start] + records[end:])
    assert finding.faults[0].seq == start + 1
    assert "missing" in finding.faults[0].message


@given(count=st.integers(3, 40), data=st.data())
def test_a_gap_that_was_closed_is_found_too(count: int, data: st.DataObject) -> None:
    """Records moved up to hide a deletion do not follow from the one before them."""
    records = chained(count)
    place = data.draw(st.integers(0, count - 2))
    moved = [replace(one, seq=one.seq - 1) for one in records[place + 1 :]]
    assert found(records[:place] + moved).faults[0].seq == place + 1


@given(count=st.integers(2, 40), data=st.data())
def test_whatever_is_put_in_is_named(count: int, data: st.DataObject) -> None:
    """A record without the key fits nowhere, also with the seal of another one."""
    records = chained(count)
    place = data.draw(st.integers(0, count))
    sealed_as = data.draw(st.sampled_from([one.mac for one in records]))
    forged = Record(place + 1, "2026-03-01T13:00:00", "answer", None, "done", "{}", None, sealed_as)
    moved = [replace(one, seq=one.seq + 1) for one in records[place:]]
    assert found([*records[:place], forged, *moved]).faults[0].seq == place + 1


@given(count=st.integers(2, 40), data=st.data())
def test_whatever_changed_places_is_named(count: int, data: st.DataObject) -> None:
    """Two records that swapped their numbers are found at the first of the two."""
    records = chained(count)
    first = data.draw(st.integers(0, count - 2))
    second = data.draw(st.integers(first + 1, count - 1))
    a, b = records[first], records[second]
    records[first], records[second] = replace(b, seq=a.seq), replace(a, seq=b.seq)
    assert found(records).faults[0].seq == first + 1


@given(count=st.integers(2, 40), data=st.data())
def test_whatever_is_cut_off_is_named(count: int, data: st.DataObject) -> None:
    """Records gone from the end are found back to the newest anchor, all of them too."""
    records = chained(count)
    kept = data.draw(st.integers(0, count - 1))
    finding = found(records[:kept], anchored=[records[-1]])
    assert finding.faults[0].seq == kept + 1
    assert "cut off" in finding.faults[0].message
    # Written anew behind the cut, with the key: the anchor still knows the one that stood there.
    again = chained(count, first=kept + 1, before="e" * 64 if not kept else records[kept - 1].mac)
    changed = [replace(one, outcome="other", mac="") for one in again]
    before = GENESIS if not kept else records[kept - 1].mac
    for number, one in enumerate(changed):
        changed[number] = replace(one, mac=seal(one, before, SECRET))
        before = changed[number].mac
    assert not found(records[:kept] + changed, anchored=[records[-1]]).is_whole


def test_another_key_fits_nothing() -> None:
    """Whoever has the records and no key can neither check nor make them."""
    finding = verify(chained(30), key=b"x" * 32, checkpoint=None, anchors=())
    assert (finding.faults_total, finding.faults[0].seq) == (30, 1)


def test_a_forged_anchor_and_a_lost_file_are_told(tmp_path: Path) -> None:
    """An anchor written without the key proves nothing and is named; no anchor at all is, once there was one."""
    records = chained(3)
    anchors = Anchors(tmp_path / "anchors", SECRET)
    for one in records[:2]:
        anchors.add(one)
    assert anchors.last() == Anchor(2, records[1].mac, records[1].at)
    text = (tmp_path / "anchors").read_text().replace('"seq": 2', '"seq": 3')
    (tmp_path / "anchors").write_text(text + "no anchor\n")
    finding = verify(records, key=SECRET, checkpoint=None, anchors=anchors.all())
    assert sorted(fault.seq for fault in finding.faults) == [0, 3]
    bare = replace(records[2], kind=Kind.VERIFIED.value, outcome="whole", mac="")
    noted = [*records[:2], replace(bare, mac=seal(bare, records[1].mac, SECRET))]
    assert found(noted, anchored=noted[:1]).is_whole
    assert found(noted).faults[0].seq == 3


# what a record may hold


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


# the table


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


# by the clock


def test_old_records_go_and_the_chain_stays_whole(recorder: Recorder, database: Engine) -> None:
    """Nothing gets older than the settings say; what is left verifies, and what is taken besides is found."""
    trail, year = recorder.trail, timedelta(days=365)
    for day in range(400):
        trail.append(Event(Kind.ANSWER, "a" * 32, "done", {}), now=NOON + timedelta(days=day))
    keeper = Keeper(recorder, days=365, clock=lambda: NOON)
    now = NOON + timedelta(days=400)
    keeper.tend(now=now)
    (oldest, *_) = trail.all_found(Wanted())
    assert datetime.fromisoformat(oldest.at) > now + PURGE_EVERY - year - timedelta(days=1)
    assert look_through(recorder).is_whole
    assert all(anchor.seq >= oldest.seq for anchor in recorder.anchors.all())
    with database.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq == oldest.seq))
    assert look_through(recorder).faults[0].seq == oldest.seq


def test_a_checkpoint_goes_when_its_time_comes(recorder: Recorder) -> None:
    """Purged day by day over three years, the chain is whole on each of them, also when nobody did anything."""
    keeper = Keeper(recorder, days=30, clock=lambda: NOON)
    for day in range(0, 1095, 5):
        now = NOON + timedelta(days=day)
        if day < 200:
            recorder.trail.append(Event(Kind.ANSWER, None, "done", {}), now=now)
        keeper.tend(now=now)
        assert look_through(recorder).is_whole, day
    with recorder.trail._engine.connect() as connection:  # how many there are is the point
        assert (connection.execute(select(func.count()).select_from(audit_events)).scalar() or 0) < 40


def test_the_head_is_anchored_every_five_minutes(recorder: Recorder) -> None:
    """By the clock, and only where something was recorded since."""
    keeper = Keeper(recorder, days=365, clock=lambda: NOON)
    seen = []
    for minute in range(21):
        if minute <= 12:
            recorder.record(Kind.QUESTION, "anna")
        keeper.tend(now=NOON + timedelta(minutes=minute))
        seen.append(len(recorder.anchors.all()))
    assert timedelta(minutes=5) == ANCHOR_EVERY
    assert [seen[minute] for minute in (0, 4, 5, 9, 10, 14, 15, 20)] == [1, 1, 2, 2, 3, 3, 4, 4]
