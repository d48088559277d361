"""Who administers or audits finds the papers of the house in the page."""

import httpx
import pytest

from tests.fake_state import Site
from tests.test_ui_audit import pressed
from tests.test_ui_pages import seen, sign_in
from ui.office import Office
from ui.words import WORDS


@pytest.mark.parametrize(
    ("user", "is_offered"), [("dirk.admin", True), ("vera.lang", True), ("anna.keller", False)]
)
def test_papers_are_offered_to_whom_they_are_given(site: Site, user: str, *, is_offered: bool) -> None:
    """Administrators and auditors see the button below what is recorded; an employee sees the notice alone."""
    page = pressed(sign_in(user), WORDS.recorded)
    assert not page.exception
    assert WORDS.recorded_not in seen(page)
    labels = [button.proto.label for button in page.get("download_button")]
    assert (WORDS.papers_take in labels) is is_offered


@pytest.mark.parametrize(("reader", "asked"), [("de", "de"), ("fr", "fr"), ("it", "en"), ("en", "en")])
def test_papers_are_asked_for_in_a_language_they_are_written_in(reader: str, asked: str) -> None:
    """A reader of Italian gets them in English, rather than a refusal."""
    seen_queries: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen_queries.append(request.url.params["language"])
        return httpx.Response(200, content=b"PK")

    with httpx.Client(base_url="http://api", transport=httpx.MockTransport(reply)) as pool:
        assert Office(pool, "token").papers(reader) == b"PK"
    assert seen_queries == [asked]
