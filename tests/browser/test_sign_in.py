"""Signing in through a real OpenID Connect provider process, in the browser: in, a second tab, out, and not again."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from app.api.lending import lent
from app.schema import sessions
from app.sections import SignIn
from tests.browser.barriers import ours
from tests.browser.conftest import NEEDS_CHROMIUM, Contexts, page_at, picture, running, still
from tests.fakes import ScriptedModel
from tests.house import House, admitting, open_house
from tests.proxy import ports

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]
ANNA = {"sub": "anna-7f3", "name": "Anna Keller", "groups": ["hr"]}
# This provider tells of no time by itself: Rita signed in at the run's start, and Olga long ago.
OLGA = {"sub": "olga-9d1", "name": "Olga Lind", "groups": ["it"], "auth_time": 1_700_000_000}
RITA = {"sub": "rita-2c4", "name": "Rita Roth", "groups": ["it"], "auth_time": int(time.time())}
BEN = {"sub": "ben-8a1", "name": "Ben Roth", "groups": ["sales"]}
# The pages of this provider, which are none of ours, are styled from elsewhere.
LOOKS = "https://cdn.jsdelivr.net/npm/@picocss"
SECRET = "of the page's client, as the provider gave it"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Give the address of a provider that knows these four."""
    (port,) = ports(1)
    url = f"http://127.0.0.1:{port}"
    provider = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "-n", "true"]
    people = [f"--user-claims={json.dumps(claims)}" for claims in (ANNA, BEN, OLGA, RITA)]
    with running([*provider, *people], f"{url}/.well-known/openid-configuration"):
        yield url


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[House]:
    """Give a house whose people the provider signs in."""
    folder = tmp_path_factory.mktemp("house")
    opened = open_house(folder / "data", ScriptedModel("Band E7 starts at 61,400 euros [1]."))
    opened.bring_in(folder / "b", "hr", salary="# Pay\n\nSalary band E7 starts at 61,400 euros.")
    admitted = admitting(opened, SignIn(issuer=issuer, admin_groups=("it",)))
    yield admitted
    admitted.services.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, issuer: str, house: House) -> Iterator[str]:
    """Give the address of a page process that sends people to the provider."""
    folder = tmp_path_factory.mktemp("secrets")
    options = ["--issuer", issuer]
    options += ["--client-secret-file", str(written(folder / "client", SECRET))]
    options += ["--cookie-secret-file", str(written(folder / "cookie", "c" * 40))]
    with lent(house.services) as api, page_at(api, *options) as url:
        yield url


def written(path: Path, secret: str) -> Path:
    """Write a secret as IT would."""
    path.write_text(secret + "\n", encoding="utf-8")
    return path


def stranger(contexts: Contexts, issuer: str) -> BrowserContext:
    """Return a browser of somebody who was never here, and may be sent to the provider."""
    context = contexts(issuer, LOOKS)
    context.route(f"{LOOKS}/**", lambda route: route.abort())
    return context


@pytest.fixture
def context(contexts: Contexts, issuer: str) -> BrowserContext:
    """Give the browser of somebody who was never here."""
    return stranger(contexts, issuer)


def sign_in(page: Page, address: str, person: Mapping[str, object]) -> None:
    """Go through the provider as this person."""
    page.goto(address)
    page.get_by_role("button", name="Sign in with your company account").click()
    page.get_by_role("button", name=str(person["sub"])).click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()


def test_provider_signs_people_in(context: BrowserContext, address: str) -> None:
    """Name and groups are the provider's; one asks, and reads what those groups may read."""
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("button", name="Sign in with your company account")).to_be_visible()
    assert page.get_by_label("Password", exact=False).count() == 0
    assert ours(page) == []
    picture(page, "sign-in-provider")
    sign_in(page, address, ANNA)
    expect(page.get_by_text("Anna Keller · hr")).to_be_visible()
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.get_by_text("salary.md").first).to_be_visible()


def test_person_of_other_groups_sees_other_documents(context: BrowserContext, address: str) -> None:
    """What Anna may read is not there for Ben."""
    page = context.new_page()
    sign_in(page, address, BEN)
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.get_by_text("Add documents").first).to_be_visible()
    assert "salary.md" not in page.inner_text("body")


