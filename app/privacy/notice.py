"""Say to everybody what is recorded of them, from the settings as they run: the page draws it in the reader's language.

Each row is a key, which the page has the words for, with the stores of the inventory that it stands for. A store with
data of employees that no row names, and that is not exempt with a reason, fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.privacy.break_glass import MOST_HOURS
from app.settings import Settings
from app.suppression import FEWEST

# Key -> the stores it stands for, and the setting that says for how many days; "" = no number of days.
ROWS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = MappingProxyType(
    {
        "chat": (("conversations", "answers"), "retention.chat_days"),
        "feedback": (("feedback",), "retention.feedback_days"),
        "own_files": (("own files", "uploads"), "ingest.private_days"),
        "audit": (("audit trail",), "audit.days"),
        "sign_ins": (("sign-ins", "browser"), "retention.sign_ins_days"),
        "account": (("accounts",), ""),
        "keys": (("API keys",), "retention.keys_days"),
        "jobs": (("queue",), "retention.jobs_days"),
        "requests": (("requests to read chats", "legal holds"), "retention.requests_days"),
        "erasures": (("erasure requests",), "retention.requests_days"),
        "log": (("logs", "logs of the containers"), "retention.log_days"),
        "backups": (("backups", "list of erasures", "set aside by a restore"), ""),
        "traces": (("traces",), ""),
    }
)
EXEMPT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "collections": "names who answers for documents, as the settings declare it, and nothing that anybody did",
        "database files": "the files of the tables, each of which has its own row",
        "keys of the house": "random numbers",
        "answers in the making": "the conversation's, some minutes before it has it",
        "model server": "memory that ends with its process",
        "page": "memory that ends with its process",
        "exports": "taken along by their owner",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """Name what is recorded, and for how many days; None = no number of days."""

    key: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold what is recorded of people here."""

    rows: tuple[Row, ...]
    works_council: bool  # two administrators are needed to open somebody's chats
    addresses: bool  # network addresses are noted on the audit trail
    fewest: int  # people behind a figure that is shown
    hours: int  # for which chats can be opened, at most


def notice(settings: Settings) -> Notice:
    """Return what is recorded under these settings."""
    keys = (key for key in ROWS if key != "traces" or settings.tracing.endpoint)
    return Notice(
        rows=tuple(Row(key, _days(settings, ROWS[key][1])) for key in keys),
        works_council=settings.privacy.works_council,
        addresses=settings.audit.addresses,
        fewest=FEWEST,
        hours=MOST_HOURS,
    )


def _days(settings: Settings, key: str) -> int | None:
    if not key:
        return None
    section, _, name = key.partition(".")
    return int(getattr(getattr(settings, section), name))
