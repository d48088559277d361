"""Pages drawn a moment ago are kept within bounds, and never instead of asking."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.page_images import PageImages
from ingest.types import Drawing, Phrase, Picture
from retrieval.errors import NotFound
from retrieval.types import Box

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PDF = "application/pdf"


class Shelf:
    """Hold originals and draw them, and count how often."""

    def __init__(self, png: bytes = b"png") -> None:
        self.png = png
        self.drawn: list[Drawing] = []
        self.versions = {"one", "two"}

    def find(self, version: str) -> Path:
        """Return where an original lies. Raises NotFound."""
        if version not in self.versions:
            raise NotFound("gone", remedy="none")
        return Path(version)

    def draw(self, path: Path, media_type: str, drawing: Drawing) -> Picture:
        """Return a picture that says what it is of."""
        assert media_type == PDF
        self.drawn.append(drawing)
        return Picture(self.png + str(path).encode(), drawing.pages[0], 595.0, has_phrase=False)


def page(number: int, **more: int | tuple[Phrase, ...] | tuple[Box, ...]) -> Drawing:
    """Return the drawing of a page."""
    wanted: dict[str, object] = {"pages": (number,), "boxes": (), "width_px": 900, **more}
    return Drawing(**wanted)  # type: ignore[arg-type]  # the fields of the record


def test_page_is_drawn_once_while_it_is_looked_at() -> None:
    """The same page again is not drawn again; another version, page, size or mark is."""
    shelf = Shelf()
    images = PageImages(shelf.draw, shelf.find)
    for _ in range(3):
        assert images.picture("one", PDF, page(1), now=NOW).png == b"pngone"
    assert len(shelf.drawn) == 1
    assert images.picture("two", PDF, page(1), now=NOW).png == b"pngtwo"
    for other in (
        page(2),
        page(1, width_px=400),
        page(1, phrases=(Phrase("a"),)),
        page(1, boxes=(Box(1, 0, 0, 1, 1),)),
    ):
        images.picture("one", PDF, other, now=NOW)
    assert len(shelf.drawn) == 6


def test_what_is_gone_is_not_handed_out_from_memory() -> None:
    """Once the original of a version was erased, its pages are not found, though they were drawn before."""
    shelf = Shelf()
    images = PageImages(shelf.draw, shelf.find)
    images.picture("one", PDF, page(1), now=NOW)
    shelf.versions.remove("one")
    with pytest.raises(NotFound):
        images.picture("one", PDF, page(1), now=NOW)


def test_memory_is_bounded() -> None:
    """The pages unused for longest go first; one that alone is too large is handed out and not kept."""
    shelf = Shelf(b"x" * 1000)
    images = PageImages(shelf.draw, shelf.find, max_bytes=3_500)
    for number in (1, 2, 3):
        images.picture("one", PDF, page(number), now=NOW)
    images.picture("one", PDF, page(1), now=NOW)
    images.picture("one", PDF, page(4), now=NOW)
    assert images.size_bytes <= 3_500
    images.picture("one", PDF, page(1), now=NOW)
    assert [drawing.pages[0] for drawing in shelf.drawn] == [1, 2, 3, 4]
    shelf.png = b"x" * 4_000
    assert len(images.picture("one", PDF, page(9), now=NOW).png) > 3_500
    assert images.size_bytes <= 3_500


def test_pages_are_forgotten_after_a_while() -> None:
    """What nobody asked for lately is dropped with the next request, whatever that asks for."""
    shelf = Shelf()
    images = PageImages(shelf.draw, shelf.find, kept=timedelta(minutes=10))
    images.picture("one", PDF, page(1), now=NOW)
    images.picture("two", PDF, page(1), now=NOW + timedelta(minutes=11))
    assert images.size_bytes == len(b"pngtwo")
