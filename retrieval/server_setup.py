"""Make the collection on a Qdrant server, and refuse one that would show more than it may or nothing at all."""

import time
from collections.abc import Callable
from typing import Final

from qdrant_client import QdrantClient
from qdrant_client import models as rest

from retrieval.errors import IndexUnavailable, SetupRefused
from retrieval.schema import DENSE, INDEXED_FIELDS, SPARSE

CHECK: Final = "check [index] url and key in the settings and that the Qdrant server is up"
# The first that counts how rare a term is among what the reader may see. Those before it ignore being told to.
OLDEST_SERVER: Final = (1, 19)
# Of every collection: the server refuses a filter on a field without an index, which would be a scan of all points.
STRICT: Final = rest.StrictModeConfig(
    enabled=True, unindexed_filtering_retrieve=False, unindexed_filtering_update=False
)
# Vacuum a segment for a single deleted point.
AT_ONCE: Final = rest.OptimizersConfigDiff(deleted_threshold=0.0000001, vacuum_min_vector_number=1)
REWRITE_S: Final = 600.0
LOOK_S: Final = 1.0
CALM_LOOKS: Final = 3  # in a row: at the first, the optimiser may not have begun
BYTES: Final = rest.ScalarQuantization(
    scalar=rest.ScalarQuantizationConfig(type=rest.ScalarType.INT8, always_ram=True)
)


def assert_collection(client: QdrantClient, name: str, dimension: int) -> None:
    """Make the collection where there is none. Raises SetupRefused where it holds vectors of another kind."""
    if not client.collection_exists(name):
        dense = rest.VectorParams(size=dimension, distance=rest.Distance.DOT, on_disk=True)
        client.create_collection(
            name,
            vectors_config={DENSE: dense},
            sparse_vectors_config={SPARSE: rest.SparseVectorParams(modifier=rest.Modifier.IDF)},
            quantization_config=BYTES,
            on_disk_payload=True,
            strict_mode_config=STRICT,
        )
    vectors = client.get_collection(name).config.params.vectors
    held = vectors[DENSE] if isinstance(vectors, dict) and DENSE in vectors else None
    if held is None or held.size != dimension or held.distance is not rest.Distance.DOT:
        made = "no such vectors" if held is None else f"vectors of {held.size} dimensions by {held.distance}"
        raise SetupRefused(
            f"the collection {name!r} holds {made}, wanted are {dimension} by {rest.Distance.DOT}",
            remedy="it was made with another embedder or by an earlier release: name that embedder, or drop the "
            "collection and run `intramuros ingest rebuild`",
        )


def rewrite_segments(client: QdrantClient, name: str, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Let every segment with a deleted point be written anew, and return when that is done. Raises IndexUnavailable.

    The server's own thresholds (a thousand points, a fifth of them deleted) leave what one erasure deletes for ever.
    """
    before = client.get_collection(name).config.optimizer_config
    usual = rest.OptimizersConfigDiff(
        deleted_threshold=before.deleted_threshold, vacuum_min_vector_number=before.vacuum_min_vector_number
    )
    client.update_collection(name, optimizers_config=AT_ONCE)
    try:
        calm = 0
        for _ in range(int(REWRITE_S / LOOK_S)):
            wait(LOOK_S)
            is_done = client.get_collection(name).status is rest.CollectionStatus.GREEN
            calm = calm + 1 if is_done else 0
            if calm == CALM_LOOKS:
                return
        raise IndexUnavailable(
            f"the collection {name!r} is still being rewritten", remedy="it is tried again hourly"
        )
    finally:
        client.update_collection(name, optimizers_config=usual)


def assert_server(client: QdrantClient, name: str) -> None:
    """Make sure that a search sees only what its filter names, and fast. Raises IndexUnavailable, SetupRefused."""
    _assert_version(client)
    _assert_field_indexes(client, name)
    _assert_strict_mode(client, name)


def _assert_version(client: QdrantClient) -> None:
    version = client.info().version
    found = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if found < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        raise SetupRefused(
            f"the Qdrant server is of version {version}: it counts words in documents that the reader may not see",
            remedy=f"run a Qdrant server of version {oldest} or newer",
        )


def _assert_field_indexes(client: QdrantClient, name: str) -> None:
    for field in _unindexed(client, name):
        client.create_payload_index(name, field, rest.PayloadSchemaType.KEYWORD, wait=True)
    missing = _unindexed(client, name)
    if missing:
        raise IndexUnavailable(
            f"the collection {name!r} has no payload index on {', '.join(sorted(missing))}", remedy=CHECK
        )


def _unindexed(client: QdrantClient, name: str) -> set[str]:
    """Return the fields that filters name and that have no keyword index."""
    schema = client.get_collection(name).payload_schema
    keywords = {field for field, of in schema.items() if of.data_type == rest.PayloadSchemaType.KEYWORD}
    return set(INDEXED_FIELDS) - keywords


def _assert_strict_mode(client: QdrantClient, name: str) -> None:
    if not _is_strict(client, name):  # made by an earlier version, or by hand
        client.update_collection(name, strict_mode_config=STRICT, quantization_config=BYTES)
    if not _is_strict(client, name):
        raise IndexUnavailable(
            f"the collection {name!r} does not refuse filters on fields without an index",
            remedy="update the collection's strict mode by hand, or drop it and run `intramuros ingest rebuild`",
        )


def _is_strict(client: QdrantClient, name: str) -> bool:
    held = client.get_collection(name).config.strict_mode_config
    wanted = STRICT.model_dump(exclude_none=True)
    return held is not None and held.model_dump(include=set(wanted)) == wanted
