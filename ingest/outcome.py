"""Decide what becomes of a file whose reading or publishing broke off. Nothing here waits, writes or asks."""

from dataclasses import dataclass

from ingest.draft import Result
from ingest.types import Busy, Cancelled
from retrieval.errors import BrokenDocument, DocumentRejected, ParserStopped

MAX_ATTEMPTS = 3


class OurFault(BrokenDocument):
    """Our code stumbled over the document; another attempt may help."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Its draft waits to be published."""


@dataclass(frozen=True, slots=True)
class Ended:
    """It is visible or quarantined."""

    result: Result


@dataclass(frozen=True, slots=True)
class SetAside:
    """It is to be quarantined, with this for a reason."""

    error: DocumentRejected


@dataclass(frozen=True, slots=True)
class Again:
    """It is to be tried again, after a while."""

    is_attempt: bool  # another one counts towards the last; not where somebody else stood in the way


@dataclass(frozen=True, slots=True)
class Dropped:
    """It was given up in the middle with its job, through no fault of its own; it waits as before."""


Outcome = PassedOn | Ended | SetAside | Again | Dropped


def outcome_of(error: Exception, attempts: int, *, file_name: str) -> SetAside | Again:
    """Return what becomes of a file after `error`, when `attempts` came to nothing before this one.

    Unavailable is no outcome of a file: it ends the job.
    """
    match error:
        case Busy() | Cancelled():  # another worker has it, or it was removed while its file is there
            return Again(is_attempt=False)
        case DocumentRejected() if not isinstance(error, ParserStopped):
            return SetAside(error)
        case _ if attempts + 1 < MAX_ATTEMPTS:
            return Again(is_attempt=True)
        case DocumentRejected():
            return SetAside(error)
        case MemoryError():
            return SetAside(
                OurFault(
                    f"'{file_name}' could not be brought in: this machine had no memory left for it",
                    remedy="give the worker more memory or lower ingest.workers, then `intramuros ingest retry`",
                )
            )
        case _:
            return SetAside(
                OurFault(
                    f"'{file_name}' could not be brought in: a fault on our side",
                    remedy="the log names the document and the place (document_broke): report it, then"
                    " `intramuros ingest retry`",
                )
            )
