"""The page for people who use a keyboard or a screen reader: axe-core finds no barrier, and keys do what clicks do."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.barriers import ours
from tests.browser.conftest import NEEDS_CHROMIUM, Open, ask, picture, still

pytestmark = NEEDS_CHROMIUM


def settle(page: Page, seen: Locator) -> None:
    """Wait until something is seen, what a run has replaced is gone, and nothing fades any more."""
    expect(seen).to_be_visible()
    still(page)


each_look = pytest.mark.parametrize(
    ("width", "dark"), [(1360, False), (1360, True), (390, False), (390, True)], ids=str
)


@each_look
def test_an_answer_has_no_barrier(visit: Open, width: int, *, dark: bool) -> None:
    """From the welcome through the stream to the answer with its open document axe-core finds nothing."""
    page = visit(width=width, dark=dark)
    settle(page, page.get_by_text("You are talking to an AI system"))
    found = {"welcome": ours(page)}
    ask(page, "hotel, slow")
    expect(page.get_by_text("each sentence is checked")).to_be_visible()
    found["stream"] = ours(page)
    settle(page, page.locator(".im-chip-supported").first)
    found["answer"] = ours(page)
    page.locator(".im-chip-supported").first.click()
    settle(page, page.locator(".im-page img"))
    found["document"] = ours(page)
    assert {place: them for place, them in found.items() if them} == {}


@each_look
def test_the_other_answers_have_no_barrier(visit: Open, width: int, *, dark: bool) -> None:
    """Passages instead of an answer, no answer, and a failure are as open as an answer."""
    page = visit(width=width, dark=dark)
    found = {}
    for question, seen in (
        ("salary", "I found no answer"),
        ("loading", "Passages instead"),
        ("broken", "failed while"),
    ):
        ask(page, question)
        settle(page, page.get_by_text(seen).filter(visible=True).first)
        found[question] = ours(page)
    assert {place: them for place, them in found.items() if them} == {}


@each_look
def test_the_other_places_have_no_barrier(visit: Open, width: int, *, dark: bool) -> None:
    """Documents with the form to add some, intake, and the sidebar over a phone's page."""
    page = visit(width=width, dark=dark)
    found = {}
    for place, seen in (("Documents", "Everything you may read"), ("Intake", "what was set aside with")):
        if width < 640:
            page.get_by_role("button", name="Show the sidebar").click()
            settle(page, page.get_by_role("button", name="Sign out"))
            found["sidebar"] = ours(page)
        page.get_by_role("button", name=place, exact=True).click()
        settle(page, page.get_by_text(seen))
        if place == "Documents":
            page.get_by_text("Add documents").first.click()
            settle(page, page.get_by_role("button", name="Take in"))
        found[place] = ours(page)
        picture(page, f"{place.lower()}-{width}-{'dark' if dark else 'light'}")
    assert {place: them for place, them in found.items() if them} == {}


@each_look
def test_signing_in_has_no_barrier(visit: Open, width: int, *, dark: bool) -> None:
    """The sign-in page with its open form, as it is after signing out."""
    page = visit(width=width, dark=dark)
    if width < 640:
        page.get_by_role("button", name="Show the sidebar").click()
    page.get_by_role("button", name="Sign out").click()
    settle(page, page.get_by_text("You are signed out"))
    page.get_by_text("Sign in with your account").click()
    settle(page, page.get_by_label("User name"))
    assert ours(page) == []


