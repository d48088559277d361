"""What a sync decides to do."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sync import Known, Plan, pair_moves, plan_sync
from ingest.types import Origin, SourceFile, State
from retrieval.errors import Unavailable

KEYS = [f"{folder}{name}" for folder in ("", "a/", "b/") for name in ("x", "y", "z")]
SIGNATURES = st.sampled_from([None, "1:1", "2:2"])
HASHES = st.sampled_from([None, "aa", "bb"])
READERS = st.lists(st.sampled_from(["everyone", "group:hr", "not a principal"]), max_size=3).map(tuple)


def listed(key: str, signature: str | None = "1:1", readers: tuple[str, ...] = ("everyone",)) -> SourceFile:
    """Return a file as a source lists it."""
    return SourceFile(
        "folder:/srv", key, Path("/srv") / key, key, readers, 1, signature, origin=Origin.LISTED
    )


def known(key: str, signature: str | None = "1:1", sha256: str | None = "aa") -> Known:
    """Return a visible document."""
    return Known(key, f"id of {key}", signature, sha256, ("everyone",), State.VISIBLE)


FILES = st.lists(
    st.builds(listed, st.sampled_from(KEYS), SIGNATURES, READERS), unique_by=lambda file: file.key
)
DOCUMENTS = st.lists(
    st.builds(
        Known, st.sampled_from(KEYS), st.uuids().map(str), SIGNATURES, HASHES, READERS,
        st.sampled_from(State), HASHES,
    ),
    unique_by=lambda one: one.key,
)  # fmt: skip


def keys(files: Sequence[SourceFile]) -> list[str]:
    """Return the keys of files."""
    return [file.key for file in files]


def test_empty_listing_of_a_source_that_had_documents_is_refused() -> None:
    """A share that is not mounted looks like an empty folder; nothing may be forgotten for it."""
    with pytest.raises(Unavailable, match="had 1 documents") as caught:
        plan_sync([], [known("x")])
    assert "--allow-empty" in caught.value.remedy


def test_empty_listing_is_believed_when_told_to() -> None:
    """Somebody who emptied the folder on purpose says so."""
    assert plan_sync([], [known("x")], allow_empty=True).vanished == (known("x"),)


def test_empty_listing_of_a_source_without_documents_is_nothing_to_do() -> None:
    """A new, empty folder is no fault; nor is one whose documents were forgotten before."""
    assert plan_sync([], []) == Plan((), (), (), (), ())
    assert plan_sync([], [replace(known("x"), state=State.FORGOTTEN)]) == Plan((), (), (), (), ())


def test_each_kind_of_file_is_told_apart() -> None:
    """Unchanged, readers changed, changed, new and vanished."""
    plan = plan_sync(
        [listed("same"), listed("shared", readers=("group:hr",)), listed("edited", "2:2"), listed("fresh")],
        [known("same"), known("shared"), known("edited"), known("gone")],
    )
    assert keys(plan.unchanged) == ["same"]
    assert [(one.file.key, one.known.document_id) for one in plan.readers_changed] == [
        ("shared", "id of shared")
    ]
    assert keys(plan.changed) == ["edited"]
    assert keys(plan.new) == ["fresh"]
    assert [one.key for one in plan.vanished] == ["gone"]
    assert keys(plan.to_read) == ["edited", "fresh"]


@pytest.mark.parametrize("state", [State.FOUND, State.PARSING, State.EMBEDDING])
def test_interrupted_document_is_read_again(state: State) -> None:
    """A signature that was noted before the end was reached proves nothing."""
    assert keys(plan_sync([listed("x")], [replace(known("x"), state=state)]).changed) == ["x"]


def test_version_that_must_be_made_again_is_read() -> None:
    """No fingerprint of a shown version means that there is none that still counts."""
    assert keys(plan_sync([listed("x")], [known("x", sha256=None)]).changed) == ["x"]


def test_quarantined_bytes_are_not_tried_again() -> None:
    """Unless they changed, or could not even be read."""
    failed = replace(known("x", sha256=None), state=State.QUARANTINED, failed_sha256="bb")
    assert keys(plan_sync([listed("x")], [failed]).unchanged) == ["x"]
    assert keys(plan_sync([listed("x", "2:2")], [failed]).changed) == ["x"]
    assert keys(plan_sync([listed("x")], [replace(failed, failed_sha256=None)]).changed) == ["x"]


def test_order_and_nonsense_among_readers_are_no_change() -> None:
    """Readers are compared as they count."""
    one = replace(known("x"), readers=("everyone", "group:hr"))
    file = listed("x", readers=("group:hr", "everyone", "nonsense"))
    assert keys(plan_sync([file], [one]).unchanged) == ["x"]


@given(files=FILES, documents=DOCUMENTS)
def test_every_key_is_in_exactly_one_class(files: list[SourceFile], documents: list[Known]) -> None:
    """Nothing is lost, nothing done twice, and what is not listed is vanished unless forgotten already."""
    plan = plan_sync(files, documents, allow_empty=True)
    classes = [plan.unchanged, tuple(one.file for one in plan.readers_changed), plan.changed, plan.new]
    assert sorted(key for one in classes for key in keys(one)) == sorted(keys(files))
    living = {one.key for one in documents if one.state is not State.FORGOTTEN}
    assert {one.key for one in plan.vanished} == living - set(keys(files))
    assert set(keys(plan.new)) == set(keys(files)) - living


@given(files=FILES, documents=DOCUMENTS)
def test_nothing_unchanged_is_read_and_nothing_changed_is_skipped(
    files: list[SourceFile], documents: list[Known]
) -> None:
    """Only a file with the signature of bytes that came to an end goes unread."""
    plan = plan_sync(files, documents, allow_empty=True)
    by_key = {one.key: one for one in documents}
    for file in (*plan.unchanged, *(one.file for one in plan.readers_changed)):
        one = by_key[file.key]
        assert file.signature is not None
        assert file.signature == one.signature
        assert (one.sha256 if one.state is State.VISIBLE else one.failed_sha256) is not None
        assert one.state in (State.VISIBLE, State.QUARANTINED)
    assert not set(keys(plan.to_read)) & set(keys(plan.unchanged))


def test_moved_file_is_found_by_its_bytes() -> None:
    """Its document goes on under the new key."""
    (move,) = pair_moves({"b/x": "aa", "other": "bb"}, [listed("b/x"), listed("other")], [known("a/x")])
    assert (move.document_id, move.old_key, move.file.key) == ("id of a/x", "a/x", "b/x")


def test_of_several_with_the_same_bytes_names_decide_first() -> None:
    """A folder full of the same form keeps its documents apart."""
    moves = pair_moves(
        {"new/a": "aa", "new/b": "aa", "new/c": "aa"},
        [listed("new/a"), listed("new/b"), listed("new/c")],
        [known("old/b"), known("old/z")],
    )
    assert [(move.old_key, move.file.key) for move in moves] == [("old/z", "new/a"), ("old/b", "new/b")]


def test_document_without_a_shown_version_is_not_moved() -> None:
    """There is nothing to go on with."""
    assert pair_moves({"b/x": "aa"}, [listed("b/x")], [known("a/x", sha256=None)]) == ()


@given(
    files=FILES,
    documents=DOCUMENTS,
    hashes=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["aa", "bb"])),
)
def test_moves_pair_equal_bytes_once_and_as_many_as_possible(
    files: list[SourceFile], documents: list[Known], hashes: dict[str, str]
) -> None:
    """No document and no file twice, never different bytes, none left that could be paired, whatever the order."""
    moves = pair_moves(hashes, files, documents)
    assert len({move.document_id for move in moves}) == len(moves) == len({move.file.key for move in moves})
    by_id = {one.document_id: one for one in documents}
    for move in moves:
        assert by_id[move.document_id].sha256 == hashes[move.file.key]
    for sha256 in ("aa", "bb"):
        able = sum(hashes.get(file.key) == sha256 for file in files)
        asked = sum(one.sha256 == sha256 for one in documents)
        assert sum(hashes[move.file.key] == sha256 for move in moves) == min(able, asked)
    assert pair_moves(hashes, files[::-1], documents[::-1]) == moves


@pytest.mark.timeout(60)
def test_a_hundred_thousand_files_are_planned_at_once() -> None:
    """The work grows with the files, not with their pairs, though a quarter of them moved."""
    names = [f"folder{number % 100}/file{number}" for number in range(100_000)]
    documents = [known(key, sha256=key) for key in names]
    files = [listed(key if number % 4 else f"moved/{key}") for number, key in enumerate(names)]

    plan = plan_sync(files, documents)
    moves = pair_moves(
        {file.key: file.key.removeprefix("moved/") for file in plan.new}, plan.new, plan.vanished
    )

    assert (len(plan.unchanged), len(moves)) == (75_000, 25_000)
