"""What an operator is told of other systems: who has not been told for how long, and which orders nobody has."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.quotes.watched import EndpointState, Watched, watched
from adapters.db.record.webhooks import (
    add_endpoint,
    disable_endpoint,
    find_endpoint,
    remove_endpoint,
    take_news,
)
from domain.proof.order import OrderWay
from tests.integration.db.desk import SIGNER, Desk


async def told(database: Database) -> Watched:
    async with database.read() as r:
        return await watched(r)


async def run(database: Database, statement: str, **values: Any) -> None:
    async with database.write() as w:
        assert await w.run(sa.text(statement), values) > 0


@pytest.mark.parametrize("types", [None, ["quote.rejected", "quote.sent"]], ids=["all", "some"])
async def test_the_oldest_event_that_an_endpoint_has_not_taken(
    database: Database, desk: Desk, types: list[str] | None
) -> None:
    """From when it is in the feed, whether or not anybody has begun; one that is paused or disabled waits for nothing."""
    fields = {
        "id": str(uuid4()),
        "url": "https://erp.example/",
        "types": types,
        "snapshot": False,
        "secret": b"",
        "created_by": "test",
    }
    async with database.write() as w:
        endpoint = await add_endpoint(w, fields)
    assert endpoint is not None
    assert (await told(database)).undelivered_webhook == 0
    await desk.draft()
    assert ((await told(database)).undelivered_webhook > 0) is (types is None)
    await desk.sent()
    assert 0 < (await told(database)).undelivered_webhook < 3600
    async with database.write() as w:
        found = await find_endpoint(w, endpoint.id)
        assert found is not None
        await take_news(w, found)
    assert 0 < (await told(database)).undelivered_webhook < 3600
    await run(database, "UPDATE webhook_deliveries SET created_at = created_at - interval '1 hour'")
    assert 3600 < (await told(database)).undelivered_webhook < 7200
    await run(database, "UPDATE webhook_deliveries SET status = 'parked'")
    parked = await told(database)
    assert (parked.undelivered_webhook, parked.parked_webhooks) == (0, 1 if types else 3)
    await run(database, "UPDATE webhook_deliveries SET status = 'pending'")
    async with database.write() as w:
        await disable_endpoint(w, endpoint.id, "gone")
    disabled = await told(database)
    assert (disabled.undelivered_webhook, disabled.parked_webhooks) == (0, 0)
    assert disabled.endpoints == {**dict.fromkeys(EndpointState, 0), EndpointState.DISABLED: 1}
    await run(database, "UPDATE webhook_endpoints SET disabled_reason = NULL")
    assert (await told(database)).endpoints[EndpointState.PAUSED] == 1
    async with database.write() as w:
        assert await remove_endpoint(w, endpoint.id)


async def test_orders_that_nobody_has(database: Database, desk: Desk) -> None:
    """By way; an age is by the quote's clock, and an order whose acceptance was annulled waits for nobody."""
    ids = [await desk.sent() for _ in range(3)]
    for quote_id in ids:
        await desk.do(quote_id, "accept", SIGNER)
    put = (
        "INSERT INTO orders (quote_id, key, way, status, asked_at) VALUES (CAST(:id AS uuid), :id, :way, :status,"
        " clock_timestamp() - interval '1 hour')"
    )
    await run(database, put, id=ids[0], way="http", status="failed")
    await run(database, put, id=ids[1], way="http", status="pending")
    await run(database, put, id=ids[2], way="webhook", status="pending")
    ahead = "INSERT INTO clock_offsets (quote_id, ahead) VALUES (CAST(:id AS uuid), interval '1 day')"
    await run(database, ahead, id=ids[1])
    found = await told(database)
    assert found.failed_orders == 1
    assert found.pending_orders == {OrderWay.HTTP: 1, OrderWay.WEBHOOK: 1}
    assert found.pending_order[OrderWay.HTTP] > 24 * 3600 > found.pending_order[OrderWay.WEBHOOK] >= 3600
    await desk.do(ids[0], "annul", {"reason": "Not built.", "agreed_with": "Ada"})
    assert (await told(database)).failed_orders == 0
