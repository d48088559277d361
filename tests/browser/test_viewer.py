"""The document beside the answer in a real browser, before the real API and documents of the sample company."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.api.lending import lent
from deploy.sample.render import render
from ingest.types import Origin, SourceFile
from tests.browser.conftest import NEEDS_CHROMIUM, Contexts, Open, ask, page_at, picture
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, open_house
from tests.test_sample import SAMPLE

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]
SHOWN = (
    "handbook/travel-policy-2026.pdf",
    "handbook/expense-limits-2026.xlsx",
    "handbook/onboarding-first-week.html",
    "works-council/einladung-betriebsversammlung.eml",
)
LOOKS = {"light": (1360, False), "dark": (1360, True), "phone": (390, False)}
MARKED = ".im-passage .im-phrase"


@dataclass(frozen=True)
class Story:
    """Say what is asked, what the model writes, and which document is opened."""

    question: str
    answer: str
    opens: str


PDF = Story(
    "What is the hotel cap per night in Italy?",
    "In Italy the hotel cap per night is 130 EUR [1].",
    "Travel Policy 2026",
)
SHEET = Story(
    "What is the daily allowance for a full day in Italy in EUR per calendar day?",
    "The daily allowance in Italy is 42 EUR for a full day [1].",
    "expense-limits-2026",
)
WEB = Story(
    "What happens on Wednesday of your first week?",
    "On Wednesday there is training on information security and data protection, 90 minutes [1].",
    "Your first week",
)
MAIL = Story(
    "Wann ist die Betriebsversammlung in der Kantine?",
    "Die Betriebsversammlung ist am Donnerstag, 26. November 2026, 9:30 Uhr, in der Kantine [1].",
    "Einladung",
)


@pytest.fixture(scope="module")
def model() -> ScriptedModel:
    """Give the model that each test tells what to write."""
    return ScriptedModel("")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel) -> Iterator[House]:
    """Give a house with a PDF, a spreadsheet, a web page and a mail for HR."""
    folder = tmp_path_factory.mktemp("house")
    render(SAMPLE / "sources", folder / "sample")
    opened = open_house(folder / "data", model)
    bring_in(opened, *(folder / "sample" / name for name in SHOWN))
    yield opened
    opened.services.close()


def bring_in(house: House, *paths: Path) -> None:
    """Ingest files for HR, each from its own folder."""
    for path in paths:
        source = f"folder:{path.parent}"
        file = SourceFile(source, path.name, path, path.name, ("group:hr",), origin=Origin.LISTED)
        assert house.bring_in_files("hr", file)


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """Give the address of a page process before the real API."""
    with lent(house.services) as api, page_at(api) as url:
        yield url


@pytest.fixture
def read(contexts: Contexts, address: str, model: ScriptedModel) -> Open:
    """Give a way to ask as Anna and open a source."""

    def open_source(story: Story, *, look: str = "light") -> Page:
        width, is_dark = LOOKS[look]
        page = contexts(width=width, dark=is_dark).new_page()
        page.goto(address)
        page.get_by_label("Name", exact=False).first.fill("anna")
        page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("What would you like to know?")).to_be_visible()
        model.text = story.answer
        ask(page, story.question)
        expect(page.locator(".im-chip").filter(visible=True).first).to_be_visible()
        strip = page.locator("[class*='st-key-source_'] button").filter(has_text=story.opens)
        strip.filter(visible=True).first.click()
        expect(page.locator(".st-key-viewer .im-doc-title")).to_be_visible()
        return page

    return open_source


def shown(page: Page) -> str:
    """Return what the viewer shows as text."""
    return page.locator(".st-key-viewer").inner_text()


@pytest.mark.parametrize("look", LOOKS)
def test_pdf_shows_the_words_on_its_page(read: Open, look: str) -> None:
    """The page says in words that the cited words are marked; nothing runs out of the window."""
    page = read(PDF, look=look)
    expect(page.locator(".im-page img")).to_have_attribute(
        "alt", "Page 1 of Travel Policy 2026, the cited words highlighted"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"viewer-pdf-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_sheet_is_a_table_with_its_row_and_cells(read: Open, look: str) -> None:
    """Sheet and range stand above; the row is marked, and in it the cells that the answer says."""
    page = read(SHEET, look=look)
    expect(page.locator("tr.im-phrase")).to_have_count(1)
    assert page.locator("td.im-cited").all_inner_texts() == ["Italy", "42"]
    assert "sheet 1, A1:D11" in shown(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"viewer-sheet-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_web_page_is_read_through_its_blocks(read: Open, look: str) -> None:
    """Heading path, table and neighbours; no element of the document's own."""
    page = read(WEB, look=look)
    expect(page.locator("tr.im-phrase").first).to_contain_text("Wednesday")
    assert page.locator(".im-path").first.inner_text() == "Your first week › Day by day"
    assert page.locator(".st-key-viewer a, .im-passage img, .im-passage script").count() == 0
    picture(page, f"viewer-web-{look}")


