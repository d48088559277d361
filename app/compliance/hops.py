"""Tell which neighbours the settings name, by which way each is reached, and what it is told. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from app.compliance.paper import Way
from app.egress.addresses import is_local
from app.egress.allowed import address_in
from app.settings import Settings

# How PostgreSQL's client is told to insist on TLS: libpq, "SSL Mode Descriptions". `prefer` falls back to none.
INSISTS: Final = frozenset({"require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class Hop:
    """Hold a neighbour. What is said of it is English, for a `Tongue`."""

    name: str
    told: str
    setting: str
    address: str  # host and port; "" within the process
    way: Way

    @property
    def is_elsewhere(self) -> bool:
        """Return whether it is on another machine, or may be, as the settings name it."""
        return self.way in {"tls", "plain"}


SAID: Final = {
    "inside": "within the process: no connection",
    "machine": "within the machine: loopback",
    "tls": "another machine or container, over TLS",
    "plain": "another machine or container, without TLS: internal network only",
}


def front(settings: Settings) -> tuple[Hop, Hop]:
    """Return the hops that come in: from the browser to the page, and from the page to the API."""
    page, api = settings.page.public_url, settings.api.host
    return (
        _at("page", "questions, answers, documents shown", "page.public_url", page),
        Hop(
            "API",
            "the same, with the token of the person",
            "api.host",
            f"{api}:{settings.api.port}",
            "machine" if is_local(api) and settings.site.profile == "embedded" else "plain",
        ),
    )


def hops(settings: Settings) -> tuple[Hop, ...]:
    """Return every neighbour that the API and its workers ask."""
    return tuple(_neighbours(settings))


def _neighbours(settings: Settings) -> Iterator[Hop]:
    yield _database(settings)
    yield _at("vector index", "vectors, weights of words, ids, readers", "index.url", settings.index.url)
    yield Hop("originals", "the files themselves", "site.data_dir", "", "inside")
    told = "the question, the passages found, earlier turns"
    yield _at("language model", told, "model.base_url", settings.model.base_url)
    yield _at("embedding model", "texts of documents and questions", "embedder.url", settings.embedder.url)
    if settings.sign_in.issuer:
        told = "who signs in; it sends name, account and groups"
        yield _at("provider of the sign-in", told, "sign_in.issuer", settings.sign_in.issuer)
    for source in settings.sources:
        setting = f"sources.{source.id}"
        if source.endpoint:
            yield _at("bucket of documents", "nothing; documents are read", setting, source.endpoint)
        else:
            yield Hop("folder of documents", "nothing; documents are read", setting, "", "inside")
    if address := settings.ingest.ray_address:
        yield _at("cluster for bulk loads", "documents while they are read", "ingest.ray_address", address)
    if endpoint := settings.tracing.endpoint:
        yield _at("collector of traces", "ids, names of models, times", "tracing.endpoint", endpoint)


def _at(name: str, told: str, setting: str, url: str) -> Hop:
    if not url:
        return Hop(name, told, setting, "", "inside")
    place = address_in(url)
    if is_local(place.host):
        return Hop(name, told, setting, str(place), "machine")
    return Hop(name, told, setting, str(place), "tls" if url.startswith("https://") else "plain")


def _database(settings: Settings) -> Hop:
    name, told, url = "database", "all tables: accounts, conversations, texts, trail", settings.database.url
    if not url or url.startswith("sqlite"):
        return Hop(name, told, "database.url", "", "inside")
    parts = urlsplit(url)
    host, place = parts.hostname or "", f"{parts.hostname or ''}:{parts.port or 5432}"
    if is_local(host):
        return Hop(name, told, "database.url", place, "machine")
    insists = not INSISTS.isdisjoint(parse_qs(parts.query).get("sslmode", ()))
    return Hop(name, told, "database.url", place, "tls" if insists else "plain")
