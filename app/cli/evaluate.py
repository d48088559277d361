"""Measure quality: `intramuros eval retrieval|parse|answers`. The same metric code for every set."""

from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, Shell, write_json, write_table

app = typer.Typer(help="Quality: retrieval, parsing, answers.", no_args_is_help=True)

AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")


@app.command("retrieval")
def retrieval(
    context: typer.Context,
    data: Path = typer.Option(..., help="A set (corpus, queries, qrels), or a folder of sets.", exists=True),
    max_queries: int = typer.Option(0, help="Questions a language and set at most; 0 is all."),
    as_json: bool = AS_JSON,
) -> None:
    """Rank every question by BM25, by vectors and by both; print nDCG@10, recall, MRR and milliseconds."""
    from dataclasses import asdict

    from app.cli.evaluating import retrieval_report  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    report = retrieval_report(shell.settings(), data, max_queries or None)
    if as_json:
        write_json(asdict(report))
        return
    headings = ("set", "questions", "lang", "leg", "n", "nDCG@10", "R@5", "R@10", "MRR", "p50 ms", "p95 ms")
    figures = ("ndcg_10", "recall_5", "recall_10", "mrr_10")
    rows = [
        [row.set, row.qrels, row.language, row.leg, str(row.queries)]
        + [f"{getattr(row, name):.3f}" for name in figures]
        + [f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}"]
        for row in report.rows
    ]
    write_table(f"Retrieval with {report.embedder}", headings, rows)


@app.command("parse")
def parse(
    context: typer.Context,
    data: Path = typer.Option(..., help="Folder with manifest.jsonl and the files it names.", exists=True),
    as_json: bool = AS_JSON,
) -> None:
    """Parse labelled files as ingestion does; by format, print expected text found, values of tables, and leaks."""
    from dataclasses import asdict

    from app.cli.evaluating import parsing_report, parsing_rows  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    report = parsing_report(shell.settings(), data)
    if as_json:
        write_json(asdict(report))
        return
    write_table(*parsing_rows(report))


@app.command("answers")
def answers(
    context: typer.Context,
    questions: Path = typer.Option(
        None, help="Questions with expected answers. Default: the sample company's."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Ask labelled questions as the people they name; print how many were answered rightly, cited and refused."""
    from dataclasses import asdict

    from app.cli.evaluating import answers_report, answers_rows  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    report = answers_report(shell.settings(), questions)
    if as_json:
        write_json(asdict(report))
    else:
        for title, headings, rows in answers_rows(report):
            write_table(title, headings, rows)
    if report.unsupported_shown:
        raise typer.Exit(EXIT_REFUSED)