@pytest.mark.parametrize("look", LOOKS)
def test_mail_is_read_below_its_header(read: Open, look: str) -> None:
    """From, To, Date and Subject stand above the body, in which the words are marked."""
    page = read(MAIL, look=look)
    assert page.locator(".im-mail dt").all_inner_texts() == ["From", "To", "Date", "Subject"]
    expect(page.locator("mark.im-phrase").first).to_contain_text("26. November")
    picture(page, f"viewer-mail-{look}")


def test_pages_and_passages_are_turned_by_button_and_key(read: Open) -> None:
    """Next page, its size, back to the cited one; the keys do what the buttons do, and only beside the answer."""
    page = read(PDF)
    expect(page.get_by_text("Page 1 of 2", exact=True)).to_be_visible()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text("Page 2 of 2", exact=True)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("Page 1 of 2", exact=True)).to_be_visible()
    hits = page.locator(".st-key-viewer_hits .im-small")
    here = hits.inner_text()
    page.locator(".im-page").focus()
    page.keyboard.press("j")
    expect(hits).not_to_have_text(here)
    page.keyboard.press("k")
    expect(hits).to_have_text(here)
    page.get_by_role("button", name="100 %").click()
    expect(page.locator(".im-full img")).to_be_visible()
    width = page.locator(".im-full img").evaluate("image => image.getBoundingClientRect().width")
    assert round(width) == 793
    picture(page, "viewer-full-size")
    field = page.get_by_placeholder("Ask your documents")
    field.fill("")
    field.press_sequentially("jjk")
    assert field.input_value() == "jjk"
    expect(hits).to_have_text(here)
    page.locator(".im-page").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".st-key-viewer")).to_have_count(0)


def test_buttons_are_reached_in_order(read: Open) -> None:
    """The tab key goes through the viewer's buttons from the top."""
    page = read(PDF)
    expect(page.locator(".im-page img")).to_be_visible()
    page.get_by_role("button", name="Next source").focus()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.innerText.trim().split('\\n').pop() || document.activeElement.className"
            )
        )
    assert "Close the document" in reached[0]
    for name in ("Next passage", "Next page", "100 %", "im-page"):
        assert any(name in one for one in reached), (name, reached)


def test_original_is_downloaded_and_refused_when_the_right_ended(read: Open, house: House) -> None:
    """A click fetches the file as it came; after the right ended the same click fetches nothing, and that is said."""
    page = read(SHEET)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the original").click()
    assert download.value.suggested_filename == "expense-limits-2026.xlsx"
    document = house.document("expense-limits-2026.xlsx")
    kept = house.services.originals.path(house.services.versions.visible(document).id)  # type: ignore[union-attr]  # it is visible
    assert download.value.path().read_bytes() == kept.read_bytes()
    house.services.catalog.set_readers({document: ["group:board"]})
    try:
        came: list[str] = []
        page.on("download", lambda download: came.append(download.url))
        page.get_by_role("button", name="Download the original").click()
        expect(page.get_by_text("This document is no longer available to you.")).to_be_visible()
        expect(page.get_by_text("expense-limits-2026")).to_have_count(0)
        picture(page, "viewer-closed")
        assert came == []
        assert "expense-limits-2026" not in page.content()
    finally:
        house.services.catalog.set_readers({document: ["group:hr"]})
