"""Examine the installation: `intramuros doctor`."""

import typer

from app.cli.shell import Shell, console, write_json


def doctor(
    context: typer.Context, as_json: bool = typer.Option(False, "--json", help="Write JSON for machines.")
) -> None:
    """Examine settings, disk, database, index, models, OCR and vLLM; say what to do. Exits 1 on any error."""
    from dataclasses import asdict

    from app.cli.examining import examine  # heavy: keeps --help under 0.3 s
    from app.doctor import Severity, exit_code

    shell: Shell = context.obj
    checks = examine(shell)
    if as_json:
        write_json([asdict(check) for check in checks])
    else:
        marks = {
            Severity.OK: "[green]ok[/]",
            Severity.WARNING: "[yellow]warning[/]",
            Severity.ERROR: "[red]error[/]",
        }
        screen = console()
        for check in checks:
            screen.print(f"{marks[check.severity]:>18}  [bold]{check.name}[/]: ", end="")
            screen.print(check.message, markup=False)
            if check.remedy:
                screen.print(f"{'':9}what to do: {check.remedy}", markup=False)
    raise typer.Exit(exit_code(checks))
