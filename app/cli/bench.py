"""Measure speed and memory: `intramuros bench search|ingest|api`. Figures are for this machine; quote medians."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.shell import Shell, write_json, write_table

if TYPE_CHECKING:
    from app.bench import BenchReport

app = typer.Typer(help="Speed and memory: search, ingestion, API.", no_args_is_help=True)

AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("search")
def search(
    chunks: int = typer.Option(20_000, min=100, help="Chunks in the index."),
    queries: int = typer.Option(200, min=10, help="Questions asked."),
    as_json: bool = AS_JSON,
) -> None:
    """Ask an index of synthetic chunks under a reader filter; p50 and p95 a leg, megabytes on disk."""
    from app.bench import search as bench  # heavy: keeps --help under 0.3 s

    _show(bench.run(chunks, queries), as_json=as_json)


@app.command("ingest")
def ingest(
    data: Path = typer.Option(..., help="Folder of documents.", exists=True), as_json: bool = AS_JSON
) -> None:
    """Parse every document of a folder; pages and documents a second, parsers side by side."""
    from app.bench import ingest as bench  # heavy: keeps --help under 0.3 s

    _show(bench.run(data), as_json=as_json)


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


def _show(report: "BenchReport", *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(report))
        return
    rows = [[row.name, *(f"{value:.4g}" for value in row.figures.values())] for row in report.rows]
    headings = ["", *report.rows[0].figures] if report.rows else [""]
    write_table(f"{report.title} ({report.machine})", headings, rows)
