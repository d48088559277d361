"""Say for how long a store is kept under these settings, in the language of a paper. Pure."""

import re
from typing import Final

from app.compliance.tongue import Tongue
from app.privacy.store import Store
from app.sections import Section
from app.settings import Settings

_KEY: Final = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")
UNITS: Final = ("days", "hours", "minutes")


def kept(store: Store, settings: Settings, say: Tongue) -> str:
    """Return its retention, each setting in it replaced by its value: "90 days (audit.days)"."""

    def valued(found: re.Match[str]) -> str:
        section, key = getattr(settings, found[1], None), found[2]
        if isinstance(section, tuple):
            return say("as each declares in {key}", key=found[0])
        unit = next((unit for unit in UNITS if key.endswith(unit)), "")
        if not unit or not isinstance(section, Section) or not hasattr(section, key):
            return found[0]  # a name that only looks like a setting, of a file
        return f"{say(f'{{count}} {unit}', count=f'{getattr(section, key):g}')} ({found[0]})"

    is_setting = _KEY.fullmatch(store.retention)
    return _KEY.sub(valued, store.retention if is_setting else say(store.retention))
