"""The line before the model: order, positions told, nothing lost."""

import threading
from collections.abc import Iterator

from app.waiting import WaitingLine

NEVER = threading.Event()


def stopped() -> threading.Event:
    """Return a stop that is set."""
    stop = threading.Event()
    stop.set()
    return stop


def test_a_free_place_is_taken_without_a_word() -> None:
    """Nobody is told of a line where there is none."""
    line = WaitingLine(2)

    with line.joined(NEVER) as first, line.joined(NEVER) as second:
        assert list(first) == list(second) == []
        assert line.length == 0


def test_the_third_hears_its_position_until_it_is_its_turn() -> None:
    """Two wait behind one place: the last hears 2, then 1, then 0, and gets the place after the one before it."""
    line = WaitingLine(1)
    order: list[str] = []
    heard: list[int] = []
    two_wait, third_moved = threading.Event(), threading.Event()

    def before_last() -> None:
        with line.joined(NEVER) as positions:
            for _ in positions:
                two_wait.wait(10)
            order.append("second")
            third_moved.wait(10)

    def last() -> None:
        with line.joined(NEVER) as positions:
            for position in positions:
                heard.append(position)
                two_wait.set()
                if position == 1:
                    third_moved.set()
            order.append("third")

    with line.joined(NEVER) as positions:
        assert list(positions) == []
        threads = [threading.Thread(target=before_last, daemon=True)]
        threads[0].start()
        _until(lambda: line.length == 1)
        threads.append(threading.Thread(target=last, daemon=True))
        threads[1].start()
        two_wait.wait(10)
    for thread in threads:
        thread.join(10)

    assert heard == [2, 1, 0]
    assert order == ["second", "third"]


def test_who_is_stopped_leaves_the_line() -> None:
    """A stopped one gets no place, and those behind it move up."""
    line = WaitingLine(1)

    with line.joined(NEVER) as first:
        assert list(first) == []
        with line.joined(stopped()) as second:
            assert list(second) == []
            assert line.length == 1
        assert line.length == 0
    with line.joined(NEVER) as third:
        assert list(third) == []


def test_no_place_is_lost_to_what_breaks() -> None:
    """Five hundred that stop, fail or are thrown away with the iterator half read give every place back."""
    line = WaitingLine(2)

    for round_ in range(500):
        _use(line, broken=round_ % 3)

    with line.joined(NEVER) as first, line.joined(NEVER) as second:
        assert list(first) == list(second) == []
    assert line.length == 0


def _use(line: WaitingLine, *, broken: int) -> None:
    def answering() -> Iterator[int]:
        with line.joined(stopped() if broken == 0 else NEVER) as positions:
            yield from positions
            if broken == 1:
                raise RuntimeError
            yield 0

    try:
        with line.joined(NEVER) as held:
            assert list(held) == []
            next(answering(), None)
    except RuntimeError:
        return


def _until(holds: object) -> None:
    assert callable(holds)
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError
