"""Say what a house needs: `intramuros sizing --people 500 --chunks 5000000`."""

import typer

from app.cli.shell import rendered, write_json, write_table


def sizing(
    *,
    people: int = typer.Option(500, min=1, help="People who may ask."),
    chunks: int = typer.Option(1_000_000, min=1, help="Passages: three or four a page of a dense report."),
    dimensions: int = typer.Option(
        384, min=1, help="Of the embedder: 384 e5-small, 768 e5-base, 1024 bge-m3."
    ),
    busy: float = typer.Option(
        0.05, min=0.0, max=1.0, help="Share of people answered in the busiest minute."
    ),
    model: str = typer.Option("", help="Only this model of the catalogue."),
    as_json: bool = typer.Option(False, "--json", help="Write JSON for machines."),
) -> None:
    """Compute memory, disk, processes and GPUs for so many people and passages; say of each how it is known."""
    from dataclasses import asdict  # the imports below are heavy: this keeps --help under 0.3 s

    from app.models.catalogue import CATALOGUE, entry
    from app.sizing import Demand, needs

    models = [entry(model)] if model else CATALOGUE
    found = needs(Demand(people, chunks, dimensions, busy), models)
    if as_json:
        write_json([asdict(need) for need in found])
        return
    rows = rendered(found, (lambda n: n.what, lambda n: n.amount, lambda n: n.known))
    write_table(
        f"{people:,} people, {chunks:,} passages",
        ("what", "how much", "how that is known"),
        rows,
        width_in_logs=120,
    )
