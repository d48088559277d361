"""The chat that people live in, in headless Chromium: asking again, lists, scope, thumbs, own files, bad days."""

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import NEEDS_CHROMIUM, Open, ask, picture
from tests.fake_site import ago
from tests.fake_state import Site

pytestmark = NEEDS_CHROMIUM


def test_a_question_is_edited_and_asked_again(visit: Open, site: Site) -> None:
    """The edited question takes the place of the old one, and all that came after it is gone."""
    page = visit()
    ask(page, "hotel in Paris")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    ask(page, "hotel in Rome")
    expect(page.locator(".im-question")).to_have_count(2)
    expect(page.locator(".im-chip-supported")).to_have_count(8)
    page.get_by_role("button", name="Edit the question").first.click()
    expect(page.get_by_text("asked and answered after it is deleted")).to_be_visible()
    expect(page.get_by_label("Edit the question")).to_have_value("hotel in Paris")
    picture(page, "edit")
    page.get_by_label("Edit the question").fill("hotel in Lyon")
    page.get_by_role("button", name="Ask again").first.click()
    # The run that was cut off leaves its elements to fade.
    expect(page.locator(".im-question").filter(visible=True)).to_have_text(["hotel in Lyon"])
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    expect(page.locator(".im-question")).to_have_count(1)
    (kept,) = (one for one in site.conversations.values() if one["title"].startswith("hotel in Paris"))
    assert [one.get("text") for one in kept["messages"]] == ["hotel in Lyon", None]


def test_a_refused_edit_leaves_the_turn(visit: Open) -> None:
    """One question too many is said, and the old question stands with its answer."""
    page = visit()
    ask(page, "hotel in Nice")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    page.get_by_role("button", name="Edit the question").click()
    page.get_by_label("Edit the question").fill("refused")
    page.get_by_role("button", name="Ask again").first.click()
    expect(page.get_by_text("questions a minute are allowed").first).to_be_visible()
    expect(page.locator(".im-question").first).to_have_text("hotel in Nice")
    expect(page.locator(".im-chip-supported")).to_have_count(4)


def test_answer_and_sentence_are_copied_with_their_sources(visit: Open) -> None:
    """What is pasted elsewhere names its sources by title, page, date and collection, and says a machine wrote it."""
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "hotel")
    page.get_by_role("button", name="Copy with sources").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert "[1] Travel Expense Policy, page 4 · 2026-03-01 · Company handbook" in copied
    assert copied[-1] == "(AI-generated)"
    page.locator(".im-sentence").nth(3).hover()
    picture(page, "copy-sentence")
    page.locator(".im-sentence").nth(3).get_by_role("button", name="Copy this sentence").click()
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.startsWith('Hand in'))")
    assert "[3] FAQ for new colleagues" in page.evaluate("navigator.clipboard.readText()")


def test_conversations_are_found_and_taken_along(visit: Open, site: Site) -> None:
    """Words find a conversation, days group the list, and one or all of them are saved as a file."""
    for number, days in enumerate((0, 1, 3, 20, 90)):
        site.conversations[f"old{number}"] = {
            "id": f"old{number}",
            "title": f"Trip number {number}",
            "updated_at": ago(hours=24 * days),
            "owner": "carla.rossi",
            "messages": [{"id": f"m{number}", "role": "user", "text": "Where to?", "created_at": ago()}],
        }
    page = visit(user="Carla")
    sidebar = page.get_by_test_id("stSidebar")
    for label in ("Today", "Yesterday", "Last 7 days", "Last 30 days", "Earlier"):
        expect(sidebar.get_by_text(label, exact=True)).to_be_visible()
    picture(page, "conversations")
    sidebar.get_by_placeholder("Find a conversation").fill("number 3")
    sidebar.get_by_placeholder("Find a conversation").press("Enter")
    expect(sidebar.get_by_role("button", name="Trip number 2")).to_have_count(0)
    sidebar.get_by_role("button", name="Trip number 3").click()
    page.get_by_role("button", name="Conversation options").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    assert download.value.path().read_text() == "markdown of Trip number 3"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="My data").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").filter(visible=True).click()
    assert len(json.loads(download.value.path().read_text())) == 5


