"""So many jobs, so many at once, and how long each took."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

Job = Callable[[int], Awaitable[Any]]
"""Is given the number of the job, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds: of the whole, and of each job."""

    whole: float
    each: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Jobs per second."""
        return len(self.each) / self.whole

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return median(self.each) * 1000

    @property
    def p99(self) -> float:
        """Milliseconds; the slowest of fewer than a hundred."""
        ordered = sorted(self.each)
        return ordered[max(0, math.ceil(len(ordered) * 0.99) - 1)] * 1000


async def timed(
    count: int, at_once: int, job: Job, *, drained: Callable[[], Awaitable[None]] | None = None
) -> Timing:
    """Do `count` jobs, a new one as soon as one is done. The whole ends when `drained` returns."""
    numbers = iter(range(count))
    each: list[float] = []

    async def lane() -> None:
        for number in numbers:
            began = time.perf_counter()
            await job(number)
            each.append(time.perf_counter() - began)

    start = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(at_once)))
    if drained is not None:
        await drained()
    return Timing(whole=time.perf_counter() - start, each=tuple(each))
