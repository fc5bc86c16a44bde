"""Signs of life of an activity that waits for others: without them Temporal takes its worker for dead, and another one does it too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from temporalio import activity

SIGN_SECONDS: Final = 10.0
"""From one to the next: a third of the shortest `heartbeat_timeout` of the policies."""


@asynccontextmanager
async def giving_signs(*details: Any) -> AsyncIterator[None]:
    """Meanwhile there are some, each with the details as they are then. For use within an activity."""
    signs = asyncio.create_task(_give(details))
    try:
        yield
    finally:
        signs.cancel()


async def _give(details: tuple[Any, ...]) -> None:
    while True:
        await asyncio.sleep(SIGN_SECONDS)
        activity.heartbeat(*details)