def test_second_tab_needs_no_second_sign_in(contexts: Contexts, issuer: str, address: str) -> None:
    """The browser is known; both tabs are out when one signs out, and neither comes back without the provider."""
    context = stranger(contexts, issuer)
    first = context.new_page()
    sign_in(first, address, ANNA)
    second = context.new_page()
    second.goto(address)
    expect(second.get_by_text("Anna Keller · hr")).to_be_visible()

    cookies = context.cookies()
    first.get_by_role("button", name="Sign out").click()
    first.get_by_role("button", name="End session").click()
    expect(first.get_by_role("button", name="Sign in with your company account")).to_be_visible()
    second.get_by_role("button", name="Documents", exact=True).click()
    expect(second.get_by_role("button", name="Sign in with your company account")).to_be_visible()

    stolen = stranger(contexts, issuer)
    stolen.add_cookies(cookies)  # type: ignore[arg-type]  # what cookies() gave
    thief = stolen.new_page()
    thief.goto(address)
    expect(thief.get_by_text("this sign-in is over")).to_be_visible()


def ask_for_access(page: Page, person: str) -> None:
    """Ask to read a person's chats."""
    page.get_by_role("button", name="Emergency access").click()
    page.get_by_text("Ask to read somebody's chats").click()
    page.get_by_label("Account of the person").fill(person)
    page.get_by_label("Reason; the person will read it").fill("A leak")
    page.get_by_role("button", name="Ask for it").click()


def test_who_signed_in_long_ago_is_sent_to_the_provider_again(
    context: BrowserContext, address: str, house: House
) -> None:
    """The provider is told to have them sign in although they are signed in; until then nothing is done."""
    page = context.new_page()
    sign_in(page, address, OLGA)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ask_for_access(page, "anna")
    expect(page.get_by_text("Show again who you are")).to_be_visible()
    assert ours(page) == []
    picture(page, "proof")
    page.get_by_role("button", name="Sign in again").click()
    page.get_by_role("button", name=str(OLGA["sub"])).click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    assert any("prompt=login" in url for url in asked)
    assert house.services.break_glass.listed() == ()


def test_who_has_just_signed_in_there_is_not_asked(
    context: BrowserContext, address: str, house: House
) -> None:
    """The session is older than it counts, the provider's word is not: that is handed over, and the thing is done."""
    page = context.new_page()
    sign_in(page, address, RITA)
    (rita,) = [person.id for person, _, _ in house.services.accounts.listed() if person.name == RITA["name"]]
    with house.services.engine.begin() as connection:
        connection.execute(update(sessions).values(proven_at="2026-01-01T00:00:00+00:00"))
    ask_for_access(page, rita)
    expect(page.get_by_text("nobody opens or approves this for themselves")).to_be_visible()
    page.get_by_label("Account of the person").fill("nobody")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("there is no account")).to_be_visible()
    assert page.get_by_text("Show again who you are").count() == 0
    assert ours(page) == []
    picture(page, "emergency")


def test_disabled_account_is_out_and_told_so(context: BrowserContext, address: str, house: House) -> None:
    """The open page ends with its next click; the provider's word does not bring them in again."""
    page = context.new_page()
    sign_in(page, address, {"sub": BEN["sub"]})
    accounts = house.services.accounts
    (ben,) = [person.id for person, _, _ in accounts.listed() if person.name == "Ben Roth"]
    accounts.disable(ben)
    try:
        page.get_by_role("button", name="Documents", exact=True).click()
        expect(page.get_by_text("this account is disabled")).to_be_visible()
    finally:
        accounts.enable(ben)


def test_key_is_made_shown_once_and_revoked(context: BrowserContext, address: str, house: House) -> None:
    """It opens what it is for until it is taken back; after another click nobody reads it in the page any more."""
    page = context.new_page()
    sign_in(page, address, ANNA)
    page.get_by_role("button", name="API keys").click()
    page.get_by_text("New key").click()
    page.get_by_label("What it is for").fill("nightly report")
    page.get_by_role("button", name="read documents").click()
    page.get_by_role("button", name="Make the key").click()
    shown = page.get_by_test_id("stCode")
    expect(shown).to_be_visible()
    assert ours(page) == []
    picture(page, "keys")
    secret = shown.inner_text().strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert "salary.md" in house.client.get("/api/documents", headers=headers).text

    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.get_by_text("Everything you may read")).to_be_visible()
    page.get_by_role("button", name="API keys").click()
    expect(page.get_by_text("nightly report")).to_be_visible()
    still(page)
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("You have no keys.")).to_be_visible()
    assert house.client.get("/api/documents", headers=headers).status_code == 401
