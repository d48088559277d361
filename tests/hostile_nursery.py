"""Fork documents as the sandbox does, with parsers that attack. Run as `python -m tests.hostile_nursery`.

Each media type `application/x-<name>` is read by the function of that name. A document's lines are what the attack
aims at; the parsed document's blocks tell what came of it, one a line, "refused" where nothing did.
"""

from ingest.parse.dispatch import PARSERS
from ingest.sandbox import nursery
from tests.attacks_on_files import allocate, change, fill, hoard, listing, overwrite, pile, read, write
from tests.attacks_on_processes import (
    accuse,
    fork,
    leave,
    meddle,
    namespace,
    own,
    rank,
    sleep,
    sockets,
    strike,
    trace,
    who,
)

ATTACKS = (
    rank,
    change,
    meddle,
    own,
    trace,
    hoard,
    pile,
    accuse,
    read,
    listing,
    write,
    overwrite,
    sockets,
    strike,
    who,
    fork,
    sleep,
    allocate,
    fill,
    leave,
    namespace,
)
for attack in ATTACKS:
    PARSERS[f"application/x-{attack.__name__}"] = attack

if __name__ == "__main__":
    nursery.main()
