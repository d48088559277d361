"""Say what is declared of a place in which a house keeps something. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["table", "files", "index", "log", "backup", "cache"]

# Grounds and people that many stores have in common. The company may rest on others: these are where a house starts.
OPERATION: Final = "Art. 6(1)(f) GDPR: the company's interest in answers from its own documents"
SECURITY: Final = "Art. 6(1)(f) and Art. 32 GDPR: security of processing"
ACCOUNTABILITY: Final = "Art. 5(2) and Art. 32 GDPR: proof that rules are kept"
DECLARED: Final = "what the collection declares, Art. 5(1)(b) GDPR"
NOT_PERSONAL: Final = "none needed: nothing of persons"
EMPLOYEES: Final = "employees who use it"
MENTIONED: Final = "whoever the documents tell of"
NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Declare a store: what it holds of whom, why, for how long, and how it is erased."""

    name: str
    kind: Kind
    holds: tuple[str, ...]  # categories of data
    about: tuple[str, ...]  # whose
    purpose: str
    legal_basis: str
    retention: str  # a setting, "audit.days", or in words when it ends and why no setting says so
    erasure: str
    tables: tuple[str, ...] = ()  # of the database
    paths: tuple[str, ...] = ()  # patterns below site.data_dir; `*` crosses folders
    volumes: tuple[str, ...] = ()  # of the compose files, as they write them
    settings: tuple[str, ...] = ()  # that name a file or folder of it
    elsewhere: tuple[str, ...] = ()  # memory, browsers, other machines, in words

    @property
    def is_personal(self) -> bool:
        """Return whether it may hold personal data."""
        return self.about != (NOBODY,)
