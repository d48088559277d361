"""Restrict processing and lift it: `intramuros privacy restrict|lift|restricted`."""

from typing import Annotated, Literal

import typer

from app.cli.shell import Shell, console, write_table

Named = Annotated[str, typer.Argument(help="The account, or the document's id or file name.")]
What = Annotated[Literal["person", "document"], typer.Argument(help="person or document.")]


def restrict(context: typer.Context, what: What, name: Named) -> None:
    """Keep a document or a person's data, and use it for nothing, until that is lifted (Art. 18 GDPR).

    A restricted document is found and opened by nobody, with all that is attached to it. Of a restricted person no
    question is taken, and their feedback and figures are told to nobody; they can take their data along. On record.
    """
    _do(context, what, name, lifted=False)


def lift(context: typer.Context, what: What, name: Named) -> None:
    """Let a document or a person's data be used again. On record."""
    _do(context, what, name, lifted=True)


def restricted(context: typer.Context) -> None:
    """List what is restricted, and since when."""
    from app.records import open_existing  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    records = open_existing(shell.settings())
    rows = [(one.kind, one.id, one.since[:16]) for one in records.restrictions.all()]
    records.engine.dispose()
    write_table("Restricted", ("what", "id", "since"), rows)


def _do(context: typer.Context, what: Literal["person", "document"], name: str, *, lifted: bool) -> None:
    from app.identity import OPERATOR  # heavy: keeps --help under 0.3 s
    from app.privacy.restricting import restrict as do
    from app.records import open_existing

    shell: Shell = context.obj
    records = open_existing(shell.settings())
    try:
        identity = do(records, what, name, by=OPERATOR, lifted=lifted)
    finally:
        records.engine.dispose()
    console().print(f"{identity} is {'used again' if lifted else 'kept and not used'}", markup=False)
