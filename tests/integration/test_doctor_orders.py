"""`firm-offer doctor` tells of orders that wait for a person, and of settings by which none can be handed over."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.settings import Settings
from cli.doctor.examine import Finding, opened
from cli.doctor.quotes import orders
from cli.local.mail import MailServer
from cli.local.temporal.server import Temporal
from tests.api.conftest import settings_for
from tests.integration.db.desk import SIGNER, Desk

HERE = "http://127.0.0.1:9/orders"


@pytest.fixture
def settings(database: Database, temporal: Temporal, mail_server: MailServer) -> Settings:
    """Of a worker that posts orders to this machine."""
    made = settings_for(database.url, temporal.address, mail_server.smtp_url, queue="doctor-orders")
    more = {"orders": "http", "order_url": HERE, "webhook_allow": "127.0.0.0/8"}
    return made.model_copy(update={**more, "database_url": SecretStr(database.url)})


async def found(settings: Settings, **changed: Any) -> Sequence[Finding]:
    async with opened(settings.model_copy(update=changed)) as at:
        return await orders(at)


async def ordered(desk: Desk, database: Database, status: str, *, minutes: int = 0) -> tuple[str, str]:
    """An accepted quote and its order as it stands, asked for so long ago; its id and number."""
    quote_id = await desk.sent()
    await desk.do(quote_id, "accept", SIGNER)
    row = (
        "INSERT INTO orders (quote_id, key, way, status, last_error, asked_at, ended_at)"
        " VALUES (CAST(:id AS uuid), :id, 'http', :status, 'answered 500 <ada@acme.example>',"
        " clock_timestamp() - make_interval(mins => :minutes), CASE :status WHEN 'failed' THEN clock_timestamp() END)"
    )
    async with database.write() as w:
        assert await w.run(sa.text(row), {"id": quote_id, "status": status, "minutes": minutes}) == 1
    return quote_id, (await desk.found(quote_id)).number


async def test_one_that_was_given_up_waits_for_a_person(
    settings: Settings, desk: Desk, database: Database
) -> None:
    """Until its quote is not accepted any more, or it is handed over; what was answered is told without addresses."""
    quote_id, number = await ordered(desk, database, "failed")
    (finding,) = await found(settings)
    assert finding.what == f"1 order given up (answered 500 <…@…>): {number}"
    assert finding.quotes == (number,)
    assert finding.since is not None
    assert "/order/retry" in finding.do
    await desk.do(quote_id, "annul", {"reason": "Not built.", "agreed_with": "Ada"})
    assert await found(settings) == []


async def test_one_that_is_not_taken_for_an_hour(settings: Settings, desk: Desk, database: Database) -> None:
    """Nobody delivers here, which is told as the cause."""
    await ordered(desk, database, "pending", minutes=59)
    assert await found(settings) == []
    _, number = await ordered(desk, database, "pending", minutes=61)
    (finding,) = await found(settings)
    assert finding.what == f"1 order not taken after an hour (answered 500 <…@…>): {number}"
    assert finding.do.startswith("Because of this (deliveries): ")


async def test_one_that_is_to_be_posted_where_nothing_is(
    settings: Settings, desk: Desk, database: Database
) -> None:
    """As after the setting was taken back."""
    _, number = await ordered(desk, database, "pending", minutes=61)
    (finding,) = await found(settings, orders="none", order_url=None)
    assert finding.what == f"1 order to be posted, but FIRM_OFFER_ORDERS is not http: {number}"
    assert "FIRM_OFFER_ORDER_URL" in finding.do


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"orders": "none"}, "FIRM_OFFER_ORDERS is none, so nothing is posted there"),
        ({"orders": "webhook"}, "FIRM_OFFER_ORDERS is webhook, so nothing is posted there"),
        ({"webhook_allow": ""}, "it must start with https://"),
        ({"webhook_allow": "10.0.0.0/8"}, "it is in a network of one's own"),
        ({"order_url": "https://no-such-name.invalid/orders"}, "its name leads nowhere"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else None,
)
async def test_an_address_that_does_not_fit(settings: Settings, changed: dict[str, Any], words: str) -> None:
    """One that is not used, and one to which nothing can be posted."""
    (finding,) = await found(settings, **changed)
    assert words in finding.what
    assert finding.do


async def test_what_fits_is_not_told(settings: Settings) -> None:
    assert await found(settings) == []
    assert await found(settings, orders="none", order_url=None) == []
    assert await found(settings, orders="webhook", order_url=None) == []
