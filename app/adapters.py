"""Open the adapter behind each port, as the settings' profile says."""

import shutil
from pathlib import Path

from sqlalchemy import make_url

from app.llm import VllmModel
from app.models import catalogue
from app.models.verify import require_verified, weights_id
from app.settings import Settings
from app.vllm_protocol import Timeouts
from ingest.database import sqlite_url
from ingest.engines.local import LocalEngine, Parser
from ingest.gate import Limits
from ingest.room import Room
from retrieval.cross_encoder import CrossEncoderReranker
from retrieval.embed import SentenceTransformerEmbedder
from retrieval.embed_http import HttpEmbedder, Served
from retrieval.errors import IndexUnavailable, ModelFileRejected, SetupRefused
from retrieval.level import as_indexed
from retrieval.lock import hold, holder
from retrieval.types import Embedder, VectorIndex

# The engine maps files of fixed size; where the disk ends under a map, the process does.
INDEX_FLOOR_BYTES = 200 << 20
LOADS_S = 300.0  # for gigabytes that are read and hashed from a slow disk


def database_url(settings: Settings) -> str:
    """Return the address of the database, its password in it; never print it."""
    if not settings.database.url:
        _make(settings.site.data_dir)
        return sqlite_url(settings.site.database_file)
    url = make_url(settings.database.url)
    if settings.database.password is not None:
        url = url.set(password=settings.database.password.get_secret_value())
    return url.render_as_string(hide_password=False)


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupRefused(
            f"the data directory {data_dir} cannot be made: {error.strerror}",
            remedy="set site.data_dir to a directory that this account may write to",
        ) from error


def open_embedder(settings: Settings) -> Embedder:
    """Return what embeds passages as the index holds them; loads when first used. Raises ModelFileRejected."""
    return as_indexed(open_encoder(settings))


def open_encoder(settings: Settings) -> Embedder:
    """Return the embedding model, in this process or at a server; loads or connects when first used.

    Its name tells its weights: vectors of other weights count as another model's, whatever the folder is called.
    Raises ModelFileRejected where its files are missing or changed, also where a server embeds with them.
    """
    chosen = settings.embedder
    entry = catalogue.entry(chosen.model)
    require_verified(entry, settings.site.models_dir)
    folder = settings.site.models_dir / entry.id
    name = f"{entry.id}@{weights_id(entry, settings.site.models_dir)}"
    prefixes = {"query_prefix": entry.query_prefix, "passage_prefix": entry.passage_prefix}
    if chosen.url:
        key = None if chosen.api_key is None else chosen.api_key.get_secret_value()
        return HttpEmbedder(Served(chosen.url, entry.id, key), folder, name=name, **prefixes)
    return SentenceTransformerEmbedder(folder, name=name, threads=chosen.threads, **prefixes)


def close_embedder(encoder: Embedder) -> None:
    """Let go of the connections of an embedder that has some."""
    if isinstance(encoder, HttpEmbedder):
        encoder.close()


def await_embedder(settings: Settings) -> None:
    """Return once the server at embedder.url embeds by the settings' model; without one at once.

    Raises ModelFileRejected, and EmbedderUnavailable where that server is away or does not serve the model.
    """
    encoder = open_encoder(settings)
    if isinstance(encoder, HttpEmbedder):
        try:
            encoder.wait_until_loaded(LOADS_S)
        finally:
            encoder.close()


def open_reranker(settings: Settings) -> CrossEncoderReranker | None:
    """Return the reranking model, None where none is named; loads when first used. Raises ModelFileRejected."""
    if not settings.search.reranker:
        return None
    entry = catalogue.entry(settings.search.reranker)
    if entry.use != "reranking":
        raise SetupRefused(
            f"search.reranker = '{entry.id}' is a model for {entry.use}",
            remedy="name a model for reranking (`intramuros models list --json` shows each one's use), or none",
        )
    require_verified(entry, settings.site.models_dir)
    return CrossEncoderReranker(
        settings.site.models_dir / entry.id, name=entry.id, threads=settings.embedder.threads
    )


