"""The page before the real API: a cited answer opens in the original, and the same question by another person."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from reportlab.pdfgen.canvas import Canvas

from app.api.lending import lent
from ingest.database import utc_now
from ingest.jobs import INGEST, Order
from ingest.types import Origin, SourceFile
from tests.browser.conftest import NEEDS_CHROMIUM, Contexts, ask, page_at
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, open_house

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow]
QUESTION = "How many days of annual leave do employees in Kassel have?"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house with one PDF that only HR may read."""
    folder = tmp_path_factory.mktemp("house")
    opened = open_house(
        folder / "data", ScriptedModel("Employees in Kassel have 28 days of annual leave [1].")
    )
    pdf = folder / "leave.pdf"
    canvas = Canvas(str(pdf))
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, "Annual leave")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 720, "Employees in Kassel have 28 days of annual leave in each calendar year.")
    canvas.save()
    file = SourceFile(f"folder:{pdf.parent}", pdf.name, pdf, pdf.name, ("group:hr",), origin=Origin.LISTED)
    opened.services.jobs.place(Order(INGEST, "hr", file.source, (file,), "root"), now=utc_now())
    assert opened.services.worker("test").run_one(threading.Event())
    yield opened
    opened.services.close()


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """Give the address of a page process before the real API."""
    with lent(house.services) as api, page_at(api) as url:
        yield url


def enter(contexts: Contexts, address: str, user: str) -> Page:
    """Sign in with name and password in a fresh context."""
    page = contexts().new_page()
    page.goto(address)
    page.get_by_label("Name", exact=False).first.fill(user)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    return page


def test_cited_answer_opens_in_the_original(contexts: Contexts, address: str) -> None:
    """HR asks, gets the sentence with its chip, and the chip opens the page of the PDF."""
    page = enter(contexts, address, "anna")
    ask(page, QUESTION)
    expect(page.get_by_text("28 days of annual leave").first).to_be_visible()
    page.locator(".im-chip-supported").first.click()
    expect(page.locator(".im-page img")).to_be_visible()


def test_person_without_the_right_sees_that_nothing_was_found(contexts: Contexts, address: str) -> None:
    """The same question by somebody outside HR shows neither the figure nor the document's name."""
    page = enter(contexts, address, "ben")
    ask(page, QUESTION)
    expect(page.get_by_text("AI-generated").first).to_be_visible()
    shown = page.inner_text("body")
    assert "28 days" not in shown
    assert "leave.pdf" not in shown


def test_documents_are_listed_and_open(contexts: Contexts, address: str) -> None:
    """Who may read it sees the document in the list, unmarked as an AI's, and opens it; others are told of none."""
    page = enter(contexts, address, "anna")
    ask(page, "Which documents mention Kassel?")
    expect(page.get_by_text("leave.pdf").first).to_be_visible()
    assert "AI-generated" not in page.inner_text("body")
    page.locator(".im-chip-supported").first.click()
    expect(page.locator(".im-page img")).to_be_visible()
    other = enter(contexts, address, "ben")
    ask(other, "Which documents mention Kassel?")
    expect(other.get_by_text("that mention Kassel: 0").first).to_be_visible()
    assert "leave.pdf" not in other.inner_text("body")


def test_conversation_is_there_after_signing_in_again(contexts: Contexts, address: str, house: House) -> None:
    """An old conversation opens with its answer."""
    page = enter(contexts, address, "anna")
    ask(page, "And how many days of annual leave in Kassel?")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    again = enter(contexts, address, "anna")
    again.get_by_role("button", name="And how many days").first.click()
    expect(again.locator(".im-chip-supported").first).to_be_visible()
