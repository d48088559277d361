"""Check deploy/Caddyfile on a real Caddy: what passes, what is refused, and the headers of every answer."""

from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from tests.proxy import PUBLIC_HOST, Behind, ports, proxied

REACHED = "reached"
# As Streamlit sets them behind a proxy that ends TLS; the last as somebody might who wants a cookie sent from anywhere.
COOKIES = (
    "_streamlit_xsrf=2|a|b|3; Path=/; SameSite=Lax",
    "_streamlit_user=x; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax",
    "_streamlit_tokens=y; Path=/; SameSite=None",
)


class Echo(BaseHTTPRequestHandler):
    """Stand behind the proxy and say what arrived."""

    def do_GET(self) -> None:
        """Answer with the request's line and headers."""
        body = f"{REACHED} {self.path}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Powered-By", "echo")
        for cookie in COOKIES:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep quiet."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Give a client of the proxy: its own rules on free ports, without TLS, before an echo in place of the house."""
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=behind.serve_forever)
    thread.start()
    (door,) = ports(1)
    echo = f"127.0.0.1:{behind.server_port}"
    try:
        with (
            proxied(tmp_path_factory.mktemp("caddy"), Behind(echo, echo), door=door, with_tls=False),
            httpx.Client(base_url=f"http://127.0.0.1:{door}", headers={"Host": PUBLIC_HOST}) as client,
        ):
            yield client
    finally:
        behind.shutdown()
        thread.join()
        behind.server_close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/js/index.js",
        "/media/1.png",
        "/_stcore/health",
        "/_stcore/stream",
        "/_stcore/upload_file/a/b",
        "/v1/models",
        "/auth/login?provider=company",
        "/auth/logout",
        "/oauth2callback?code=a&state=b",
    ],
)
def test_needed_path_passes(house: httpx.Client, path: str) -> None:
    """The negative control of the refusals: the page and chat clients work."""
    answer = house.get(path)
    assert answer.status_code == 200
    assert answer.text.startswith(f"{REACHED} {path}")


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/mcp",
        "/static/../_stcore/metrics",
        "/static/%2e%2e/_stcore/metrics",
        "/static/..%2f_stcore/metrics",
        "//_stcore/metrics",
        "/_stcore/health/../metrics",
        "/component/x",
        "/app/static/x",
        "/metrics",
        "/readyz",
        "/docs",
        "/openapi.json",
        "/api/me",
        "/v1/completions",
        "/v1/models/../../metrics",
        "/auth/other",
        "/oauth2callback/x",
        "/pause",
        "/tokenize",
        "/dashboard",
    ],
)
def test_other_path_is_refused(house: httpx.Client, path: str) -> None:
    """Nothing behind the proxy sees a path that is not listed, however it is written."""
    connection = HTTPConnection(
        "127.0.0.1", house.base_url.port
    )  # httpx would tidy the path before it leaves
    connection.request("GET", path, headers={"Host": PUBLIC_HOST})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 404, body
    assert REACHED not in body


def test_provider_may_tell_that_somebody_left(house: httpx.Client) -> None:
    """It sends its signed token there; everything else of the way people sign in stays inside."""
    reached = house.post("/api/session/provider/left", data={"logout_token": "x"})
    assert reached.status_code == 501  # of the server behind, which takes no POST
    assert house.get("/api/session/provider/left").status_code == 404
    assert house.post("/api/session/provider", json={"id_token": "x"}).status_code == 404


@pytest.mark.parametrize("path", ["/", "/v1/models", "/_stcore/metrics"])
def test_every_answer_carries_the_headers(house: httpx.Client, path: str) -> None:
    """No other origin is loaded from, sent to or framed by, also on refusals; servers stay anonymous."""
    headers = house.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == policy["object-src"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "x-powered-by" not in headers
    assert "server" not in headers


def test_nobody_is_named_from_outside(house: httpx.Client) -> None:
    """Headers by which a proxy could name a person do not get through."""
    forged = {"X-Forwarded-User": "admin", "X-Forwarded-Email": "admin@example.org", "Remote-User": "admin"}
    body = house.get("/", headers=forged).text
    assert REACHED in body
    assert "admin" not in body


def test_other_host_is_refused(house: httpx.Client) -> None:
    """A name that is not ours reaches nothing."""
    assert REACHED not in house.get("/", headers={"Host": "evil.example"}).text


def test_cookies_stay_on_the_site(house: httpx.Client) -> None:
    """Each goes back only over TLS and not from other sites; script reads the one whose value it has to send along."""
    cookies = [one.split("; ") for one in house.get("/").headers.get_list("set-cookie")]
    # The first is the proxy's own, by which a browser comes back to the same page process.
    assert [name for name, *_ in cookies][1:] == [one.partition(";")[0] for one in COOKIES]
    assert cookies[0][0].startswith("intramuros_page=")
    for name, *attributes in cookies:
        assert {"Secure", "Path=/"} <= set(attributes)
        # Of an attribute that is there twice, browsers take the last.
        assert [one for one in attributes if one.lower().startswith("samesite=")][-1] == "SameSite=Lax"
        assert ("HttpOnly" in attributes) == (not name.startswith("_streamlit_xsrf="))
