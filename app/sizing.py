"""Compute what a house needs: memory and disk for its passages, GPUs for its model, processes for its people. Pure.

Every figure says whether it was measured or computed. Measured were: an index of a million passages of 384 dimensions
(`intramuros bench search --chunks 1000000`), the page and the API on two cores (`bench page`, `bench api`). All of GPUs
is computed (`app.models.serving`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from app.models.entries import CatalogueEntry
from app.models.serving import GIB, Layout

GB: Final = 10**9
MEASURED_CHUNKS, MEASURED_DIMENSIONS = 1_000_000, 384
MEASURED_MEMORY, MEASURED_DISK = 3.4e9, 3.7e9  # of that index
MEASURED_SMALL_DISK: Final = {100_000: 0.7e9}  # above the rule: the engine reserves files of fixed size
FLOAT_BYTES, INT8_BYTES, BINARY_BYTES = 4.0, 1.0, 0.125  # a dimension
# Both engines keep bytes to search in and whole vectors to compare the best with (retrieval.edge, retrieval.server).
VECTOR_BYTES: Final = FLOAT_BYTES + INT8_BYTES
# Links between neighbours, words and their counts, readers, ids: what of a passage does not grow with its dimensions.
BESIDES_IN_MEMORY: Final = MEASURED_MEMORY / MEASURED_CHUNKS - VECTOR_BYTES * MEASURED_DIMENSIONS
BESIDES_ON_DISK: Final = MEASURED_DISK / MEASURED_CHUNKS - VECTOR_BYTES * MEASURED_DIMENSIONS
DATABASE_BYTES: Final = (
    2_000  # a passage: a thousand characters, its place on the page, headings, its digest's index
)
PEOPLE_A_PAGE: Final = 25  # answers at once that one page process draws in 1.19 times their own time
ANSWERS_AN_API: Final = 200  # at once, without an error and at full pace
BUSY: Final = 0.05  # of all people, with an answer in flight in the busiest minute; ours, count your own


@dataclass(frozen=True, slots=True)
class Need:
    """Say what one thing needs: how much of it, by which rule, and how that is known."""

    what: str
    amount: str
    known: str  # "measured" or "computed", and from what


@dataclass(frozen=True, slots=True)
class Demand:
    """Say how large a house is."""

    people: int
    chunks: int
    dimensions: int = MEASURED_DIMENSIONS
    busy: float = BUSY

    @property
    def at_once(self) -> int:
        """Return how many answers are in flight in the busiest minute; one at least."""
        return max(1, ceil(self.people * self.busy))


def needs(demand: Demand, models: Iterable[CatalogueEntry]) -> list[Need]:
    """Return all that a house needs, in the order in which it is bought: index, database, processes, GPUs."""
    return [*_index(demand), *_processes(demand), *_gpus(demand, models)]


def memory_bytes(chunks: int, dimensions: int, *, a_dimension: float = VECTOR_BYTES) -> float:
    """Return the index's memory, with so many bytes a dimension of each vector kept there."""
    return chunks * (BESIDES_IN_MEMORY + a_dimension * dimensions)


def disk_bytes(chunks: int, dimensions: int) -> float:
    """Return the index's disk, with whole vectors and bytes; as measured, where it was."""
    if dimensions == MEASURED_DIMENSIONS and chunks in MEASURED_SMALL_DISK:
        return MEASURED_SMALL_DISK[chunks]
    return chunks * (BESIDES_ON_DISK + VECTOR_BYTES * dimensions)


def _index(demand: Demand) -> Iterator[Need]:
    chunks, dimensions = demand.chunks, demand.dimensions
    is_measured = _was_measured(chunks, dimensions)
    known = (
        "measured" if is_measured else f"computed: {BESIDES_IN_MEMORY:.0f} B + 5 x {dimensions} B a passage"
    )
    yield Need("index, memory, all of it cached", _gb(memory_bytes(chunks, dimensions)), known)
    for name, bytes_kept in (
        ("bytes in memory, whole vectors on disk (server profile)", INT8_BYTES),
        ("one bit a dimension in memory: an option of Qdrant, none of ours", BINARY_BYTES),
        ("no vector in memory: an option of Qdrant, slow without fast disks", 0.0),
    ):
        amount = memory_bytes(chunks, dimensions, a_dimension=bytes_kept)
        rule = f"computed: {BESIDES_IN_MEMORY:.0f} B + {bytes_kept:g} x {dimensions} B a passage"
        yield Need(f"… {name}", _gb(amount), rule)
    is_measured = "disk" in _known(chunks, dimensions)
    known = "measured" if is_measured else f"computed: {BESIDES_ON_DISK:.0f} B + 5 x {dimensions} B a passage"
    yield Need("index, disk", _gb(disk_bytes(chunks, dimensions)), known)
    yield Need("database, disk", _gb(chunks * DATABASE_BYTES), f"computed: {DATABASE_BYTES} B a passage")


