"""Change the embedder of a house that goes on answering: `intramuros index change|status|rollback|drop`."""

from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console, write_json, write_table

app = typer.Typer(
    help="The vector index: change its embedder beside the running house, go back, drop the old one.",
    no_args_is_help=True,
)

AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("change")
def change(
    context: typer.Context,
    model: str = typer.Argument(help="Catalogue id of the new embedder, its files installed."),
    *,
    questions: Path = typer.Option(
        None, exists=True, dir_okay=False, help="Golden questions (JSONL). Default in a trial: the sample's."
    ),
    margin: float = typer.Option(
        0.02, min=0, max=1, help="By how much the mean of 1/rank of the first right document may fall."
    ),
    accept: bool = typer.Option(False, "--accept", help="Change whatever the questions say, or without any."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Change nothing: tell documents, chunks and time."),
) -> None:
    """Build the new index beside the old one, judge both by golden questions, and change in one step.

    Questions are answered all the while, and what comes, changes and goes reaches both. Broken off, it goes on where
    it was when it is ordered again. Exits 1 where the questions fare worse: the old index stays in use.
    """
    from app.cli.indexing import Wanted, change_embedder, estimate  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    if dry_run:
        console().print("\n".join(f"{name}: {value}" for name, value in estimate(settings, model).items()))
        return
    ended = change_embedder(settings, Wanted(model, questions, margin, accept))
    console().print(ended.as_text(), markup=False)
    if not ended.is_changed:
        raise typer.Exit(EXIT_REFUSED)


@app.command("status")
def status(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """Show which index is in use, which one stands beside it, and how many processes write to each."""
    from app.cli.indexing import rows_of  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    rows = rows_of(shell.settings())
    if as_json:
        write_json(rows)
        return
    shown = [
        [
            *(str(row[name] or "") for name in ("model", "state", "done", "total")),
            str(len(row["processes"])),
            "; ".join(filter(None, (row["message"], *row["faults"]))),
        ]
        for row in rows
    ]
    write_table("Indexes", ("embedder", "state", "documents", "of", "processes", "note"), shown)


@app.command("rollback")
def rollback(context: typer.Context) -> None:
    """Go back to the index that was in use before the change, in one step; it got all that came since."""
    from app.cli.indexing import roll_back  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    console().print(f"the index by {roll_back(shell.settings())} is in use", markup=False)


@app.command("drop")
def drop(context: typer.Context) -> None:
    """Remove the index that is not in use, with its files: one that was kept, refused, or is being built."""
    from app.cli.indexing import drop_second  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    console().print(f"the index by {drop_second(shell.settings())} is removed", markup=False)
