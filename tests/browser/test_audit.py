"""The auditor's place in headless Chromium: searching, paging, checking, downloading; by keyboard too."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import ours
from tests.browser.conftest import NEEDS_CHROMIUM, Contexts, Open, picture
from tests.fake_audit import ANNA, ANSWER, DOCUMENT
from tests.fake_state import Site

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def look(contexts: Contexts, address: str) -> Open:
    """Give a way to open the page as an auditor."""

    def open_page(*, width: int = 1360, dark: bool = False) -> Page:
        page = contexts(width=width, dark=dark).new_page()
        page.goto(address)
        page.get_by_role("button", name="Continue as Vera").click()
        return page

    return open_page


def rows(page: Page) -> int:
    """Return how many records the table shows."""
    return page.get_by_role("region", name="Records, newest first").locator("tbody tr").count()


def first(page: Page, number: str) -> None:
    """Wait until the first record shown has this number."""
    region = page.get_by_role("region", name="Records, newest first")
    expect(region.locator("tbody tr").first.locator("td").first).to_have_text(number)


def test_an_auditor_has_one_place(look: Open) -> None:
    """The audit page and nothing to read or ask; an employee has no such place."""
    page = look()
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    expect(page.get_by_role("button", name="Documents", exact=True)).to_have_count(0)
    expect(page.get_by_placeholder("Ask your documents")).to_have_count(0)
    expect(page.get_by_text("have not been checked yet")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Continue as Anna").click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    expect(page.get_by_role("button", name="Audit")).to_have_count(0)


def test_records_are_searched_and_turned(look: Open, site: Site) -> None:
    """Newest first, page by page; a search asks once, and a click on something else asks nothing anew."""
    page = look()
    first(page, "60")
    assert rows(page) == 25
    expect(page.get_by_label("From", exact=True)).to_be_visible()
    assert ours(page) == []
    picture(page, "audit")
    page.get_by_role("button", name="Older").click()
    first(page, "35")
    page.get_by_role("button", name="Newer").click()
    first(page, "60")
    page.get_by_label("Id of a document, conversation or answer").fill(DOCUMENT)
    page.get_by_label("Pseudonym").fill(ANNA)
    asked = len(site.trail.asked)
    page.get_by_role("button", name="Search", exact=True).click()
    first(page, "58")
    assert site.trail.asked[-1]["thing"] == DOCUMENT
    assert site.trail.asked[-1]["actor"] == ANNA
    assert len(site.trail.asked) == asked + 1
    page.get_by_label("Id of a document, conversation or answer").fill("none-such")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("No record matches.")).to_be_visible()


def test_the_state_of_the_chain_is_said_in_words(look: Open, site: Site) -> None:
    """Checked, with the time; where a record was touched, its number."""
    page = look(dark=True)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("The records are whole.")).to_be_visible()
    expect(page.get_by_text("30 Nov 2026, 12:00:00 UTC")).to_be_visible()
    assert ours(page) == []
    picture(page, "audit-dark")
    site.trail.is_whole = False
    try:
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("The records were touched.")).to_be_visible()
        expect(page.get_by_text("Record 41 was changed")).to_be_visible()
        assert ours(page) == []
        picture(page, "audit-broken")
    finally:
        site.trail.is_whole = True


def test_what_is_found_is_downloaded(look: Open, tmp_path: Path) -> None:
    """One line of JSON a record, all that match and not only those of the page."""
    page = look()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download all that match").click()
    waiting.value.save_as(tmp_path / "audit.jsonl")
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 61))


def test_which_answers_used_a_document(look: Open) -> None:
    """By its id: the answers with their time and pseudonym, and none of their words."""
    page = look()
    field = page.get_by_label("Id of the document")
    field.fill(DOCUMENT)
    page.get_by_role("button", name="Show answers").click()
    region = page.get_by_role("region", name="Which answers used a document")
    expect(region.get_by_text(ANSWER)).to_be_visible()
    expect(region.get_by_text("cited")).to_be_visible()
    region.scroll_into_view_if_needed()
    picture(page, "audit-answers")
    field.fill("none-such")
    page.get_by_role("button", name="Show answers").click()
    expect(page.get_by_text("No answer on record used this document.")).to_be_visible()


def test_it_works_by_keyboard_and_for_screen_readers(look: Open) -> None:
    """Fields are labelled, Enter searches, the table has a name, a caption and column headers, and takes the focus."""
    page = look()
    field = page.get_by_label("Id of a document, conversation or answer")
    field.focus()
    page.keyboard.type(DOCUMENT)
    page.keyboard.press("Enter")
    first(page, "58")
    table = page.get_by_role("table", name="Records, newest first")
    assert [one.inner_text() for one in table.get_by_role("columnheader").all()][:3] == [
        "No.",
        "Time (UTC)",
        "What happened",
    ]
    region = page.get_by_role("region", name="Records, newest first")
    region.focus()
    assert region.evaluate("element => element === document.activeElement")


def test_hostile_values_are_shown_as_text(look: Open) -> None:
    """What a record holds makes no element."""
    page = look()
    first(page, "60")
    assert page.locator(".im-audit img").count() == 0
    expect(page.locator(".im-audit").get_by_text("onerror").first).to_be_visible()


def test_a_phone_shows_records_as_cards(look: Open) -> None:
    """On a narrow screen nothing scrolls sideways, and each value stands beside its name."""
    page = look(width=390)
    expect(page.get_by_text("What happened").first).to_be_visible()
    first(page, "60")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("heading", name="Audit").scroll_into_view_if_needed()
    expect(page.get_by_label("From", exact=True)).to_be_visible()
    assert ours(page) == []
    picture(page, "audit-phone")
    page.locator(".im-audit tbody tr").first.scroll_into_view_if_needed()
    picture(page, "audit-phone-cards")
