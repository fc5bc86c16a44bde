"""How long what waits undecided will take; beyond that, commands that can be repeated are refused before they are stored.

The inbox says how many wait, for all API processes alike, in an answer that storing a command needs anyway. How long one
takes is heard: PostgreSQL tells every process of every decision.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

LONGEST_SECONDS: Final = 1.5
"""What may wait. Its last command is then answered within the two seconds that a caller is kept."""

FEW: Final = 4
"""So many at once are no backlog, however long they take, and tell nothing of how fast decisions can follow each other."""

AWAY_SECONDS: Final = 5.0
"""Where many have waited for so long without a decision, whoever decides is away: then nothing is refused, but stored."""

AFTER_AN_OUTAGE_SECONDS: Final = 5
"""When to ask again for a command that waits for a server or a worker: the relay's own pauses are of that length."""

_FIRST_PACE: Final = 0.06
_WEIGHT: Final = 1 / 32


class OverloadedError(Exception):
    """Nothing was stored: what waits already takes too long. Worth repeating after `retry_after` seconds."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} commands wait to be decided")
        self.waiting = waiting
        self.retry_after = retry_after


class Backlog:
    """What waits, and at which pace it is decided: `pace` is the seconds from one decision to the next while many wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting = self._being_stored = 0
        self._few_at = self._decided_at = -math.inf
        self.pace = _FIRST_PACE

    @contextmanager
    def place(self, *, always: bool) -> Iterator[Callable[[int], None]]:
        """For one command while it is being stored: what to tell of how many wait, as `admit`, or where it is stored
        `always` as `read`. Those that this process is storing at that moment wait too, and no inbox says so yet.
        """
        taken = 0

        def told(waiting: int) -> None:
            nonlocal taken
            (self.read if always else self.admit)(waiting + self._being_stored)
            taken = 1
            self._being_stored += taken

        try:
            yield told
        finally:
            self._being_stored -= taken

    def read(self, waiting: int) -> None:
        """The inbox says that so many wait."""
        self._waiting = waiting
        if waiting < FEW:
            self._few_at = self._clock()

    def decided(self) -> None:
        """One of them was decided, by any worker, for any process."""
        now = self._clock()
        took = now - self._moved_at
        if self._waiting >= FEW and took < AWAY_SECONDS:
            self.pace += (took - self.pace) * _WEIGHT
        self._waiting = max(0, self._waiting - 1)
        self._decided_at = now

    def admit(self, waiting: int) -> None:
        """Take note of what waits, as `read`. Raises OverloadedError where one more would wait for too long."""
        self.read(waiting)
        seconds = (waiting + 1) * self.pace
        is_moving = self._clock() - self._moved_at < AWAY_SECONDS
        if waiting >= FEW and is_moving and seconds > LONGEST_SECONDS:
            raise OverloadedError(waiting, math.ceil(seconds))

    def retry_after(self, *, answered: bool) -> int:
        """After how many seconds it is worth asking how a command that waits was decided; `answered` where its workflow
        did, so that there is a worker.
        """
        if not answered and self._clock() - self._decided_at >= AWAY_SECONDS:
            return AFTER_AN_OUTAGE_SECONDS
        return max(1, math.ceil(self._waiting * self.pace))

    @property
    def _moved_at(self) -> float:
        return max(self._decided_at, self._few_at)
