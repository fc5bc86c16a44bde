"""The breaker stops trying after three failures in a row and finds out by itself when it is over."""

from api.dispatch.breaker import FAILURES, PAUSE_SECONDS, Breaker


class _FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _opened(clock: _FakeClock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.permits()
        breaker.failed()
    return breaker


def test_three_failures_in_a_row_open_it() -> None:
    """From then on nobody waits for what does not answer."""
    breaker = _opened(_FakeClock())
    assert breaker.is_open
    assert not breaker.permits()


def test_a_success_between_failures_starts_the_count_anew() -> None:
    """Only failures in a row count."""
    breaker = Breaker(_FakeClock())
    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.permits()
    assert not breaker.is_open


def test_after_the_pause_one_caller_tries() -> None:
    """Half open: one attempt per pause, not a stampede."""
    clock = _FakeClock()
    breaker = _opened(clock)
    clock.now += PAUSE_SECONDS
    assert [breaker.permits() for _ in range(3)] == [True, False, False]


def test_the_attempt_decides() -> None:
    """Its failure keeps it open for another pause, its success closes it."""
    clock = _FakeClock()
    breaker = _opened(clock)
    clock.now += PAUSE_SECONDS
    assert breaker.permits()
    breaker.failed()
    assert not breaker.permits()
    clock.now += PAUSE_SECONDS
    assert breaker.permits()
    breaker.succeeded()
    assert breaker.permits()
    assert not breaker.is_open
