"""Measure: `intramuros bench search|rivals|ingest|guard|sync|api|page|permissions|ledger|audit|backup|export`.

Figures are this machine's; quote medians.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.shell import Shell, console, write_json, write_table

if TYPE_CHECKING:
    from app.bench import BenchReport
    from app.bench.rivals.compare import Comparison, Standing

app = typer.Typer(
    help="Speed and memory: search, ingestion, API, page, permissions, ledger, audit trail, backup, export.",
    no_args_is_help=True,
)

WIDE = 140  # columns of a wide table in a log
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


@app.command("rivals")
def rivals(
    context: typer.Context,
    data: Path = typer.Option(..., help="Folder of evaluation sets.", exists=True),
    sets: str = typer.Option("azure_hr_northwind,cnil_faq_fr", help="Sets to compare quality on."),
    chunks: int = typer.Option(20_000, min=100, help="Synthetic chunks to compare times on."),
    as_json: bool = AS_JSON,
) -> None:
    """Ask qdrant-client, LangChain's retriever and Mistral's Search Toolkit the same, over the same chunks and vectors.

    The last two are installed from the package index into the cache, beside the models, and need Python 3.12 or 3.13;
    what cannot run is skipped with its reason. Telemetry is off, and their processes may not reach the network.
    """
    from app.cli.benching import rivals_compared  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    compared = rivals_compared(shell.settings(), data, sets.split(","), chunks)
    if as_json:
        write_json(asdict(compared))
    else:
        _show_rivals(compared)


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


@app.command("guard")
def guard(
    context: typer.Context,
    data: Path = typer.Option(..., help="Folder of documents.", exists=True),
    rounds: int = typer.Option(3, min=1, help="Times that each is taken in."),
    as_json: bool = AS_JSON,
) -> None:
    """Take a folder in without and with a look for personal data, in turn; print what the look adds."""
    from app.bench import guard as bench  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    _show(bench.run(shell.settings(), data, rounds=rounds), as_json=as_json)


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
    *,
    questions: int = typer.Option(40, min=1, help="Questions asked one after the other."),
    users: int = typer.Option(25, min=1, max=34, help="People at work, and who ask in one moment."),
    streams: int = typer.Option(200, min=1, max=200, help="Long answers at once, twice."),
    chain: bool = typer.Option(
        default=True, help="Also LangChain's stock retrieval chain, installed beside."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Ask the trial's API with a model server that only keeps pace: time added before the first token, many streams."""
    # heavy: keeps --help under 0.3 s
    from app.bench.api import Plan
    from app.cli.benching import api_reports

    shell: Shell = context.obj
    plan = Plan(questions, users, streams, skipped="LangChain's chain was left out")
    for report in api_reports(shell.settings(), plan, with_chain=chain):
        _show(report, as_json=as_json)


@app.command("page")
def page(
    *,
    sessions: str = typer.Option(
        "1,25,50,100,200", help="How many ask in one moment, a row each; 0 for none."
    ),
    cycles: int = typer.Option(0, min=0, help="Visitors who come, ask and leave; adds seven minutes."),
    as_json: bool = AS_JSON,
) -> None:
    """Let people use one page process before an API that only keeps pace: time to a field, turns, stalls, memory."""
    from app.bench import page as bench  # heavy: keeps --help under 0.3 s

    for report in bench.run(bench.Plan(_counts(sessions), cycles)):
        _show(report, as_json=as_json)


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


@app.command("ledger")
def ledger(
    *,
    rows: int = typer.Option(1_000_000, min=100, help="Answers on record."),
    as_json: bool = AS_JSON,
) -> None:
    """Fill a ledger that is thrown away with made answers; time and memory to tell which of them used a document."""
    from app.bench import ledger as bench  # heavy: keeps --help under 0.3 s

    for report in bench.run(rows):
        _show(report, as_json=as_json)


@app.command("audit")
def audit(
    *,
    rows: int = typer.Option(100_000, min=100, help="Records on the audit trail."),
    as_json: bool = AS_JSON,
) -> None:
    """Time the records of a question, verifying and searching; touch single records and count how many are named."""
    from app.bench import audit as bench  # heavy: keeps --help under 0.3 s

    for report in bench.run(rows):
        _show(report, as_json=as_json)


@app.command("backup")
def backup(
    context: typer.Context,
    chunks: int = typer.Option(10_000, min=100, help="Chunks in the house."),
    as_json: bool = AS_JSON,
) -> None:
    """Back up, verify and restore a house of made documents, embedding its texts anew and with their vectors."""
    # heavy: keeps --help under 0.3 s
    from app.adapters import open_embedder
    from app.bench import backup as bench

    shell: Shell = context.obj
    for report in bench.run(open_embedder(shell.settings()), chunks):
        _show(report, as_json=as_json)


@app.command("export")
def export(
    *,
    messages: int = typer.Option(10_000, min=2, help="Messages of the person."),
    as_json: bool = AS_JSON,
) -> None:
    """Export all of one person beside another: seconds, memory, and which of the words planted in both are in it."""
    from app.bench import export as bench  # heavy: keeps --help under 0.3 s

    for report in bench.run(messages):
        _show(report, as_json=as_json)


def _counts(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise typer.BadParameter(f"'{text}' are no numbers with commas between them")
    return tuple(int(part) for part in parts if int(part))


def _show(report: "BenchReport", *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(report))
        return
    figures = [[f"{value:.5g}" for value in row.figures.values()] for row in report.rows]
    names = list(report.rows[0].figures) if report.rows else []
    title = f"{report.title} ({report.machine})"
    if len(names) <= MAX_COLUMNS:
        rows = [[row.name, *values] for row, values in zip(report.rows, figures, strict=True)]
        write_table(title, ["", *names], rows, width_in_logs=WIDE)
        _tell(report)
        return
    turned = [[name, *values] for name, *values in zip(names, *figures, strict=True)]
    write_table(title, ["", *(row.name for row in report.rows)], turned)
    _tell(report)


def _tell(report: "BenchReport") -> None:
    for note in report.notes:
        console().print(note)


def _show_rivals(compared: "Comparison") -> None:
    ours = compared.standings[0].figures
    sets = list(ours.ndcg_10) if ours else []
    columns = [[one.name, *_standing(one, sets)] for one in compared.standings]
    names = ["", "reader filter", *(f"nDCG@10 {one}" for one in sets)]
    names += ["p50 ms", "p95 ms", "p50, times ours", "hidden passages shown", "questions timed"]
    title = f"rivals with {compared.embedder}, times among {compared.chunks:,} chunks ({compared.machine})"
    heading, *rows = [list(row) for row in zip(names, *columns, strict=True)]
    write_table(title, heading, rows, width_in_logs=WIDE)


def _standing(one: "Standing", sets: list[str]) -> list[str]:
    found = one.figures
    if found is None:
        return [f"skipped: {one.skipped}", *("" for _ in sets), "", "", "", "", ""]
    quality = [f"{found.ndcg_10[each]:.3f}" for each in sets]
    times = [f"{figure:.3g}" for figure in (found.p50_ms, found.p95_ms, found.times_ours)]
    return [one.filters, *quality, *times, f"{found.hidden_share:.0%}", str(found.timed)]
