"""Know every store of a house by its name, its tables and its places; a test finds what is missing here.

Whoever adds a table, a folder, a volume or a setting declares it, in `in_database`, `in_folders`, `beside`
or `switches`.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Final

from app.privacy.beside import BESIDE
from app.privacy.in_database import TABLES
from app.privacy.in_folders import FOLDERS
from app.privacy.store import Kind, Store
from app.privacy.switches import SECTIONS, VARIABLES
from app.settings import Settings

__all__ = ["STORES", "Kind", "Store"]

STORES: Final[tuple[Store, ...]] = (*TABLES, *FOLDERS, *BESIDE)
FORMAT: Final = "intramuros-stores-1"
_SETTING: Final = re.compile(r"([a-z_]+)\.([a-z_]+)")
_OF_SECTION: Final = re.compile(r"INTRAMUROS_([A-Z_]+?)__[A-Z_]+")


def named(name: str) -> Store:
    """Return the store of this name. Raises KeyError, which is a fault of ours."""
    return next(store for store in STORES if store.name == name)


def of_table(table: str) -> tuple[Store, ...]:
    """Return the stores that a table of the database belongs to."""
    return tuple(store for store in STORES if table in store.tables)


def of_path(path: str) -> tuple[Store, ...]:
    """Return the stores that a file belongs to, by its path below site.data_dir with `/` between names."""
    return _with_pattern(path, [store.paths for store in STORES])


def of_volume(volume: str) -> tuple[Store, ...]:
    """Return the stores that a volume of the compose files belongs to: its name, its folder, `tmpfs:`, `secrets:`."""
    return _with_pattern(volume, [store.volumes for store in STORES])


def of_setting(key: str) -> tuple[Store, ...]:
    """Return the stores that a setting names the place of: "audit.key_dir"."""
    return tuple(store for store in STORES if key in store.settings)


def is_variable_named(variable: str) -> bool:
    """Return whether it is said what an environment variable decides of people's data."""
    if found := _OF_SECTION.fullmatch(variable):
        return found[1].lower() in SECTIONS
    return any(fnmatchcase(variable, pattern) for pattern in VARIABLES)


def term(store: Store, settings: Settings) -> str:
    """Return for how long a store is kept under these settings, in words."""
    found = _SETTING.fullmatch(store.retention)
    if found is None:
        return store.retention
    section = getattr(settings, found[1])
    if isinstance(section, tuple):  # declared one by one
        return f"as each declares in {store.retention}"
    value = getattr(section, found[2])
    unit = next((unit for unit in ("days", "hours", "minutes") if found[2].endswith(unit)), "")
    return f"{value:g} {unit} ({store.retention})"


def declared(settings: Settings) -> dict[str, object]:
    """Return all of the inventory as plain values for JSON, under these settings."""
    stores = [
        asdict(store) | {"is_personal": store.is_personal, "kept": term(store, settings)} for store in STORES
    ]
    return {"format": FORMAT, "stores": stores, "settings": dict(SECTIONS), "variables": dict(VARIABLES)}


def _with_pattern(place: str, patterns: Sequence[tuple[str, ...]]) -> tuple[Store, ...]:
    pairs = zip(STORES, patterns, strict=True)
    return tuple(store for store, known in pairs if any(fnmatchcase(place, one) for one in known))
