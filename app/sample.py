"""Read the sample company: demo accounts, collections, and the rendered documents with their readers."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.identity import Person, Role
from ingest.collections import Collection
from ingest.jobs import SYNC, Order
from ingest.sources import FolderSource
from retrieval.errors import SettingsInvalid

SAMPLE = Path(__file__).resolve().parent.parent / "deploy" / "sample"
QUESTIONS = SAMPLE / "questions.jsonl"


@dataclass(frozen=True, slots=True)
class Persona:
    """Hold a demo account of the trial; its password is printed on the sign-in page."""

    id: str
    name: str
    title: str
    role: Role
    groups: tuple[str, ...]
    password: str

    def person(self) -> Person:
        """Return the account without its password."""
        return Person(self.id, self.name, self.title, self.role, self.groups)


@dataclass(frozen=True, slots=True)
class Company:
    """Hold who works in the sample company and what it declares."""

    personas: tuple[Persona, ...]
    collections: tuple[Collection, ...]


def read_company(folder: Path = SAMPLE) -> Company:
    """Return the sample company. Raises SettingsInvalid where its file is missing or wrong."""
    place = folder / "company.toml"
    try:
        values = tomllib.loads(place.read_text(encoding="utf-8"))
        personas = tuple(Persona(**{**row, "groups": tuple(row["groups"])}) for row in values["person"])
        collections = tuple(
            Collection(**{**row, **{key: tuple(row.get(key, ())) for key in ("readers", "managers")}})
            for row in values["collection"]
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise SettingsInvalid(
            f"the sample company {place} cannot be read: {error}",
            remedy="restore the file from the repository, or set site.trial = false",
        ) from error
    return Company(personas, collections)


def sample_orders(rendered: Path, collections: tuple[Collection, ...]) -> tuple[Order, ...]:
    """Return one sync a collection over the rendered documents, each with the readers its source declares."""
    manifest = json.loads((rendered / "manifest.json").read_text(encoding="utf-8"))
    own = {row["path"]: tuple(row["readers"]) for row in manifest if row["readers"] is not None}

    def readers_of(collection: Collection) -> Callable[[str], tuple[str, ...]]:
        return lambda key: own.get(f"{collection.id}/{key}", collection.readers)

    orders = []
    for collection in collections:
        source = FolderSource(rendered / collection.id, readers_of=readers_of(collection))
        files = tuple(source.files())
        orders.append(Order(SYNC, collection.id, source.name, files, "sample", forget_vanished=True))
    return tuple(orders)
