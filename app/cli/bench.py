"""Measure: `intramuros bench search|ingest|sync|api|permissions`. Figures are for this machine; quote medians."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.shell import Shell, write_json, write_table

if TYPE_CHECKING:
    from app.bench import BenchReport

app = typer.Typer(help="Speed and memory: search, ingestion, API, permissions.", no_args_is_help=True)

MAX_COLUMNS = 8  # figures; more are written below each other, where a terminal has room

AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("search")
def search(
    context: typer.Context,
    *,
    chunks: int = typer.Option(20_000, min=100, help="Chunks in the house."),
    queries: int = typer.Option(200, min=10, help="Questions asked."),
    keep: Path | None = typer.Option(None, help="Folder to keep the house in, and to find it next time."),
    embed: bool = typer.Option(False, help="Also with the time of this installation's embedder."),
    as_json: bool = AS_JSON,
) -> None:
    """Ask a house of synthetic chunks under a reader filter; times by stage, many askers at once, recall, megabytes."""
    from app.bench import search as bench  # heavy: keeps --help under 0.3 s

    model = None
    if embed:
        from app.adapters import open_embedder  # heavy: as above

        shell: Shell = context.obj
        model = open_embedder(shell.settings())
    for report in bench.run(bench.Size(chunks, queries, keep), model):
        _show(report, as_json=as_json)


@app.command("ingest")
def ingest(
    context: typer.Context,
    data: Path = typer.Option(..., help="Folder of documents.", exists=True),
    parse_only: bool = typer.Option(False, help="Leave out the ingestion as a whole."),
    as_json: bool = AS_JSON,
) -> None:
    """Parse every document of a folder, parsers side by side; then ingest it as a whole into a house of its own."""
    # heavy: keeps --help under 0.3 s
    from app.bench import end_to_end
    from app.bench import ingest as parsing

    shell: Shell = context.obj
    _show(parsing.run(data), as_json=as_json)
    if not parse_only:
        _show(end_to_end.run(shell.settings(), data), as_json=as_json)


@app.command("sync")
def sync(
    context: typer.Context,
    files: int = typer.Option(10_000, min=10, help="Small text files."),
    as_json: bool = AS_JSON,
) -> None:
    """Synchronise a folder twice; the second time nothing has changed and nothing is read or embedded."""
    from app.bench import end_to_end as bench  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    _show(bench.run_unchanged(shell.settings(), files), as_json=as_json)


@app.command("api")
def api(
    context: typer.Context,
    users: int = typer.Option(5, min=1, max=200, help="People who ask at the same time."),
    as_json: bool = AS_JSON,
) -> None:
    """Ask through the HTTP API with a simulated model (33 tokens/s); time to sources, first token and the end."""
    from app.cli.benching import api_report  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    _show(api_report(shell.settings(), users), as_json=as_json)


@app.command("permissions")
def permissions(
    context: typer.Context,
    trials: int = typer.Option(200, min=20, help="Requests for hidden and for missing things, each."),
    changes: int = typer.Option(100, min=10, help="Rights taken away by another process."),
    as_json: bool = AS_JSON,
) -> None:
    """Compare the time to refuse a hidden document and a missing one; time until a right taken elsewhere is gone."""
    from app.bench import permissions as bench  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    for report in bench.run(shell.settings(), trials=trials, changes=changes):
        _show(report, as_json=as_json)


def _show(report: "BenchReport", *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(report))
        return
    figures = [[f"{value:.5g}" for value in row.figures.values()] for row in report.rows]
    names = list(report.rows[0].figures) if report.rows else []
    title = f"{report.title} ({report.machine})"
    if len(names) <= MAX_COLUMNS:
        rows = [[row.name, *values] for row, values in zip(report.rows, figures, strict=True)]
        write_table(title, ["", *names], rows)
        return
    turned = [[name, *values] for name, *values in zip(names, *figures, strict=True)]
    write_table(title, ["", *(row.name for row in report.rows)], turned)
