"""Open a shard of Qdrant Edge, and write one anew: the engine never gives back the bytes of what it deletes.

The new one is written beside the old and takes its place by two renames. A process that was killed between them finds
one of the two whole at its next start.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import qdrant_edge as edge

from retrieval.errors import DiskFull, IndexUnavailable, SetupRefused
from retrieval.floor import WRITE_FLOOR_BYTES, require_room
from retrieval.schema import DENSE, INDEXED_FIELDS, SCROLL_POINTS, SPARSE

T = TypeVar("T")

POINTS, FRESH, FORMER = "points", "points.new", "points.old"  # folders of an index
# An index of an earlier version opens as it is and takes this form when it is next optimised.
BYTES: Final = edge.ScalarQuantizationConfig(type=edge.ScalarType.Int8, always_ram=True)
REBUILD: Final = "move the directory away and run `intramuros ingest rebuild`: the database holds all of it"


def open_shard(path: Path, dimension: int) -> edge.EdgeShard:
    """Return the shard in a folder, made where there is none. Raises IndexUnavailable, SetupRefused."""
    dense = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Dot, quantization_config=BYTES)
    sparse = {SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
    config = edge.EdgeConfig(vectors={DENSE: dense}, sparse_vectors=sparse)
    is_new = not (path / "edge_config.json").exists() and not any(path.glob("segments/*"))
    if is_new:
        path.mkdir(parents=True, exist_ok=True)
        return _vendor(lambda: edge.EdgeShard.create(str(path), config), path, dimension)
    return _vendor(lambda: edge.EdgeShard.load(str(path), config), path, dimension)


def settle(folder: Path) -> None:
    """Put the former points back where a kill left none in their place, and delete what is left of a rewriting."""
    points, former = folder / POINTS, folder / FORMER
    if former.exists() and not points.exists():
        former.rename(points)
    for waste in (former, folder / FRESH):
        shutil.rmtree(waste, ignore_errors=True)


def write_anew(shard: edge.EdgeShard, folder: Path, dimension: int) -> None:
    """Write all points that are there into a new shard beside, and close it. Raises DiskFull, IndexUnavailable."""
    target = folder / FRESH
    shutil.rmtree(target, ignore_errors=True)
    _require_twice(folder)
    try:
        fresh = open_shard(target, dimension)
        for field in INDEXED_FIELDS:
            kind = edge.PayloadSchemaType.Keyword
            fresh.update(edge.UpdateOperation.create_field_index(field, kind))
        offset: edge.PointId | None = None
        while True:
            asked = edge.ScrollRequest(
                offset=offset, limit=SCROLL_POINTS, with_payload=True, with_vector=True
            )
            points, offset = shard.scroll(asked)
            require_room(folder)
            if points:
                copies = [edge.Point(one.id, one.vector or {}, one.payload) for one in points]
                fresh.update(edge.UpdateOperation.upsert_points(copies))
            if offset is None:
                break
        fresh.optimize()
        fresh.flush()
        wanted, written = (one.count(edge.CountRequest(exact=True)) for one in (shard, fresh))
        fresh.close()
        if wanted != written:
            raise IndexUnavailable(f"{written} of {wanted} points were written anew", remedy=REBUILD)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def exchange(folder: Path, dimension: int) -> edge.EdgeShard:
    """Put the new shard in the place of the old, and return it opened. Who still searches the old one finishes."""
    (folder / POINTS).rename(folder / FORMER)
    (folder / FRESH).rename(folder / POINTS)
    opened = open_shard(folder / POINTS, dimension)
    shutil.rmtree(folder / FORMER, ignore_errors=True)
    return opened


def _require_twice(folder: Path) -> None:
    """Raise DiskFull where a copy of the index does not fit beside it."""
    held = sum(file.stat().st_blocks * 512 for file in (folder / POINTS).rglob("*") if file.is_file())
    free = shutil.disk_usage(folder).free
    if free < held + WRITE_FLOOR_BYTES:
        raise DiskFull(
            f"{free >> 20} MB are free on the disk of the index, and {(held + WRITE_FLOOR_BYTES) >> 20} MB are needed "
            "to write it anew",
            remedy="free disk space, or set site.data_dir to a larger disk; it is tried again every hour",
        )


def _vendor(work: Callable[[], T], path: Path, dimension: int) -> T:
    try:
        return work()
    except BaseException as error:  # a damaged file makes the vendor panic, which is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        if "ncompatible" in str(error):
            raise SetupRefused(
                f"the index in {path.parent} was made by another embedding model or an earlier release: {error}",
                remedy=f"for this model and release, with {dimension} dimensions, {REBUILD}",
            ) from error
        raise IndexUnavailable(f"the index in {path.parent} is damaged: {error}", remedy=REBUILD) from error
