"""Hold the sections of the settings: every key with its bounds, its default and its meaning. All are frozen."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from app.settings_source import Contradiction


def _without_password(url: str) -> str:
    if "@" in url and urlsplit(url).password:
        raise Contradiction(
            "the address carries a password, which would be printed with it",
            remedy="write the password into a file and name that file in this section",
        )
    return url


Port = Annotated[int, Field(ge=1024, le=65535)]  # below 1024 an unprivileged account may not listen
WholePath = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]"), AfterValidator(_without_password)]
ServerAddress = Annotated[str, Field(pattern=r"^(https?://[^\s/].*)?$"), AfterValidator(_without_password)]
DatabaseAddress = Annotated[
    str, Field(pattern=r"^((postgresql|sqlite)\S*)?$"), AfterValidator(_without_password)
]
READABLE = 4.5  # contrast of letters to their ground, WCAG 2.2 level AA
SecretFile = Annotated[WholePath | None, BeforeValidator(lambda value: value or None)]  # "" in TOML: none
OwnFile = SecretFile


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def contrast_with_white(colour: str) -> float:
    """Return the contrast, 1 to 21, between white and a colour "#rrggbb" (WCAG 2.2, relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


class Section(BaseModel):
    """Hold one section; unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Site(Section):
    """Say which house this is and where it keeps its things."""

    name: str = Field("Intramuros", min_length=1, max_length=60, description="Name shown on the page.")
    profile: Literal["embedded", "server"] = Field("embedded", description="Which adapters are wired.")
    data_dir: WholePath = Field(Path("data"), description="Where documents, database and index live.")
    models_dir: WholePath = Field(
        Path("~/.cache/intramuros/models"), description="Where verified model files live, one folder an id."
    )
    trial: bool = Field(
        default=False, description="Show demo accounts with their passwords on the sign-in page."
    )

    @property
    def database_file(self) -> Path:
        """Return the SQLite file of the embedded profile."""
        return self.data_dir / "intramuros.db"

    @property
    def index_dir(self) -> Path:
        """Return the directory of the embedded vector index."""
        return self.data_dir / "index"

    @property
    def originals_dir(self) -> Path:
        """Return where originals lie, each named by its version id."""
        return self.data_dir / "originals"

    @property
    def secrets_dir(self) -> Path:
        """Return where keys that this installation made for itself lie."""
        return self.data_dir / "secrets"

    @property
    def uploads_dir(self) -> Path:
        """Return where uploads wait until the gate has judged them."""
        return self.data_dir / "uploads"

    @property
    def run_dir(self) -> Path:
        """Return where process ids and logs of running children lie."""
        return self.data_dir / "run"


class Api(Section):
    """Say where the API listens and what it takes."""

    host: str = Field("127.0.0.1", min_length=1, description="Address the API listens on.")
    port: Port = Field(8600, description="Port of the API.")
    max_upload_mb: int = Field(50, ge=1, le=500, description="Largest upload in megabytes.")


class SignIn(Section):
    """Say how people sign in: through the company's OpenID Connect provider, or with local accounts of a trial."""

    issuer: ServerAddress = Field("", description="Issuer of the company's provider; empty = local accounts.")
    client_id: str = Field("intramuros", min_length=1, description="What the provider calls this service.")
    client_secret_file: SecretFile = Field(None, description="File with the secret for the page's client.")
    cookie_secret_file: SecretFile = Field(
        None, description="File with the key that signs the page's cookie."
    )
    ca_file: SecretFile = Field(None, description="Certificates that the provider's is checked with.")
    scope: str = Field("openid profile", pattern=r"^openid\b", description="What the page asks for.")
    groups_claim: str = Field(
        "groups", min_length=1, description="Where a token lists groups; dots lead inwards."
    )
    group_parents: dict[str, tuple[str, ...]] = Field({}, description="Groups that lie in other groups.")
    admin_groups: tuple[str, ...] = Field((), description="Whose members administer; they read no more.")
    auditor_groups: tuple[str, ...] = Field((), description="Whose members search the audit trail.")
    api_audience: str = Field("", description="Audience of access tokens that the API takes; empty = none.")
    idle_minutes: float = Field(30, gt=0, le=30, description="Minutes without a request until one is out.")
    hours: float = Field(10, gt=0, le=10, description="Hours until a sign-in ends in any case.")

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        address = urlsplit(self.issuer)
        if self.issuer and address.scheme != "https" and not is_loopback(address.hostname or ""):
            raise Contradiction(
                f"sign_in.issuer = '{self.issuer}' would be asked without encryption",
                remedy="name the provider's https:// address",
            )
        if self.issuer and self.api_audience == self.client_id:
            raise Contradiction(
                "sign_in.api_audience is the page's own client, whose tokens lie in people's browsers",
                remedy="give the API an audience of its own at the provider, or leave it empty",
            )
        return self


class Page(Section):
    """Say where the page listens and what people type to reach it."""

    host: str = Field("127.0.0.1", min_length=1, description="Address the page listens on.")
    port: Port = Field(8601, description="Port of the page.")
    public_url: Address = Field("http://127.0.0.1:8601", description="Address people type.")
    door: str = Field(
        "",
        pattern=r"^([\w.-]+:\d+)?$",
        description="HOST:PORT where the house sees the certificate of public_url; empty = there.",
    )
    logo_file: OwnFile = Field(None, description="PNG or SVG shown beside the name.")
    accent: str = Field("", pattern=r"^(#[0-9a-fA-F]{6})?$", description="Colour of buttons and links.")

    @model_validator(mode="after")
    def _is_legible(self) -> Self:
        if self.accent and contrast_with_white(self.accent) < READABLE:
            raise Contradiction(
                f"page.accent = '{self.accent}' can hardly be read on white",
                remedy=f"choose a darker one, with a contrast of at least {READABLE} to white",
            )
        return self


class Model(Section):
    """Say which language model answers and how long to wait for it."""

    name: str = Field("qwen2.5-coder-1.5b-instruct", min_length=1, description="Catalogue id or served name.")
    base_url: Address = Field("http://127.0.0.1:8602/v1", description="OpenAI-compatible address of vLLM.")
    api_key_file: SecretFile = Field(None, description="File with the key of vLLM.")
    api_key: SecretStr | None = Field(None, exclude=True, repr=False, description="Read from api_key_file.")
    context_tokens: int = Field(
        4096, ge=1024, le=1_048_576, description="Longest prompt and answer together."
    )
    max_prompt_tokens: int = Field(
        3000,
        ge=400,
        le=1_000_000,
        description="Most the model reads for one answer.",
    )
    max_answer_tokens: int = Field(300, ge=16, le=1024, description="Longest answer.")
    connect_timeout_s: Seconds = Field(2, description="Seconds to wait for a connection.")
    first_token_timeout_s: Seconds = Field(30, description="Seconds to wait for the first token.")
    answers: Literal["auto", "written", "quoted"] = Field(
        "auto", description="Whether it writes or quotes; auto is what measured better of it."
    )
    between_tokens_timeout_s: Seconds = Field(15, description="Seconds to wait between two tokens.")
    total_timeout_s: Seconds = Field(120, description="Seconds for a whole answer.")

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.max_answer_tokens * 2 > self.context_tokens:
            raise Contradiction(
                f"max_answer_tokens = {self.max_answer_tokens} takes more than half of context_tokens",
                remedy="lower max_answer_tokens or raise context_tokens: the passages need the larger half",
            )
        if self.first_token_timeout_s > self.total_timeout_s:
            raise Contradiction(
                "first_token_timeout_s is longer than total_timeout_s",
                remedy="raise total_timeout_s above first_token_timeout_s",
            )
        return self


class EmbedderSettings(Section):
    """Say which model turns text into vectors, and where it runs."""

    model: str = Field("multilingual-e5-small-q4", min_length=1, description="Catalogue id of the embedder.")
    threads: int = Field(0, ge=0, le=256, description="Threads of the embedder; 0 is all cores.")
    url: ServerAddress = Field("", description="Address up to /v1 of the server that embeds; empty = here.")
    api_key_file: SecretFile = Field(None, description="File with the key of that server.")
    api_key: SecretStr | None = Field(None, exclude=True, repr=False, description="Read from api_key_file.")
    host: str = Field("127.0.0.1", min_length=1, description="Address `intramuros embeddings` listens on.")
    port: Port = Field(8700, description="Port of `intramuros embeddings`.")


class Search(Section):
    """Say how wide the search looks and how much the model reads."""

    passages: int = Field(8, ge=1, le=20, description="Passages the answer is written from.")
    candidates: int = Field(50, ge=1, le=500, description="Passages each leg of the search returns.")
    reranker: str = Field("", description="Catalogue id of a cross-encoder; empty is none.")
    reranked: int = Field(20, ge=1, le=100, description="Passages the cross-encoder reads a question.")

    @model_validator(mode="after")
    def _looks_wider_than_it_reads(self) -> Self:
        if self.passages > self.candidates:
            raise Contradiction(
                f"passages = {self.passages} is more than candidates = {self.candidates}",
                remedy="raise candidates to several times passages",
            )
        return self


class Database(Section):
    """Say where the source of truth lies."""

    url: DatabaseAddress = Field("", description="SQLAlchemy address; empty is SQLite in data_dir.")
    password_file: SecretFile = Field(None, description="File with the database password.")
    password: SecretStr | None = Field(None, exclude=True, repr=False, description="Read from password_file.")


class Index(Section):
    """Say where the vectors lie."""

    url: ServerAddress = Field("", description="Address of Qdrant; empty is Qdrant Edge in data_dir.")
    api_key_file: SecretFile = Field(None, description="File with the key of Qdrant.")
    api_key: SecretStr | None = Field(None, exclude=True, repr=False, description="Read from api_key_file.")


class Ingest(Section):
    """Say how documents are taken apart."""

    chunk_tokens: int = Field(220, ge=50, le=450, description="Longest chunk in tokens of the embedder.")
    parse_timeout_s: int = Field(180, ge=5, le=3600, description="Seconds a document may take to parse.")
    workers: int = Field(2, ge=1, le=64, description="Documents parsed at the same time.")
    max_disk_percent: int = Field(85, ge=50, le=100, description="Above it no document is taken in.")
    private_days: int = Field(7, ge=1, le=90, description="Days a person's own files are kept.")
    ray_address: str = Field(
        "",
        pattern=r"^([\w.-]+:\d+)?$",
        description="Ray cluster for bulk loads; empty is one of this machine.",
    )
    ray_token_file: SecretFile = Field(None, description="File with the token of that cluster.")
    ray_token: SecretStr | None = Field(
        None, exclude=True, repr=False, description="Read from ray_token_file."
    )
    beside_api: bool = Field(
        default=True, description="Whether `serve` ingests; else `intramuros work` does."
    )
    host: str = Field("0.0.0.0", min_length=1, description="Address `intramuros work` tells its health on.")  # noqa: S104  in a container, for its neighbours
    port: Port = Field(8610, description="Port `intramuros work` tells its health on.")

    @model_validator(mode="after")
    def _asks_for_a_token(self) -> Self:
        if self.ray_address and self.ray_token_file is None:
            raise Contradiction(
                "ingest.ray_address names a cluster that anybody could join and run code on",
                remedy="start it with RAY_AUTH_MODE=token and name its token in ingest.ray_token_file",
            )
        return self


class Limits(Section):
    """Say how much one person may ask, and all together."""

    question_chars: int = Field(4000, ge=100, le=20_000, description="Longest question in characters.")
    questions_per_minute: int = Field(10, ge=1, le=600, description="Questions a person may ask in a minute.")
    concurrent_per_person: int = Field(2, ge=1, le=20, description="Answers a person may have in flight.")
    at_once: int = Field(8, ge=1, le=1000, description="Answers the model is at work on at the same time.")
    waiting: int = Field(32, ge=0, le=1000, description="Answers that may wait for it; more are refused.")
