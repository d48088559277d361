"""Build the parts and plug them together: the only place that does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from app.adapters import database_url, open_embedder, open_index, open_model
from app.answer import AnswerLimits, Assistant
from app.history import History
from app.identity import Accounts
from app.ledger import Ledger
from app.metrics import Metrics
from app.migrate import upgrade
from app.models import catalogue
from app.rate import RateLimit
from app.readiness import Readiness, search_probe
from app.sample import Company, Persona, read_company
from app.secret import own_secret
from app.settings import Settings
from app.sources import lender
from app.stream import Answers
from app.types import ChatModel
from ingest.attempts import Attempts
from ingest.catalog import Catalog
from ingest.collections import Collection, CollectionRegister
from ingest.database import open_database, utc_now
from ingest.desk import Desk, Lend
from ingest.gate import Limits
from ingest.indexing import Indexer
from ingest.inventory import Inventory
from ingest.items import ItemStore
from ingest.jobs import JobStore
from ingest.originals import FolderOriginals
from ingest.passages import DatabasePassages
from ingest.pipeline import Parser, Pipeline
from ingest.review import Review
from ingest.runs import Worker
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.version_store import VersionStore
from retrieval.errors import SetupRefused
from retrieval.mentions import DocumentSearch
from retrieval.readers import clean_readers
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import Box, Embedder, VectorIndex

SIGN_INS_PER_MINUTE = 20  # of one name: many more than fingers mistype, far fewer than guessing needs


class ClosableModel(ChatModel, Protocol):
    """Be a language model's client that holds connections."""

    def close(self) -> None:
        """Release them."""


class Workshop(Parser, Protocol):
    """Parse documents and draw their pages, in processes of its own."""

    def page_image(
        self, path: Path, media_type: str, page: int, *, boxes: tuple[Box, ...], width_px: int
    ) -> bytes:
        """Return a PNG of the 1-based page of a PDF with `boxes` marked. Raises DocumentRejected."""

    def close(self) -> None:
        """End them."""


@dataclass(frozen=True)
class Records:
    """Hold everything that needs the database alone; enough to look at jobs and documents."""

    settings: Settings
    engine: Engine
    accounts: Accounts
    collections: CollectionRegister
    attempts: Attempts
    catalog: Catalog
    passages: DatabasePassages
    versions: VersionStore
    inventory: Inventory
    jobs: JobStore
    items: ItemStore
    review: Review
    ledger: Ledger
    history: History
    originals: FolderOriginals
    personas: tuple[Persona, ...]
    new_rules: tuple[
        Collection, ...
    ]  # declared with other readers than before; written by who holds the index
    version: str


@dataclass(frozen=True)
class Services(Records):
    """Hold everything a question or a document needs. Only one process may hold an embedded index."""

    model: ChatModel
    embedder: Embedder
    index: VectorIndex
    searcher: Searcher
    documents: DocumentSearch  # which of them mention something
    assistant: Assistant
    answers: Answers
    rate: RateLimit  # of questions
    sign_ins: RateLimit
    metrics: Metrics
    pipeline: Pipeline
    lend: Lend
    workshop: Workshop
    readiness: Readiness
    close: Callable[[], None]

    def worker(self, name: str) -> Worker:
        """Return a worker over these parts. Whoever holds an embedded index is the only one who can be at work."""
        desk = Desk(
            items=self.items,
            inventory=self.inventory,
            pipeline=self.pipeline,
            lend=self.lend,
            spool=self.settings.site.uploads_dir,
            threads=self.settings.ingest.workers,
        )
        return Worker(self.jobs, desk, name=name, clock=utc_now, is_alone=not self.settings.index.url)


def open_records(settings: Settings) -> Records:
    """Open the database, bring its schema up to date, declare collections. Raises DatabaseUnavailable."""
    engine = open_database(database_url(settings))
    upgrade(engine)
    ledger = Ledger(engine)
    collections = CollectionRegister(engine)
    accounts = Accounts(engine, session_hours=settings.api.session_hours)
    personas, new_rules = _declare(settings, collections, accounts)
    return Records(
        settings=settings,
        engine=engine,
        accounts=accounts,
        collections=collections,
        attempts=Attempts(engine),
        catalog=Catalog(engine),
        passages=DatabasePassages(engine),
        versions=VersionStore(engine),
        inventory=Inventory(engine),
        jobs=JobStore(engine),
        items=ItemStore(engine),
        review=Review(engine),
        ledger=ledger,
        history=History(engine, ledger),
        originals=FolderOriginals(settings.site.originals_dir),
        personas=personas,
        new_rules=new_rules,
        version=version("intramuros"),
    )


