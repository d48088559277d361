"""Correct what is wrong: `intramuros privacy rectify person|document`."""

from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, console, running_shell

app = typer.Typer(help="Correct a document, or the name of an account (Art. 16 GDPR).", no_args_is_help=True)


@app.command("person")
def person(
    account: str = typer.Argument(help="Account, as `intramuros people list` names it."),
    *,
    name: str = typer.Option("", help="Name as shown."),
    title: str = typer.Option("", help="Job title as shown."),
) -> None:
    """Correct the name or title that a local account is shown by. On record."""
    from app.identity import OPERATOR  # heavy: keeps --help under 0.3 s
    from app.privacy.rectifying import rectify_person
    from app.records import open_existing

    records = open_existing(running_shell().settings())
    try:
        rectify_person(records, account, name=name.strip(), title=title.strip(), by=OPERATOR)
    finally:
        records.engine.dispose()
    console().print(f"{account} is corrected", markup=False)


@app.command("document")
def document(
    named: str = typer.Argument(metavar="NAME", help="Its id, how that begins, or its file name."),
    *,
    corrected: Path = typer.Option(..., "--with", exists=True, dir_okay=False, help="The corrected file."),
) -> None:
    """Replace an uploaded document by its corrected file, and wait until it is searchable. On record.

    From then on the wrong text is found by nobody, and old answers leave out what rests on it. Exits 1 where the
    corrected file could not be read; the document stays as it was.
    """
    from app.cli.ingesting import work_off  # heavy: keeps --help under 0.3 s
    from app.identity import OPERATOR
    from app.privacy.rectifying import rectify_document
    from app.records import open_existing

    settings = running_shell().settings()
    records = open_existing(settings)
    try:
        made = rectify_document(records, named, corrected, by=OPERATOR)
    finally:
        records.engine.dispose()
    ended = work_off(settings, [made.job])
    console().print(ended.as_text(), markup=False)
    if ended.has_failed or ended.quarantined:
        raise typer.Exit(EXIT_REFUSED)
    console().print(
        f"{made.document} is corrected; {made.answers:,} answers had read it, `intramuros answer using` lists them",
        markup=False,
    )
