"""Ask on the command line: `intramuros ask "…" --as USER`."""

import sys

import typer

from app.cli.dated import days_of
from app.cli.shell import EXIT_REFUSED, Shell, write_json
from retrieval.kinds import Kind

DATED = "Only documents of this year, month or day, or of a range: 2025, 2025-03..2025-06, 2025-03-01.."


def ask(
    context: typer.Context,
    question: str = typer.Argument(help="What you would like to know."),
    *,
    user: str = typer.Option(..., "--as", help="Account that asks; only what it may read is read."),
    kind: list[Kind] = typer.Option([], help="Only this kind; repeatable."),
    dated: str = typer.Option("", help=DATED),
    as_json: bool = typer.Option(False, "--json", help="Write the answer with its sources as JSON."),
) -> None:
    """Ask a question as somebody and print the checked answer with its sources. Exits 1 where none was found."""
    from app.cli.asking import answer_as  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    since, until = days_of(dated)
    only = {"kinds": kind, "since": since and since.isoformat(), "until": until and until.isoformat()}
    answered = answer_as(shell.settings(), user, question, wishes={"only": only})
    if as_json:
        write_json(answered.as_json())
    else:
        sys.stdout.write(answered.as_text() + "\n")
    if not answered.is_answered:
        raise typer.Exit(EXIT_REFUSED)
