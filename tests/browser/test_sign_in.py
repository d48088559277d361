"""Signing in through a real OpenID Connect provider process, in the browser: in, a second tab, out, and not again."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.api.lending import lent
from app.sections import SignIn
from tests.browser.conftest import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM, PATIENCE_MS, ROOT, START_S, picture
from tests.fakes import ScriptedModel
from tests.house import House, open_house
from tests.test_sign_in import admitting
from ui import HEALTH_PATH

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]
ANNA = {"sub": "anna-7f3", "name": "Anna Keller", "groups": ["hr"]}
BEN = {"sub": "ben-8a1", "name": "Ben Roth", "groups": ["sales"]}
SECRET = "of the page's client, as the provider gave it"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], address: str) -> Iterator[None]:
    """Run a server until it is no longer needed; it answers at `address` when this begins."""
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL)
    transport = httpx.HTTPTransport(retries=8)  # backs off between attempts until it listens
    try:
        with httpx.Client(transport=transport, timeout=START_S, trust_env=False) as client:
            assert client.get(address).is_success
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, House]]:
    """Give the address of a page whose people a provider signs in, and the house behind it."""
    folder = tmp_path_factory.mktemp("house")
    issuer = f"http://127.0.0.1:{free_port()}"
    page = f"http://127.0.0.1:{free_port()}"
    house = open_house(folder / "data", ScriptedModel("Band E7 starts at 61,400 euros [1]."))
    house.bring_in(folder / "b", "hr", salary="# Pay\n\nSalary band E7 starts at 61,400 euros.")
    house = admitting(house, SignIn(issuer=issuer))
    with ExitStack() as stack:
        stack.callback(house.services.close)
        provider = [
            sys.executable,
            "-m",
            "oidc_provider_mock",
            "--port",
            issuer.rpartition(":")[2],
            "-n",
            "true",
        ]
        people = [f"--user-claims={json.dumps(claims)}" for claims in (ANNA, BEN)]
        stack.enter_context(running([*provider, *people], f"{issuer}/.well-known/openid-configuration"))
        api = stack.enter_context(lent(house.services))
        options = ["--port", page.rpartition(":")[2], "--api-url", api, "--issuer", issuer]
        options += ["--client-secret-file", str(written(folder / "client", SECRET))]
        options += ["--cookie-secret-file", str(written(folder / "cookie", "c" * 40))]
        stack.enter_context(running([sys.executable, "-m", "ui", *options], page + HEALTH_PATH))
        yield page, house


def written(path: Path, secret: str) -> Path:
    """Write a secret as IT would."""
    path.write_text(secret + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give one browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Give a browser of somebody who was never here."""
    expect.set_options(timeout=PATIENCE_MS)
    fresh = chromium.new_context(viewport={"width": 1360, "height": 900})
    fresh.set_default_timeout(PATIENCE_MS)
    yield fresh
    fresh.close()


def sign_in(page: Page, address: str, person: Mapping[str, object]) -> None:
    """Go through the provider as this person."""
    page.goto(address)
    page.get_by_role("button", name="Sign in with your company account").click()
    page.get_by_role("button", name=str(person["sub"])).click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()


def test_provider_signs_people_in(context: BrowserContext, site: tuple[str, House]) -> None:
    """Name and groups are the provider's; one asks, and reads what those groups may read."""
    page = context.new_page()
    page.goto(site[0])
    expect(page.get_by_role("button", name="Sign in with your company account")).to_be_visible()
    assert page.get_by_label("Password", exact=False).count() == 0
    picture(page, "sign-in-provider")
    sign_in(page, site[0], ANNA)
    expect(page.get_by_text("Anna Keller · hr")).to_be_visible()
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.get_by_text("salary.md").first).to_be_visible()


def test_person_of_other_groups_sees_other_documents(
    context: BrowserContext, site: tuple[str, House]
) -> None:
    """What Anna may read is not there for Ben."""
    page = context.new_page()
    sign_in(page, site[0], BEN)
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.get_by_text("Add documents").first).to_be_visible()
    assert "salary.md" not in page.inner_text("body")


def test_second_tab_needs_no_second_sign_in(context: BrowserContext, site: tuple[str, House]) -> None:
    """The browser is known; both tabs are out when one signs out, and neither comes back without the provider."""
    first = context.new_page()
    sign_in(first, site[0], ANNA)
    second = context.new_page()
    second.goto(site[0])
    expect(second.get_by_text("Anna Keller · hr")).to_be_visible()

    cookies = context.cookies()
    first.get_by_role("button", name="Sign out").click()
    first.wait_for_url("**/*")
    second.get_by_role("button", name="Documents", exact=True).click()
    expect(second.get_by_role("button", name="Sign in with your company account")).to_be_visible()

    stolen = context.browser.new_context() if context.browser else context
    stolen.add_cookies(cookies)  # type: ignore[arg-type]  # what cookies() gave
    thief = stolen.new_page()
    thief.goto(site[0])
    expect(thief.get_by_text("this sign-in is over")).to_be_visible()
    stolen.close()


def test_disabled_account_is_out_and_told_so(context: BrowserContext, site: tuple[str, House]) -> None:
    """The open page ends with its next click; the provider's word does not bring them in again."""
    page = context.new_page()
    sign_in(page, site[0], {"sub": BEN["sub"]})
    accounts = site[1].services.accounts
    (ben,) = [person.id for person, _, _ in accounts.listed() if person.name == "Ben Roth"]
    accounts.disable(ben)
    try:
        page.get_by_role("button", name="Documents", exact=True).click()
        expect(page.get_by_text("this account is disabled")).to_be_visible()
    finally:
        accounts.enable(ben)


def test_key_is_made_shown_once_and_revoked(context: BrowserContext, site: tuple[str, House]) -> None:
    """It opens what it is for until it is taken back; after another click nobody reads it in the page any more."""
    page = context.new_page()
    sign_in(page, site[0], ANNA)
    page.get_by_role("button", name="API keys").click()
    page.get_by_text("New key").click()
    page.get_by_label("What it is for").fill("nightly report")
    page.get_by_role("button", name="read documents").click()
    page.get_by_role("button", name="Make the key").click()
    shown = page.get_by_test_id("stCode")
    expect(shown).to_be_visible()
    picture(page, "keys")
    secret = shown.inner_text().strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert "salary.md" in site[1].client.get("/api/documents", headers=headers).text

    page.get_by_role("button", name="Documents", exact=True).click()
    page.get_by_role("button", name="API keys").click()
    expect(page.get_by_text("nightly report")).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("You have no keys.")).to_be_visible()
    assert site[1].client.get("/api/documents", headers=headers).status_code == 401