def local_engine(settings: Settings, parser: Parser, embedder: Embedder) -> LocalEngine:
    """Return what takes documents apart in processes of this machine."""
    limits = Limits(max_bytes=settings.api.max_upload_mb << 20)
    return LocalEngine(parser, limits, settings.ingest.chunk_tokens, embedder.count_tokens)


def index_folder(settings: Settings) -> Path:
    """Return where the embedded index of the settings' embedder lies."""
    return settings.site.index_dir / settings.embedder.model


def index_holder(settings: Settings) -> int | None:
    """Return the process that holds the embedded index; None where nobody does, or a server keeps it."""
    return None if settings.index.url else holder(index_folder(settings))


def open_index(settings: Settings, *, dimension: int) -> VectorIndex:
    """Open the vector index of this profile. Raises IndexUnavailable; SetupRefused where it is another's."""
    if settings.index.url:
        from retrieval.server import QdrantIndex  # heavy: keeps the embedded profile free of the client

        secret = settings.index.api_key
        key = None if secret is None else secret.get_secret_value()
        name = _collection(settings)
        return QdrantIndex(settings.index.url, collection=name, dimension=dimension, api_key=key)
    from retrieval.edge import EdgeIndex  # heavy: keeps the server profile free of the engine

    free = shutil.disk_usage(settings.site.data_dir).free
    if free < INDEX_FLOOR_BYTES:
        raise IndexUnavailable(
            f"{free >> 20} MB are free on the disk of the index, {INDEX_FLOOR_BYTES >> 20} MB are needed",
            remedy="free disk space, or set site.data_dir to a larger disk",
        )
    return EdgeIndex(index_folder(settings), dimension=dimension)


def room_of(settings: Settings) -> Room:
    """Return what tells whether the disk has room for more documents."""
    floor_bytes = 0 if settings.index.url else INDEX_FLOOR_BYTES
    return Room(settings.site.data_dir, settings.ingest.max_disk_percent, floor_bytes)


def remove_index(settings: Settings) -> None:
    """Remove the vector index of the settings' embedder, closed before. Raises IndexUnavailable."""
    if settings.index.url:
        from retrieval.server import QdrantIndex  # heavy: as in open_index

        secret = settings.index.api_key
        key = None if secret is None else secret.get_secret_value()
        # Opened first, which makes it where it is gone: a removal that was broken off can be repeated.
        dimension = open_encoder(settings).dimension
        index = QdrantIndex(
            settings.index.url, collection=_collection(settings), dimension=dimension, api_key=key
        )
        index.remove()
        index.close()
        return
    folder = index_folder(settings)
    with hold(folder):  # whoever has it open is named instead
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise IndexUnavailable(
                f"the index in {folder} cannot be removed: {error.strerror}",
                remedy="give the account that runs Intramuros write access to the data directory",
            ) from error


def _collection(settings: Settings) -> str:
    return f"intramuros-{settings.embedder.model}"  # vectors of two models never meet


def served_weights(settings: Settings) -> str | None:
    """Return what tells the language model's files from others of its name; None where none are installed here.

    A model server elsewhere says nothing of its files: what is in models_dir under the model's name counts as served.
    """
    known = next(
        (one for one in catalogue.CATALOGUE if settings.model.name in (one.id, one.hub_repository)), None
    )
    if known is None:
        return None
    try:
        return weights_id(known, settings.site.models_dir)
    except ModelFileRejected:
        return None


def open_model(settings: Settings) -> VllmModel:
    """Return the client of the language model; connects when first used."""
    chosen = settings.model
    return VllmModel(
        base_url=chosen.base_url,
        name=chosen.name,
        api_key=None if chosen.api_key is None else chosen.api_key.get_secret_value(),
        context_tokens=chosen.context_tokens,
        timeouts=Timeouts(
            connect_s=chosen.connect_timeout_s,
            first_token_s=chosen.first_token_timeout_s,
            between_tokens_s=chosen.between_tokens_timeout_s,
            total_s=chosen.total_timeout_s,
        ),
    )


def quotes(settings: Settings) -> bool:
    """Return whether the house quotes where nobody says otherwise: as the settings say, else as suits the model."""
    wanted = settings.model.answers
    return catalogue.quotes(settings.model.name) if wanted == "auto" else wanted == "quoted"
