"""Wire the doctor's checks to this installation."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from app import doctor
from app.adapters import (
    close_embedder,
    database_url,
    index_holder,
    open_embedder,
    open_encoder,
    open_index,
    room_of,
)
from app.backup.newest import check_backup
from app.certificate import check_certificate, door_of
from app.checkup import examine_model
from app.cli.consistency import inspect_house
from app.cli.shell import Shell
from app.in_use import in_use, with_embedder
from app.index_check import check_embedder, check_embedding_server, standing_models
from app.migrate import current_revision, newest_revision
from app.models import catalogue
from app.models.verify import remedy_of, verify_model
from app.openid import Provider
from app.privacy.retention import check_retention, standing
from app.provider import check_provider
from app.settings import Settings
from ingest.database import open_database
from ingest.index_store import IndexRow, IndexStore
from ingest.sandbox.launch import confinement
from ingest.stocktaking import Stocktaking
from retrieval.errors import IntramurosError, ModelFileRejected

HTTP_TIMEOUT_S = 5.0
HEALTH_OF_PAGE = "/_stcore/health"  # Streamlit's own; the proxy lets it pass

named = doctor.Examination


def examine(shell: Shell, *, is_deep: bool) -> list[doctor.Check]:
    """Return every finding, in the order in which one fault explains the next; `is_deep` compares all that is kept."""
    try:
        settings = shell.settings()
    except IntramurosError as error:
        return [doctor.Check("settings", doctor.Severity.ERROR, error.message, remedy=error.remedy)]
    wished, settings = settings.embedder.model, _in_use(settings)
    checks = doctor.diagnose([*_around(settings), *_within(settings, wished=wished), *_neighbours(settings)])
    if is_deep:
        whole = named("consistency", lambda: doctor.check_consistency(lambda: inspect_house(settings)))
        checks += doctor.diagnose([whole])
    return checks


def _around(settings: Settings) -> list[doctor.Examination]:
    """Return what concerns the machine and the settings."""
    return [
        named("settings", lambda: doctor.check_settings(lambda: settings)),
        named("telemetry", lambda: doctor.check_offline(os.environ)),
        named("clock", lambda: doctor.check_clock(datetime.now(UTC), None)),
        named("data directory", lambda: doctor.check_data_dir(settings.site.data_dir, room_of(settings))),
        named(
            "sign-in provider",
            lambda: check_provider(settings.sign_in.issuer, Provider(settings.sign_in).metadata),
        ),
        named("secret files", lambda: doctor.check_secret_files(settings.secret_files)),
    ]


def _within(settings: Settings, *, wished: str) -> list[doctor.Examination]:
    """Return what concerns that which is kept, and what reads it in."""
    return [
        named("database", lambda: _database(settings)),
        named("model files", lambda: doctor.check_models(_models(settings), lambda n: _verify(n, settings))),
        named(
            "index", lambda: doctor.check_index(lambda: _count(settings), owner_pid=index_holder(settings))
        ),
        named("vectors", lambda: doctor.check_vectors(lambda: _embedded_otherwise(settings))),
        named("embedder", lambda: check_embedder(_indexes(settings), wished=wished)),
        named("embedding server", lambda: _embedding_server(settings)),
        named("OCR", lambda: doctor.check_ocr(doctor.tesseract_languages)),
        named("parsers", lambda: doctor.check_parsers(confinement())),
        named("retention", lambda: _retention(settings)),
    ]


def _neighbours(settings: Settings) -> list[doctor.Examination]:
    """Return what concerns who answers, and what is left when all is gone."""
    return [
        named("model", lambda: examine_model(settings)),
        named("API", lambda: doctor.check_reachable("API", _api(settings), _status)),
        named("page", lambda: _page(settings)),
        named("certificate", lambda: check_certificate(settings.page, now=datetime.now(UTC))),
        named("backup", lambda: check_backup(settings, now=datetime.now(UTC))),
    ]


def _database(settings: Settings) -> doctor.Check:
    engine = open_database(database_url(settings))
    try:
        return doctor.check_database(lambda: current_revision(engine), newest_revision())
    finally:
        engine.dispose()


def _retention(settings: Settings) -> list[doctor.Check]:
    """Return whether terms are kept; nothing of a database that another release wrote, which is told of."""
    engine = open_database(database_url(settings))
    try:
        if current_revision(engine) != newest_revision():
            return []
        now = datetime.now(UTC)
        return [check_retention(standing(settings, engine, now=now), now=now)]
    finally:
        engine.dispose()


def _in_use(settings: Settings) -> Settings:
    """Return the settings with the embedder in use; as they are where the database cannot say, which is told of."""
    try:
        engine = open_database(database_url(settings))
        try:
            is_known = current_revision(engine) == newest_revision()
            return in_use(settings, engine) if is_known else settings
        finally:
            engine.dispose()
    except IntramurosError:
        return settings


def _indexes(settings: Settings) -> tuple[IndexRow, ...]:
    engine = open_database(database_url(settings))
    try:
        return IndexStore(engine).all() if current_revision(engine) == newest_revision() else ()
    finally:
        engine.dispose()


def _embedded_otherwise(settings: Settings) -> int:
    engine = open_database(database_url(settings))
    try:
        if current_revision(engine) != newest_revision():
            return 0  # another finding; what cannot be read is not told of here
        return Stocktaking(engine).embedded_otherwise(open_embedder(settings).name)
    finally:
        engine.dispose()


def _embedding_server(settings: Settings) -> list[doctor.Check]:
    """Return whether it embeds by every model that an index stands for; nothing where the house embeds by itself."""
    if not settings.embedder.url:
        return []

    def embed(model: str) -> None:
        encoder = open_encoder(with_embedder(settings, model))
        try:
            encoder.embed_query("ready")
        finally:
            close_embedder(encoder)

    models = standing_models(_indexes(settings), first=settings.embedder.model)
    return [check_embedding_server(settings.embedder.url, models, embed)]


def _models(settings: Settings) -> list[str]:
    """Return the models whose files are ours to verify: those of the search, and a language model of the catalogue."""
    served = settings.model.name
    ours = [one for one in (settings.embedder.model, settings.search.reranker) if one]
    return ours + ([served] if (settings.site.models_dir / served).is_dir() else [])


def _verify(name: str, settings: Settings) -> None:
    for file in verify_model(catalogue.entry(name), settings.site.models_dir):
        if file.state != "ok":
            raise ModelFileRejected(
                f"{file.name} of '{name}' is {file.state}",
                remedy=remedy_of(catalogue.entry(name), settings.site.models_dir),
            )


def _count(settings: Settings) -> int:
    index = open_index(settings, dimension=open_embedder(settings).dimension)
    try:
        return index.count()
    finally:
        index.close()


def _api(settings: Settings) -> str:
    return f"http://{settings.api.host}:{settings.api.port}/healthz"


def _page(settings: Settings) -> doctor.Check:
    """Return whether the page answers: through the proxy where that is how this process reaches it."""
    door = door_of(settings.page)
    if door is None or not settings.page.door:
        url = f"http://{settings.page.host}:{settings.page.port}{HEALTH_OF_PAGE}"
        return doctor.check_reachable("page", url, _status)

    def through(url: str) -> int:
        # Whether its certificate is good is another finding; here somebody has to stand behind it.
        with httpx.Client(verify=False, trust_env=False, timeout=HTTP_TIMEOUT_S) as client:  # noqa: S501  see above
            name = {"sni_hostname": door.name}
            return _code(lambda: client.get(url, headers={"Host": door.name}, extensions=name))

    return doctor.check_reachable("page", f"https://{settings.page.door}{HEALTH_OF_PAGE}", through)


def _status(url: str) -> int:
    return _code(lambda: httpx.get(url, timeout=HTTP_TIMEOUT_S, trust_env=False))


def _code(ask: Callable[[], httpx.Response]) -> int:
    try:
        return ask().status_code
    except httpx.HTTPError as error:
        raise OSError(str(error)) from error
