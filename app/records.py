"""Open what needs the database alone, and declare in it what the settings and the trial name."""

from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version

from sqlalchemy import Engine, select

from app.adapters import database_url, room_of
from app.admission import Admission, open_admission
from app.audit.recorder import Recorder, key_dir, open_recorder
from app.audit.trail import Trail
from app.backup.unfinished import refuse_unfinished
from app.feedback import Feedback
from app.history import History
from app.identity import Accounts
from app.in_use import in_use
from app.ledger import Ledger
from app.migrate import upgrade
from app.privacy.break_glass import BreakGlass
from app.privacy.holds import Holds, require_free
from app.privacy.restriction import Restrictions
from app.sample import Company, Persona, read_company
from app.sessions import Sessions
from app.settings import Settings
from ingest.attempts import Attempts
from ingest.catalog import Catalog
from ingest.collections import Collection, CollectionRegister
from ingest.database import open_database, reading
from ingest.erasures import FILE_NAME, Erasures
from ingest.inventory import Inventory
from ingest.items import ItemStore
from ingest.jobs import REMOVE, JobStore, Order
from ingest.originals import FolderOriginals
from ingest.own_files import OwnFiles
from ingest.passages import DatabasePassages
from ingest.review import Review
from ingest.room import Room
from ingest.schema import documents
from ingest.version_store import VersionStore
from retrieval.errors import SetupRefused
from retrieval.readers import clean_readers


@dataclass(frozen=True)
class Records:
    """Hold everything that needs the database alone; enough to look at jobs and documents."""

    settings: Settings
    engine: Engine
    audit: Recorder
    accounts: Accounts
    sessions: Sessions
    admission: Admission
    collections: CollectionRegister
    attempts: Attempts
    catalog: Catalog
    holds: Holds
    break_glass: BreakGlass
    passages: DatabasePassages
    versions: VersionStore
    inventory: Inventory
    own_files: OwnFiles
    jobs: JobStore
    items: ItemStore
    room: Room  # on the disk
    review: Review
    ledger: Ledger
    feedback: Feedback
    history: History
    originals: FolderOriginals
    erasures: Erasures
    personas: tuple[Persona, ...]
    # Declared with other readers than before; written by whoever holds the index.
    new_rules: tuple[Collection, ...]
    version: str

    @property
    def restrictions(self) -> Restrictions:
        """Return what restricts the use of documents and of people's data."""
        return Restrictions(self.engine)


def open_records(settings: Settings) -> Records:
    """Open the database at this release's schema, declare collections. Raises DatabaseUnavailable, SetupRefused."""
    engine = _opened(settings)
    settings = in_use(settings, engine)
    erasures = Erasures(key_dir(settings) / FILE_NAME)
    audit = open_recorder(settings, partial(Trail, engine))
    ledger = Ledger(engine)
    collections = CollectionRegister(engine)
    admission = open_admission(settings.sign_in, engine)
    room = room_of(settings)
    personas, new_rules = _declare(settings, collections, admission.accounts)
    return Records(
        settings=settings,
        engine=engine,
        audit=audit,
        accounts=admission.accounts,
        sessions=admission.sessions,
        admission=admission,
        collections=collections,
        attempts=Attempts(engine),
        catalog=Catalog(engine, erased=partial(_may_go, engine, erasures)),
        holds=Holds(engine),
        break_glass=BreakGlass(engine, alone=not settings.privacy.works_council),
        passages=DatabasePassages(engine),
        versions=VersionStore(engine),
        inventory=Inventory(engine),
        own_files=OwnFiles(engine, collections),
        room=room,
        jobs=JobStore(engine, partial(_announced, audit, room)),
        items=ItemStore(engine),
        review=Review(engine),
        ledger=ledger,
        feedback=Feedback(engine),
        history=History(engine, ledger),
        originals=FolderOriginals(settings.site.originals_dir),
        erasures=erasures,
        personas=personas,
        new_rules=new_rules,
        version=version("intramuros"),
    )


def _may_go(engine: Engine, erasures: Erasures, document: str) -> None:
    """Write down that a document goes, unless it is on hold. Raises OnHold, Unavailable."""
    require_free(engine, document=document)
    with reading(engine) as connection:
        made_at = connection.scalar(select(documents.c.created_at).where(documents.c.id == document))
    erasures.document(document, made_at=made_at or "")


def _announced(audit: Recorder, room: Room, job: str, order: Order) -> None:
    """Record an order, or refuse it while the disk is too full; removals give room. Raises as both do."""
    if order.kind != REMOVE:
        room.require()
    audit.ordered(job, order)


def _opened(settings: Settings) -> Engine:
    """Return the database. Raises SetupRefused after a restore that broke off."""
    refuse_unfinished(settings)
    engine = open_database(database_url(settings))
    upgrade(engine)
    return engine


def open_existing(settings: Settings) -> Records:
    """Open the records of a house that is there already. Raises SetupRefused rather than make an empty one."""
    if not settings.database.url and not settings.site.database_file.is_file():
        raise SetupRefused(
            f"there is no house in {settings.site.data_dir}",
            remedy="go to the folder it was started in, or name its settings file with --settings",
        )
    return open_records(settings)


def _declare(
    settings: Settings, register: CollectionRegister, accounts: Accounts
) -> tuple[tuple[Persona, ...], tuple[Collection, ...]]:
    """Declare what settings and trial name; return the demo accounts, and the collections whose readers are to change.

    Their old readers stay until the index can follow: a command beside the running house does not hold it.
    """
    company = read_company() if settings.site.trial else Company((), ())
    known = {collection.id: collection.readers for collection in register.all()}
    declared = [
        Collection(**collection.model_dump(exclude={"quoted"})) for collection in settings.collections
    ]
    new_rules: list[Collection] = []
    for one in (*declared, *company.collections):
        if known.get(one.id, clean_readers(one.readers)) != clean_readers(one.readers):
            new_rules.append(one)
            register.declare(replace(one, readers=known[one.id]))
        else:
            register.declare(one)
    for persona in company.personas:
        accounts.save(persona.person(), password=persona.password)
    return company.personas, tuple(new_rules)
