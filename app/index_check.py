"""Say whether the index in use is by the embedder that the settings wish for, what is beside it, and who embeds."""

from collections.abc import Callable, Sequence

from app.doctor import Check, Severity
from ingest.index_store import BESIDE, IndexRow, Standing


def check_embedder(rows: Sequence[IndexRow], *, wished: str) -> Check:
    """Return what is in use; `rows` are all indexes, the current one first."""
    if not rows:
        return Check("embedder", Severity.OK, f"the first document will be embedded by '{wished}'")
    current, *others = rows
    if others:
        return _of_second(current, others[0])
    if current.model == wished:
        return Check("embedder", Severity.OK, f"the index is by '{wished}', as the settings say")
    return Check(
        "embedder",
        Severity.WARNING,
        f"the index is by '{current.model}', the settings wish for '{wished}': questions are answered as before",
        remedy=f"run `intramuros index change {wished}`, or name '{current.model}' in [embedder]",
    )


def check_embedding_server(url: str, models: Sequence[str], embed: Callable[[str], object]) -> Check:
    """Return whether the server at `url` embeds by each of these models; `embed` raises EmbedderUnavailable."""
    for model in models:
        embed(model)
    return Check("embedding server", Severity.OK, f"{url} embeds by {' and '.join(models)}")


def standing_models(rows: Sequence[IndexRow], *, first: str) -> list[str]:
    """Return the embedders that a house needs: `first` where it has no index, else those of all that take writes."""
    needed = [row.model for row in rows if row.state in (Standing.CURRENT, *BESIDE)]
    return needed or [first]


def _of_second(current: IndexRow, other: IndexRow) -> Check:
    told = f"the index is by '{current.model}'; that by '{other.model}' is {other.state}"
    if other.state is Standing.BUILDING:
        return Check("embedder", Severity.OK, f"{told}: {other.done} of {other.total} documents")
    if other.state is Standing.REFUSED:
        remedy = "`intramuros index change` again with --accept, or `intramuros index drop`"
        return Check("embedder", Severity.WARNING, f"{told}: {other.message}", remedy=remedy)
    remedy = "`intramuros index drop` ends it; until then each document is embedded twice"
    return Check("embedder", Severity.WARNING, told, remedy=remedy)
