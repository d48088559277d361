"""Open the page in headless Chromium before the fake API, and ask it nothing of another host."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect, sync_playwright

from tests.fake_api import serve
from tests.fake_state import Site
from tests.proxy import ports
from ui import HEALTH_PATH

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "artefacts" / "ui"
PATIENCE_MS = 20_000
START_S = 40.0
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

Contexts = Callable[..., BrowserContext]
Open = Callable[..., Page]


@contextmanager
def running(command: Sequence[str], address: str) -> Iterator[None]:
    """Run a server until it is no longer needed; it answers at `address` when this begins."""
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    transport = httpx.HTTPTransport(retries=8)  # backs off between attempts until it listens
    try:
        with httpx.Client(transport=transport, timeout=START_S, trust_env=False) as client:
            assert client.get(address).is_success
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def page_at(api: str, *options: str) -> Iterator[str]:
    """Run a page process that talks to this API, and give its address."""
    (port,) = ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "ui", "--port", str(port), "--api-url", api, *options]
    with running(command, url + HEALTH_PATH):
        yield url


@pytest.fixture(scope="module")
def site() -> Site:
    """Give a fake that writes at the speed of a small model."""
    return Site(pace_s=0.02)


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Give the address of a page process that talks to the fake; a module with another API has its own."""
    with serve(site) as api, page_at(api) as url:
        yield url


# As long as it is open, Playwright's event loop is the thread's: no test of another package could run one of its own.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Give what starts browsers."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Give one browser for all tests."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def contexts(chromium: Browser, address: str) -> Iterator[Contexts]:
    """Give a way to be somebody who was never here; afterwards nothing may have been asked of a host that is not named.

    It takes the addresses of hosts beside the page's, the window's `width` and `height`, whether it is `dark`, and
    options of Playwright's own.
    """
    strange: list[str] = []

    def open_context(
        *others: str, width: int = 1360, height: int = 900, dark: bool = False, **options: Any
    ) -> BrowserContext:
        known = ("data:", *(f"{scheme}{host}/" for host in (address, *others) for scheme in ("", "blob:")))

        def note(request: Request) -> None:
            if not request.url.startswith(known):
                strange.append(request.url)

        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", **options
        )
        opened.callback(context.close)
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        context.on("request", note)
        return context

    with ExitStack() as opened:
        yield open_context
    assert strange == []


@pytest.fixture
def visit(contexts: Contexts, address: str) -> Open:
    """Give a way to open the page in a fresh context as a persona."""

    def open_page(*, width: int = 1360, dark: bool = False, user: str = "Anna") -> Page:
        return entered(contexts(width=width, dark=dark), address, user)

    return open_page


def entered(context: BrowserContext, address: str, user: str = "Anna") -> Page:
    """Return the page signed in as a persona."""
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name=f"Continue as {user}").click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    return page


def still(page: Page) -> None:
    """Wait until what a run has replaced is gone, and nothing fades any more."""
    page.wait_for_function(
        "!document.querySelector('[data-stale=true]') && document.getAnimations().every("
        "(one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)"
    )


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    field = page.get_by_placeholder("Ask your documents")
    field.fill(question)
    field.press("Enter")


def picture(page: Page, name: str) -> None:
    """Keep a picture for the eye; it is not compared."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
