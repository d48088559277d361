"""Measure quality: `intramuros eval retrieval|evidence|quotations|citations|plot|parse|answers|pii`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from app.cli.shell import EXIT_REFUSED, Shell, write_json, write_table

app = typer.Typer(
    help="Quality: retrieval, evidence, quotations, citations, parsing, answers, personal data.",
    no_args_is_help=True,
)

AS_JSON = typer.Option(False, "--json", help="Write JSON for machines.")
SAVE = typer.Option(False, "--save", help="Write the new figures where the committed ones are.")
COMMITTED = "committed"  # in the context: the folder of the committed figures
RETRIEVAL_FILE, EVIDENCE_FILE, CITATIONS_FILE = "retrieval.json", "evidence.json", "citations.json"
QUOTATIONS_FILE, PII_FILE = "quotations.json", "pii.json"
WIDE = 140  # columns of the wide tables


@app.callback()
def against(
    context: typer.Context,
    folder: Path = typer.Option(
        Path("tests/eval"),
        "--against",
        help="Folder of the figures to compare with, or to write with --save.",
    ),
) -> None:
    """Quality: retrieval, evidence, quotations, citations, parsing, answers, personal data."""
    context.meta[COMMITTED] = folder


@app.command("retrieval")
def retrieval(
    context: typer.Context,
    data: Path = typer.Option(..., help="A set (corpus, queries, qrels), or a folder of sets.", exists=True),
    only: str = typer.Option("", help="Measure this set of the folder and no other."),
    max_queries: int = typer.Option(300, min=0, help="Questions a language and set at most; 0 is all."),
    *,
    save: bool = SAVE,
    as_json: bool = AS_JSON,
) -> None:
    """Rank every question by BM25, by vectors and by both, beside the committed figures.

    Exits 1 where a set or a language of it lost more than .01 nDCG@10, or where the hybrid is more than .005 below the
    better of its legs. A reranker that the settings name is part of the hybrid.

    Vectors are kept: the first run takes half an hour on two cores, later ones some six minutes.
    """
    # heavy: keeps --help under 0.3 s
    from dataclasses import asdict

    from app.cli import committed
    from app.cli.evaluating import retrieval_report
    from app.cli.measuring import retrieval_table, summary
    from retrieval.compare import NOTHING, Figures, compare, figures_of, is_made_alike, merged

    shell: Shell = context.obj
    file: Path = context.meta[COMMITTED] / RETRIEVAL_FILE
    known = committed.read(file, Figures, NOTHING)
    report = retrieval_report(shell.settings(), data, only, max_queries or None, known, is_saved=save)
    measured = figures_of(report)
    if save:
        committed.write(file, merged(measured, known))
        known = known if is_made_alike(measured, known) else NOTHING
    compared = compare(measured, known)
    if as_json:
        write_json({**asdict(report), "faults": compared.faults})
    else:
        write_table(*retrieval_table(measured.embedder, compared), width_in_logs=WIDE)
    _end([summary(compared)], compared.faults, is_saved=save)


@app.command("evidence")
def evidence(
    context: typer.Context,
    data: Path = typer.Option(..., help="Folder with retrieval/SET and unanswerable/SET in it.", exists=True),
    only: str = typer.Option("", help="Ask this set and no other."),
    *,
    save: bool = SAVE,
    as_json: bool = AS_JSON,
) -> None:
    """Ask what the documents answer and what they do not; print how well the two are told apart, beside before.

    Exits 1 where a set lost more than .01 AUROC, or where 1 % more of what can be answered is refused.
    """
    # heavy: keeps --help under 0.3 s
    from dataclasses import asdict

    from app.cli import committed
    from app.cli.evaluating import evidence_report
    from app.cli.measuring import evidence_table
    from retrieval.abstention import NOTHING, Report, compare, merged

    shell: Shell = context.obj
    file: Path = context.meta[COMMITTED] / EVIDENCE_FILE
    known = committed.read(file, Report, NOTHING)
    report = evidence_report(shell.settings(), data, only)
    if save:
        committed.write(file, merged(report, known))
        known = known if report.embedder == known.embedder else NOTHING
    faults = compare(report, known)
    if as_json:
        write_json({**asdict(report), "faults": faults})
    else:
        write_table(*evidence_table(report, known), width_in_logs=WIDE)
    _end([], faults, is_saved=save)


@app.command("quotations")
def quotations(
    context: typer.Context,
    data: Path = typer.Option(..., help="Folder with unanswerable/SET in it.", exists=True),
    max_questions: int = typer.Option(150, min=0, help="Questions a set at most, evenly spread; 0 is all."),
    *,
    save: bool = SAVE,
    as_json: bool = AS_JSON,
) -> None:
    """Quote from passages that answer or only look like it; print how well the served model tells them apart.

    Exits 1 where AUROC, or the precision, recall or answered share at the threshold, fell by more than .02.
    """
    # heavy: keeps --help under 0.3 s
    from dataclasses import asdict

    from app.cli import committed
    from app.cli.quotations import quotations_report, quotations_table, thresholds_table
    from app.look_alikes import NOTHING, Report, compare

    shell: Shell = context.obj
    file: Path = context.meta[COMMITTED] / QUOTATIONS_FILE
    known = committed.read(file, Report, NOTHING)
    report, found = quotations_report(shell.settings(), data, max_questions)
    if save:
        committed.write(file, report)
        is_alike = (report.model, report.embedder) == (known.model, known.embedder)
        known = known if is_alike else NOTHING
    faults = compare(report, known)
    if as_json:
        write_json({**asdict(report), "faults": faults})
    else:
        for title, headings, rows in (quotations_table(report, known), thresholds_table(found)):
            write_table(title, headings, rows, width_in_logs=WIDE)
    _end([], faults, is_saved=save)


@app.command("citations")
def citations(
    context: typer.Context,
    labelled: Path = typer.Option(
        Path("tests/labelled/claims.jsonl"), help="Sentences known to be true or false.", exists=True
    ),
    data: Path = typer.Option(
        None, help="Folder with answer_quality/SET in it: answers that people judged.", exists=True
    ),
    *,
    save: bool = SAVE,
    as_json: bool = AS_JSON,
) -> None:
    """Check sentences known to be true or false; print how many are kept and caught, beside before.

    Exits 1 where a precision, a recall or the agreement with people fell by more than .01.
    """
    # heavy: keeps --help under 0.3 s
    from dataclasses import asdict

    from app.check_figures import NOTHING, Report, compare, merged, not_measured
    from app.cli import committed
    from app.cli.checking import citations_report, citations_tables

    shell: Shell = context.obj
    file: Path = context.meta[COMMITTED] / CITATIONS_FILE
    known = committed.read(file, Report, NOTHING)
    report = citations_report(shell.settings(), labelled, data)
    if save:
        committed.write(file, merged(report, known))
        known = known if report.embedder == known.embedder else NOTHING
    faults = compare(report, known)
    if as_json:
        write_json({**asdict(report), "faults": faults})
    else:
        for title, headings, rows in citations_tables(report, known):
            write_table(title, headings, rows, width_in_logs=WIDE)
    absent = not_measured(report, known)
    told = [f"not measured, of which nothing is said: {len(absent)} ({', '.join(absent)})"] if absent else []
    _end(told, faults, is_saved=save)


@app.command("plot")
def plot(
    context: typer.Context,
    file: Path = typer.Argument(help="SVG file to write."),
) -> None:
    """Draw quality against latency, and each set, from the committed figures of `eval retrieval`."""
    # heavy: keeps --help under 0.3 s
    from app.cli import committed
    from app.cli.plotting import drawn
    from retrieval.compare import NOTHING, Figures

    figures = committed.read(context.meta[COMMITTED] / RETRIEVAL_FILE, Figures, NOTHING)
    file.write_text(drawn(figures), encoding="utf-8")


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


@app.command("pii")
def pii(
    context: typer.Context,
    data: Path = typer.Option(
        ..., help="Folder with labelled texts or a table of numbers below it.", exists=True
    ),
    *,
    save: bool = SAVE,
    as_json: bool = AS_JSON,
) -> None:
    """Look for personal data in labelled texts; print by set, language and kind what is found, right and leaks.

    Exits 1 where the F1 of a set fell by more than .01, where .01 more leaks, or where fewer numbers are found.
    """
    # heavy: keeps --help under 0.3 s
    from dataclasses import asdict

    from app.cli import committed
    from app.cli.guarding import guard_tables
    from ingest.guard.evaluate import NOTHING, Report, compare, evaluate, merged
    from ingest.guard.scan import scan

    file: Path = context.meta[COMMITTED] / PII_FILE
    known = committed.read(file, Report, NOTHING)
    report = evaluate(data, scan)
    if save:
        committed.write(file, merged(report, known))
    faults = compare(report, known)
    if as_json:
        write_json({**asdict(report), "faults": faults})
    else:
        for title, headings, rows in guard_tables(report, known):
            write_table(title, headings, rows, width_in_logs=WIDE)
    _end([], faults, is_saved=save)


def _end(told: Sequence[str], faults: Sequence[str], *, is_saved: bool) -> None:
    """Tell on standard error what was found out, and exit 1 for faults, unless they are the new figures."""
    for line in told:
        sys.stderr.write(f"{line}\n")
    for fault in faults:
        sys.stderr.write(f"{'saved nonetheless' if is_saved else 'failed'}: {fault}\n")
    if faults and not is_saved:
        raise typer.Exit(EXIT_REFUSED)
