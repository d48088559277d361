"""Build the parts and plug them together: the only place that does."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from app import prompt, quoting
from app.adapters import (
    close_embedder,
    open_encoder,
    open_index,
    open_model,
    open_reranker,
    quotes,
    served_weights,
)
from app.answer import AnswerLimits, Assistant, MayStillRead
from app.audit.events import Kind
from app.comparing import likeness_of, similarity_of
from app.ingestion import pipeline_of, worker_of
from app.looks import Looks, looks_of
from app.metrics import Metrics
from app.models import catalogue
from app.observation import Observation, open_observation
from app.page_images import PageImages
from app.provenance import Imprint, Making
from app.rate import RateLimit
from app.readiness import Readiness, reranker_probe, search_probe
from app.records import Records, open_records
from app.secret import own_secret
from app.settings import Settings
from app.sources import lender
from app.stream import Answers
from app.suggestions import Suggesting
from app.tracing import Tracing
from app.types import ChatModel
from app.vllm_protocol import TEMPERATURE
from app.waiting import WaitingLine
from ingest.database import utc_now
from ingest.desk import Lend
from ingest.engines.local import Parser
from ingest.events import event, logger
from ingest.index_store import IndexStore
from ingest.pipeline import Pipeline
from ingest.runs import Worker
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.stocktaking import Stocktaking
from ingest.types import Drawing, Picture
from retrieval.errors import NotFound
from retrieval.evidence import judge_for
from retrieval.level import as_indexed, is_calibrated
from retrieval.mentions import DocumentSearch
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, Reader, Reranker, VectorIndex

LOOKUPS_PER_MINUTE = 30  # of one person: a common word in a large house takes seconds of the processor
OFFERS_PER_MINUTE = 10  # of one person: each costs several searches
EXPORTS_PER_MINUTE = 2  # of one person: each takes seconds of the processor
SIGN_INS_PER_MINUTE = 20  # of one name: many more than fingers mistype, far fewer than guessing needs


class ClosableModel(ChatModel, Protocol):
    """Be a language model's client that holds connections."""

    def close(self) -> None:
        """Release them."""


class Workshop(Parser, Protocol):
    """Parse documents and draw their pages, in processes of its own."""

    def page_image(self, path: Path, media_type: str, drawing: Drawing) -> Picture:
        """Return a page of a PDF or picture with its marks. Raises DocumentRejected, NotFound."""

    def close(self) -> None:
        """End them."""


@dataclass(frozen=True)
class Services(Records):
    """Hold everything a question or a document needs. Only one process may hold an embedded index."""

    model: ChatModel
    embedder: Embedder
    index: VectorIndex
    searcher: Searcher
    documents: DocumentSearch  # which of them mention something
    assistant: Assistant
    suggesting: Suggesting
    imprint: Imprint  # what marks its answers in the ledger
    answers: Answers
    rate: RateLimit  # of questions
    lookups: RateLimit  # of searches for documents
    offers: RateLimit  # of what to ask next
    sign_ins: RateLimit
    exports: RateLimit  # of all that is kept of oneself
    metrics: Metrics
    tracing: Tracing
    looks: Looks
    pipeline: Pipeline
    lend: Lend
    page_images: PageImages
    readiness: Readiness
    neighbours: "Neighbours"  # as they were plugged in; another embedder with its index takes their place
    close: Callable[[], None]

    def worker(self, name: str) -> Worker:
        """Return a worker over these parts, see `app.ingestion.worker_of`."""
        return worker_of(self, self.pipeline, self.lend, name=name)


@dataclass(frozen=True)
class Neighbours:
    """Hold what stands beside the database and may be away: models, index, and the parsing of documents."""

    encoder: Embedder  # the embedding model as it is
    index: VectorIndex
    model: ClosableModel
    workshop: Workshop
    reranker: Reranker | None = None
    observed: Observation = field(default_factory=Observation)

    def close(self) -> None:
        """Release what they hold."""
        for release in (self.workshop.close, self.model.close, self.index.close, self.observed.tracing.close):
            release()
        close_embedder(self.encoder)


def open_services(settings: Settings) -> Services:
    """Open everything for this profile. Raises Unavailable kinds and ModelFileRejected, each with a remedy."""
    records = open_records(settings)
    settings = records.settings
    IndexStore(records.engine).adopt(settings.embedder.model, now=utc_now())
    encoder, reranker = open_encoder(settings), open_reranker(settings)
    observed = open_observation(settings, records.version)
    neighbours = Neighbours(
        encoder=encoder,
        index=open_index(settings, dimension=encoder.dimension),
        model=open_model(settings),
        workshop=Sandbox(SandboxLimits.of(settings.ingest.parse_timeout_s), on_stop=observed.stopped),
        reranker=reranker,
        observed=observed,
    )
    return plug(records, neighbours)