def open_existing(settings: Settings) -> Records:
    """Open the records of a house that is there already. Raises SetupRefused rather than make an empty one."""
    if not settings.database.url and not settings.site.database_file.is_file():
        raise SetupRefused(
            f"there is no house in {settings.site.data_dir}",
            remedy="go to the folder it was started in, or name its settings file with --settings",
        )
    return open_records(settings)


def open_services(settings: Settings) -> Services:
    """Open everything for this profile. Raises Unavailable kinds and ModelFileRejected, each with a remedy."""
    records = open_records(settings)
    embedder = open_embedder(settings)
    return plug(
        records,
        embedder=embedder,
        index=open_index(settings, dimension=embedder.dimension),
        model=open_model(settings),
        workshop=Sandbox(SandboxLimits.of(settings.ingest.parse_timeout_s)),
    )


def plug(
    records: Records, *, embedder: Embedder, index: VectorIndex, model: ClosableModel, workshop: Workshop
) -> Services:
    """Put the parts together; whoever calls `close` on the result closes them all."""
    settings = records.settings
    _follow_rules(records, index)
    searcher = Searcher(
        embedder, index, records.passages, SparseEncoder(), candidates=settings.search.candidates
    )
    documents = DocumentSearch(index, records.passages, searcher.encoder)
    answers = Answers(per_person=settings.limits.concurrent_per_person)

    def close() -> None:
        answers.stop_all()
        for release in (workshop.close, model.close, index.close, records.engine.dispose):
            release()

    return Services(
        **vars(records),
        model=model,
        embedder=embedder,
        index=index,
        searcher=searcher,
        documents=documents,
        assistant=_assistant(settings, searcher, documents, model, embedder),
        answers=answers,
        metrics=Metrics(),
        rate=RateLimit(settings.limits.questions_per_minute, "questions"),
        sign_ins=RateLimit(SIGN_INS_PER_MINUTE, "sign-ins"),
        pipeline=_pipeline(
            records,
            parser=workshop,
            indexer=Indexer(records.catalog, records.versions, embedder, searcher.encoder, index),
        ),
        lend=lender(settings, records.collections),
        workshop=workshop,
        readiness=Readiness({"model": model.probe, "search": search_probe(searcher.search)}),
        close=close,
    )


def _pipeline(records: Records, *, parser: Parser, indexer: Indexer) -> Pipeline:
    return Pipeline(
        attempts=records.attempts,
        catalog=records.catalog,
        versions=records.versions,
        originals=records.originals,
        parser=parser,
        indexer=indexer,
        limits=Limits(max_bytes=records.settings.api.max_upload_mb << 20),
        chunk_tokens=records.settings.ingest.chunk_tokens,
    )


def _follow_rules(records: Records, index: VectorIndex) -> None:
    """Give the documents that follow a collection's rule the new one.

    The index is widened first and narrowed last, and the database decides all the while: whatever is interrupted shows
    nothing to anybody new, and is done again at the next start.
    """
    for collection in records.new_rules:
        before = records.collections.get(collection.id).readers
        for document in records.collections.following(collection):
            index.set_readers(document, (*before, *collection.readers))
        for document in records.collections.declare(collection):
            index.set_readers(document, collection.readers)


def _declare(
    settings: Settings, register: CollectionRegister, accounts: Accounts
) -> tuple[tuple[Persona, ...], tuple[Collection, ...]]:
    """Declare what settings and trial name; return the demo accounts, and the collections whose readers are to change.

    Their old readers stay until the index can follow: a command beside the running house does not hold it.
    """
    company = read_company() if settings.site.trial else Company((), ())
    known = {collection.id: collection.readers for collection in register.all()}
    declared = [Collection(**collection.model_dump()) for collection in settings.collections]
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


def _assistant(
    settings: Settings, searcher: Searcher, documents: DocumentSearch, model: ChatModel, embedder: Embedder
) -> Assistant:
    def similarity(left: str, right: str) -> float:
        first, second = embedder.embed_passages([left, right])
        return float(first @ second)

    return Assistant(
        search=searcher.search,
        find_documents=documents.find,
        model=model,
        salt_key=own_secret(settings.site.secrets_dir / "cache-salt"),
        limits=AnswerLimits(
            passages=settings.search.passages,
            prompt_tokens=settings.model.max_prompt_tokens,
            answer_tokens=settings.model.max_answer_tokens,
        ),
        restates=catalogue.restates(settings.model.name),
        takes_system=catalogue.takes_system(settings.model.name),
        similarity=similarity,
    )
