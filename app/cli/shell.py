"""Hold what every command shares: settings, how errors end, how tables and JSON are written."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from retrieval import errors

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from app.settings import Settings

DEFAULT_FILE = Path("deploy/intramuros.toml")

EXIT_REFUSED, EXIT_USAGE, EXIT_MACHINE, EXIT_NEIGHBOUR = 1, 2, 3, 4
EXIT_CODES: tuple[tuple[type[errors.IntramurosError], int], ...] = (
    (errors.SettingsInvalid, EXIT_USAGE),
    (errors.InvalidRequest, EXIT_USAGE),
    (errors.SetupRefused, EXIT_MACHINE),
    (errors.ModelFileRejected, EXIT_MACHINE),
    (errors.Unavailable, EXIT_NEIGHBOUR),
)

# Of an id, in tables for people: enough to tell a million documents apart, and room for their names.
SHORT_ID = 8

T = TypeVar("T")


def settings_path(given: str, environ: Mapping[str, str]) -> Path | None:
    """Return the settings file: as given, as in the environment, or the default where it exists."""
    chosen = given or environ.get("INTRAMUROS_SETTINGS", "")
    if chosen:
        return Path(chosen)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


@dataclass(frozen=True)
class Shell:
    """Carry the settings file and the environment to a command."""

    path: Path | None
    environ: Mapping[str, str]

    def settings(self) -> "Settings":
        """Return the settings. Raises SettingsInvalid."""
        from app.settings import load  # heavy: keeps --help under 0.3 s

        return load(self.path, self.environ)

    @staticmethod
    def report(error: errors.IntramurosError) -> int:
        """Write an error with its remedy to standard error; return the exit code."""
        sys.stderr.write(f"error: {error.message}\n  what to do: {error.remedy}\n")
        return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), EXIT_REFUSED)


def running_shell() -> Shell:
    """Return the shell of the command at work, for one whose options leave no room for its context."""
    from typer.main import get_current_context  # type: ignore[attr-defined]  # Typer holds its click as its own

    shell: Shell = get_current_context().obj
    return shell


def console(*, is_error: bool = False) -> "Console":
    """Return a Rich console on standard output, or on standard error for what is not the result."""
    from rich.console import Console  # heavy: keeps --help under 0.3 s

    return Console(stderr=is_error, highlight=False)


def write_json(value: object) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    """Return a table for people."""
    from rich.table import Table  # heavy: keeps --help under 0.3 s
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for heading in headings:
        drawn.add_column(heading, no_wrap=heading == "id")  # an id cut short is of no use to who must type it
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))  # as text: a file name may hold what looks like markup
    return drawn


def write_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, width_in_logs: int = 80
) -> None:
    """Write a table for people, in a log `width_in_logs` columns wide."""
    screen = console()
    if not screen.is_terminal:
        screen.width = width_in_logs
    screen.print(table(title, headings, rows))


def rendered(rows: Iterable[T], columns: Sequence[Callable[[T], object]]) -> list[list[str]]:
    """Return the rows as text, one function a column; None is empty."""
    return [["" if (value := column(row)) is None else str(value) for column in columns] for row in rows]


def foreign(text: str) -> str:
    """Return text of a document or a file name for a terminal: on one line, with nothing that moves the cursor."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
