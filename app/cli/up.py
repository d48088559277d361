"""Start the whole house on this machine: `intramuros up`."""

import typer

from app.cli.shell import Shell


def up(
    context: typer.Context,
    trial: bool = typer.Option(
        False, "--trial", help="With the sample company, demo accounts and a small model."
    ),
) -> None:
    """Fetch what is missing, start vLLM, API and page, and keep them running until Ctrl-C."""
    from app.cli.starting import start_house  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    start_house(shell, trial=trial)
