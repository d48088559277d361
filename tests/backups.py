"""Fill a house, back it up, restore it elsewhere, and tell what people and checks see of it."""

import json
import shutil
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from app.audit.keeper import look_through
from app.backup import keys
from app.backup.create import Holdings, Vectors, create
from app.backup.manifest import Manifest
from app.backup.restore import House as Target
from app.backup.restore import Report, Restored, Wanted, restore
from app.backup.rows import tables_of
from app.settings import Settings
from ingest.database import open_database, sqlite_url
from ingest.erasures import Erasure
from retrieval.edge import EdgeIndex
from retrieval.level import as_indexed
from retrieval.readers import reader_of
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import COLLECTIONS, House, ask, open_house, settings_of
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

PARTS = ("pump", "valve", "seal", "motor", "bearing", "gasket", "rotor", "shaft", "filter", "hose")
ACTS = ("check", "grease", "replace", "measure", "store")
PROBES = tuple(f"How do people {act} the {part} in Kassel?" for part in PARTS for act in ACTS)  # fifty
OWN = b"# Mine\n\nThe codeword is Zwetschge.\n"
ALL = frozenset(one.id for one in COLLECTIONS)
# A restore ends sign-ins, is on record, and knows of no process that was there.
GOES_ON = {"sessions", "audit_events", "index_followers"}


def seeded(data_dir: Path, share: Path) -> House:
    """Return a house with documents of two collections, an own file, an answer with a thumb, and a key."""
    house = open_house(data_dir, ScriptedModel(ANSWER))
    texts = {
        part: f"# The {part}\n\n" + "\n\n".join(
            f"## To {act}\n\nPeople in Kassel {act} the {part} every {place + 2} weeks, and note what they {act}."
            for place, act in enumerate(ACTS)
        )
        for part in PARTS
    }  # fmt: skip
    house.bring_in(
        share,
        "handbook",
        leave=LEAVE,
        **texts,
    )
    house.bring_in(share / "hr", "hr", salary=SALARY)
    anna = house.token("anna")
    house.client.post("/api/files", headers=anna, files={"file": ("mine.md", OWN)})
    house.work()
    got = ask(house, "anna", QUESTION)
    thumb = {"value": "down", "kinds": [], "reason": "too short"}
    house.client.post(f"/api/answers/{got['answer']['id']}/feedback", headers=anna, json=thumb)
    house.client.post("/api/keys", headers=anna, json={"name": "script", "scopes": ["ask"], "days": 30})
    return house


def copied(seed: Path, data_dir: Path) -> House:
    """Return a copy of a house that was seeded and closed."""
    shutil.copytree(seed, data_dir)
    return open_house(data_dir, ScriptedModel(ANSWER))


def backed_up(house: House, folder: Path, *, with_vectors: bool = True) -> Manifest:
    """Back up a house that is open in this process."""
    services = house.services
    vectors = (
        Vectors(as_indexed(HashEmbedder()), lambda: nullcontext(services.index.vectors))
        if with_vectors
        else None
    )
    data_dir = services.settings.site.data_dir
    holdings = Holdings(services.engine, services.originals, vectors, data_dir, "1.2.3")
    services.erasures.begin()
    return create(holdings, folder, keys.backup_key(services.settings))


def restored(
    settings: Settings,
    folder: Path,
    *,
    erasures: Sequence[Erasure] = (),
    url: str = "",
    report: Report = lambda _what, _done, _total: None,
    **wishes: Any,
) -> Restored:
    """Restore a backup into the installation of these settings."""
    engine = open_database(url or sqlite_url(settings.site.database_file))
    settings.site.data_dir.mkdir(exist_ok=True)
    embedder = as_indexed(HashEmbedder())

    def open_index() -> EdgeIndex:
        return EdgeIndex(settings.site.index_dir, dimension=embedder.dimension)

    target = Target(settings, engine, embedder, open_index, "1.2.3")
    wanted = Wanted(folder, erasures, **{"replaces": False, **wishes})
    try:
        return restore(target, wanted, report=report)
    finally:
        engine.dispose()


def elsewhere(tmp_path: Path, name: str = "new") -> Settings:
    """Return the settings of another installation of the same company."""
    return settings_of(tmp_path / name, *COLLECTIONS)


def told(engine: Engine, *, without: Iterable[str] = GOES_ON) -> dict[str, list[str]]:
    """Return every row of every table as text, sorted."""
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in tables_of(connection)
            if table.name not in without
        }


def indexed(house: House) -> list[Any]:
    """Return what the index holds of every chunk, ids and readers."""
    return sorted(house.services.index.records(), key=lambda one: one.chunk_id)


def found(house: House) -> list[list[str]]:
    """Return the ten best chunks of each probe, for a reader of all and for one of the handbook."""
    return [
        [
            one.passage.chunk_id
            for one in house.services.searcher.search(
                probe, reader=reader_of("someone", groups), collections=ALL, limit=10
            ).passages
        ]
        for probe in PROBES
        for groups in (["hr"], ["finance"])
    ]


def is_chain_whole(house: House) -> bool:
    """Return whether the audit trail is whole, with at least one record in it."""
    finding = look_through(house.services.audit)
    return finding.is_whole and finding.records > 0


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest as it lies there."""
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return read
