"""Keeps a running stack running."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from cli.stack.processes import Process

LOOK = 0.25  # seconds
LIMIT, WINDOW = 5, 60.0  # as many new starts in so many seconds are taken for a fault that repeats


async def supervise(processes: Sequence[Process], say: Callable[[str], None]) -> None:
    """Starts again what ends by itself. Returns never; raises `StackError` when starting again does not help."""
    starts: deque[float] = deque(maxlen=LIMIT)
    while True:
        for process in processes:
            if process.running:
                continue
            if len(starts) == LIMIT and time.monotonic() - starts[0] < WINDOW:
                raise process.failure()
            say(
                f"{process.name} ended (code {process.exit_code}) and is started again; its log: {process.log}"
            )
            starts.append(time.monotonic())
            process.start()
        await asyncio.sleep(LOOK)
