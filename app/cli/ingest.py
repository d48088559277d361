"""Bring documents in and out: `intramuros ingest add|sync|status|retry|cancel|remove`.

Orders go through the jobs table. Where a server runs, its worker does them; else this process does.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console, rendered, write_json, write_table

if TYPE_CHECKING:
    from app.cli.ingesting import Ended

app = typer.Typer(help="Documents: add, sync, list, retry, cancel, remove.", no_args_is_help=True)

COLLECTION = typer.Option(..., "--collection", "-c", help="Collection, declared in the settings.")
AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("add")
def add(
    context: typer.Context,
    paths: list[Path] = typer.Argument(help="Files or folders.", exists=True, resolve_path=True),
    collection: str = COLLECTION,
    reader: list[str] = typer.Option(
        [], help="Who may read: user:…, group:… or everyone. Default: the collection's rule."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Bring files in and wait until they are searchable. Exits 1 if any ended in quarantine."""
    from app.cli.ingesting import place_files, work_off  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    jobs = place_files(settings, paths, collection=collection, readers=tuple(reader))
    _end(work_off(settings, jobs), as_json=as_json)


@app.command("sync")
def sync(
    context: typer.Context,
    folder: Path = typer.Argument(help="Folder to mirror.", resolve_path=True),
    collection: str = COLLECTION,
    as_json: bool = AS_JSON,
) -> None:
    """Mirror a folder: new files come in, changed ones are replaced, vanished ones are forgotten."""
    from app.cli.ingesting import place_sync, work_off  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    job = place_sync(settings, folder, collection=collection)
    _end(work_off(settings, [job]), as_json=as_json)


@app.command("retry")
def retry(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """Try every quarantined document again."""
    from app.cli.ingesting import place_retries, work_off  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    _end(work_off(settings, place_retries(settings)), as_json=as_json)


@app.command("status")
def status(
    context: typer.Context,
    job: str = typer.Argument("", help="A job, to see each of its files."),
    as_json: bool = AS_JSON,
) -> None:
    """Show the jobs, what is in quarantine and why, and what each collection holds."""
    from app.cli.ingesting import overview  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    view = overview(shell.settings(), job)
    if as_json:
        write_json(view.as_json())
        return
    if job:
        write_table("Files", ("file", "state", "reason", "what to do"), view.items)
        return
    write_table("Collections", ("id", "name", "documents"), view.collections)
    write_table("Jobs", ("id", "kind", "collection", "state", "done", "quarantined", "unchanged"), view.jobs)
    if view.quarantined:
        write_table("Quarantine", ("file", "reason", "what to do"), view.quarantined)


@app.command("cancel")
def cancel(context: typer.Context, job: str = typer.Argument(help="Job to cancel.")) -> None:
    """Cancel a job; files already visible stay."""
    from app.wiring import open_existing  # heavy: keeps --help under 0.3 s
    from ingest.database import utc_now

    shell: Shell = context.obj
    open_existing(shell.settings()).jobs.cancel(job, now=utc_now())
    console().print(f"{job} is cancelled")


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
        documents, (lambda d: d.id, lambda d: d.file_name, lambda d: d.collection_id, lambda d: d.state)
    )
    write_table("Documents", ("id", "file", "collection", "state"), rows)


@app.command("remove")
def remove(
    context: typer.Context, document: list[str] = typer.Argument(help="Ids, as `ingest list` shows them.")
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
