"""Decide who may read. Principals are made, cleaned and compared here and nowhere else.

A principal is `user:<name>`, `group:<name>` or `everyone`. Names are compared as they are: no wildcard, no case
folding, no prefix. Where something is malformed, the document becomes visible to fewer people, never to more.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from retrieval.errors import InvalidRequest
from retrieval.types import Reader

EVERYONE: Final = "everyone"
# Longest name a directory hands out (LDAP cn: 64, mail address: 254 with domain rarely > 200).
MAX_NAME_CHARS: Final = 200
KINDS: Final = ("user", "group")


def principal(kind: Literal["user", "group"], name: str) -> str:
    """Return `kind:name`. Raises InvalidRequest where the kind or the name is not one a person or group can have."""
    if kind not in KINDS or not _is_name(name):
        raise InvalidRequest(
            f"{kind!r} {name[:40]!r} is not a valid principal",
            remedy=f"use a printable name of 1 to {MAX_NAME_CHARS} characters without blanks at its ends",
        )
    return f"{kind}:{name}"


def reader_of(
    user_id: str, groups: Iterable[str], *, parents: Mapping[str, frozenset[str]] | None = None
) -> Reader:
    """Return who asks, with every group the groups lie in and `everyone`.

    `groups` are names without `group:`. `parents` maps a group to the groups it is a member of; cycles are fine.
    A malformed group name is dropped (fewer rights); a malformed user id raises InvalidRequest.
    """
    subject = principal("user", user_id)
    member_of = with_parents(groups, parents or {})
    named = frozenset(principal("group", name) for name in member_of if _is_name(name))
    return Reader(subject=subject, principals=frozenset({subject, EVERYONE}) | named)


def with_parents(groups: Iterable[str], parents: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the groups with all that they lie in, however deep; cycles are fine."""
    seen: set[str] = set()
    waiting = list(groups)
    while waiting:
        group = waiting.pop()
        if group not in seen:
            seen.add(group)
            waiting.extend(parents.get(group, frozenset()))
    return frozenset(seen)


def clean_readers(readers: Iterable[str]) -> tuple[str, ...]:
    """Return the well-formed principals, sorted and unique. An empty result means: visible to nobody."""
    return tuple(sorted({one for one in readers if is_principal(one)}))


def may_read(reader: Reader, readers: Iterable[str]) -> bool:
    """Return whether one of the document's readers is a principal of this reader."""
    return any(one in reader.principals for one in clean_readers(readers))


def is_principal(text: object) -> bool:
    """Return whether `text` is `everyone` or a well-formed `user:` or `group:` principal."""
    if not isinstance(text, str):
        return False
    kind, colon, name = text.partition(":")
    return text == EVERYONE or (bool(colon) and kind in KINDS and _is_name(name))


def _is_name(name: object) -> bool:
    # Control characters (NUL above all) and outer blanks are refused because stores disagree about them.
    return (
        isinstance(name, str)
        and 0 < len(name) <= MAX_NAME_CHARS
        and name == name.strip()
        and name.isprintable()
    )
