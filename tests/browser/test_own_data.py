"""One's own data in the page: taken along in the reader's language, conversations deleted at one's word alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import ours
from tests.browser.conftest import NEEDS_CHROMIUM, Contexts, Open, picture, still
from tests.fake_site import ago
from tests.fake_state import Site

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def talks(site: Site) -> None:
    """Give Anna two conversations and Ben one."""
    for number, owner in enumerate(("anna.keller", "anna.keller", "ben.dubois")):
        site.conversations[f"own-{number}"] = {
            "id": f"own-{number}",
            "title": f"Talk number {number}",
            "updated_at": ago(),
            "owner": owner,
            "messages": [{"id": f"m{number}", "role": "user", "text": "Where to?", "created_at": ago()}],
        }


def at_own_data(page: Page, *, narrow: bool = False) -> Page:
    """Return the page at the place of one's own data."""
    if narrow:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="My data").click()
    expect(page.locator(".im-title")).to_have_text("My data")
    still(page)
    return page


@pytest.mark.parametrize(("shape", "width"), [("light", 1360), ("dark", 1360), ("phone", 390)])
def test_the_place_is_calm_and_usable(visit: Open, talks: None, shape: str, width: int) -> None:
    """Everything stands in its place in the light, in the dark and on a phone, without a barrier."""
    page = at_own_data(visit(width=width, dark=shape == "dark"), narrow=width < 700)
    expect(page.get_by_role("button", name="Download my data")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert ours(page) == []
    page.get_by_role("button", name="Delete all my conversations").click()
    expect(page.get_by_text("Delete all your conversations for good?")).to_be_visible()
    still(page)
    picture(page, f"own-data-{shape}")


def test_all_of_it_is_downloaded(visit: Open, talks: None) -> None:
    """The zip is that of whoever sits here, in the language of the page."""
    page = at_own_data(visit())
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()
    assert download.value.suggested_filename == "my-data.zip"
    assert download.value.path().read_text() == "all of anna.keller in en"


def test_it_speaks_the_readers_language(contexts: Contexts, address: str, talks: None) -> None:
    """In German the place is German, and so are the pages of the zip."""
    page = contexts(locale="de-DE").new_page()
    page.goto(address)
    page.get_by_role("button", name="Weiter als Anna").click()
    page.get_by_role("button", name="Meine Daten").click()
    expect(page.locator(".im-title")).to_have_text("Meine Daten")
    still(page)
    picture(page, "own-data-de")
    with page.expect_download() as download:
        page.get_by_role("button", name="Meine Daten herunterladen").click()
    assert download.value.path().read_text() == "all of anna.keller in de"


def test_all_conversations_go_at_the_second_word(visit: Open, site: Site, talks: None) -> None:
    """One press asks, another leaves it; confirmed, all of one's own are gone and nobody else's."""
    page = at_own_data(visit())
    page.get_by_role("button", name="Delete all my conversations").click()
    page.get_by_role("button", name="Leave it as it is").click()
    expect(page.get_by_role("button", name="Delete all my conversations")).to_be_visible()
    assert {"own-0", "own-1", "own-2"} <= set(site.conversations)
    page.get_by_role("button", name="Delete all my conversations").click()
    page.get_by_role("button", name="Delete them all").click()
    expect(page.get_by_text("conversations are deleted")).to_be_visible()
    expect(
        page.get_by_test_id("stSidebar").get_by_text("Your conversations will appear here.")
    ).to_be_visible()
    assert "own-2" in site.conversations
    assert [one for one in site.conversations.values() if one["owner"] == "anna.keller"] == []


def test_an_auditor_has_data_too(contexts: Contexts, address: str) -> None:
    """Who audits may take along what is kept of them, and is offered no conversations."""
    page = contexts().new_page()
    page.goto(address)
    page.get_by_role("button", name="Continue as Vera").click()
    at_own_data(page)
    expect(page.get_by_role("button", name="Download my data")).to_be_visible()
    expect(page.get_by_role("button", name="Delete all my conversations")).to_have_count(0)
