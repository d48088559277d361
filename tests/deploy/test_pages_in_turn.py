"""Check `--scale ui=3` on a real Caddy: a browser stays with its page process; where it is gone, another takes over."""

from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from tests.deploy.names import name_server, servers, wait_until
from tests.proxy import PUBLIC_HOST, Behind, ports, proxied

ADDRESSES = ("127.0.0.5", "127.0.0.6", "127.0.0.7")
BROWSERS = 12  # by chance all with one of three: 3 in 531,441
TABS = 5


def say_where(request: BaseHTTPRequestHandler) -> None:
    """Answer with the address that was reached, and set a cookie as the page does."""
    body = str(request.connection.getsockname()[0]).encode()
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Set-Cookie", "_streamlit_user=x; HttpOnly; Path=/; SameSite=lax")
    request.end_headers()
    request.wfile.write(body)


@dataclass
class Pages:
    """Hold where the proxy is, and which addresses carry the name of the page; the list may change."""

    door: int
    addresses: list[str]

    def browser(self) -> httpx.Client:
        """Return a client that keeps cookies and opens a connection for each request."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.door}",
            headers={"Host": PUBLIC_HOST, "Connection": "close"},
            trust_env=False,
        )


def visit(browser: httpx.Client, path: str = "/") -> str:
    """Return which page process answered; cookies that are for TLS only are kept as a browser behind it would."""
    answer = browser.get(path, headers={"Cookie": browser.headers.get("X-Kept", "")})
    assert answer.status_code == 200
    kept = [line.partition(";")[0] for line in answer.headers.get_list("set-cookie")]
    if any(line.startswith("intramuros_page=") for line in kept):
        browser.headers["X-Kept"] = "; ".join(kept)
    return answer.text


@pytest.fixture
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Give the proxy before three page processes of one name."""
    (door,) = ports(1)
    addresses = list(ADDRESSES)
    with servers(say_where, ADDRESSES) as (port, _), name_server(addresses) as names:
        found = f"dynamic a {{\nname \\1\nport {port}\nrefresh 100ms\nresolvers udp/127.0.0.1:{names}\n}}"
        behind = Behind(found, f"127.0.0.1:{port}")
        with proxied(tmp_path_factory.mktemp("pages"), behind, door=door, with_tls=False):
            yield Pages(door, addresses)


def test_a_browser_stays_with_its_page(pages: Pages) -> None:
    """All its requests, the stream of the page among them, reach the process that holds its tabs."""
    for _ in ADDRESSES:
        with pages.browser() as browser:
            first = visit(browser)
            assert [visit(browser, path) for path in ("/_stcore/stream", "/static/x", "/") * TABS] == [
                first
            ] * (3 * TABS)


def test_browsers_are_spread(pages: Pages) -> None:
    """Different ones do not all meet the same process."""
    met = set()
    for _ in range(BROWSERS):
        with pages.browser() as browser:
            met.add(visit(browser))
    assert len(met) > 1


def test_another_page_takes_over(pages: Pages) -> None:
    """Where a browser's process is gone it comes to another, and stays there."""
    with pages.browser() as browser:
        first = visit(browser)
        pages.addresses.remove(first)
        wait_until(lambda: visit(browser) != first)
        second = visit(browser)
        assert [visit(browser) for _ in range(TABS)] == [second] * TABS


def test_the_cookie_is_as_closed_as_the_others(pages: Pages) -> None:
    """It goes back over TLS only, is no business of script, and names no address."""
    with pages.browser() as browser:
        lines = browser.get("/").headers.get_list("set-cookie")
    (own,) = [line for line in lines if line.startswith("intramuros_page=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(own.split("; ")[1:])
    assert not any(address in own for address in ADDRESSES)
