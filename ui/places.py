"""Declare the places of the page beside the dialogue: what each is called, who it is open to, and what draws it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ui import administration, audit, documents, emergency, health, intake, keys, own_data, recorded, usage
from ui.office import Office
from ui.records import Status
from ui.state import Tab
from ui.words import WORDS


@dataclass(frozen=True, slots=True)
class Place:
    """Describe a place."""

    icon: str
    called: Callable[[], str]
    is_open: Callable[[Tab, Status], bool]
    draw: Callable[[Office, Tab, Status], None]
    is_at_foot: bool = False  # of the sidebar, with what is one's own


def _is_readers(tab: Tab, _: Status) -> bool:
    return not tab.is_auditors


def _is_managers(tab: Tab, status: Status) -> bool:
    return _is_readers(tab, status) and status.manages


def _is_admins(tab: Tab, _: Status) -> bool:
    return tab.is_admins


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "documents": Place(
            ":material/folder_open:",
            lambda: WORDS.documents,
            _is_readers,
            lambda api, _tab, _status: documents.draw(api),
        ),
        "jobs": Place(
            ":material/input:",
            lambda: WORDS.jobs,
            _is_readers,
            lambda api, _tab, status: intake.draw(api, looks_after=status.manages),
        ),
        "collections": Place(
            ":material/inventory_2:",
            lambda: WORDS.collections,
            _is_managers,
            lambda api, _tab, _status: administration.draw(api),
        ),
        "usage": Place(
            ":material/monitoring:",
            lambda: WORDS.usage,
            _is_managers,
            lambda api, tab, _status: usage.draw(api, is_admin=tab.is_admins),
        ),
        "health": Place(
            ":material/health_and_safety:",
            lambda: WORDS.health,
            _is_admins,
            lambda api, _tab, _status: health.draw(api),
        ),
        "emergency": Place(
            ":material/emergency_home:",
            lambda: WORDS.emergency,
            _is_admins,
            lambda api, tab, _status: emergency.draw(api, tab),
        ),
        "keys": Place(
            ":material/key:",
            lambda: WORDS.keys,
            _is_readers,
            lambda api, tab, _status: keys.draw(api, tab),
            is_at_foot=True,
        ),
        "recorded": Place(
            ":material/policy:",
            lambda: WORDS.recorded,
            lambda _tab, _status: True,
            lambda api, tab, _status: recorded.draw(api, tab),
            is_at_foot=True,
        ),
        "own_data": Place(
            ":material/shield_person:",
            lambda: WORDS.own_data,
            lambda _tab, _status: True,
            lambda api, tab, _status: own_data.draw(api, tab),
            is_at_foot=True,
        ),
        "audit": Place(
            ":material/fact_check:",
            lambda: WORDS.audit,
            lambda tab, _status: tab.is_auditors,
            lambda api, tab, _status: audit.draw(api, tab),
        ),
    }
)


def open_to(tab: Tab, status: Status) -> dict[str, Place]:
    """Return the places that are open to who sits here, in the order they are offered in."""
    return {name: place for name, place in PLACES.items() if place.is_open(tab, status)}


def lead_back(tab: Tab, status: Status) -> None:
    """Lead who is where they may not be, or may be no more, to where they start: the trail, or the dialogue."""
    start = "audit" if tab.is_auditors else "ask"
    if tab.mine.place not in {start, *open_to(tab, status)}:
        tab.go(start)
