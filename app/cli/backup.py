"""Back up, verify and restore a house: `intramuros backup create|verify|restore`."""

from enum import StrEnum
from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, Shell, write_json

app = typer.Typer(
    help="Take a backup beside the running house, verify it, restore it; keys are kept apart.",
    no_args_is_help=True,
)


class Loss(StrEnum):
    """Name what somebody may have to do without."""

    KEYS = "keys"
    ERASURES = "erasures"


FOLDER = typer.Argument(help="Folder of the backup.")
KEYS = typer.Option(None, "--keys", help="File that `create --with-keys` wrote.")
AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("create")
def create(
    context: typer.Context,
    folder: Path = typer.Argument(help="Folder to make; on another disk than the house."),
    *,
    with_keys: Path | None = typer.Option(
        None, "--with-keys", help="Also write the keys into this file; keep it away from the backups."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Back up database, originals and, where nobody else holds the index, vectors, while the house goes on working.

    Exits 1 where originals were missing or changed in the house itself; the backup holds all the others.
    """
    from app.cli.backing_up import make  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    if not make(shell.settings(), folder, with_keys, as_json=as_json):
        raise typer.Exit(EXIT_REFUSED)


@app.command("verify")
def verify(
    context: typer.Context,
    folder: Path = FOLDER,
    *,
    keys: Path | None = KEYS,
    as_json: bool = AS_JSON,
) -> None:
    """Compare every part of a backup with its hash and seal; name what is missing, changed, truncated or added.

    Changes nothing. Without this house's keys, only the hashes are compared, and that is said.
    """
    from app.cli.backing_up import look  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    found = look(shell.settings(), folder, keys)
    if as_json:
        write_json(found.as_json())
    else:
        typer.echo("\n".join(found.as_text()))
    if not found.is_whole:
        raise typer.Exit(EXIT_REFUSED)


@app.command("restore")
def restore(
    context: typer.Context,
    folder: Path = FOLDER,
    *,
    keys: Path | None = KEYS,
    replay: list[Path] = typer.Option(
        [], help="List of what was erased since, erasures.jsonl, beside the one of this installation."
    ),
    without: list[Loss] = typer.Option(
        [],
        help="Go on although this is lost; then what was erased since comes back, or nobody holds the keys.",
    ),
    replace: bool = typer.Option(False, help="Set aside the house that is here; asks before it does."),
) -> None:
    """Restore a backup into an empty installation; the house must be stopped.

    It is verified first, and refused where anything differs. What was erased after it is erased again, everybody
    signs in anew, and database, index, originals and answers are compared at the end. Exits 1 where they do not fit.
    """
    from app.cli.restoring import Consent, bring_back  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    if replace:
        typer.confirm("Set aside the house that is here and put the backup in its place?", abort=True)
    consent = Consent(
        without_keys=Loss.KEYS in without, without_erasures=Loss.ERASURES in without, replaces=replace
    )
    if not bring_back(shell.settings(), folder, consent, keys_file=keys, replay=replay):
        raise typer.Exit(EXIT_REFUSED)
