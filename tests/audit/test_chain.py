"""The chain of records: each is tied to the one before it, and whatever is touched is found."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.audit.anchors import Anchor, Anchors
from app.audit.chain import Finding, verify
from app.audit.events import GENESIS, Kind, Record, seal

SECRET = b"k" * 32


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
