"""One clock stamps all that a rule looks at; a quote's may be ahead."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import clocks
from tests.integration.db.desk import Desk


async def test_an_offset_moves_one_quotes_clock(desk: Desk, database: Database) -> None:
    """What it stamps and shows is ahead by the sum of all moves; every other quote's is the wall's."""
    quote_id, other = await desk.draft(), await desk.draft()
    async with database.write() as w:
        await clocks.add_offset(w, quote_id, timedelta(days=30))
        assert await clocks.add_offset(w, quote_id, timedelta(hours=1)) == timedelta(days=30, hours=1)
    moved, still = await desk.store(quote_id, "cancel"), await desk.store(other, "cancel")
    ahead = timedelta(days=30, hours=1)
    near = timedelta(seconds=5)
    assert abs(moved.envelope.received_at - still.envelope.received_at - ahead) < near
    async with database.read() as r:
        view = await PgQuotes(r).find(quote_id)
        assert abs(await clocks.now_for(r, quote_id) - datetime.now(UTC) - ahead) < near
        assert abs(await clocks.now_for(r, other) - datetime.now(UTC)) < near
    assert view is not None
    assert abs(view.now - datetime.now(UTC) - ahead) < near


async def test_a_clock_never_goes_back(desk: Desk, database: Database) -> None:
    """It would undo what was decided by it."""
    quote_id = await desk.draft()
    with pytest.raises(ValueError, match="back"):
        async with database.write() as w:
            await clocks.add_offset(w, quote_id, timedelta(seconds=-1))
