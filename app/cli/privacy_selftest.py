"""Prove that erasure erases: `intramuros privacy selftest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.shell import EXIT_REFUSED, console

if TYPE_CHECKING:
    from app.selftest.proving import Proof


def selftest(
    *,
    database: Annotated[
        str, typer.Option(help="Address of an empty PostgreSQL database, which is emptied at the end.")
    ] = "",
    report: Annotated[Path | None, typer.Option(help="New file for the report, as Markdown.")] = None,
) -> None:
    """Prove in a temporary house that nothing is left of what is erased, also after an older backup was restored.

    A word is planted in every store, found there, erased, purged, and looked for through every route, row and byte.
    Takes a minute or two, needs no model, and touches nothing of this house. Exits 1 where anything is found.
    """
    from importlib.metadata import version  # the imports below are heavy: this keeps --help under 0.3 s

    from app.cli.erasing import require_new
    from app.selftest.proving import prove
    from app.selftest.told import report as told
    from ingest.database import utc_now

    if report is not None:
        require_new(report)
    proof = prove(database)
    text = told(proof, release=version("intramuros"), now=utc_now())
    if report is not None:
        report.write_text(text, encoding="utf-8")
    _show(proof)
    if not proof.is_proven:
        raise typer.Exit(EXIT_REFUSED)


def _show(proof: "Proof") -> None:
    found, left = (sum(map(bool, each)) for each in zip(*_places(proof), strict=True))
    verdict = "proven" if proof.is_proven else "NOT PROVEN"
    screen = console()
    for fault in proof.faults:
        screen.print(f"✗ {fault}", markup=False, soft_wrap=True)
    screen.print(
        f"{verdict} on {proof.database}: {found} of {len(proof.rows)} canaries found before, {left} after, "
        f"in {proof.seconds:.0f} s",
        markup=False,
        soft_wrap=True,
    )


def _places(proof: "Proof") -> "list[tuple[bool, bool]]":
    """Return of each canary whether it was found before, and after."""
    return [(bool(row.before), any(row.left.values())) for row in proof.rows]
