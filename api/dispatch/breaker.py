"""A circuit breaker: when Temporal does not take signals, stop making every caller wait to find out."""

from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
PAUSE_SECONDS: Final = 5.0


class Breaker:
    """Open after `FAILURES` failures in a row; then one attempt per `PAUSE_SECONDS` tries whether it is over.

    While it is open the stored commands are left to the relay: nothing is lost, answers are 202 at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._next_attempt = 0.0

    def permits(self) -> bool:
        """Whether to try now. While open, one caller per pause is let through and the pause begins anew."""
        if self._failures < FAILURES:
            return True
        now = self._clock()
        if now < self._next_attempt:
            return False
        self._next_attempt = now + PAUSE_SECONDS
        return True

    def succeeded(self) -> None:
        """The outside answered: closed again."""
        self._failures = 0

    def failed(self) -> None:
        """The outside did not answer in time."""
        self._failures += 1
        if self._failures == FAILURES:
            self._next_attempt = self._clock() + PAUSE_SECONDS

    @property
    def is_open(self) -> bool:
        """Whether callers are being turned away."""
        return self._failures >= FAILURES
