"""Check how the doctor is wired to an installation: what it reads from the settings, and whom it asks."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.cli.examining import examine
from app.cli.shell import Shell
from app.doctor import Check, Severity
from app.embeddings import bench_of, build
from app.founding.certificates import issue, new_authority
from app.records import open_records
from app.settings import SECRETS, load
from ingest.database import utc_now
from ingest.index_store import IndexStore, Wish
from tests.embedding_server import at_address, only
from tests.fakes import HashEmbedder
from tests.tiny_bert import DIMENSION, install

HOST = "ask.example.org"
IN_USE, NEXT = "all-minilm-l6-v2", "multilingual-e5-small"


def findings(environment: dict[str, str]) -> dict[str, Check]:
    """Return what the doctor finds, by name."""
    shell = Shell(path=None, environ=environment)
    return {one.name: one for one in examine(shell, is_deep=False)}


def test_every_secret_file_of_the_settings_is_looked_at(tmp_path: Path) -> None:
    """Whichever is open to others is told; sources have secrets of their own, and the page has two."""
    keys = {f"{section}.{key}": tmp_path / f"{section}-{key}" for section, key in SECRETS}
    keys |= {f"sign_in.{one}": tmp_path / one for one in ("client_secret", "cookie_secret")}
    for path in keys.values():
        path.write_text("0123456789abcdef" * 2)
        path.chmod(0o600)
    lines = [
        f"[{section}]\n{key}_file = '{keys[f'{section}.{key}']}'"
        for section, key in SECRETS
        if section != "sources"
    ]
    lines += ["[sign_in]", f"client_secret_file = '{keys['sign_in.client_secret']}'"]
    lines += [f"cookie_secret_file = '{keys['sign_in.cookie_secret']}'", "[site]", "trial = true"]
    lines += ["[[sources]]", 'id = "files"', 'kind = "s3"', 'collection = "handbook"', 'bucket = "b"']
    lines += ['endpoint = "http://store.example:9000"', f"access_key_file = '{keys['sources.access_key']}'"]
    lines += [f"secret_key_file = '{keys['sources.secret_key']}'"]
    (tmp_path / "intramuros.toml").write_text("\n".join(lines))
    assert set(load(tmp_path / "intramuros.toml", {}).secret_files) == set(keys.values())


class Page(BaseHTTPRequestHandler):
    """Be a page behind a proxy: answer its health, and say by which name it was asked."""

    def do_GET(self) -> None:
        """Answer."""
        is_asked_well = (self.path, self.headers["Host"]) == ("/_stcore/health", HOST)
        self.send_response(200 if is_asked_well else 421)
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


def test_page_of_containers_is_asked_through_the_proxy(tmp_path: Path) -> None:
    """The API's container has no page in it: who looks at its own address finds nobody, and calls the house ill."""
    pair = issue(new_authority(HOST, now=utc_now()), HOST, now=utc_now())
    (tmp_path / "both.pem").write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    with HTTPServer(("127.0.0.1", 0), Page) as proxy:
        proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        door = f"127.0.0.1:{proxy.server_port}"
        environment = {"INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data")}
        environment |= {"INTRAMUROS_PAGE__PUBLIC_URL": f"https://{HOST}", "INTRAMUROS_PAGE__DOOR": door}
        try:
            found = findings(environment)
        finally:
            proxy.shutdown()
            thread.join()
    assert (found["page"].severity, found["page"].message.split()[0]) == (
        Severity.OK,
        f"https://{door}/_stcore/health",
    )
    assert found["certificate"].severity is Severity.OK


@pytest.mark.parametrize("served", ["one", "both"])
def test_doctor_asks_the_server_that_embeds(tmp_path: Path, served: str) -> None:
    """By every model that an index stands for: one that it lacks is an error, and so is a server that is away."""
    install(tmp_path / "models", IN_USE, NEXT)
    models = only(HashEmbedder(dimension=DIMENSION), IN_USE)
    if served == "both":
        models.put(NEXT, HashEmbedder(dimension=2 * DIMENSION))
    with at_address(build(bench_of(models))) as url:
        environment = {
            "INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data"),
            "INTRAMUROS_SITE__MODELS_DIR": str(tmp_path / "models"),
            "INTRAMUROS_EMBEDDER__MODEL": IN_USE,
            "INTRAMUROS_EMBEDDER__URL": url,
        }
        records = open_records(load(None, environment))
        assert findings(environment)["embedding server"].severity is Severity.OK
        store = IndexStore(records.engine)
        store.adopt(IN_USE, now=utc_now())
        store.order(NEXT, Wish((), 0.0, accept=True), now=utc_now())
        found = findings(environment)["embedding server"]
        records.engine.dispose()
    assert found.severity is (Severity.OK if served == "both" else Severity.ERROR)
    assert NEXT in found.message
    away = findings(environment)["embedding server"]
    assert (away.severity, "cannot be reached" in away.message) == (Severity.ERROR, True)