def test_the_judge_notices_a_barrier(visit: Open) -> None:
    """The negative control: a pale, nameless button is found, and it is ours."""
    page = visit()
    page.evaluate(
        "document.querySelector('.im-title').innerHTML = '<button style=\"color: #ddd\"></button>pale'"
    )
    page.evaluate("document.querySelector('.im-subtitle').style.color = '#ddd'")
    assert {"button-name", "color-contrast"} <= {barrier.rule for barrier in ours(page)}


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_citation_is_opened_and_closed_by_keys(visit: Open, key: str) -> None:
    """Tab reaches a chip, which is named as its source; the key opens the document, and closing leads back to it."""
    page = visit()
    ask(page, "hotel")
    chip = page.get_by_role("button", name="Source 2: Travel Expense Rates 2026, sheet 1").first
    settle(page, chip)
    press_until(page, "Tab", chip)
    outline = chip.evaluate(
        "chip => getComputedStyle(chip).outlineStyle + getComputedStyle(chip).outlineWidth"
    )
    assert outline == "solid3px"
    page.keyboard.press(key)
    expect(page.locator(".st-key-viewer .im-doc-title")).to_be_focused()
    close = page.get_by_role("button", name="Close the document")
    press_until(page, "Shift+Tab", close)
    page.keyboard.press(key)
    expect(page.locator(".st-key-viewer")).to_have_count(0)
    expect(chip).to_be_focused()


def test_a_click_with_the_mouse_leaves_the_focus_alone(visit: Open) -> None:
    """Who points does not want the focus, and with it the page, to move."""
    page = visit()
    ask(page, "hotel")
    settle(page, page.locator(".im-chip-supported").first)
    page.clock.install()
    page.locator(".im-chip-supported").first.click()
    settle(page, page.locator(".im-page img"))
    page.wait_for_function("intramuros.opened")
    page.clock.run_for(6_000)  # longer than a move of the focus would wait for its target
    assert page.evaluate("!document.activeElement.matches('.im-doc-title')")


def test_the_first_key_leads_past_the_sidebar(visit: Open) -> None:
    """The first Tab offers to skip to the content, and taken, the next one is in it."""
    page = visit()
    settle(page, page.get_by_text("You are talking to an AI system"))
    page.reload()  # where nothing has been clicked yet
    settle(page, page.get_by_text("You are talking to an AI system"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-testid=stSidebar]') === null")
    assert page.evaluate("document.querySelector('#stMain').contains(document.activeElement)")


def test_a_screen_reader_hears_an_answer_once(visit: Open) -> None:
    """While tokens stream nothing of them is in a live region; the whole answer is announced when it is complete."""
    page = visit()
    region = page.locator('.st-key-browser [role="status"]')
    expect(region).to_have_text("")
    region.evaluate(
        "region => { window.heard = []; new MutationObserver(() => window.heard.push(region.textContent))"
        ".observe(region, { childList: true, characterData: true, subtree: true }); }"
    )
    ask(page, "hotel, slow")
    expect(page.locator(".im-writing")).to_be_visible()
    assert page.evaluate(
        "document.querySelector('.im-writing').closest('[aria-live], [role=status]') === null"
    )
    expect(region).to_contain_text("The answer is complete. Here is what the travel rules say.")
    settle(page, page.locator(".im-chip-supported").first)
    page.get_by_role("button", name="1 · Travel Expense Policy").click()
    settle(page, page.locator(".im-page img"))
    assert len(page.evaluate("heard")) == 1


def test_less_motion_is_shown_to_who_asks_for_it(visit: Open) -> None:
    """With the system's wish for less motion nothing turns or blinks."""
    page = visit()
    page.emulate_media(reduced_motion="reduce")
    ask(page, "hotel, slow")
    page.wait_for_function(
        "[...document.querySelectorAll('.im-step')].some((step) =>"
        " getComputedStyle(step, '::before').animationIterationCount === '1')"
    )


def test_enlarged_fourfold_the_page_needs_no_scrolling_sideways(visit: Open) -> None:
    """At 320 pixels, which is 1280 enlarged fourfold (WCAG 2.2, 1.4.10), answer and document fit the width."""
    page = visit(width=320)
    ask(page, "hotel")
    settle(page, page.locator(".im-chip-supported").first)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".im-chip-supported").first.click()
    settle(page, page.locator(".im-page img"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def press_until(page: Page, key: str, wanted: Locator) -> None:
    """Press a key until an element has the focus; fail after a hundred."""
    for _ in range(100):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {wanted}")
