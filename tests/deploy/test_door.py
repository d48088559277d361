"""The proxy's door with what `intramuros init` wrote: trusted by who trusts the authority, and by nobody else."""

import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from app.founding.site import found
from ingest.database import utc_now
from tests.deploy.names import servers
from tests.deploy.test_founding import EDGE, HOST
from tests.proxy import FOUND_BY_NAME, ports, running


def say_who(request: BaseHTTPRequestHandler) -> None:
    """Answer as Grafana would, with the headers that came in."""
    body = str(request.headers).encode()
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Server", "grafana")
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def doors(folder: Path) -> Iterator[tuple[int, int]]:
    """Give the ports of the page's door and of Grafana's, before a server of the test."""
    found(folder, EDGE, own_authority=True, now=utc_now())
    page, boards, redirect, health = ports(4)
    with servers(say_who, ("127.0.0.1",)) as (port, _):
        text = (folder / "Caddyfile").read_text(encoding="utf-8")
        text = FOUND_BY_NAME.sub(f"to 127.0.0.1:{port}", text)
        for old, new in (
            ("/run/secrets/", f"{folder}/secrets/"),
            ("/etc/caddy/also/", f"{folder}/also/"),
            ("{$PUBLIC_HOST}:8443", f"{HOST}:{page}"),
            ("{$PUBLIC_HOST}:8080", f"{HOST}:{redirect}"),
            (":8081", f":{health}"),
            ("{$PUBLIC_HOST}", HOST),
        ):
            assert old in text
            text = text.replace(old, new)
        (folder / "also").mkdir()
        door = (folder / "Caddyfile.boards").read_text(encoding="utf-8").replace(":8300", f":{boards}")
        (folder / "also" / "boards.caddy").write_text(
            door.replace("grafana:3000", f"127.0.0.1:{port}"), encoding="utf-8"
        )
        with running(text, folder):
            yield page, boards


def name_on_certificate(door: int, context: ssl.SSLContext, host: str) -> str:
    """Return the first name of the certificate that a browser would accept. Raises ssl.SSLError."""
    with (
        socket.create_connection(("127.0.0.1", door), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as closed,
    ):
        names = closed.getpeercert() or {}
        return str(names["subjectAltName"][0][1])


def test_who_trusts_the_authority_gets_in(doors: tuple[int, int], folder: Path) -> None:
    """The certificate is taken for the public name; whoever does not trust the authority is warned."""
    trusting = ssl.create_default_context(cafile=str(folder / "secrets" / "own_ca.pem"))
    assert name_on_certificate(doors[0], trusting, HOST) == HOST
    with pytest.raises(ssl.SSLCertVerificationError):
        name_on_certificate(doors[0], ssl.create_default_context(), HOST)


def test_grafana_has_a_door_of_its_own(doors: tuple[int, int]) -> None:
    """It asks who comes: nobody is named to it by a header from outside."""
    answer = httpx.get(
        f"http://127.0.0.1:{doors[1]}/api/health", headers={"X-WEBAUTH-USER": "admin"}, trust_env=False
    )
    assert answer.status_code == 200
    assert "webauth" not in answer.text.lower()
    assert "server" not in answer.headers
