"""Say how the house forgets: `intramuros privacy retention`."""

from typing import TYPE_CHECKING

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console, rendered, write_json, write_table

if TYPE_CHECKING:
    from app.privacy.retention import Kept


def retention(
    context: typer.Context,
    *,
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """List every store with its term, the rows that are past it, and when it was last looked after.

    Exits 1 where a store keeps more than the settings say, or could not be looked after. `intramuros serve` drops what
    is past its term every hour; what a legal hold is on is not due.
    """
    from dataclasses import asdict  # the imports below are heavy: this keeps --help under 0.3 s

    from app.cli.holding import records_of
    from app.doctor import Severity
    from app.privacy.retention import check_retention, standing
    from ingest.database import utc_now

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        now = utc_now()
        found = standing(records.settings, records.engine, now=now)
    finding = check_retention(found, now=now)
    if as_json:
        write_json([asdict(one) for one in found])
    else:
        _show(found)
        console().print(finding.message, markup=False)
    if finding.severity is not Severity.OK:
        raise typer.Exit(EXIT_REFUSED)


def _show(found: "tuple[Kept, ...]") -> None:
    rows = rendered(
        found,
        (
            lambda k: k.store,
            lambda k: "by collection" if k.days is None else f"{k.days} days",
            lambda k: k.setting,
            lambda k: k.due,
            lambda k: "never" if k.run is None else (k.run.done_at or "never")[:16],
            lambda k: "" if k.run is None else k.run.dropped,
            lambda k: "" if k.run is None else k.run.failure,
        ),
    )
    headings = ("store", "term", "setting", "due", "last run", "dropped", "failure")
    write_table("Retention", headings, rows, width_in_logs=140)
