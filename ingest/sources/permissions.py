"""Take readers from the file system: who may open a file there may read it here, and in doubt nobody may.

Whether somebody is a member of a group is not known here. A principal therefore counts only if everyone it stands
for passes every folder and reads the file, whatever groups they are in: owner, named users and groups are judged
by the order of POSIX 1003.1e draft 17, 23.1.5 (the kernel's `acl(5)`), where a closer entry that denies wins.
"""

import errno
import grp
import os
import pwd
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.sources.folder import real_path
from retrieval.readers import EVERYONE, clean_readers

POSIX_ACL = "system.posix_acl_access"
# Where one of these exists, the mode bits are a guess of the client or of Samba; the rule lies in a list not read here.
FOREIGN_ACLS = ("system.nfs4_acl", "system.cifs_acl", "security.NTACL")
ACL_VERSION = 2  # linux/posix_acl_xattr.h
USER, GROUP_OWNER, GROUP, MASK = 0x02, 0x04, 0x08, 0x10
NO_ATTRIBUTE = (errno.ENODATA, errno.EOPNOTSUPP)
READ, PASS = 4, 1  # r on a file, x on a folder


@dataclass(frozen=True, slots=True)
class Access:
    """Hold who may do what with one file or folder, as bits of 4 read, 2 write, 1 pass; principals by name.

    A name of None is somebody without one, who counts when others are judged and is never a reader.
    """

    owner: str | None
    owner_bits: int
    users: tuple[tuple[str | None, int], ...]
    groups: tuple[tuple[str | None, int], ...]  # the owning group first
    other_bits: int

    def lets_pass(self, principal: str, *, need: int) -> bool:
        """Return whether everyone whom `principal` stands for has the right `need`."""
        named = dict(self.users)
        if principal == self.owner:
            return bool(self.owner_bits & need)
        if principal in named:
            return bool(named[principal] & need)
        # From here on somebody may also be the owner or a named user, whose own entry decides about them.
        are_persons_let = self.owner_bits & need and all(bits & need for _, bits in self.users)
        if principal.startswith("group:"):
            own = [bits for group, bits in self.groups if group == principal]
            if are_persons_let and any(bits & need for bits in own):
                return True
        if principal.startswith("user:"):
            are_persons_let = True  # this person has no entry of their own
        are_groups_let = all(bits & need for _, bits in self.groups)
        return bool(are_persons_let and are_groups_let and self.other_bits & need)


NOBODY = Access(None, 0, (), (), 0)


def readers_from(folders: Sequence[Access], file: Access) -> tuple[str, ...]:
    """Return who may read `file` and pass every folder on the way to it; empty means visible to nobody."""
    named = [file.owner, *(name for name, _ in file.users), *(name for name, _ in file.groups)]
    candidates = {name for name in named if name is not None} | {EVERYONE}
    return clean_readers(
        one
        for one in candidates
        if file.lets_pass(one, need=READ) and all(folder.lets_pass(one, need=PASS) for folder in folders)
    )


def access_of(mode: int, owner: str | None, group: str | None, acl: bytes | None) -> Access:
    """Return the rights that mode and access list state; a list that cannot be read lets nobody pass."""
    user, group_class, other = mode >> 6 & 7, mode >> 3 & 7, mode & 7
    if acl is None:
        return Access(owner, user, (), ((group, group_class),), other)
    version, entries = acl[:4], acl[4:]
    if version != struct.pack("<I", ACL_VERSION) or len(entries) % 8:
        return NOBODY
    listed = [(tag, bits & 7, number) for tag, bits, number in struct.iter_unpack("<HHI", entries)]
    mask = next((bits for tag, bits, _ in listed if tag == MASK), 7)
    owning = next((bits for tag, bits, _ in listed if tag == GROUP_OWNER), 0)
    return Access(
        owner=owner,
        owner_bits=user,
        users=tuple((user_name(number), bits & mask) for tag, bits, number in listed if tag == USER),
        groups=(
            (group, owning & mask),
            *((group_name(number), bits & mask) for tag, bits, number in listed if tag == GROUP),
        ),
        other_bits=other,
    )


def readers_below(root: Path, key: str) -> tuple[str, ...]:
    """Return the readers of a file by the permissions from `root` down to it; of a link, those of where it leads."""
    top = root.resolve()
    path = Path(os.path.realpath(real_path(top, key)))  # Path.resolve raises on a circle
    if not path.is_relative_to(top):
        return ()
    between = [folder for folder in path.parents if folder.is_relative_to(top)]
    try:
        return readers_from([_looked_up(folder) for folder in between], _looked_up(path))
    except OSError:
        return ()  # it vanished or may not be looked at: nobody, until the next sync sees it


def _looked_up(path: Path) -> Access:
    if any(_attribute(path, name) is not None for name in FOREIGN_ACLS):
        return NOBODY
    status = path.stat()
    acl = _attribute(path, POSIX_ACL)
    return access_of(status.st_mode, user_name(status.st_uid), group_name(status.st_gid), acl)


def _attribute(path: Path, name: str) -> bytes | None:
    try:
        return os.getxattr(path, name)
    except OSError as error:
        if error.errno in NO_ATTRIBUTE:
            return None
        raise


@cache  # a directory service may stand behind it, and names keep their numbers
def user_name(number: int) -> str | None:
    """Return `user:<name>`, None where the number has no name."""
    try:
        return f"user:{pwd.getpwuid(number).pw_name}"
    except KeyError:
        return None


@cache  # as above
def group_name(number: int) -> str | None:
    """Return `group:<name>`, None where the number has no name."""
    try:
        return f"group:{grp.getgrgid(number).gr_name}"
    except KeyError:
        return None
