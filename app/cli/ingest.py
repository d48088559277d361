"""Bring documents in and out: `intramuros ingest` with one of the commands below.

Orders go through the jobs table. Where a server runs, its worker does them; else this process does.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from app.cli.shell import (
    EXIT_REFUSED,
    SHORT_ID,
    Shell,
    console,
    rendered,
    running_shell,
    write_json,
    write_table,
)

if TYPE_CHECKING:
    from app.cli.ingesting import Ended
    from app.settings import Settings

app = typer.Typer(help="Documents: add, sync, list, retry, cancel, remove.", no_args_is_help=True)

COLLECTION = typer.Option(..., "--collection", "-c", help="Collection, declared in the settings.")
AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")

ENGINE = typer.Option(
    "local",
    help="Where documents are read: on this machine, or on a Ray cluster for bulk loads (extra `bulk`).",
)
DRY_RUN = typer.Option(
    False,
    "--dry-run",
    help="Change nothing: tell counts, sizes, duplicates, refusals, scanned share and time.",
)


@app.command("add")
def add(
    paths: list[Path] = typer.Argument(help="Files or folders.", exists=True),
    *,
    collection: str = COLLECTION,
    reader: list[str] = typer.Option(
        [], help="Who may read: user:…, group:… or everyone. Default: the collection's rule."
    ),
    engine: Literal["local", "ray"] = ENGINE,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Bring files in and wait until they are searchable. Exits 1 if any ended in quarantine."""
    from app.cli.ingesting import place_files, require_no_server, work_off  # heavy: keeps --help under 0.3 s

    settings = running_shell().settings()
    if dry_run:
        for path in paths:
            _survey(settings, str(path), collection, mirrors=False, as_json=as_json)
        return
    by_ray = engine == "ray"
    if by_ray:
        require_no_server(settings)
    jobs = place_files(settings, paths, collection=collection, readers=tuple(reader))
    _end(work_off(settings, jobs, by_ray=by_ray), as_json=as_json)


@app.command("sync")
def sync(
    context: typer.Context,
    place: str = typer.Argument(help="Id of a source in the settings, or a folder."),
    *,
    collection: str = typer.Option(
        "", "--collection", "-c", help="Collection; a source of the settings names its own."
    ),
    allow_empty: bool = typer.Option(
        False, help="Forget also where a place lists nothing, or most of its documents no more."
    ),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Mirror a source or folder: new files come in, changed ones are replaced, vanished ones are forgotten."""
    from app.cli.ingesting import place_sync, work_off  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    if dry_run:
        _survey(settings, place, collection, mirrors=True, as_json=as_json)
        return
    job = place_sync(settings, place, collection=collection, allow_empty=allow_empty)
    _end(work_off(settings, [job]), as_json=as_json)


@app.command("retry")
def retry(
    context: typer.Context,
    document: list[str] = typer.Argument(
        None, help="Ids (their beginning will do) or file names. Default: all."
    ),
    let_in: bool = typer.Option(False, "--let-in", help="Although they hold personal data, as they are now."),
    as_json: bool = AS_JSON,
) -> None:
    """Try quarantined documents again."""
    from app.cli.ingesting import place_retries, work_off  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    _end(work_off(settings, place_retries(settings, document or (), let_in=let_in)), as_json=as_json)


@app.command("status")
def status(
    context: typer.Context,
    job: str = typer.Argument("", help="A job, to see each of its files: its id, or how that begins."),
    watch: bool = typer.Option(
        False, "--watch", "-w", help="Look again every second until all jobs have ended."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Show jobs with their pace, what is in quarantine and why, and what a person should look at."""
    from app.cli.overview import overview  # heavy: keeps --help under 0.3 s
    from app.cli.watching import watch_tables

    shell: Shell = context.obj
    settings = shell.settings()
    if watch and not as_json:
        watch_tables(lambda: overview(settings, job))
        return
    view = overview(settings, job)
    if as_json:
        write_json(view.raw)
        return
    for title, headings, rows in view.tables:
        write_table(title, headings, rows)


@app.command("accept")
def accept(
    context: typer.Context,
    document: list[str] = typer.Argument(help="Ids (their beginning will do) or file names."),
) -> None:
    """Record that somebody looked at documents with hidden text and lets them stay."""
    from app.records import open_existing  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    records = open_existing(shell.settings())
    for found in [records.catalog.find(one) for one in document]:
        records.review.accept(found.id)
    console().print(f"{len(document)} accepted")


@app.command("cancel")
def cancel(
    context: typer.Context, job: str = typer.Argument(help="Job to cancel: its id, or how that begins.")
) -> None:
    """Cancel a job; files already visible stay."""
    from app.records import open_existing  # heavy: keeps --help under 0.3 s
    from ingest.database import utc_now

    shell: Shell = context.obj
    jobs = open_existing(shell.settings()).jobs
    known = jobs.find(job)
    jobs.cancel(known.id, now=utc_now())
    console().print(f"{known.id} is cancelled")


@app.command("list")
def list_documents(
    context: typer.Context,
    collection: str = typer.Option("", "--collection", "-c", help="Only this collection."),
    as_json: bool = AS_JSON,
) -> None:
    """List the documents with their ids and states; no content."""
    from app.cli.ingesting import listed  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    documents = listed(shell.settings(), collection or None)
    if as_json:
        write_json([asdict(document) for document in documents])
        return
    rows = rendered(
        documents,
        (lambda d: d.id[:SHORT_ID], lambda d: d.file_name, lambda d: d.collection_id, lambda d: d.state),
    )
    write_table("Documents", ("id", "file", "collection", "state"), rows)


@app.command("remove")
def remove(
    context: typer.Context,
    document: list[str] = typer.Argument(help="Ids (their beginning will do) or file names."),
) -> None:
    """Forget documents: out of sight at once, then gone from the index, the originals and the database."""
    from app.cli.ingesting import place_removals, work_off  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    ended = work_off(settings, place_removals(settings, document))
    if ended.has_failed:
        _end(ended, as_json=False)
    console().print(f"{len(document)} removed")


@app.command("rebuild")
def rebuild(context: typer.Context) -> None:
    """Write the index anew from the database, after it was lost or moved away. Stop the server first."""
    from app.cli.ingesting import rebuild as rebuild_index  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    console().print(f"{rebuild_index(shell.settings())} documents are in the index")


def _survey(settings: "Settings", place: str, collection: str, *, mirrors: bool, as_json: bool) -> None:
    from app.cli.surveying import survey_place  # heavy: keeps --help under 0.3 s

    view = survey_place(settings, place, collection=collection, mirrors=mirrors)
    if as_json:
        write_json(view.as_json())
        return
    for title, headings, rows in view.tables():
        write_table(title, headings, rows)


def _end(ended: "Ended", *, as_json: bool) -> None:
    if as_json:
        write_json(ended.as_json())
    else:
        console().print(ended.as_text())
        if ended.quarantined:
            rows = rendered(
                ended.quarantined, (lambda i: i.file_name, lambda i: i.reason, lambda i: i.remedy)
            )
            write_table("Quarantine", ("file", "reason", "what to do"), rows)
    if ended.quarantined or ended.has_failed:
        raise typer.Exit(EXIT_REFUSED)
