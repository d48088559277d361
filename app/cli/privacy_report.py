"""Write the papers that an officer or an authority asks for: `intramuros privacy report`."""

from pathlib import Path

import typer

from app.cli.shell import Shell, console


def report(
    context: typer.Context,
    folder: Path = typer.Argument(help="Folder to write; it must not be there yet."),
    *,
    language: list[str] = typer.Option(
        ["de", "en", "fr"], help="de, en or fr; may be given several times. Default: all three."
    ),
) -> None:
    """Write the compliance pack from the settings as they run, as HTML and PDF; changes nothing, asks no neighbour.

    Records of processing (Art. 30 GDPR), draft of an impact assessment (Art. 35), measures (Art. 32), picture of the
    flow of data, models with licence and hashes, note on the AI Act, recipients, terms. What only the company knows is
    marked to be filled in.
    """
    from app.compliance.pack import write_pack  # heavy: keeps --help under 0.3 s
    from ingest.database import utc_now

    shell: Shell = context.obj
    files = write_pack(shell.settings(), folder, tuple(dict.fromkeys(language)), now=utc_now())
    console().print(f"{folder}: {len(files)} files", markup=False)
