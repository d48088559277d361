"""Show what personal data was found: `intramuros privacy personal`."""

import typer

from app.cli.shell import Shell, write_json, write_table


def personal_data(
    context: typer.Context,
    collection: str = typer.Argument(help="Id of the collection."),
    *,
    as_json: bool = typer.Option(
        False, "--json", help="Write JSON for machines, with every document counted."
    ),
) -> None:
    """Count the personal data in a collection by kind and document; never a value."""
    from app.records import open_existing  # heavy: keeps --help under 0.3 s
    from ingest.guard.policy import told

    shell: Shell = context.obj
    records = open_existing(shell.settings())
    policy = records.collections.policy(collection)
    tally = records.review.personal_data(collection)
    if as_json:
        write_json(
            {
                "collection": collection,
                "policy": policy,
                "looked_at": tally.looked_at,
                "not_looked_at": tally.not_looked_at,
                "with_personal_data": tally.with_personal_data,
                "found": tally.found,
                "documents": [{"id": one.document_id, "found": one.found} for one in tally.most],
            }
        )
        return
    write_table(
        f"Personal data in {collection}, which is set to {policy}",
        ("documents", "count"),
        [
            ["looked at", str(tally.looked_at)],
            ["… that hold personal data", str(tally.with_personal_data)],
            ["not looked at", str(tally.not_looked_at)],
        ],
    )
    rows = [[one.document_id[:8], one.file_name, told(one.found)] for one in tally.most]
    write_table("Documents that hold most", ("document", "file", "found"), rows)
