"""Keep the note of a restore that has not come to its end; nobody opens a house in which it lies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.settings import Settings
from retrieval.errors import SetupRefused

NOTE = "restore-unfinished.json"
LOCK = "restore-unfinished.lock"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Hold what is restored, and whether what was there before has been set aside."""

    backup: str
    aside: str  # folder and schema of what was there before; "" where there was nothing
    is_aside: bool


def noted(settings: Settings) -> Unfinished | None:
    """Return the note of this installation, None where no restore is under way. Raises SetupRefused."""
    place = _place(settings)
    try:
        return Unfinished(**json.loads(place.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise SetupRefused(
            f"{place} cannot be read: {type(error).__name__}",
            remedy="delete it and restore again with --replace",
        ) from error


def note(settings: Settings, unfinished: Unfinished) -> None:
    """Write the note, replacing an earlier one."""
    place = _place(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(unfinished)), encoding="utf-8")
    fresh.replace(place)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep a house to one restore until the end. Raises SetupRefused where another one is at work in it."""
    place = settings.site.data_dir / LOCK
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(file.fileno()), place.stat()):
                raise FileNotFoundError  # taken away by one that came to its end between the two lines above
        except OSError as error:
            raise SetupRefused(
                f"another restore is at work in {settings.site.data_dir}", remedy="wait until it has ended"
            ) from error
        try:
            yield
        finally:
            place.unlink(missing_ok=True)


def done(settings: Settings) -> None:
    """Take the note away: the house may be opened."""
    _place(settings).unlink(missing_ok=True)


def refuse_unfinished(settings: Settings) -> None:
    """Raise SetupRefused where a restore has not come to its end: what is there is not the whole house."""
    unfinished = noted(settings)
    if unfinished is not None:
        raise SetupRefused(
            f"the restore of {unfinished.backup} has not come to its end",
            remedy=f"run `intramuros backup restore {unfinished.backup}` again; it begins anew"
            + (
                f". Where you put back what lay in {unfinished.aside}, {keep_it(settings)}"
                * bool(unfinished.aside)
            ),
        )


def keep_it(settings: Settings) -> str:
    """Return what to do with a house that was put back by hand."""
    return f"delete {_place(settings)} to open it as it is"


def _place(settings: Settings) -> Path:
    return settings.site.data_dir / NOTE
