"""Look after the secrets of a house in containers: `intramuros secrets rotate`."""

from pathlib import Path

import typer

from app.cli.shell import console

app = typer.Typer(help="The secrets of an installation in containers.", no_args_is_help=True)


@app.callback()
def secrets() -> None:
    """Look after the secrets of an installation in containers."""


@app.command("rotate")
def rotate(
    name: str = typer.Argument(help="File in secrets/, e.g. database_password."),
    *,
    folder: Path = typer.Option(Path("deploy"), help="Folder of compose.yaml."),
) -> None:
    """Put a new secret in place of an old one, and print the commands that make everybody use it."""
    from app.founding.rotation import rotate as replace  # heavy: keeps --help under 0.3 s
    from ingest.database import utc_now

    steps = replace(folder, name, now=utc_now())
    screen = console()
    screen.print(f"secrets/{name} is new. Now run in {folder}:", markup=False, soft_wrap=True)
    for step in steps:
        screen.print(step, markup=False, soft_wrap=True)
