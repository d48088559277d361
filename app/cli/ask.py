"""Ask on the command line: `intramuros ask "…" --as USER`."""

import sys

import typer

from app.cli.shell import EXIT_REFUSED, Shell, write_json

KINDS = "Only this kind, repeatable: pdf, presentation, spreadsheet, document, e-mail, image, text, web page."
DATED = "Only documents of these days, as 2025-01-01..2025-12-31; either end may be left out."


def ask(
    context: typer.Context,
    question: str = typer.Argument(help="What you would like to know."),
    *,
    user: str = typer.Option(..., "--as", help="Account that asks; only what it may read is read."),
    kind: list[str] = typer.Option([], help=KINDS),
    dated: str = typer.Option("", help=DATED),
    as_json: bool = typer.Option(False, "--json", help="Write the answer with its sources as JSON."),
) -> None:
    """Ask a question as somebody and print the checked answer with its sources. Exits 1 where none was found."""
    from app.cli.asking import answer_as  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    since, range_mark, until = dated.partition("..")
    only = {"kinds": kind, "since": since or None, "until": (until if range_mark else since) or None}
    answered = answer_as(shell.settings(), user, question, only=only)
    if as_json:
        write_json(answered.as_json())
    else:
        sys.stdout.write(answered.as_text() + "\n")
    if not answered.is_answered:
        raise typer.Exit(EXIT_REFUSED)
