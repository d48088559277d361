"""Open the sources that the settings declare, and the plain folders that a command names."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache, partial
from pathlib import Path

from app.declared import DeclaredSource
from app.settings import Settings
from ingest.collections import Collection, CollectionRegister
from ingest.desk import Lend
from ingest.jobs import Job
from ingest.schedule import Timetable
from ingest.sources.bucket import BucketSource, Place
from ingest.sources.folder import FolderSource, ReadersOf
from ingest.sources.permissions import readers_below
from ingest.sources.rules import readers_by
from ingest.types import Origin, Source, SourceFile
from retrieval.errors import InvalidRequest, NotFound

FOLDER = "folder:"


def open_source(settings: Settings, name: str, *, collection: Collection) -> Source:
    """Return the source called `name`: the id of a declared one, or its full name ("folder:/srv/policies").

    A folder that is not declared is opened too; its readers are the collection's. A declared one keeps its own rule
    whichever way it is named, so that naming its folder cannot show its files to more people.
    Raises NotFound for an unknown name, InvalidRequest where the source belongs to another collection or the folder
    holds files of a declared source with a rule of its own.
    """
    for declared in settings.sources:
        if name == declared.id and declared.collection != collection.id:
            raise InvalidRequest(
                f"the source '{name}' fills the collection '{declared.collection}', not '{collection.id}'",
                remedy=f"leave the collection out, or name {declared.collection}",
            )
        if name == declared.id or (_is_place_of(declared, name) and collection.id == declared.collection):
            return _declared(settings, declared, collection)
    if name.startswith(FOLDER):
        _check_free(settings, _folder(name))
        return FolderSource(Path(name.removeprefix(FOLDER)), readers_of=lambda _key: collection.readers)
    raise _unknown(settings, name)


def declared_source(settings: Settings, source_id: str) -> DeclaredSource:
    """Return a source's declaration by its id. Raises NotFound."""
    for declared in settings.sources:
        if declared.id == source_id:
            return declared
    raise _unknown(settings, source_id)


def collection_of(settings: Settings, place: str) -> str:
    """Return the collection that a declared source fills. Raises NotFound, which tells what a folder needs."""
    if Path(place).exists() and not any(one.id == place for one in settings.sources):
        raise NotFound(
            f"{place} is a folder of no declared source, so its collection is not known",
            remedy="name one with --collection; `intramuros ingest status` lists them",
        )
    return declared_source(settings, place).collection


def source_name(declared: DeclaredSource) -> str:
    """Return the name that the documents of a declared source carry, without reaching for it."""
    if declared.kind == "folder":
        return folder_name(declared.path or Path())
    return f"s3:{declared.bucket}/{declared.prefix.strip('/')}"


def lender(settings: Settings, collections: CollectionRegister) -> Lend:
    """Return what lends a worker the bytes of a job's file, wherever they are."""

    @lru_cache(maxsize=8)  # a bucket's client keeps its connections
    def opened(name: str, collection: str) -> Source:
        return open_source(settings, name, collection=collections.get(collection))

    def lend(job: Job, file: SourceFile) -> AbstractContextManager[Path]:
        if file.origin is Origin.COPY:
            return _own_copy(file)
        return opened(job.source, job.collection_id).local(file)

    return lend


def timetable(settings: Settings) -> tuple[Timetable, ...]:
    """Return when each declared source is due and which folders are watched."""
    return tuple(
        Timetable(one.id, every_s=one.every_minutes * 60.0, watched=one.path if one.watch else None)
        for one in settings.sources
        if one.every_minutes or one.watch
    )


def _declared(settings: Settings, declared: DeclaredSource, collection: Collection) -> Source:
    readers_of = _readers_of(declared, collection)
    if declared.kind == "folder":
        return FolderSource(declared.path or Path(), readers_of=readers_of)
    return BucketSource(
        Place(
            endpoint=declared.endpoint,
            bucket=declared.bucket,
            prefix=declared.prefix,
            access_key=declared.access_key.get_secret_value() if declared.access_key else "",
            secret_key=declared.secret_key.get_secret_value() if declared.secret_key else "",
            region=declared.region,
            ca_file=declared.ca_file,
        ),
        readers_of=readers_of,
        max_bytes=settings.api.max_upload_mb << 20,
    )


def folder_name(path: Path) -> str:
    """Return what a folder's documents carry for a source: its path as given, links in it left alone.

    Where a link is switched to another folder, as releases and snapshots are, its documents are replaced: by the folder
    it leads to, they would be documents of two sources, and the old ones would stay.
    """
    return f"{FOLDER}{os.path.abspath(path)}"  # noqa: PTH100  Path.absolute() keeps ".."


def _is_place_of(declared: DeclaredSource, name: str) -> bool:
    """Return whether a full name is that of a declared source, or leads to its folder by another way."""
    if declared.kind == "folder" and name.startswith(FOLDER):
        return _folder(name) == _root(declared)
    return name == source_name(declared)


def _folder(name: str) -> Path:
    """Return the folder that a name leads to, through links."""
    return Path(name.removeprefix(FOLDER)).resolve()


def _root(declared: DeclaredSource) -> Path:
    return (declared.path or Path()).resolve()


def _check_free(settings: Settings, folder: Path) -> None:
    for declared in settings.sources:
        if declared.kind != "folder" or declared.readers == "collection":
            continue
        root = _root(declared)
        if folder.is_relative_to(root) or root.is_relative_to(folder):
            raise InvalidRequest(
                f"{folder} holds files of the source '{declared.id}', whose readers come from its {declared.readers}",
                remedy=f"sync '{declared.id}' instead: here, the whole collection could read them",
            )


def _readers_of(declared: DeclaredSource, collection: Collection) -> ReadersOf:
    if declared.readers == "permissions":
        return partial(readers_below, declared.path or Path())
    if declared.readers == "mapping":
        return partial(readers_by, tuple(rule.rule() for rule in declared.rules))
    return lambda _key: collection.readers


def _unknown(settings: Settings, name: str) -> NotFound:
    ids = ", ".join(one.id for one in settings.sources)
    return NotFound(
        f"there is no source '{name}'",
        remedy=f"name one of: {ids}" if ids else "declare it in [[sources]], or name a folder",
    )


@contextmanager
def _own_copy(file: SourceFile) -> Iterator[Path]:
    yield file.path
