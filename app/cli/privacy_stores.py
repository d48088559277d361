"""Show what is kept where: `intramuros privacy stores`."""

import typer

from app.cli.shell import Shell, write_json, write_table

WIDTH = 200  # in a log: six columns of sentences


def stores(
    context: typer.Context,
    *,
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines, with every field."),
) -> None:
    """List every store: what it holds, why, on what ground, for how long under these settings, how it is erased."""
    from app.privacy.inventory import STORES, declared, term  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    settings = shell.settings()
    if as_json:
        write_json(declared(settings))
        return
    for title, is_personal in (("Stores with personal data", True), ("Stores without", False)):
        rows = [
            (one.name, ", ".join(one.holds), one.purpose, one.legal_basis, term(one, settings), one.erasure)
            for one in STORES
            if one.is_personal is is_personal
        ]
        write_table(
            title, ("store", "holds", "purpose", "legal basis", "kept", "erased"), rows, width_in_logs=WIDTH
        )
