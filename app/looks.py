"""Give the page the company's own name and logo."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.settings import Settings
from retrieval.errors import SettingsInvalid

LOGO_BYTES: Final = 256 << 10  # it goes with every page of the sign-in
KINDS: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"<svg", "image/svg+xml"), (b"<?xml", "image/svg+xml"))


@dataclass(frozen=True, slots=True)
class Looks:
    """Hold what the page shows to everybody, signed in or not. `logo` is a data: address, "" without one."""

    name: str
    logo: str


def looks_of(settings: Settings) -> Looks:
    """Return the looks that the settings name. Raises SettingsInvalid where the logo is none."""
    path = settings.page.logo_file
    return Looks(settings.site.name, "" if path is None else _embedded(path))


def _embedded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    kind = next((kind for start, kind in KINDS if content.lstrip().startswith(start)), None)
    if kind is None or len(content) > LOGO_BYTES:
        raise _refused(path, f"is no PNG or SVG of at most {LOGO_BYTES >> 10} KB")
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _refused(path: Path, why: str) -> SettingsInvalid:
    return SettingsInvalid(f"page.logo_file: '{path}' {why}", remedy="name another file, or none")
