"""The catalogue pins what is fetched, and refuses what it cannot pin."""

import re

import pytest

from app.models.catalogue import CATALOGUE, entry
from retrieval.errors import NotFound


def test_every_file_that_is_fetched_is_pinned() -> None:
    """Size and SHA-256 are stated for each file, and pieces add up to it."""
    for file in (file for known in CATALOGUE for file in known.files):
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256), file.name
        assert sum(file.piece_size(index) for index in range(len(file.pieces))) == file.size_bytes, file.name
        assert all(re.fullmatch(r"[\w.-]+==[\w.]+", piece.requirement) for piece in file.pieces)


def test_ids_are_unique_and_folder_names() -> None:
    """An id names one entry and one folder."""
    ids = [known.id for known in CATALOGUE]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) for name in ids)


def test_the_reference_model_is_there_but_not_fetched() -> None:
    """Mixtral is served from files somebody placed by hand: its hashes are not pinned."""
    reference = entry("mixtral-8x7b-instruct-v0.1")
    assert (reference.hub_repository, reference.can_fetch) == ("mistralai/Mixtral-8x7B-Instruct-v0.1", False)


def test_embedders_of_the_e5_family_want_prefixes() -> None:
    """E5 was trained with a word before each text; without it retrieval is visibly worse."""
    for known in CATALOGUE:
        if "e5" in known.id:
            assert (known.query_prefix, known.passage_prefix) == ("query: ", "passage: ")


def test_an_unknown_model_names_the_command_that_lists() -> None:
    """A typing error is answered with where to look."""
    with pytest.raises(NotFound, match="gpt-9") as refused:
        entry("gpt-9")
    assert "models list" in refused.value.remedy
