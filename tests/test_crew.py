"""A worker that ends by itself is no silent affair: its process ends with it, and its gauge says so."""

import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest

from app.crew import Crew
from app.serving import serve_until_told
from app.work import Workplace, build, ended
from retrieval.errors import SetupRefused
from tests.house import House

WITHIN_S = 60.0  # nothing is timed here


class Broken:
    """A worker that fails as soon as it may."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def run(self, _stop: threading.Event) -> None:
        """Fail, whether or not it was told to stop."""
        assert self.may_end.wait(WITHIN_S)
        raise ZeroDivisionError


@pytest.fixture
def signals() -> Iterator[None]:
    """Put back what handles the signals of this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def until(is_so: Callable[[], bool]) -> bool:
    """Return whether it came true in time."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def state(text: str) -> str:
    """Return the gauge of the worker, "" where it is not served."""
    found = re.search(r"^intramuros_worker_state (\S+)$", text, re.MULTILINE)
    return "" if found is None else found.group(1)


@pytest.mark.usefixtures("signals")
def test_process_ends_when_its_worker_does(house: House) -> None:
    """A container engine starts again what has ended, and leaves alone what is unhealthy: so it must end."""
    worker, seen = Broken(), []
    place = Workplace(house.services)
    place.crew = Crew(lambda _services: worker)
    app = build(place)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/metrics"

    def look() -> None:
        seen.append(until(lambda: state(httpx.get(address, timeout=WITHIN_S).text) == "2.0"))
        worker.may_end.set()

    looking = threading.Thread(target=look)
    looking.start()
    with pytest.raises(SetupRefused, match="the worker ended by itself"):
        serve_until_told(app, listener, ended=partial(ended, app))
    looking.join()
    assert seen == [True]
    assert state(house.services.metrics.render().decode()) == "0.0"


def test_worker_that_is_told_to_end_has_not_broken(house: House) -> None:
    """Neither where the process stops nor where the house is built around another embedder."""
    crew = Crew(lambda services: services.worker("w"))
    crew.begin(house.services)
    crew.begin(house.services)
    assert until(lambda: state(house.services.metrics.render().decode()) == "2.0")
    crew.stop()
    crew.join(WITHIN_S)
    assert not crew.is_at_work
    assert not crew.has_broken
