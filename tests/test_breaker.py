"""Hold the breaker alone, with a clock that is set by hand."""

from retrieval.breaker import FAILURES, OPEN_S, WINDOW_S, Breaker


class TestBreaker:
    """The breaker alone, with a clock that is set by hand."""

    def test_opens_and_tries_one(self) -> None:
        """Open after five failures; OPEN_S later one request is tried, its success closes."""
        now = [0.0]
        breaker = Breaker(lambda: now[0])
        for _ in range(FAILURES):
            assert breaker.admits()
            breaker.failed()
        assert breaker.is_open
        assert not breaker.admits()
        now[0] = OPEN_S
        assert breaker.admits()
        assert not breaker.admits()
        breaker.succeeded()
        assert breaker.admits()
        assert not breaker.is_open

    def test_forgets_old_failures(self) -> None:
        """Failures spread over more than WINDOW_S do not open it."""
        now = [0.0]
        breaker = Breaker(lambda: now[0])
        for _ in range(3 * FAILURES):
            breaker.failed()
            now[0] += WINDOW_S / (FAILURES - 2)
        assert breaker.admits()

    def test_recovers_within_ten_seconds(self) -> None:
        """A server that is back is used again within the ten seconds."""
        assert OPEN_S <= 10
