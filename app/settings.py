"""Read the settings once, at the entry point, into frozen records: one TOML, the environment, secret files.

Later wins: defaults, then the file, then `INTRAMUROS_<SECTION>__<KEY>`. An unknown key is an error with the nearest
valid name. Secrets are named by path only; `deploy/intramuros.toml` explains every key to the person who sets it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator

from app.audit.settings import Audit
from app.declared import DeclaredCollection, DeclaredSource
from app.privacy.settings import Privacy, Retention
from app.sections import (
    Api,
    Database,
    EmbedderSettings,
    Index,
    Ingest,
    Limits,
    Model,
    Page,
    Search,
    Section,
    SignIn,
    Site,
    is_loopback,
)
from app.settings_source import Contradiction, explain, gather
from app.tracing import TracingSettings

SECRETS = (
    ("model", "api_key"),
    ("embedder", "api_key"),
    ("database", "password"),
    ("index", "api_key"),
    ("ingest", "ray_token"),
    ("sources", "access_key"),
    ("sources", "secret_key"),
)  # each read from `<key>_file`
MIN_SERVER_SECRET_CHARS = 32  # ASVS 5.0 13.3: what machines type for machines need not be short

# Of a key: "changeme" four times has seven. Of keys of 64 random hexadecimal digits, one in 10^18 has as few.
MIN_DISTINCT_CHARS = 8


class Settings(Section):
    """Hold all settings. Build it with `load`; tests may build it from defaults."""

    site: Site = Field(default_factory=Site)
    api: Api = Field(default_factory=Api)
    page: Page = Field(default_factory=Page)
    sign_in: SignIn = Field(default_factory=SignIn)
    model: Model = Field(default_factory=Model)
    embedder: EmbedderSettings = Field(default_factory=EmbedderSettings)
    search: Search = Field(default_factory=Search)
    database: Database = Field(default_factory=Database)
    index: Index = Field(default_factory=Index)
    ingest: Ingest = Field(default_factory=Ingest)
    limits: Limits = Field(default_factory=Limits)
    audit: Audit = Field(default_factory=Audit)
    privacy: Privacy = Field(default_factory=Privacy)
    retention: Retention = Field(default_factory=Retention)
    tracing: TracingSettings = Field(default_factory=TracingSettings)
    collections: tuple[DeclaredCollection, ...] = Field((), description="Collections declared at start.")
    sources: tuple[DeclaredSource, ...] = Field((), description="Places whose documents are kept in step.")

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Return every file of a secret that is named, those that only the page reads too."""
        named: list[Path | None] = [self.sign_in.client_secret_file, self.sign_in.cookie_secret_file]
        for section, key in SECRETS:
            part = getattr(self, section)
            named += [getattr(one, f"{key}_file") for one in (part if isinstance(part, tuple) else (part,))]
        return tuple(path for path in named if path is not None)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.api.port == self.page.port:
            raise Contradiction("api.port and page.port are the same", remedy="choose two free ports")
        if self.site.trial and not (is_loopback(self.api.host) and is_loopback(self.page.host)):
            raise Contradiction(
                "site.trial shows demo passwords, but the API or the page listens beyond this machine",
                remedy="set site.trial = false, or api.host and page.host to 127.0.0.1",
            )
        if not (self.ingest.beside_api or (self.index.url and self.database.url)):
            raise Contradiction(
                "ingest.beside_api = false leaves documents to `intramuros work`, which cannot share what one process "
                "has in data_dir",
                remedy="set database.url and index.url to servers, or ingest.beside_api = true",
            )
        if self.site.profile == "server":
            _check_server(self)
        elif not is_loopback(self.api.host):
            _check_named_secrets(self)
        _check_sources(self)
        return self


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the file at `path` (None: defaults) under `environ`. Raises SettingsInvalid."""
    values = gather(path, environ, secrets=SECRETS)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise explain(error, Settings, path=path) from None  # pydantic's own text shows the rejected values


def _check_server(settings: Settings) -> None:
    """Refuse what is fine on one person's machine and unsafe for a company. Raises Contradiction."""
    if settings.site.trial:
        raise Contradiction(
            'site.trial = true shows demo passwords and may not be combined with site.profile = "server"',
            remedy="set site.trial = false",
        )
    if not settings.database.url.startswith("postgresql"):
        raise Contradiction(
            'site.profile = "server" needs PostgreSQL, and database.url names none',
            remedy='set database.url, for instance "postgresql+psycopg://intramuros@postgres/intramuros"',
        )
    if not settings.index.url:
        raise Contradiction(
            'site.profile = "server" needs a Qdrant server, and index.url is empty',
            remedy='set index.url, for instance "http://qdrant:6333"',
        )
    if not settings.sign_in.issuer:
        raise Contradiction(
            'site.profile = "server" needs the company\'s sign-in, and sign_in.issuer is empty',
            remedy="name the issuer of your OpenID Connect provider; local accounts are for trials",
        )
    _check_secret("model.api_key_file", settings.model.api_key)
    _check_secret("database.password_file", settings.database.password)
    _check_secret("index.api_key_file", settings.index.api_key)
    if not settings.page.public_url.startswith("https://"):
        raise Contradiction(
            f"page.public_url = '{settings.page.public_url}' would send passwords unencrypted",
            remedy="set page.public_url to the https:// address of the proxy",
        )


def _check_sources(settings: Settings) -> None:
    """Refuse a source that would fill no collection, or the same one twice. Raises Contradiction."""
    collections = [collection.id for collection in settings.collections]
    seen: set[tuple[str, ...]] = set()
    for source in settings.sources:
        # The trial declares the collections of its sample company besides these.
        if source.collection not in collections and not settings.site.trial:
            raise Contradiction(
                f"the source '{source.id}' fills the collection '{source.collection}', which is not declared",
                remedy=f"declare it in [[collections]], or name one of: {', '.join(collections) or 'none so far'}",
            )
        place = (str(source.path), source.bucket, source.prefix.strip("/"), source.collection)
        for fault, mark in (
            (f"two sources are called '{source.id}'", (source.id,)),
            (
                f"the source '{source.id}' reads a place that another one reads for '{source.collection}'",
                place,
            ),
        ):
            if mark in seen:
                raise Contradiction(fault, remedy="remove one of the two, or change it")
            seen.add(mark)


def _check_named_secrets(settings: Settings) -> None:
    """Refuse weak keys where others reach this machine; none is needed where none is named. Raises Contradiction."""
    for setting, secret in (
        ("model.api_key_file", settings.model.api_key),
        ("database.password_file", settings.database.password),
        ("index.api_key_file", settings.index.api_key),
    ):
        if secret is not None:
            _check_secret(setting, secret)


def _check_secret(setting: str, secret: SecretStr | None) -> None:
    text = "" if secret is None else secret.get_secret_value()
    remedy = f"write 32 random bytes as hexadecimal digits into a file and name it in {setting}: `intramuros init` does"
    if len(text) < MIN_SERVER_SECRET_CHARS:
        raise Contradiction(
            f"{setting} must name a key of at least {MIN_SERVER_SECRET_CHARS} characters", remedy=remedy
        )
    if len(set(text)) < MIN_DISTINCT_CHARS:
        raise Contradiction(f"the key in {setting} repeats itself and can be guessed", remedy=remedy)
