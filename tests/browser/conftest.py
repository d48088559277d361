"""Open the page in headless Chromium before the fake API, and ask it nothing of another host."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.fake_api import Site, serve
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

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site() -> Site:
    """Give a fake that writes at the speed of a small model."""
    return Site(pace_s=0.02)


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Give the address of a page process that talks to the fake."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serve(site) as api:
        command = [sys.executable, "-m", "ui", "--port", str(port), "--api-url", api]
        process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            transport = httpx.HTTPTransport(retries=8)  # backs off between attempts until the page listens
            with httpx.Client(transport=transport, timeout=START_S, trust_env=False) as client:
                assert client.get(url + HEALTH_PATH).text == "ok"
            yield url
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give one browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Open]:
    """Give a way to open the page in a fresh context; afterwards nothing may have been asked of another host."""
    asked: list[str] = []
    contexts = []

    def open_page(*, width: int = 1360, dark: bool = False, user: str = "Anna") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.get_by_role("button", name=f"Continue as {user}").click()
        expect(page.get_by_text("What would you like to know?")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    field = page.get_by_placeholder("Ask your documents")
    field.fill(question)
    field.press("Enter")


def picture(page: Page, name: str) -> None:
    """Keep a picture for the eye; it is not compared."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