def plug(records: Records, beside: Neighbours) -> Services:
    """Put the parts together; whoever calls `close` on the result closes them all."""
    settings, limits = records.settings, records.settings.limits
    records.audit.on_failure = beside.observed.metrics.count_audit_failure
    _follow_rules(records, beside.index)
    embedder = as_indexed(beside.encoder)
    _tell_of_others(records, embedder)
    searcher = _searcher(records, beside, embedder)
    documents = DocumentSearch(beside.index, records.passages, searcher.encoder)
    answers = Answers(per_person=limits.concurrent_per_person, at_most=limits.at_once + limits.waiting)
    return Services(
        **vars(records),
        model=beside.model,
        embedder=embedder,
        index=beside.index,
        searcher=searcher,
        documents=documents,
        assistant=_assistant(records, searcher, documents, beside),
        suggesting=Suggesting(searcher.search, judge_for(beside.encoder.name)),
        imprint=_imprint(settings),
        answers=answers,
        metrics=beside.observed.metrics,
        tracing=beside.observed.tracing,
        looks=looks_of(settings),
        rate=RateLimit(limits.questions_per_minute, "questions"),
        lookups=RateLimit(LOOKUPS_PER_MINUTE, "searches"),
        offers=RateLimit(OFFERS_PER_MINUTE, "suggestions"),
        sign_ins=RateLimit(SIGN_INS_PER_MINUTE, "sign-ins"),
        exports=RateLimit(EXPORTS_PER_MINUTE, "exports of all one's data"),
        pipeline=pipeline_of(records, embedder, beside.index, beside.workshop, onlooker=beside.observed),
        lend=lender(settings, records.collections),
        page_images=PageImages(beside.workshop.page_image, records.originals.path),
        readiness=_readiness(beside, searcher),
        neighbours=beside,
        close=partial(_close, records, beside, answers),
    )


def _close(records: Records, beside: Neighbours, answers: Answers) -> None:
    answers.stop_all()
    beside.close()
    records.engine.dispose()


def _tell_of_others(records: Records, embedder: Embedder) -> None:
    """Write into the log how many documents are found by their words only, as after a rebuild that was broken off."""
    if others := Stocktaking(records.engine).embedded_otherwise(embedder.name):
        event(logger("start"), "documents_embedded_otherwise", level=logging.WARNING, documents=others)


def _searcher(records: Records, beside: Neighbours, embedder: Embedder) -> Searcher:
    return Searcher(
        embedder,
        beside.index,
        records.passages,
        SparseEncoder(),
        candidates=records.settings.search.candidates,
        reranker=beside.reranker,
        reranked=records.settings.search.reranked,
    )


def _readiness(beside: Neighbours, searcher: Searcher) -> Readiness:
    probes = {"model": beside.model.probe, "search": search_probe(searcher.search)}
    if beside.reranker is not None:
        probes["reranker"] = reranker_probe(beside.reranker)
    return Readiness(probes)


def _follow_rules(records: Records, index: VectorIndex) -> None:
    """Give the documents that follow a collection's rule the new one.

    The index is widened first and narrowed last, and the database decides all the while: whatever is interrupted shows
    nothing to anybody new, and is done again at the next start.
    """
    for collection in records.new_rules:
        before = records.collections.get(collection.id).readers
        rule = records.audit.fingerprint(" ".join(collection.readers))
        records.audit.record(Kind.ACCESS, None, outcome="by settings", collection=collection.id, readers=rule)
        for document in records.collections.following(collection):
            index.set_readers(document, (*before, *collection.readers))
        for document in records.collections.declare(collection):
            index.set_readers(document, collection.readers)


def _imprint(settings: Settings) -> Imprint:
    key = own_secret(settings.site.secrets_dir / "pseudonyms")
    weights = served_weights(settings)
    return Imprint(
        key,
        writing=Making(weights, prompt.VERSION, TEMPERATURE, settings.model.max_answer_tokens),
        judging=Making(weights, quoting.VERSION, TEMPERATURE, max_tokens=1),
    )


def _assistant(
    records: Records, searcher: Searcher, documents: DocumentSearch, beside: Neighbours
) -> Assistant:
    settings = records.settings
    return Assistant(
        search=searcher.search,
        find_documents=documents.find,
        model=beside.model,
        line=WaitingLine(settings.limits.at_once),
        salt_key=own_secret(settings.site.secrets_dir / "cache-salt"),
        limits=AnswerLimits(
            passages=settings.search.passages,
            prompt_tokens=settings.model.max_prompt_tokens,
            answer_tokens=settings.model.max_answer_tokens,
        ),
        restates=catalogue.restates(settings.model.name),
        takes_system=catalogue.takes_system(settings.model.name),
        quotes=quotes(settings),
        quoted_collections=frozenset(one.id for one in settings.collections if one.quoted),
        similarity=similarity_of(beside.encoder),
        likeness=likeness_of(beside.encoder) if is_calibrated(beside.encoder.name) else None,
        may_still_read=_may_still_read(records),
        judge=judge_for(beside.encoder.name),
    )


def _may_still_read(records: Records) -> MayStillRead:
    def may_still_read(reader: Reader, chunks: Sequence[str]) -> bool:
        try:
            today = records.accounts.person(reader.subject.removeprefix("user:")).reader()
        except NotFound:
            return False
        return len(records.passages.fetch(chunks, reader=today)) == len(chunks)

    return may_still_read
