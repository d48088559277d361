"""The page that says what is recorded, in headless Chromium: for everybody, in five languages, and on paper."""

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import ours
from tests.browser.conftest import NEEDS_CHROMIUM, PICTURES, Contexts, Open, still
from tests.fake_state import Site
from ui.words import words_in

pytestmark = NEEDS_CHROMIUM
SEEN = {
    "requested_by": "root",
    "approved_by": "rita",
    "reason": "a leak is looked into <b>",
    "since": "2026-03-02T08:00:00.000+00:00",
    "until": "2026-03-02T12:00:00.000+00:00",
    "reads": 2,
}


@pytest.fixture
def look(contexts: Contexts, address: str) -> Open:
    """Give a way to open the place as somebody."""

    def open_page(user: str, *, width: int = 1360, dark: bool = False, language: str = "en") -> Page:
        page = contexts(width=width, height=1000, dark=dark, locale=language).new_page()
        page.goto(address)
        page.get_by_role("button", name=words_in(language).persona_enter.format(name=user)).click()
        if width < 700:
            page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_role("button", name=words_in(language).recorded, exact=True).click()
        expect(page.locator(".im-title")).to_have_text(words_in(language).recorded)
        still(page)
        return page

    return open_page


def picture(page: Page, name: str) -> None:
    """Keep a picture of all that the page holds; it is not compared."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(4000, max(1000, height))})  # type: ignore[index]  # set when it was opened
    still(page)
    page.screenshot(path=PICTURES / f"{name}.png")


@pytest.mark.parametrize(("shape", "width"), [("light", 1360), ("dark", 1360), ("phone", 390)])
def test_everybody_reads_what_is_recorded(look: Open, shape: str, width: int) -> None:
    """Every row with its term, what is not recorded, who may look; nothing is wider than the screen."""
    page = look("Anna", width=width, dark=shape == "dark")

    table = page.get_by_role("region", name="Kept of you")
    expect(table.locator("tbody tr")).to_have_count(12)
    expect(table.get_by_text("90 days").first).to_be_visible()
    expect(page.get_by_text("at least 5 people")).to_be_visible()
    expect(page.get_by_text("at most 24 hours")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"recorded_{shape}")
    assert ours(page) == []


def test_auditor_has_it_too(look: Open) -> None:
    """It is the one place that is open to everybody who is signed in."""
    expect(look("Vera").get_by_text("There is nothing to tell you so far.")).to_be_visible()


@pytest.mark.parametrize("language", ["de", "fr", "es", "it"])
def test_it_is_read_in_the_readers_language(look: Open, language: str) -> None:
    """No row of it stays in English."""
    page = look("Anna", language=language)
    words = words_in(language)

    for _, what, _, _ in words.recorded_rows[:-1]:  # nothing is traced here
        expect(page.get_by_text(what, exact=True)).to_be_visible()
    picture(page, f"recorded_{language}")


def test_person_is_told_who_looked(look: Open, site: Site) -> None:
    """Who, with whose consent, why and how much; a reason is text and nothing else."""
    site.accesses["anna.keller"] = [SEEN]
    page = look("Anna")

    expect(
        page.get_by_text("root could read your chats, approved by rita, and opened 2 conversations")
    ).to_be_visible()
    expect(page.get_by_text("Reason given: a leak is looked into <b>")).to_be_visible()
    picture(page, "recorded_seen")
    site.accesses.clear()


def test_it_prints_whole(look: Open, tmp_path: Path) -> None:
    """On paper stands all of it, without what surrounds it on the screen."""
    page = look("Anna")
    file = tmp_path / "recorded.pdf"
    page.pdf(path=file, format="A4")

    printed = pypdfium2.PdfDocument(file)
    text = " ".join("\n".join(one.get_textpage().get_text_range() for one in printed).split())

    assert 1 <= len(printed) <= 4
    words = words_in("en")
    for part in (words.recorded_nots[-1], words.recorded_unseen, "Copies of all of this", "at most 24 hours"):
        assert part in text, part
    assert "Sign out" not in text
