"""Hold the one table of formats: nothing in it twice, and everything that it names is there."""

from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from ingest.formats import BY_EXTENSION, FORMATS, PAGED, Format
from ingest.parse.dispatch import PARSERS
from ingest.parse.image import FORMATS as PICTURES
from ingest.types import ParsedDocument


def test_no_name_stands_for_two_formats() -> None:
    """An extension and a media type each lead to one format."""
    assert len(BY_EXTENSION) == sum(len(form.extensions) for form in FORMATS)
    assert len({form.media_type for form in FORMATS}) == len(FORMATS)
    assert all(name == name.lower() and name.startswith(".") for name in BY_EXTENSION)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.media_type)
def test_parser_is_there(form: Format) -> None:
    """The parser that a format names takes a path and returns a document, and is the one that dispatch picks."""
    module, _, name = form.parser.partition(":")
    parser = getattr(import_module(module), name)
    hints = get_type_hints(parser)
    assert hints.pop("return") is ParsedDocument
    assert list(hints.values()) == [Path]
    assert PARSERS[form.media_type] is parser


def test_what_has_pages_can_be_drawn() -> None:
    """Pages are drawn of PDF and of the pictures that Pillow reads, and of nothing else."""
    assert {"application/pdf", *PICTURES} == PAGED
