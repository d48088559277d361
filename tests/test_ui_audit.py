"""The auditor's page, run without a browser against the fake API."""

from html import unescape

from streamlit.testing.v1 import AppTest

from tests.fake_audit import ANSWER, DOCUMENT
from tests.fake_state import Site
from tests.test_ui_pages import here, open_page, seen, sign_in
from ui.audit_records import Wanted
from ui.languages import CHOSEN
from ui.words import WORDS


def plain(page: AppTest) -> str:
    """Return the text of all HTML on the page."""
    return unescape(seen(page))


def pressed(page: AppTest, label: str) -> AppTest:
    """Return the page after the button with this label was pressed."""
    return next(button for button in page.button if button.label == label).click().run()


def test_an_auditor_sees_records_and_no_place_to_read(site: Site) -> None:
    """The table with its caption; neither questions nor documents, which an employee has."""
    page = sign_in("vera.lang")
    assert not page.exception
    assert 'class="im-table im-audit"' in seen(page)
    labels = {button.label for button in page.button}
    assert WORDS.audit in labels
    assert not labels & {WORDS.documents, WORDS.jobs, WORDS.new_conversation}
    assert not page.chat_input
    assert WORDS.audit not in {button.label for button in sign_in("anna.keller").button}


def test_each_search_is_made_once(site: Site) -> None:
    """What was found stays while other things are pressed: every search is on record."""
    page = sign_in("vera.lang")
    page.text_input(key="audit_thing").set_value(DOCUMENT)
    page = pressed(page, WORDS.audit_search)
    assert [one.get("thing") for one in site.trail.asked] == [None, DOCUMENT]
    page = pressed(page, WORDS.audit_check)
    assert len(site.trail.asked) == 2
    assert site.trail.checks == 1
    assert "records" in seen(page)
    audit = here(page).mine.audit
    assert audit is not None
    assert audit.wanted == Wanted(thing=DOCUMENT)


def test_answers_are_named_without_their_words(site: Site) -> None:
    """By the document's id; an id that nothing used says so."""
    page = sign_in("vera.lang")
    page.text_input(key="audit_document").set_value(DOCUMENT)
    page = pressed(page, WORDS.audit_show)
    assert ANSWER in seen(page)
    page.text_input(key="audit_document").set_value("none-such")
    assert WORDS.audit_unused[:-1] in seen(pressed(page, WORDS.audit_show))


def test_times_and_counts_are_written_as_the_auditor_does(site: Site) -> None:
    """To the second, in UTC, and yet in the language of who reads."""
    page = open_page()
    page.session_state[CHOSEN] = "de"
    page = page.run().button(key="enter_vera.lang").click().run()
    assert "30.11.2026, 08:59:44" in plain(page)
    assert "30.11.2026, 12:00:00 UTC" in plain(page.button(key="audit_check").click().run())


def test_nothing_is_left_for_the_next_person(site: Site) -> None:
    """Signing out forgets what was found."""
    page = pressed(sign_in("vera.lang"), WORDS.sign_out)
    assert here(page).mine.audit is None
