"""Place, release and list legal holds: `intramuros privacy hold|release|holds`."""

import typer

from app.cli.shell import Shell, console, rendered, write_json, write_table


def hold(
    context: typer.Context,
    target: str = typer.Argument(help="Account, collection, or document (its id will do, or its file name)."),
    *,
    reason: str = typer.Option(..., help="Which proceeding asks for it; shown to administrators alone."),
    kind: str = typer.Option("", help="person, document or collection, where the name is one of several."),
) -> None:
    """Keep a person's data, a document or a collection: no term and no erasure touches it until it is released."""
    from app.cli.holding import named, records_of  # heavy: keeps --help under 0.3 s
    from app.identity import OPERATOR
    from app.privacy import holding

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        chosen, identity = named(records, target, kind)
        placed = holding.place(records, chosen, identity, reason, by=OPERATOR.id)
    console().print(f"hold {placed.id} is on the {chosen} {identity}", markup=False, soft_wrap=True)


def release(
    context: typer.Context, hold: str = typer.Argument(help="Id of the hold, as `holds` lists it.")
) -> None:
    """Release a hold; what is past its term goes with the next run of retention."""
    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s
    from app.identity import OPERATOR
    from app.privacy import holding

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        released = holding.release(records, hold, by=OPERATOR.id)
    console().print(f"the {released.kind} {released.target} is free again", markup=False, soft_wrap=True)


def holds(
    context: typer.Context,
    *,
    released: bool = typer.Option(False, "--released", help="Also those that were released."),
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """List the holds that stand, newest first."""
    from dataclasses import asdict

    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        found = records.holds.listed(with_released=released)
    if as_json:
        write_json([asdict(one) for one in found])
        return
    rows = rendered(
        found,
        (
            lambda h: h.id,
            lambda h: h.kind,
            lambda h: h.target,
            lambda h: h.reason,
            lambda h: h.placed_at[:16],
            lambda h: (h.released_at or "")[:16],
        ),
    )
    write_table("Holds", ("id", "on", "of", "reason", "placed", "released"), rows, width_in_logs=160)
