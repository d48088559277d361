"""Look for canaries through every route, in every row of every table, and in every byte of the data directory."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Final

from fastapi.routing import APIRoute
from sqlalchemy import inspect, text

from app.selftest.canaries import Canary
from app.selftest.planting import ADMIN, AUDITOR, COLLEAGUE, Planted, ask, sign_in
from app.selftest.temporary import House
from ingest.database import reading

MOST_BYTES: Final = 1 << 30  # of what a compressed file may become
QUESTION: Final = "What is the codeword of the depot in Kassel, and of the tower in Jena?"

Hits = dict[Canary, set[str]]  # where each was found


def through_routes(house: House, planted: Planted, canaries: Sequence[Canary]) -> Hits:
    """Return which canaries any reading route shows to the person, a colleague, an administrator or an auditor."""
    hits: Hits = {one: set() for one in canaries}
    for user in (planted.person, COLLEAGUE, ADMIN, AUDITOR):
        headers = sign_in(house, user)
        for path in _paths(house, planted):
            _note(hits, house.client.get(path, headers=headers).content, path)
        if headers:
            _, reply = ask(house, headers, QUESTION, "I do not know.")
            _note(hits, reply.encode(), "a question")
    return hits


def in_rows(house: House, canaries: Sequence[Canary]) -> Hits:
    """Return which canaries stand in a row of any table."""
    hits: Hits = {one: set() for one in canaries}
    with reading(house.services.engine) as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608  the database's own names
                _note(hits, repr(tuple(row)).encode(), table)
    return hits


def on_disk(folder: Path, canaries: Sequence[Canary]) -> Hits:
    """Return which canaries stand in a file below a folder, or in what a compressed file holds."""
    hits: Hits = {one: set() for one in canaries}
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = file.relative_to(folder).as_posix()
        _note(hits, name.encode(), name)
        for content in _contents(file.read_bytes()):
            _note(hits, content, name)
    return hits


def together(*found: Hits) -> Hits:
    """Return what any of these found."""
    return {one: set().union(*(hits[one] for hits in found)) for one in found[0]}


def _note(hits: Hits, content: bytes, where: str) -> None:
    for canary, places in hits.items():
        if canary.needle in content:
            places.add(where)


def _contents(content: bytes) -> Iterator[bytes]:
    """Yield a file's bytes, and those that it holds compressed."""
    yield content
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.infolist():
                if member.file_size < MOST_BYTES:
                    yield archive.read(member)
    for beginning, unpack in (
        (b"\x1f\x8b", gzip.decompress),
        (b"BZh", bz2.decompress),
        (b"\xfd7zXZ", lzma.decompress),
    ):
        if content.startswith(beginning):
            try:
                yield unpack(content)
            except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
                return


def _paths(house: House, planted: Planted) -> Iterable[str]:
    """Yield every path that can be read, with every id that was planted in it, and every search for a canary."""
    for route in house.client.app.routes:  # type: ignore[attr-defined]  # FastAPI's
        if not isinstance(route, APIRoute) or "GET" not in (route.methods or ()):
            continue
        names = list(route.param_convertors)
        for chosen in product(*(planted.ids.get(name, ["none"]) for name in names)):
            yield route.path.format(**dict(zip(names, chosen, strict=True)))
    words = [one.word for one in planted.canaries if one.word]
    yield from (f"/api/documents/search?q={one}" for one in words)
    yield from (f"/api/conversations?q={one}" for one in words)
    yield from (f"/api/audit/answers?document={one}" for one in planted.ids["document"])
