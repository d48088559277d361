"""The page's language in headless Chromium: asked of the browser, chosen, remembered, and complete."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as Late

from tests.browser.conftest import NEEDS_CHROMIUM, Contexts, picture
from ui.languages import LANGUAGES, REFERENCE, entries
from ui.words import Words, words_in

pytestmark = NEEDS_CHROMIUM
Start = Callable[[str], Page]
# Every text, name, hint and description that is on the screen.
SAID = """() => {
  const said = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode())
    if (!node.parentElement.closest('script, style, [translate=no]') && node.parentElement.checkVisibility())
      said.push(node.textContent.trim());
  for (const attribute of ['aria-label', 'title', 'placeholder', 'alt'])
    for (const element of document.querySelectorAll(`[${attribute}]`))
      if (element.checkVisibility()) said.push(element.getAttribute(attribute));
  return said;
}"""
# What Streamlit calls its furniture where the page does not.
FURNITURE = {
    "Choose an option", "Choose options",
    "Close", "Collapse sidebar", "Expand sidebar", "Feedback rating", "Help", "Next page", "Open",
    "Pagination", "Previous page", "Send message", "Show password", "Sidebar", "Skip to main content", "Thumbs down",
    "Thumbs up", "Upload", "Upload files", "file upload",
}  # fmt: skip
ENGLISH = {entry.context: entry.text for entry in entries(Words())}


@pytest.fixture
def start(contexts: Contexts, address: str) -> Start:
    """Give a way to open the sign-in page in a fresh browser whose language it is told."""

    def open_page(locale: str) -> Page:
        page = contexts(locale=locale).new_page()
        page.goto(address)
        return page

    return open_page


def choose(page: Page, language: str, *, now: str) -> None:
    """Choose a language by its own name; `now` is what the page speaks so far."""
    option = page.get_by_role("option", name=LANGUAGES[language])
    for _ in range(5):  # a run that ends just now draws the list anew, and closed
        page.get_by_role("combobox", name=words_in(now).language).click()
        with suppress(Late):
            option.click(timeout=3_000)
            return
    raise AssertionError("the list of languages does not stay open")


def assert_speaks(page: Page, language: str, context: str) -> None:
    """Hold that a text is there in this language, and that the document says which it is."""
    words = {entry.context: entry.text for entry in entries(words_in(language))}
    expect(page.get_by_text(words[context]).filter(visible=True).first).to_be_visible()
    page.wait_for_function("language => document.documentElement.lang === language", arg=language)


def english_on(page: Page, language: str) -> set[str]:
    """Return the English texts of the page, and of Streamlit, that are on the screen though it speaks another."""
    own = {entry.context: entry.text for entry in entries(words_in(language))}
    foreign = {text for context, text in ENGLISH.items() if own[context] != text} - set(own.values())
    unwanted = sorted(foreign | FURNITURE)
    with suppress(Late):  # the script names what has just appeared a tenth of a second later
        page.wait_for_function(
            f"unwanted => !({SAID})().some((said) => unwanted.includes(said) || said.startsWith('Help for'))",
            arg=unwanted,
            timeout=3_000,
        )
        return set()
    return {said for said in page.evaluate(SAID) if said in unwanted or said.startswith("Help for")}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != REFERENCE])
def test_the_page_speaks_the_browsers_language(start: Start, language: str) -> None:
    """From the sign-in to an open document no text of the page, nor a name of Streamlit's furniture, is English."""
    words, found = words_in(language), set[str]()
    page = start(f"{language}-XX" if language != "de" else "de-AT")
    assert_speaks(page, language, "tagline")
    picture(page, f"sign-in-{language}")
    found |= english_on(page, language)
    page.get_by_role("button", name=words.persona_enter.format(name="Anna")).click()
    assert_speaks(page, language, "welcome")
    found |= english_on(page, language)
    field = page.get_by_placeholder(words.ask_placeholder)
    field.fill("hotel")
    field.press("Enter")
    page.locator(".im-chip-supported").first.click()
    expect(page.locator(".im-page img")).to_be_visible()
    expect(page.get_by_text(words.checked.other.format(supported=4, claims=5)).first).to_be_visible()
    found |= english_on(page, language)
    picture(page, f"answer-{language}")
    for place, title in ((words.documents, words.documents_hint), (words.jobs, words.jobs_hint)):
        page.get_by_role("button", name=place, exact=True).click()
        expect(page.get_by_text(title)).to_be_visible()
        if place == words.documents:
            page.get_by_text(words.upload).first.click()
            expect(page.get_by_role("button", name=words.browse).last).to_be_visible()
        found |= english_on(page, language)
    assert found == set()


def test_a_choice_outlives_sign_in_reload_and_tab_without_a_cookie(start: Start, address: str) -> None:
    """What is chosen before signing in holds in the page, after a reload and in another tab of the browser."""
    page = start("en-GB")
    before = {cookie["name"] for cookie in page.context.cookies()}
    choose(page, "fr", now="en")
    assert_speaks(page, "fr", "tagline")
    page.get_by_role("button", name=words_in("fr").persona_enter.format(name="Anna")).click()
    assert_speaks(page, "fr", "welcome")
    page.reload()
    assert_speaks(page, "fr", "welcome")
    other = page.context.new_page()
    other.goto(address)
    assert_speaks(other, "fr", "tagline")
    assert {cookie["name"] for cookie in page.context.cookies()} <= before | {"_streamlit_xsrf"}
    assert "fr" not in page.url


def test_a_change_of_language_leaves_the_conversation_open(start: Start) -> None:
    """The language of the sidebar changes the words around an answer, not the answer."""
    page = start("en-GB")
    page.get_by_role("button", name="Continue as Anna").click()
    field = page.get_by_placeholder("Ask your documents")
    field.fill("hotel")
    field.press("Enter")
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    choose(page, "it", now="en")
    assert_speaks(page, "it", "ai_label")
    expect(page.locator(".im-chip-supported")).to_have_count(4)
    choose(page, "en", now="it")
    assert_speaks(page, "en", "ai_label")


def test_two_browsers_keep_their_languages(start: Start) -> None:
    """One process speaks to each in their own, at the same time."""
    german, spanish = start("de-DE"), start("es-ES")
    assert_speaks(german, "de", "tagline")
    assert_speaks(spanish, "es", "tagline")
    german.get_by_role("button", name="Weiter als Anna").click()
    spanish.get_by_role("button", name="Continuar como Ben").click()
    assert_speaks(german, "de", "welcome")
    assert_speaks(spanish, "es", "welcome")


def test_a_browser_of_another_language_gets_english(start: Start) -> None:
    """A language that the page does not speak leads to English."""
    assert_speaks(start("nl-NL"), "en", "tagline")
