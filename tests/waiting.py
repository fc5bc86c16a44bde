"""Waiting for what must come true by itself."""

import asyncio
import time
from collections.abc import Callable
from inspect import isawaitable

POLL = 0.1


async def eventually(true: Callable[[], object], what: str, *, seconds: float = 60) -> None:
    """Returns when `true()`, awaited where it has to be, holds; fails with what never came true."""
    deadline = time.monotonic() + seconds
    while not (await found if isawaitable(found := true()) else found):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        await asyncio.sleep(POLL)
