"""Erase for good, purge, and check receipts: `intramuros privacy erase|purge|receipt`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app.cli.shell import EXIT_REFUSED, Shell, console, rendered, write_table

receipts = typer.Typer(help="What proves an erasure, without saying of whom.", no_args_is_help=True)

What = Annotated[Literal["person", "document", "collection"], typer.Argument(help="What is to be erased.")]
Named = Annotated[str, typer.Argument(help="Account, collection, or document (its id or file name).")]


def erase(
    context: typer.Context,
    what: What,
    name: Named,
    *,
    answers: Annotated[
        Literal["redact", "flag"],
        typer.Option(help="Take the words out of answers that read a document, or mark and close them."),
    ] = "redact",
    receipt: Annotated[Path | None, typer.Option(help="New file for the signed receipt.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person, a document or a collection from every store (Art. 17 GDPR). It does not come back.

    A person: account, groups, sign-ins, keys, chats, thumbs, own files; the name goes out of the company's records. A
    document: with attachments, texts, vectors and original, and what answers said from it. Refused under a legal hold;
    on record before it is done; erased again after a restore. Run again, it finishes what was broken off.
    """
    from app.cli.erasing import order_erasure, require_new, write_receipt  # heavy: keeps --help under 0.3 s
    from app.cli.holding import named, records_of

    shell: Shell = context.obj
    if receipt is not None:
        require_new(receipt)
    with records_of(shell.settings()) as records:
        kind, identity = named(records, name, what)
        if not yes:
            typer.confirm(f"Erase the {kind} {identity} for good?", abort=True)
        done = order_erasure(records, kind, identity, answers)
    _show(done)
    if receipt is not None:
        write_receipt(done, receipt)


def purge(context: typer.Context) -> None:
    """Leave no byte of what was erased on the disk of the house. `intramuros serve` does so within a day by itself.

    Index and database are written anew; both need as much room again as they take. PostgreSQL's own log turns over by
    itself, and backups are out of reach.
    """
    from app.cli.erasing import order_purge  # heavy: keeps --help under 0.3 s
    from app.cli.holding import records_of

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        order_purge(records)
    console().print("no trace of what was erased is left on the disk of the house")


@receipts.command("verify")
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Receipt to check.")],
    *,
    key: Annotated[
        str, typer.Option(help="Public key of the house that signed it. Default: this house's.")
    ] = "",
) -> None:
    """Say whether a receipt is as the house signed it. Exits 1 where a byte was changed or another house signed."""
    from app.privacy import receipt as receipts  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    told = receipts.read(file)
    found = receipts.verdict(told, key or receipts.public_text(receipts.receipt_key(shell.settings())))
    words = {
        "ours": "as it was signed",
        "another's": "SIGNED WITH ANOTHER KEY",
        "changed": "CHANGED SINCE IT WAS SIGNED",
    }
    console().print(f"the receipt is {words[found]}", markup=False)
    if found != "ours":
        raise typer.Exit(EXIT_REFUSED)


@receipts.command("show")
def show(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help="Id of the request, as `list` shows it.")],
    *,
    out: Annotated[Path | None, typer.Option(help="New file to write it to, signed.")] = None,
) -> None:
    """Show a receipt, or write it down anew, as after a purge."""
    from app.cli.erasing import require_new, write_receipt  # heavy: keeps --help under 0.3 s
    from app.cli.holding import records_of
    from app.privacy.erasure_requests import ErasureRequests
    from app.privacy.receipt import receipt_key, signed

    shell: Shell = context.obj
    if out is not None:
        require_new(out)
    with records_of(shell.settings()) as records:
        found = ErasureRequests(records.engine).get(request)
        told = signed(found, receipt_key(records.settings))
    _show(told)
    if out is not None:
        write_receipt(told, out)


@receipts.command("list")
def listed(context: typer.Context) -> None:
    """List the erasures on record, newest first."""
    from app.cli.holding import records_of  # heavy: keeps --help under 0.3 s
    from app.privacy.erasure_requests import ErasureRequests

    shell: Shell = context.obj
    with records_of(shell.settings()) as records:
        found = ErasureRequests(records.engine).listed()
    rows = rendered(
        found,
        (
            lambda r: r.id,
            lambda r: r.kind,
            lambda r: r.ordered_at[:16],
            lambda r: (r.erased_at or "")[:16],
            lambda r: (r.purged_at or "")[:16],
        ),
    )
    write_table("Erasures", ("id", "of a", "ordered", "erased", "purged"), rows, width_in_logs=160)


@receipts.command("key")
def key(context: typer.Context) -> None:
    """Print the public key of this house, for whoever is to check its receipts elsewhere."""
    from app.privacy.receipt import public_text, receipt_key  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    console().print(public_text(receipt_key(shell.settings())), markup=False)


def _show(told: Mapping[str, Any]) -> None:
    rows = [(one["store"], str(one["before"]), str(one["after"])) for one in told["stores"]]
    write_table(f"Erasure {told['id']}", ("store", "before", "after"), rows, width_in_logs=100)
    for one in told["kept"]:
        console().print(f"kept: {one['store']} ({one['count']}): {one['why']}", markup=False, soft_wrap=True)
    purged = told["purged_at"]
    when = f"purged {purged[:16]}" if purged else "traces on the disk go within a day, or by `privacy purge`"
    console().print(f"erased {told['erased_at'][:16]}; {when}", markup=False, soft_wrap=True)