def _processes(demand: Demand) -> Iterator[Need]:
    at_once = demand.at_once
    yield Need("answers at once", str(at_once), f"computed: {demand.busy:.0%} of {demand.people} people")
    pages, apis = ceil(at_once / PEOPLE_A_PAGE), ceil(at_once / ANSWERS_AN_API)
    yield Need(
        "processes of the page", str(pages), f"computed: {PEOPLE_A_PAGE} at once each, which was measured"
    )
    yield Need(
        "processes of the API", str(apis), f"computed: {ANSWERS_AN_API} at once each, which was measured"
    )


def _gpus(demand: Demand, models: Iterable[CatalogueEntry]) -> Iterator[Need]:
    for model in models:
        for layout in model.serving.layouts if model.serving else ():
            replicas = ceil(demand.at_once / layout.sequences)
            amount = f"{replicas} x ({layout.title})"
            rule = f"computed: {layout.sequences} answers at a time of {layout.context_tokens} tokens each"
            yield Need(f"GPUs for {model.id}", amount, rule)


def index_table(counts: Sequence[int], dimensions: Sequence[int]) -> list[list[str]]:
    """Return rows of the index's size: passages, dimensions, memory cached, memory with bytes, disk, database."""
    return [
        [
            f"{chunks:,}",
            str(size),
            _gb(memory_bytes(chunks, size)),
            _gb(memory_bytes(chunks, size, a_dimension=INT8_BYTES)),
            _gb(disk_bytes(chunks, size)),
            _gb(chunks * DATABASE_BYTES),
            _known(chunks, size),
        ]
        for size in dimensions
        for chunks in counts
    ]


def model_table(models: Iterable[CatalogueEntry]) -> list[list[str]]:
    """Return rows of models on GPUs: model, layout, GiB needed of GiB usable, answers at a time, context."""
    return [
        _on_gpus(model, layout)
        for model in models
        for layout in (model.serving.layouts if model.serving else ())
    ]


def people_table(counts: Sequence[int]) -> list[list[str]]:
    """Return rows of processes: people, answers at once, pages, APIs."""
    demands = [Demand(people, 0) for people in counts]
    return [
        [
            f"{one.people:,}",
            str(one.at_once),
            str(ceil(one.at_once / PEOPLE_A_PAGE)),
            str(ceil(one.at_once / ANSWERS_AN_API)),
        ]
        for one in demands
    ]


def _on_gpus(model: CatalogueEntry, layout: Layout) -> list[str]:
    assert model.serving is not None  # noqa: S101 - only those that are served on GPUs have layouts
    memory = model.serving.memory(layout)
    return [
        model.id,
        layout.title,
        f"{memory.needed / GIB:.0f} of {memory.usable / GIB:.0f} GiB",
        str(layout.sequences),
        f"{layout.context_tokens:,}",
    ]


def _was_measured(chunks: int, dimensions: int) -> bool:
    return (chunks, dimensions) == (MEASURED_CHUNKS, MEASURED_DIMENSIONS)


def _known(chunks: int, dimensions: int) -> str:
    if _was_measured(chunks, dimensions):
        return "memory cached and disk measured"
    is_small = dimensions == MEASURED_DIMENSIONS and chunks in MEASURED_SMALL_DISK
    return "disk measured" if is_small else "computed"


def _gb(amount: float) -> str:
    return f"{amount / GB:.1f} GB" if amount < 100 * GB else f"{amount / GB:,.0f} GB"


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown, as `deploy/sizing.md` holds it."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
