"""The document beside the answer, without a browser: what it asks the API for, and that it keeps nothing of it."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.fake_state import Site
from tests.test_ui_pages import ask, here, seen, sign_in
from ui.records import Nearby, PassageView, Source
from ui.tables import Cited
from ui.viewer import passage
from ui.words import WORDS

TRACES = ("Travel Expense Policy", "travel-expense-policy", "130 euros per night", "Accommodation")


def opened(site: Site, number: int = 1) -> AppTest:
    """Return the page with a source of an answer open beside it."""
    page = ask(sign_in(), "hotel")
    return page.button(key=f"source_{next(iter(site.writings))}_{number}").click().run()


def everything(page: AppTest) -> str:
    """Return all that went to the browser: HTML, labels, help, names of files and of widgets."""
    protos = "\n".join(str(getattr(node, "proto", "")) for node in nodes(page._tree))
    return re.sub(r"&#(\d+);", lambda mark: chr(int(mark[1])), protos)


def nodes(node: object) -> Iterator[object]:
    """Yield a node of the page and all below it."""
    yield node
    for child in getattr(node, "children", {}).values():
        yield from nodes(child)


def test_page_is_asked_for_with_the_words_to_mark(site: Site) -> None:
    """The phrases of the sentences that cite the passage go along; the picture says in words what it shows."""
    page = opened(site)
    assert site.pages_shown[-1] == (4, 1100, ("0-111",))
    assert WORDS.page_of.format(page=4, pages=7) in seen(page)
    assert "the cited words highlighted" in seen(page)


def test_pages_are_turned_and_turned_back(site: Site) -> None:
    """The next page is drawn as asked, the cited one is a click away, and another source opens at its own."""
    page = opened(site).button(key="icon_page_next").click().run()
    assert site.pages_shown[-1][0] == 5
    page = page.button(key="icon_page_next").click().run()
    page = page.button(key="icon_page_next").click().run()
    assert page.button(key="icon_page_next").disabled
    page = page.button(key="icon_page_cited").click().run()
    assert site.pages_shown[-1][0] == 4
    page = page.button(key="icon_page_next").click().run()
    page = page.button(key="icon_next").click().run().button(key="icon_previous").click().run()
    assert site.pages_shown[-1][0] == 4


def test_full_size_asks_for_a_sharper_page(site: Site) -> None:
    """In full size the picture is as wide as the paper, and drawn with more pixels."""
    page = opened(site).button(key="zoom").click().run()
    assert site.pages_shown[-1][1] == 1600
    assert "width: 793px" in seen(page)
    page = page.button(key="zoom").click().run()
    assert "width: 100%" in seen(page)


@pytest.mark.parametrize("turn", ["open", "zoom", "icon_page_next"])
def test_closed_document_leaves_no_trace(site: Site, turn: str) -> None:
    """Once the right ended, the next click shows one clear sentence: no title, name, text, picture or button."""
    page = opened(site)
    assert all(trace in everything(page) for trace in TRACES)
    site.closed.add("doc-1")
    page = page.run() if turn == "open" else page.button(key=turn).click().run()
    shown = everything(page)
    assert WORDS.gone in shown
    assert [trace for trace in (*TRACES, "base64") if trace in shown] == []
    keys = {button.key for button in page.button}
    assert not keys & {"icon_page_next", "zoom", "icon_hit_next"}
    assert "icon_close" in keys
    assert [one.key for one in page.get("download_button") if not str(one.key).startswith("export_")] == []


def test_old_conversation_shows_nothing_of_a_closed_document(site: Site) -> None:
    """A conversation that is opened again offers no way to the document, and an address of a citation shows nothing."""
    page = opened(site)
    answer = next(iter(site.writings))
    site.closed.add("doc-1")
    page = page.button(key="new_conversation").click().run()
    page = page.button(key=f"past_{next(iter(site.conversations))}").click().run()
    here(page).mine.open_citation = (answer, 1)
    shown = everything(page.run())
    assert WORDS.gone in shown
    assert [trace for trace in TRACES if trace in shown] == []


def test_right_that_ends_between_text_and_picture_shows_neither(site: Site) -> None:
    """The picture is refused a moment after the text was given: the text goes too."""
    page = opened(site)
    site.closes_after_text = "doc-1"
    shown = everything(page.run())
    assert WORDS.gone in shown
    assert "travel-expense-policy" not in shown
    assert "base64" not in shown


def test_missing_picture_leaves_the_text(site: Site) -> None:
    """A page that cannot be drawn is no loss of rights: the passage is read as text, and that is said."""
    site.has_no_pictures = True
    page = opened(site)
    assert WORDS.no_page_image in everything(page)
    assert "130 euros per night" in everything(page)


def test_original_is_asked_for_with_each_click(site: Site) -> None:
    """Nothing is fetched before the click."""
    opened(site)
    assert site.originals == []


def view(text: str, media_type: str, **more: object) -> PassageView:
    """Return a passage of a document of this type."""
    source = Source(1, "k", "d", "Title", "f", "c", media_type, "en", ("Day",), text)
    return PassageView(source=source, **more)  # type: ignore[arg-type]  # the fields of the record


def test_mail_stands_below_its_header() -> None:
    """From, To, Date and Subject are drawn once, as such; a cited one is marked; words in the body where they stand."""
    head = ("From: A <a@x.example>", "Date: Thu", "Subject: Meeting")
    text = "\n".join(head) + "\n\nWe meet on Friday.\nBring shoes."
    start = text.index("Bring")
    cited = Cited([(text.index("Subject"), text.index("Subject") + 4), (start, start + 5)])
    html = str(passage(view(text, "message/rfc822", header=head), cited))
    assert html.count("<dt>") == 3
    assert html.count("Meeting") == 1
    assert re.findall(r'<div class="im-phrase"><dt>(\w+)', html) == ["Subject"]
    assert '<mark class="im-phrase">Bring</mark>' in html
    assert "<li>" not in html


def test_later_part_of_a_mail_shows_the_header_too() -> None:
    """Whatever part is cited, who wrote to whom and when stands above; the neighbour does not repeat it."""
    head = ("From: A", "Subject: Meeting")
    before = (Nearby("From: A\nSubject: Meeting\n\nDear all,"),)
    html = str(passage(view("See you.", "message/rfc822", header=head, before=before), Cited([(0, 3)])))
    assert html.count("Meeting") == 1
    assert "Dear all" in html
    assert '<mark class="im-phrase">See</mark>' in html


def test_neighbours_say_what_they_stand_under() -> None:
    """A passage beside the cited one is headed by its path where that is another."""
    after = (Nearby("Same part.", ("Day",)), Nearby("Next part.", ("Night",)))
    html = str(passage(view("Text.", "text/html", after=after), Cited()))
    assert re.findall(r'<p class="im-path">(\w+)</p>', html) == ["Night"]
