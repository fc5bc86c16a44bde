"""How long it takes until everybody is told when many offers end in the same second."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from domain.quotes.validity import GRACE
from tests.bench.bare.lives import all_ended
from tests.bench.figures import Figure
from tests.bench.load import timed
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

_AT_ONCE = 10
_SECONDS_EACH = 0.5
"""Sending one is taken to last at most so long, on a busy machine too."""
_LOOK_SECONDS = 0.2
_EXPIRED = "SELECT count(*) FROM quotes WHERE status = 'expired'"
_WAITING = "SELECT count(*) FROM messages WHERE status IN ('pending', 'sending')"


async def expiry(bench: Bench, *, quotes: int) -> list[Figure]:
    """From the end of the offers, and the grace for answers that were on time, until the last is told of it.

    Raises RuntimeError when not all could be sent before.
    """
    ahead = timedelta(seconds=60 + quotes * _SECONDS_EACH)
    end = (datetime.now(UTC) + ahead).replace(microsecond=0)

    async def sent(_number: int) -> None:
        await bench.shop.send(await bench.shop.create(), valid_until=end)

    await timed(quotes, _AT_ONCE, sent)
    if datetime.now(UTC) >= end:
        raise RuntimeError(f"{quotes} offers could not be sent within {ahead.total_seconds():.0f} seconds")
    connection = await asyncpg.connect(bench.database_url)
    try:
        due = end + GRACE
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        began = time.perf_counter()
        while await connection.fetchval(_EXPIRED) < quotes:  # noqa: ASYNC110 - the event is in the record
            await asyncio.sleep(_LOOK_SECONDS)
        decided = time.perf_counter() - began
        await all_ended(bench.client, QUOTE_WORKFLOW)
        while await connection.fetchval(_WAITING):  # noqa: ASYNC110 - as above
            await asyncio.sleep(_LOOK_SECONDS)
        told = time.perf_counter() - began
        mails = await connection.fetchval("SELECT count(*) FROM messages WHERE status = 'sent'")
    finally:
        await connection.close()
    return [
        Figure(what=f"{quotes} that end in one second: all expired", product=decided, unit="s"),
        Figure(
            what=f"{quotes} that end in one second: everybody told",
            product=told,
            unit="s",
            notes=(f"{mails} emails were sent in all", *bench.shop.remarks()),
        ),
    ]
