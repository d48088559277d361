"""The page's client: events, resuming, refusals."""

from collections.abc import Iterator

import httpx
import pytest

from tests.fake_api import serve
from tests.fake_site import PASSWORD
from tests.fake_state import Site
from ui.client import Api, Gone, PageError, SessionEnded, connect
from ui.events import parse_events
from ui.live import LiveAnswer, Progress
from ui.records import Answer, Asked, SourcesFound, Token

WAIT_S = 20.0  # an upper bound; the fake answers within a second


@pytest.fixture(scope="module")
def pool() -> Iterator[httpx.Client]:
    """Give connections to a fast fake."""
    with serve(Site(pace_s=0.002)) as url, connect(url) as connections:
        yield connections


def sign_in(pool: httpx.Client, user: str = "anna.keller") -> Api:
    """Return the API as seen by a person."""
    return Api(pool, Api(pool).sign_in(user=user, password=PASSWORD).token)


def finish(live: LiveAnswer) -> Progress:
    """Return the last progress of an answer."""
    progress = live.progress()
    while not progress.is_over:
        later = live.wait(progress.version, timeout_s=WAIT_S)
        assert later.version > progress.version, "the stream stands still"
        progress = later
    return progress


def test_events_are_parsed_with_numbers() -> None:
    """Comments and unknown events are skipped; several data lines are one."""
    lines = [
        ": ping",
        "",
        "id: 4",
        "event: token",
        'data: {"text":',
        'data: "a"}',
        "",
        "event: new",
        "data: {}",
        "",
    ]
    assert list(parse_events(iter(lines))) == [(4, Token("a"))]


def test_no_connection_is_kept_for_others(pool: httpx.Client) -> None:
    """Between two requests there is none that one thread could close while another is given it."""
    api = sign_in(pool)
    assert api.me().id == "anna.keller"
    transport = pool._transport
    assert isinstance(transport, httpx.HTTPTransport)
    assert transport._pool.connections == []
    assert api._send("GET", "/api/me").request.headers["connection"] == "close"


def test_an_answer_comes_in_order(pool: httpx.Client) -> None:
    """Sources first, then tokens, then the checked answer, numbered without a gap."""
    api = sign_in(pool)
    events = list(api.ask(api.start_conversation(), Asked("hotel")))
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    assert isinstance(events[0][1], SourcesFound)
    assert isinstance(events[-1][1], Answer)


def test_a_place_in_the_line_is_told_and_forgotten(pool: httpx.Client) -> None:
    """While others are asking, the progress holds the position; when the wait is over, none."""
    api = sign_in(pool)
    live = LiveAnswer(api, conversation_id=api.start_conversation(), question=Asked("hotel, busy"))
    seen, progress = set[int](), live.progress()
    while not progress.is_over:
        seen.add(progress.position)
        progress = live.wait(progress.version, timeout_s=5)

    assert {2, 1} & seen
    assert progress.position == 0


def test_a_broken_connection_is_resumed(pool: httpx.Client) -> None:
    """After a cut the stream goes on behind the last event: nothing is lost, nothing comes twice."""
    api = sign_in(pool)
    whole = finish(LiveAnswer(api, conversation_id=api.start_conversation(), question=Asked("hotel")))
    cut = finish(LiveAnswer(api, conversation_id=api.start_conversation(), question=Asked("hotel, cut")))
    assert cut.failure is None
    assert cut.text == whole.text


def test_an_answer_is_taken_up_by_its_id(pool: httpx.Client) -> None:
    """A reloaded page gets the whole answer from its id alone."""
    api = sign_in(pool)
    conversation = api.start_conversation()
    first = finish(LiveAnswer(api, conversation_id=conversation, question=Asked("hotel")))
    again = finish(
        LiveAnswer(api, conversation_id=conversation, question=Asked(""), answer_id=first.answer_id)
    )
    assert (again.answer, again.sources) == (first.answer, first.sources)


def test_an_error_event_closes_the_answer(pool: httpx.Client) -> None:
    """The reader gets the API's message and remedy."""
    api = sign_in(pool)
    progress = finish(LiveAnswer(api, conversation_id=api.start_conversation(), question=Asked("broken")))
    assert progress.failure is not None
    assert progress.failure.remedy == "Ask again."


def test_nobody_follows_another_persons_answer(pool: httpx.Client) -> None:
    """An answer id of someone else leads to a refusal, not to text."""
    anna, ben = sign_in(pool), sign_in(pool, "ben.dubois")
    mine = finish(LiveAnswer(anna, conversation_id=anna.start_conversation(), question=Asked("hotel")))
    theirs = finish(LiveAnswer(ben, conversation_id="c0", question=Asked(""), answer_id=mine.answer_id))
    assert theirs.failure is not None
    assert theirs.text == ""


def test_refusals_keep_message_and_remedy(pool: httpx.Client) -> None:
    """A wrong password, an ended session and a missing thing are three different errors."""
    api = Api(pool, "unknown")
    with pytest.raises(PageError, match="wrong") as refused:
        api.sign_in(user="anna.keller", password="no")
    assert not isinstance(refused.value, SessionEnded)
    with pytest.raises(SessionEnded):
        api.me()
    with pytest.raises(Gone):
        sign_in(pool).passage("chunk-4")


def test_an_api_that_is_away_is_a_calm_message() -> None:
    """No connection becomes a PageError with a remedy, not a traceback."""
    with connect("http://127.0.0.1:9") as nowhere, pytest.raises(PageError, match="not reachable"):
        Api(nowhere).personas()


def test_ids_from_the_browser_cannot_change_the_path(pool: httpx.Client) -> None:
    """A forged id stays one part of the path."""
    with pytest.raises(Gone):
        sign_in(pool).conversation("../documents?x=")


def test_the_token_does_not_print(pool: httpx.Client) -> None:
    """Neither a sign-in nor a persona shows its secret in a representation."""
    signed_in = Api(pool).sign_in(user="anna.keller", password=PASSWORD)
    assert signed_in.token not in repr(signed_in)
    assert all(persona.password not in repr(persona) for persona in Api(pool).personas())
