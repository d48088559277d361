"""Find documents on the command line: `intramuros find "…" --as USER`."""

import sys

import typer

from app.cli.shell import EXIT_REFUSED, Shell, write_json


def find(
    context: typer.Context,
    what: str = typer.Argument(
        help="Words that a document must hold, each of them; a phrase in quotation marks."
    ),
    *,
    user: str = typer.Option(..., "--as", help="Account that looks; only what it may read is found."),
    skip: int = typer.Option(0, min=0, help="Leave out so many of the best."),
    limit: int = typer.Option(20, min=1, max=100, help="Show so many."),
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """List the documents that mention something, best first. Exits 1 where there are none."""
    from app.cli.asking import find_as  # heavy: keeps --help under 0.3 s

    shell: Shell = context.obj
    found = find_as(shell.settings(), user, what, skip=skip, limit=limit)
    if as_json:
        write_json(found)
    else:
        lines = [f"documents that mention it: {found['total']}"]
        for one in found["documents"]:
            page = f", page {one['source']['page']}" if one["source"]["page"] else ""
            facts = [f"{one['file_name']}{page}", one["collection"], one["dated"]]
            facts += [f"passages: {one['passages']}"] if one["passages"] else []
            lines.append(f"[{one['source']['number']}] {one['title']} ({', '.join(facts)})")
        sys.stdout.write("\n".join(lines) + "\n")
    if not found["total"]:
        raise typer.Exit(EXIT_REFUSED)
