"""What the adapter demands of a Qdrant server before it asks anything: keyword indexes and strict mode."""

import pytest

from retrieval.errors import IndexUnavailable, IntramurosError, SetupRefused
from retrieval.schema import INDEXED_FIELDS, READERS
from retrieval.server import QdrantIndex
from retrieval.server_setup import rewrite_segments
from tests.fake_qdrant import FakeQdrant

STRICT = {"enabled": True, "unindexed_filtering_retrieve": False, "unindexed_filtering_update": False}


def opened(server: FakeQdrant) -> None:
    """Open the collection and close it again."""
    QdrantIndex(server.client(), collection="c", dimension=8).close()


def test_fresh_collection_refuses_unindexed_filters() -> None:
    """It is made in strict mode, and every field that a filter names is indexed as a keyword."""
    server = FakeQdrant()
    opened(server)
    assert server.made_with["strict_mode_config"] == STRICT
    assert server.indexes == dict.fromkeys(INDEXED_FIELDS, "keyword")


def test_collection_that_is_as_it_should_be_is_left_alone() -> None:
    """The second start writes nothing."""
    server = FakeQdrant()
    opened(server)
    server.calls.clear()
    opened(server)
    assert {call.partition(" ")[0] for call in server.calls} == {"GET"}


@pytest.mark.parametrize(
    "strict", [{}, STRICT | {"enabled": False}, STRICT | {"unindexed_filtering_retrieve": True}]
)
def test_lax_collection_is_made_strict(strict: dict[str, bool]) -> None:
    """One that was made without strict mode, or had it loosened by hand, is strict before the first question."""
    server = FakeQdrant()
    opened(server)
    server.strict = dict(strict)
    opened(server)
    assert server.strict == STRICT


def test_lost_index_on_the_readers_is_made_again() -> None:
    """So is one of another kind, by which a keyword would not be found."""
    server = FakeQdrant()
    opened(server)
    for held in ({}, {READERS: "text"}):
        server.indexes = dict(held)
        opened(server)
        assert server.indexes == dict.fromkeys(INDEXED_FIELDS, "keyword")


@pytest.mark.parametrize(
    ("server", "said", "kind"),
    [
        (FakeQdrant(version="1.18.4"), "version 1.18.4: it counts words in documents", SetupRefused),
        (FakeQdrant(version="unknown"), "version unknown", SetupRefused),
        (FakeQdrant(knows_strict_mode=False), "does not refuse filters", IndexUnavailable),
        (FakeQdrant(keeps_indexes=False), "no payload index on .*readers", IndexUnavailable),
    ],
)
def test_server_that_does_not_comply_is_not_used(
    server: FakeQdrant, said: str, kind: type[IntramurosError]
) -> None:
    """The start is refused with a remedy rather than searching without the net; an old server is not waited for."""
    with pytest.raises(kind, match=said) as refused:
        opened(server)
    assert refused.value.remedy


def test_purge_rewrites_every_segment_and_puts_the_thresholds_back() -> None:
    """One deleted point is enough meanwhile; it is waited for, also where the optimiser begins late."""
    server = FakeQdrant(made_with={"vectors": {}}, statuses=["green", "yellow", "yellow", "green"])
    waited: list[float] = []
    rewrite_segments(server.client(), "c", wait=waited.append)
    assert server.vacuum == [(1e-07, 1), (0.2, 1000)]
    assert len(waited) == 5


def test_purge_that_does_not_end_is_told() -> None:
    """A server that rewrites for ever is not waited for for ever; its thresholds are put back all the same."""
    server = FakeQdrant(made_with={"vectors": {}}, statuses=["yellow"] * 1000)
    with pytest.raises(IndexUnavailable, match="rewritten"):
        rewrite_segments(server.client(), "c", wait=lambda _s: None)
    assert server.vacuum[-1] == (0.2, 1000)
