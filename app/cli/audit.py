"""Look after the audit trail: `intramuros audit verify|list|export`, for whoever runs the server."""

from enum import StrEnum
from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, Shell

app = typer.Typer(
    help="Who did what to which documents and answers, by pseudonym; whether the records were touched.",
    no_args_is_help=True,
)


class Form(StrEnum):
    """Name the forms of an export."""

    JSONL = "jsonl"
    OCSF = "ocsf"


SINCE = typer.Option("", help="Only records of this day or time and later: 2026-03-01.")
UNTIL = typer.Option("", help="Only records before this day or time.")
KIND = typer.Option([], help="Only records of this kind, e.g. access-denied; repeat for more.")
ACTOR = typer.Option("", help="Only records of this pseudonym, or of: operator, schedule.")
DOCUMENT = typer.Option(
    "", help="Only records of this id: a document, conversation, answer, job or collection."
)


@app.command("verify")
def verify(
    context: typer.Context,
    *,
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """Go through the whole chain; name each record that was changed, put in, moved, taken out or cut off.

    Exits 0 where the chain is whole, 1 where it is not. What was cut off since the last anchor, at most five minutes of
    a running house, is not found. The check is on record itself.
    """
    from app.cli.auditing import verify_trail  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    if not verify_trail(shell.settings(), as_json=as_json):
        raise typer.Exit(EXIT_REFUSED)


@app.command("list")
def listed(
    context: typer.Context,
    *,
    since: str = SINCE,
    kind: list[str] = KIND,
    actor: str = ACTOR,
    document: str = DOCUMENT,
    limit: int = typer.Option(50, min=1, max=10_000, help="Most records shown, the newest."),
) -> None:
    """List records, newest first."""
    from app.cli.auditing import list_records, wanted  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    list_records(shell.settings(), wanted(since=since, kinds=kind, actor=actor, thing=document), limit=limit)


@app.command("export")
def export(
    context: typer.Context,
    out: Path | None = typer.Argument(None, help="File to write; standard output where none is named."),
    *,
    form: Form = typer.Option(Form.JSONL, "--format", help="jsonl as sealed, or in the fields of OCSF."),
    since: str = SINCE,
    until: str = UNTIL,
    kind: list[str] = KIND,
) -> None:
    """Write records for a SIEM, oldest first, one a line."""
    from app.cli.auditing import export_records, wanted  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    chosen = wanted(since=since, until=until, kinds=kind)
    export_records(shell.settings(), chosen, form=form.value, out=out)
