"""The page in headless Chromium: streaming, citations, reload, hostile text, narrow screens."""

from playwright.sync_api import expect

from tests.browser.conftest import NEEDS_CHROMIUM, Open, ask, picture
from tests.fake_state import Site

pytestmark = NEEDS_CHROMIUM


def test_an_answer_streams_and_its_citation_opens(visit: Open) -> None:
    """Sources first, then text, then chips; a chip opens the page image beside the answer."""
    page = visit()
    expect(page.get_by_text("You are talking to an AI system")).to_be_visible()
    ask(page, "What may I claim for a hotel?")
    expect(page.get_by_role("button", name="1 · Travel Expense Policy")).to_be_visible()
    expect(page.get_by_text("each sentence is checked")).to_be_visible()
    page.locator(".im-chip-supported").first.click()
    expect(page.locator(".im-page img")).to_be_visible()
    expect(page.locator(".im-chip-repaired")).to_have_count(1)
    expect(page.get_by_text("AI-generated")).to_be_visible()
    for name in ("Previous source", "Next source", "Close the document", "Conversation options"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    picture(page, "answer")


def test_a_click_while_writing_does_not_break_the_answer(visit: Open, site: Site) -> None:
    """Opening a source in the middle of the stream leaves one whole answer, asked for once."""
    page = visit(dark=True)
    before = len(site.writings)
    ask(page, "hotel, slow")
    page.get_by_role("button", name="1 · Travel Expense Policy").click()
    expect(page.locator(".im-page img")).to_be_visible()
    # The run that the click cut off leaves its elements to fade.
    expect(page.get_by_text("each sentence is checked").filter(visible=True)).to_have_count(1)
    picture(page, "answer-dark")
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    assert len(site.writings) == before + 1


def test_a_reload_keeps_person_conversation_and_stream(visit: Open) -> None:
    """After F5 in mid-answer the person is still signed in and the answer goes on; the address holds no token."""
    page = visit()
    ask(page, "hotel, slow")
    expect(page.get_by_text("each sentence is checked")).to_be_visible()
    page.reload()
    expect(page.get_by_text("hotel, slow").first).to_be_visible()
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    assert "token" not in page.url


def test_a_reload_before_anything_was_found_goes_on_too(visit: Open) -> None:
    """The conversation tells of the answer on its way: it can be followed and stopped, and is there at its end."""
    page = visit()
    ask(page, "hotel, slow")
    expect(page.locator(".im-question")).to_be_visible()
    page.reload()
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    expect(page.get_by_text("Try it as").filter(visible=True)).to_have_count(0)


def test_the_newest_question_is_in_view(visit: Open) -> None:
    """The view follows each answer to its end and opens there after a reload, until the reader looks elsewhere."""
    page = visit()
    for number in range(3):
        ask(page, f"hotel {number}")
        expect(page.locator(".im-chip-supported")).to_have_count(4 * (number + 1))
        expect(page.locator(".im-question").last).to_be_in_viewport()
        expect(page.get_by_text("AI-generated").last).to_be_in_viewport()
    assert page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop") > 0
    page.reload()
    expect(page.get_by_text("AI-generated").last).to_be_in_viewport()
    page.mouse.move(800, 300)
    page.mouse.wheel(0, -9000)
    expect(page.locator(".im-question").first).to_be_in_viewport()


def test_signing_out_survives_a_reload(visit: Open) -> None:
    """Once signed out, the tab has forgotten the token."""
    page = visit()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Continue as Anna")).to_be_visible()
    page.wait_for_function("sessionStorage.getItem('intramuros.token') === null")


def test_stopping_keeps_what_was_written(visit: Open) -> None:
    """The stop button ends the answer with a calm note."""
    page = visit()
    ask(page, "hotel, slow")
    expect(page.get_by_text("each sentence is checked")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".im-banner").get_by_text("Stopped")).to_be_visible()


def test_hostile_text_makes_no_link_and_loads_nothing(visit: Open) -> None:
    """The answer shows the attack as text; no element of it links or loads."""
    page = visit()
    ask(page, "attack")
    expect(page.locator(".im-chip").first).to_be_visible()
    assert page.locator(".im-answer a, .im-answer img, .im-answer iframe").count() == 0
    assert page.locator('a[href*="evil"], img[src*="evil"]').count() == 0
    expect(page.get_by_text("evil.example").first).to_be_visible()


def test_a_forbidden_document_shows_nothing(visit: Open) -> None:
    """A citation that may not be read any more says so."""
    page = visit()
    ask(page, "hotel")
    page.locator("[data-cite$=':4']").first.click()
    expect(page.get_by_text("no longer available to you")).to_be_visible()


def test_a_phone_shows_the_document_as_a_sheet(visit: Open) -> None:
    """On a narrow screen the document lies over the lower part, nothing scrolls sideways, and it closes."""
    page = visit(width=390)
    ask(page, "hotel")
    page.locator(".im-chip-supported").first.click()
    expect(page.locator(".im-page img")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "phone")
    page.get_by_role("button", name="Close the document").click()
    expect(page.locator(".st-key-viewer")).to_have_count(0)


def test_an_upload_is_handed_over_and_followed(visit: Open, site: Site) -> None:
    """A file goes to the chosen collection, and the intake page shows its bar."""
    page = visit()
    page.get_by_role("button", name="Documents", exact=True).click()
    page.get_by_text("Add documents").first.click()
    page.locator('input[type="file"]').set_input_files(
        {"name": "minutes.txt", "mimeType": "text/plain", "buffer": b"We agreed on blue."}
    )
    expect(page.get_by_text("minutes.txt").first).to_be_visible()
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("Files handed over: 1.")).to_be_visible()
    page.get_by_role("button", name="Intake", exact=True).click()
    expect(page.get_by_text("minutes.txt").filter(visible=True).first).to_be_visible()
    picture(page, "intake")
    assert site.jobs[0]["documents"][0]["file_name"] == "minutes.txt"
