"""Examine the installation: `intramuros doctor`."""

from collections import Counter
from typing import TYPE_CHECKING

import typer

from app.cli.shell import Shell, console, write_json

if TYPE_CHECKING:
    from app.doctor import Check

SHOWN_A_KIND = 20  # of faults with the same remedy a person reads no more; --json has all


def doctor(
    context: typer.Context,
    *,
    deep: bool = typer.Option(
        False,
        "--deep",
        help="Also compare every document's original, chunks, readers and model in database and index, and every "
        "citation; reads all originals.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """Examine settings, disk, database, index, models, OCR and vLLM; say what to do. Exits 1 on any error."""
    from dataclasses import asdict

    from app.cli.examining import examine  # heavy: keeps --help under 0.3 s
    from app.doctor import exit_code

    shell: Shell = context.obj
    checks = examine(shell, is_deep=deep)
    if as_json:
        write_json([asdict(check) for check in checks])
    else:
        _show(checks)
    raise typer.Exit(exit_code(checks))


def _show(checks: "list[Check]") -> None:
    from app.doctor import Severity

    marks = {
        Severity.OK: "[green]ok[/]",
        Severity.WARNING: "[yellow]warning[/]",
        Severity.ERROR: "[red]error[/]",
    }
    screen = console()
    kinds: Counter[str] = Counter()
    for check in checks:
        kind = str(check.details.get("kind", check.name))
        kinds[kind] += 1
        if kinds[kind] > SHOWN_A_KIND:
            continue
        screen.print(f"{marks[check.severity]:>18}  [bold]{check.name}[/]: ", end="")
        screen.print(check.message, markup=False)
        if check.remedy:
            screen.print(f"{'':9}what to do: {check.remedy}", markup=False)
    for kind, count in kinds.items():
        if count > SHOWN_A_KIND:
            screen.print(f"{'':9}and {count - SHOWN_A_KIND} more: {kind} (--json lists all)", markup=False)
