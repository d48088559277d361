"""Know the collections that this person may ask, by name."""

import time

from ui.client import Api, PageError
from ui.records import Collection
from ui.state import Tab

KNOWN_S = 60.0  # rights change, and the API decides anyway: this is what names are shown by


def collections(api: Api, tab: Tab) -> tuple[Collection, ...]:
    """Return the collections this person may know, those of a minute ago at most; none while the API is away."""
    if tab.collections is None or time.monotonic() - tab.collections[0] > KNOWN_S:
        try:
            tab.collections = (time.monotonic(), api.collections())
        except PageError:
            return ()
    return tab.collections[1]


def names(api: Api, tab: Tab) -> dict[str, str]:
    """Return the names of the collections by id."""
    return {one.id: one.name for one in collections(api, tab)}
