"""Account for answers: `intramuros answer show|replay|using`, for whoever runs the server."""

import typer

from app.cli.shell import EXIT_REFUSED, Shell

app = typer.Typer(
    help="What an answer was made from, whether it would be given again, and which answers used a document.",
    no_args_is_help=True,
)

ANSWER = typer.Argument(help="Id of the answer, whole.")
AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("show")
def show(
    context: typer.Context,
    answer: str = ANSWER,
    *,
    user: str = typer.Option(
        "",
        "--as",
        help="Account that looks: what it may read comes with title and text; its own answer with the words.",
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Show what is on record of an answer: who, when, under which filter, from which passages, by which model.

    The asker stands there by a pseudonym. Question and answer are the asker's own: their words are shown only to that
    account, and the text of passages only to one that may read them today.
    """
    from app.cli.answering import show_answer  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    show_answer(shell.settings(), answer, user=user or None, as_json=as_json)


@app.command("replay")
def replay(
    context: typer.Context,
    answer: str = ANSWER,
    *,
    user: str = typer.Option(
        "", "--as", help="Account that asked, to see what it was told; without it no words are shown."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Ask the question of an answer again, under the rights of today, and show what is other than it was.

    Exits 0 where nothing is, 1 where something is. The new answer is not kept.
    """
    from app.cli.replaying import replay_answer  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    if not replay_answer(shell.settings(), answer, user=user or None, as_json=as_json):
        raise typer.Exit(EXIT_REFUSED)


@app.command("using")
def using(
    context: typer.Context,
    document: str = typer.Argument(
        help="Document, by its id, how that begins, or its file name; by its whole id also one that is gone."
    ),
    *,
    since: str = typer.Option("", help="Only answers of this day and later: 2026-03-01."),
    passage: str = typer.Option("", help="Only answers that read this passage of it, by its chunk id."),
    as_json: bool = AS_JSON,
) -> None:
    """List the answers that used a document, newest first: whether a sentence that is shown cites it, or it was read.

    Answers that were deleted with their conversation are not on record any more.
    """
    from app.cli.answering import list_using  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    list_using(shell.settings(), document, since=since, passage=passage or None, as_json=as_json)
