"""Which readers the file system's permissions give."""

import os
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.permissions import Access, access_of, group_name, readers_below, readers_from, user_name
from retrieval.readers import EVERYONE

ANNA, HR, IT = "user:anna", "group:hr", "group:it"
MEMBERSHIPS: Mapping[str, frozenset[str]] = {
    f"user:{person}": frozenset(groups)
    for person, groups in {
        "anna": (), "ben": ("group:hr",), "cleo": ("group:it",), "dan": ("group:hr", "group:it"), "eve": (),
    }.items()
}  # fmt: skip


def mode(bits: int, owner: str | None = ANNA, group: str | None = HR) -> Access:
    """Return the rights of a plain mode."""
    return access_of(bits, owner, group, None)


def posix_acl(*entries: tuple[int, int, int]) -> bytes:
    """Return an access list as the kernel hands it out."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.mark.parametrize(
    ("bits", "readers"),
    [
        (0o644, (EVERYONE, HR, ANNA)),
        (0o640, (HR, ANNA)),
        (0o600, (ANNA,)),
        (0o000, ()),
        (0o604, (ANNA,)),  # who is in the group is denied, and anybody may be
        (0o044, ()),  # the owner is denied, and may be a member of the group
        (0o200, ()),
    ],
)
def test_mode_names_owner_group_and_everyone(bits: int, readers: tuple[str, ...]) -> None:
    """Each of the three counts only where nobody it stands for is denied by a closer entry."""
    assert readers_from([mode(0o755)], mode(bits)) == readers


@pytest.mark.parametrize(
    ("folders", "readers"),
    [
        ([0o755, 0o750], (HR, ANNA)),
        ([0o750, 0o755], (HR, ANNA)),
        ([0o755, 0o700], (ANNA,)),
        ([0o744], (ANNA,)),  # others may list the folder, not pass it
        ([0o711, 0o711], (EVERYONE, HR, ANNA)),  # passing is enough, listing is not needed
        ([0o000], ()),
    ],
)
def test_every_folder_on_the_way_must_let_pass(folders: list[int], readers: tuple[str, ...]) -> None:
    """A closed folder closes everything below it, wherever it stands in the path."""
    assert readers_from([mode(bits) for bits in folders], mode(0o644)) == readers


def test_unknown_membership_is_no_membership() -> None:
    """A folder of another owner and group lets only those pass who surely may."""
    other = mode(0o750, owner="user:root", group=IT)
    assert readers_from([other], mode(0o644)) == ()
    assert readers_from([mode(0o755, owner="user:root", group=IT)], mode(0o640)) == (HR, ANNA)


def test_number_without_a_name_is_no_reader() -> None:
    """A deleted account's files are not its name's heir's."""
    assert readers_from([], access_of(0o640, None, None, None)) == ()


def test_access_list_adds_and_its_mask_takes_away() -> None:
    """Named users and groups read as far as the mask lets them."""
    root_user, root_group = user_name(0), group_name(0)
    entries = [(0x01, 6, 0), (0x02, 4, 0), (0x04, 4, 0), (0x08, 4, 0), (0x20, 0, 0)]
    granted = access_of(0o660, ANNA, HR, posix_acl(*entries, (0x10, 6, 0)))
    assert set(readers_from([], granted)) == {ANNA, HR, root_user, root_group}
    masked = access_of(0o600, ANNA, HR, posix_acl(*entries, (0x10, 0, 0)))
    assert readers_from([], masked) == (ANNA,)


def test_denied_person_closes_the_groups_they_may_be_in() -> None:
    """An entry that takes reading away from one member cannot be kept with the group as reader."""
    access = Access(ANNA, 7, (("user:ben", 0),), ((HR, 7),), 7)
    assert readers_from([], access) == (ANNA,)


@pytest.mark.parametrize("acl", [b"", b"\x02\0\0\0\1", b"\x03\0\0\0", struct.pack("<IHHI", 1, 1, 7, 0)])
def test_access_list_that_cannot_be_read_lets_nobody_pass(acl: bytes) -> None:
    """What is malformed makes a document visible to fewer people."""
    assert readers_from([], access_of(0o777, ANNA, HR, acl)) == ()


BITS = st.integers(0, 7)
USERS = st.sampled_from([None, *sorted(MEMBERSHIPS)])
GROUPS = st.sampled_from([None, HR, IT])
ACCESSES = st.builds(
    Access,
    USERS,
    BITS,
    st.lists(st.tuples(USERS, BITS), max_size=3, unique_by=lambda entry: entry[0]).map(tuple),
    st.lists(st.tuples(GROUPS, BITS), min_size=1, max_size=3).map(tuple),
    BITS,
)


def kernel(access: Access, person: str, *, need: int) -> bool:
    """Decide for one person whose groups are known, in the words of acl(5)."""
    if person == access.owner:
        return bool(access.owner_bits & need)
    for user, bits in access.users:
        if user == person:
            return bool(bits & need)
    matching = [bits for group, bits in access.groups if group in MEMBERSHIPS[person]]
    if matching:
        return any(bits & need for bits in matching)
    return bool(access.other_bits & need)


@given(folders=st.lists(ACCESSES, max_size=3), file=ACCESSES)
def test_nobody_reads_what_the_kernel_denies(folders: list[Access], file: Access) -> None:
    """For every person and every membership, being a reader here means being let through there."""
    readers = set(readers_from(folders, file))
    for person, groups in MEMBERSHIPS.items():
        is_reader = bool(readers & {person, EVERYONE, *groups})
        is_let = kernel(file, person, need=4) and all(kernel(one, person, need=1) for one in folders)
        assert is_let or not is_reader


def test_real_files_give_their_owners(tmp_path: Path) -> None:
    """Modes and lists of a real file system are read from the root of the source down."""
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    path = folder / "one.md"
    path.write_text("x", encoding="utf-8")
    path.chmod(0o640)
    me, mine = user_name(os.getuid()), group_name(path.stat().st_gid)
    assert set(readers_below(tmp_path, "folder/one.md")) == {me, mine}
    folder.chmod(0o700)
    assert readers_below(tmp_path, "folder/one.md") == (me,)
    assert readers_below(tmp_path, "folder/none.md") == ()
    assert readers_below(tmp_path, "../../etc/hostname") == ()


def test_real_access_list_is_honoured(tmp_path: Path) -> None:
    """An entry that the kernel keeps for another account counts."""
    path = tmp_path / "one.md"
    path.write_text("x", encoding="utf-8")
    path.chmod(0o600)
    tmp_path.chmod(0o755)
    acl = posix_acl(
        (1, 6, 0xFFFFFFFF), (2, 4, 1), (4, 0, 0xFFFFFFFF), (0x10, 4, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF)
    )
    try:
        os.setxattr(path, "system.posix_acl_access", acl)
    except OSError as error:
        pytest.skip(f"this file system keeps no access lists: {error.strerror}")
    assert set(readers_below(tmp_path, "one.md")) == {user_name(os.getuid()), user_name(1)}
