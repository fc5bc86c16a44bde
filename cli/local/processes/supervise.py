"""Keeps a running stack running."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from cli.local.processes.process import Process

LOOK = 0.25  # seconds
LIMIT, WINDOW = 5, 60.0  # as many new starts in so many seconds are taken for a fault that repeats
STEADY = 2.0  # seconds without an end, until what was started again counts as running


async def supervise(
    processes: Sequence[Process], say: Callable[[str], None], is_ready: Callable[[], Awaitable[bool]]
) -> None:
    """Starts again what ends by itself, and says so; says also when `is_ready` is true again.

    Returns never; raises `StackError` when starting again does not help.
    """
    starts: deque[float] = deque(maxlen=LIMIT)
    calm = True
    while True:
        for process in processes:
            if process.running or time.monotonic() < _next_start(starts):
                continue
            if len(starts) == LIMIT and time.monotonic() - starts[0] < WINDOW:
                raise process.failure()
            say(f"{process.name} {process.ending} and is started again; its log: {process.log}")
            starts.append(time.monotonic())
            process.start()
            calm = False
        steady = not calm and time.monotonic() > starts[-1] + STEADY and all(p.running for p in processes)
        if steady and await is_ready():
            calm = True
            say("All is well again.")
        await asyncio.sleep(LOOK)


def _next_start(starts: Sequence[float]) -> float:
    """At once; while it repeats after pauses that double, because what a killed server leaves needs a moment."""
    recent = [at for at in starts if at > starts[-1] - WINDOW]
    return recent[-1] + LOOK * 2 ** (len(recent) - 1) if recent else 0.0
