"""Answers in flight: followed by many, resumed, stopped, limited."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app import stream
from app.stream import Answers, Running
from app.types import Answer, Event, Failure, Outcome, Token
from retrieval.errors import NotFound, Overloaded, TooManyRequests

END = Answer(Outcome.ANSWERED, "done", (), "en", "m", None, {}, 0, ())


def answers_of(per_person: int, at_most: int = 10) -> Answers:
    """Return a house with room for so many."""
    return Answers(per_person=per_person, at_most=at_most)


def events_of(running: Running, after: int = 0) -> list[tuple[int, Event]]:
    """Follow to the end, without the pings."""
    return [numbered for batch in running.follow(after, ping_s=0.05) for numbered in batch]


def test_two_followers_see_the_same() -> None:
    """Each follower gets every event with its number, whenever it joins."""
    running = answers_of(2).start(Running("a", "anna"), lambda _stop: iter([Token("x"), END]))

    assert events_of(running) == events_of(running) == [(1, Token("x")), (2, END)]


def test_resumed_stream_goes_on_where_it_was() -> None:
    """After event 1 comes event 2."""
    answers = answers_of(2)
    events_of(answers.start(Running("a", "anna"), lambda _stop: iter([Token("x"), Token("y"), END])))

    assert events_of(answers.get("a", "anna"), after=1) == [(2, Token("y")), (3, END)]


def test_silence_is_filled_with_pings() -> None:
    """A follower that waits longer than the ping time is told that nothing came."""
    release = threading.Event()

    def slow(_stop: threading.Event) -> Iterator[Event]:
        release.wait()
        yield END

    running = answers_of(1).start(Running("a", "anna"), slow)
    following = running.follow(0, ping_s=0.01)

    assert next(following) == []
    release.set()
    assert [(1, END)] in list(following)


def test_foreign_answer_is_not_found() -> None:
    """Another person's answer and an unknown one look alike."""
    answers = answers_of(1)
    answers.start(Running("a", "anna"), lambda _stop: iter([END]))

    for answer_id, user in (("a", "ben"), ("b", "anna")):
        with pytest.raises(NotFound, match="no longer in flight"):
            answers.get(answer_id, user)


def test_person_over_the_limit_waits() -> None:
    """A third answer at once is refused for the same person and started for another."""
    release = threading.Event()

    def held(_stop: threading.Event) -> Iterator[Event]:
        release.wait()
        yield END

    answers = answers_of(2)
    running = [answers.start(Running(name, "anna"), held) for name in "ab"]

    with pytest.raises(TooManyRequests):
        answers.start(Running("c", "anna"), held)
    running.append(answers.start(Running("d", "ben"), held))
    release.set()
    assert all(events_of(one)[-1][1] == END for one in running)


def test_full_house_refuses_one_more() -> None:
    """Over the house's limit nobody is let in, whoever asks; with room again, they are."""
    release = threading.Event()

    def held(_stop: threading.Event) -> Iterator[Event]:
        release.wait()
        yield END

    answers = answers_of(2, at_most=3)
    running = [answers.start(Running(name, f"person {name}"), held) for name in "abc"]

    assert answers.in_flight == 3
    with pytest.raises(Overloaded, match="3 questions are being answered"):
        answers.start(Running("d", "ben"), held)
    with pytest.raises(Overloaded):
        answers.require_room("ben")
    release.set()
    assert all(events_of(one)[-1][1] == END for one in running)
    assert events_of(answers.start(Running("d", "ben"), held))[-1][1] == END
    assert answers.in_flight == 0


@pytest.mark.parametrize("is_wanted_later", [True, False])
def test_answer_nobody_follows_is_stopped_unless_it_is_wanted_later(
    monkeypatch: pytest.MonkeyPatch, *, is_wanted_later: bool
) -> None:
    """The last follower leaves: an answer that can be read later goes on, another is stopped."""
    monkeypatch.setattr(stream, "LEFT_S", 0.0)
    go_on = threading.Event()

    def until_told(stop: threading.Event) -> Iterator[Event]:
        yield Token("x")
        while not (stop.wait(0.01) or go_on.is_set()):
            pass
        yield END

    running = answers_of(1).start(Running("a", "anna", is_wanted_later), until_told)
    with running.followed():
        with running.followed():
            assert next(running.follow(0)) == [(1, Token("x"))]
        assert not running.stop.wait(0.05)
    assert running.stop.wait(0.2 if is_wanted_later else 10) is not is_wanted_later
    go_on.set()
    assert events_of(running)[-1][1] == END


def test_an_answer_has_room_for_a_few_followers() -> None:
    """Each holds a thread: one more is refused, and let in when another has gone."""
    running = answers_of(1).start(Running("a", "anna"), lambda _stop: iter([END]))
    with ExitStack() as tabs:
        for _ in range(stream.MOST_FOLLOWERS):
            tabs.enter_context(running.followed())
        with pytest.raises(TooManyRequests, match="follow this answer"), running.followed():
            pass
    with running.followed():
        assert running.followers == 1


def test_answer_that_gets_no_thread_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never ran would never end, and hold a place for ever."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    answers = answers_of(1)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(Overloaded, match="no room"):
            answers.start(Running("a", "anna"), lambda _stop: iter([END]))
    assert answers.in_flight == 0
    assert events_of(answers.start(Running("b", "anna"), lambda _stop: iter([END])))[-1][1] == END


def test_stop_reaches_the_producer() -> None:
    """The producer sees the event that the asker sets."""

    def until_stopped(stop: threading.Event) -> Iterator[Event]:
        stop.wait()
        yield END

    running = answers_of(1).start(Running("a", "anna"), until_stopped)
    running.stop.set()

    assert events_of(running) == [(1, END)]


def test_producer_that_breaks_off_ends_in_a_failure() -> None:
    """Followers are never left waiting: a missing end becomes an error with a remedy."""
    running = answers_of(1).start(Running("a", "anna"), lambda _stop: iter([Token("x")]))

    assert isinstance(events_of(running)[-1][1], Failure)


def test_conversation_tells_of_the_answer_on_its_way() -> None:
    """Its asker finds it there after a reload; nobody else does, and nothing is told once it has ended."""
    go, answers = threading.Event(), Answers(per_person=2, at_most=4)

    def produce(_stop: threading.Event) -> Iterator[Event]:
        go.wait()
        yield from ()

    running = answers.start(Running("a1", "anna", conversation="c1"), produce)
    assert answers.writing("c1", "anna") == "a1"
    assert answers.writing("c1", "ben") is None
    assert answers.writing("c2", "anna") is None
    go.set()
    list(running.follow(0))
    assert answers.writing("c1", "anna") is None
