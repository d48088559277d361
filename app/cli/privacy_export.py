"""Give a person all that is kept of them: `intramuros privacy export`."""

from pathlib import Path

import typer

from app.cli.shell import Shell, console


def export(
    context: typer.Context,
    person: str = typer.Argument(help="Account, as `intramuros people list` names it."),
    *,
    out: Path | None = typer.Option(None, help="File to write. Default: PERSON-DATE.zip in this folder."),
    language: str = typer.Option("en", help="Of the pages to be read: en, de, fr, it or es."),
) -> None:
    """Write all that the house holds of a person into one zip: JSON with its schema, and pages to be read.

    Conversations with sources and feedback, own files, orders, sign-ins, API keys, groups, and what is on the audit
    trail of and about the person; what the person may not read any more is left out. Works beside a running house. The
    file is for its owner alone, never overwritten, and there only when it is whole. The export is put on record.
    """
    from app.privacy.exporting import write_export  # heavy: keeps --help under 0.3 s
    from app.records import open_existing
    from ingest.database import utc_now

    shell: Shell = context.obj
    records = open_existing(shell.settings())
    now = utc_now()
    place = out or Path(f"{Path(person).name}-{now:%Y-%m-%d}.zip")
    try:
        size = write_export(records, person, place, language=language, now=now)
    finally:
        records.engine.dispose()
    console().print(f"{place}: {size / 1e6:.1f} MB", markup=False)
