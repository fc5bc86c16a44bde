"""Ctrl-C and TERM as a cancellation, so that whoever started something gets to end it."""

import asyncio
import signal
from collections.abc import Coroutine

_HEARING = 0.05  # seconds


def run_until_stopped(main: Coroutine[None, None, None]) -> bool:
    """Runs `main`. The first Ctrl-C or TERM cancels it; those that follow do not disturb the clearing up,
    which has its own time limits. False when it was stopped.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(main)
        stopped = False

        def stop() -> None:
            nonlocal stopped
            if not stopped:
                stopped = True
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            if not stopped:
                raise
        except Exception:
            # A signal to all of a terminal's processes may end a child, and so fail us, before we hear of it.
            loop.run_until_complete(asyncio.sleep(_HEARING))
            if not stopped:
                raise
    return not stopped