def test_where_to_search_is_chosen_and_remembered(visit: Open, site: Site) -> None:
    """A choice goes with each question of its conversation, stands on the answer and is there again after a reload."""
    page = visit()
    ask(page, "hotel everywhere")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    assert site.scopes[-1:] == [None]
    page.get_by_role("button", name="New conversation").click()
    page.get_by_role("button", name="Search in: all collections").click()
    page.get_by_role("button", name="HR files").click()
    expect(page.get_by_role("button", name="Search in: HR files")).to_be_visible()
    picture(page, "scope")
    page.keyboard.press("Escape")
    ask(page, "hotel in HR")
    expect(page.get_by_text("Searched: HR files")).to_be_visible()
    assert site.scopes[-1:] == [["hr"]]
    page.reload()
    expect(page.get_by_role("button", name="Search in: HR files")).to_be_visible()
    page.get_by_role("button", name="hotel everywhere").click()
    expect(page.get_by_role("button", name="Search in: all collections")).to_be_visible()


def test_a_thumb_says_what_is_wrong_and_is_taken_back(visit: Open, site: Site) -> None:
    """Kinds, words and the consent to send the question go with it; a second click takes the thumb back."""
    page = visit()
    ask(page, "hotel, thumb")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    page.get_by_role("radio", name="Not helpful").click()
    expect(page.get_by_text("Do not name persons")).to_be_visible()
    page.get_by_role("button", name="outdated document").click()
    page.get_by_label("In your own words").fill("There is one of 2027.")
    page.get_by_text("Send my question along").click()
    picture(page, "thumb")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    wanted = {
        "value": "down",
        "kinds": ["outdated"],
        "reason": "There is one of 2027.",
        "with_question": True,
    }
    assert site.judgements[-1] == wanted
    page.get_by_role("radio", name="Not helpful").click()
    expect(page.get_by_text("Thank you.")).to_have_count(0)
    assert site.judgements[-1] == {}


def attach(page: Page, *names: str) -> None:
    """Attach files at the line one writes in."""
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"We agreed on blue."} for name in names]
    page.get_by_test_id("stChatInput").locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]  # a dict is a FilePayload
    for name in names:
        expect(page.get_by_test_id("stChatInput").get_by_text(name.partition(".")[0])).to_be_visible()
    # Until the bytes are with the page, the line is not sent.
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()


def test_an_own_file_is_read_and_then_asked_about(visit: Open, site: Site) -> None:
    """The question waits for the file, whose progress shows; it is listed with its end, and deleted by a click."""
    page = visit(width=390)
    attach(page, "minutes.txt")
    ask(page, "hotel in my minutes")
    expect(page.get_by_text("as soon as the files are read")).to_be_visible()
    picture(page, "own-file-phone")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    page.get_by_role("button", name="My files: 1").click()
    expect(page.get_by_text("kept until").filter(visible=True).first).to_be_visible()
    page.get_by_role("button", name="Delete minutes.txt").filter(visible=True).last.click()
    expect(page.get_by_role("button", name="My files: 1")).to_have_count(0)
    assert site.files["anna.keller"] == []


def test_a_file_that_may_not_come_in_says_why(visit: Open, site: Site) -> None:
    """Refused at once or by the gate, the reason and the remedy stand in the conversation."""
    page = visit(user="Ben", dark=True)
    attach(page, "tool.exe", "toomany.txt")
    ask(page, "hotel, and what is this?")
    expect(page.get_by_text("You have 20 files here.")).to_be_visible()
    expect(page.get_by_text("Convert it to PDF.").first).to_be_visible()
    picture(page, "own-file-refused-dark")
    site.files.clear()


def test_bad_days_are_said(visit: Open, site: Site) -> None:
    """Model loading or down: passages; only words searched: a line; retrieval down: nothing; many: one's place."""
    page = visit()
    ask(page, "hotel, busy")
    expect(page.get_by_text("you are number 2 in the line")).to_be_visible()
    picture(page, "queue")
    expect(page.locator(".im-chip-supported").first).to_be_visible()
    ask(page, "hotel by words")
    expect(page.get_by_text("only the words of your question were searched").first).to_be_visible()
    ask(page, "hotel, outage")
    expect(page.get_by_text("cannot be searched at the moment").first).to_be_visible()
    page.get_by_role("button", name="New conversation").click()
    for state, shown in (("loading", "Model loading"), ("down", "Model not reachable")):
        site.model = state
        try:
            ask(page, "hotel")
            expect(page.get_by_text("Passages instead of an answer").first).to_be_visible()
            expect(page.get_by_test_id("stSidebar").get_by_text(shown)).to_be_visible()
        finally:
            site.model = "ready"
    picture(page, "model-down")
