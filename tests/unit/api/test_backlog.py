"""When commands are refused before they are stored: by what waits and by the pace of decisions, never while nobody decides."""

from contextlib import ExitStack

import pytest

from api.dispatch.backlog import (
    AFTER_AN_OUTAGE_SECONDS,
    AWAY_SECONDS,
    FEW,
    LONGEST_SECONDS,
    Backlog,
    OverloadedError,
)
from tests.unit.api.fakes import FakeClock

MANY = 10_000


class _Shop:
    """An inbox and its decisions, on a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.backlog = Backlog(self.clock)

    def decides(self, *, every: float, times: int, waiting: int) -> None:
        """So many decisions, while so many wait all along."""
        for _ in range(times):
            self.backlog.read(waiting)
            self.clock.now += every
            self.backlog.decided()

    def refusal(self, waiting: int) -> OverloadedError | None:
        """Of one more command."""
        try:
            self.backlog.admit(waiting)
        except OverloadedError as error:
            return error
        return None


@pytest.fixture
def shop() -> _Shop:
    return _Shop()


@pytest.mark.parametrize("every", [0.01, 0.05, 0.1])
def test_as_many_may_wait_as_are_decided_in_time(shop: _Shop, every: float) -> None:
    """By the pace of late; a refused caller is told when what waits is decided."""
    shop.decides(every=every, times=300, waiting=50)
    assert shop.backlog.pace == pytest.approx(every, rel=0.02)
    within = int(LONGEST_SECONDS / every)
    assert shop.refusal(int(within * 0.9)) is None
    refusal = shop.refusal(int(within * 1.2))
    assert refusal is not None
    assert refusal.waiting == int(within * 1.2)
    assert LONGEST_SECONDS < refusal.retry_after <= 3


def test_the_pace_of_few_says_nothing(shop: _Shop) -> None:
    """One at a time takes as long as it takes: several at once are faster, and a burst is not refused for that."""
    before = shop.backlog.pace
    shop.decides(every=0.5, times=50, waiting=FEW - 1)
    assert shop.backlog.pace == before
    assert shop.refusal(FEW) is None


def test_few_are_never_refused(shop: _Shop) -> None:
    """However long a decision takes."""
    shop.decides(every=1.9, times=300, waiting=50)
    assert shop.refusal(FEW - 1) is None
    assert shop.refusal(FEW) is not None


def test_while_nobody_decides_all_is_stored(shop: _Shop) -> None:
    """Workers, Temporal or notifications are away: that is no overload, from five seconds after the last decision on; with
    the next decision it is one again. The pause does not count as pace.
    """
    assert shop.refusal(MANY) is None  # nothing was ever heard
    shop.decides(every=0.05, times=300, waiting=50)
    pace = shop.backlog.pace
    assert shop.refusal(MANY) is not None
    shop.clock.now += AWAY_SECONDS
    assert shop.refusal(MANY) is None
    shop.clock.now += 60
    assert shop.refusal(MANY) is None
    shop.backlog.decided()
    assert shop.backlog.pace == pace
    assert shop.refusal(MANY) is not None


def test_a_burst_after_a_pause_is_measured_by_the_pace_of_before(shop: _Shop) -> None:
    """Not only when its first command is decided: by then all would be stored. Unless none is."""
    shop.decides(every=0.05, times=300, waiting=50)
    shop.clock.now += 3600
    assert shop.refusal(0) is None
    assert shop.refusal(MANY) is not None
    shop.clock.now += AWAY_SECONDS
    assert shop.refusal(MANY) is None


def test_what_is_being_stored_waits_too(shop: _Shop) -> None:
    """As many read the same inbox at once as there are connections: those that came first are counted, until they are
    stored or could not be; a customer's is counted and never refused.
    """
    shop.decides(every=0.1, times=300, waiting=50)
    room = int(LONGEST_SECONDS / shop.backlog.pace)
    with ExitStack() as storing:
        for number in range(room):
            told = storing.enter_context(shop.backlog.place(always=number % 2 == 0))
            told(0)
        with shop.backlog.place(always=False) as told, pytest.raises(OverloadedError):
            told(0)
        with shop.backlog.place(always=True) as told:
            told(0)
    with shop.backlog.place(always=False) as told:
        told(0)


def test_a_quiet_night_is_no_slow_decision(shop: _Shop) -> None:
    """What comes in the morning is measured from then."""
    shop.decides(every=0.05, times=300, waiting=50)
    shop.backlog.read(0)
    shop.clock.now += 1.9
    shop.backlog.read(0)
    shop.clock.now += 0.05
    shop.backlog.read(50)
    shop.backlog.decided()
    assert shop.backlog.pace == pytest.approx(0.05, rel=0.02)


def test_it_is_worth_asking_when_what_waits_is_decided(shop: _Shop) -> None:
    """Within seconds where decisions are made, later where nobody makes any."""
    shop.decides(every=0.05, times=300, waiting=50)
    shop.backlog.read(90)
    assert shop.backlog.retry_after(answered=False) == 5
    shop.backlog.read(0)
    assert shop.backlog.retry_after(answered=False) == 1
    shop.clock.now += AWAY_SECONDS
    assert shop.backlog.retry_after(answered=False) == AFTER_AN_OUTAGE_SECONDS
    assert shop.backlog.retry_after(answered=True) == 1
