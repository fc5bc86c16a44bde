"""Waiting for what must come true by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL = 0.1


async def eventually(true: Callable[[], Awaitable[object]], what: str, *, seconds: float = 60) -> None:
    """Returns when `true()` holds; fails with what never came true."""
    deadline = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        await asyncio.sleep(POLL)
