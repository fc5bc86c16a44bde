"""A run that ends because its history is long leaves what it has not done to the next one, in the right order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client

from adapters.temporal.client import firm_offer_plugin
from api.dispatch.runs import SignalRefusedError
from cli.local.temporal.server import DYNAMIC
from domain.quotes.reminders import plan
from tests.faults.narrow import SUGGEST, narrow_temporal
from tests.workflow.garbage import NO_JSON, READ_AND_COUNTED, flood
from tests.workflow.lives import FEW_EVENTS
from tests.workflow.shop import Shop, TestedQuote
from tests.workflow.test_time import reminders

MOST_SIGNALS = int(DYNAMIC["history.maximumSignalsPerExecution"])


@pytest_asyncio.fixture(scope="module")
async def narrow_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with narrow_temporal(tmp_path_factory.mktemp("temporal"), {SUGGEST: FEW_EVENTS}) as server:
        yield await Client.connect(server.address, plugins=[firm_offer_plugin()])


async def _long_and_due(shop: Shop) -> TestedQuote:
    """A quote whose first reminder came due, and whose history grew too long, while no worker was there."""
    async with shop.worker():
        quote = await shop.sent()
        assert quote.rows.quote is not None
        await quote.skip_to(plan(quote.rows.quote)[0].due - timedelta(seconds=4))
    await flood(quote.handle, [READ_AND_COUNTED["null"]] * FEW_EVENTS)
    return quote


@pytest.mark.parametrize(
    ("shown", "outcome", "reminded"), [(1, "applied", []), (2, "version_superseded", [7])]
)
async def test_nobody_is_reminded_before_what_waits_is_decided(
    narrow_client: Client, shown: int, outcome: str, reminded: list[int]
) -> None:
    """An accept waits when the run must start afresh and the reminder is due: the next run decides it first, and
    reminds where the quote is still open.
    """
    shop = Shop(narrow_client)
    quote = await _long_and_due(shop)
    first = (await quote.handle.describe()).run_id
    accept = await quote.command("accept", {"signer": "someone"}, shown_version=shown)
    await quote.rang()
    async with shop.worker():
        await quote.until(lambda rows: accept.command_id in rows.outcomes)
        await quote.until(lambda _: reminders(quote) == reminded)
    assert quote.rows.outcomes[accept.command_id] == outcome
    causes = [request.cause for request in shop.records.saved]
    assert [c for c in causes if c.startswith("reminder:")] == causes[causes.index(accept.command_id) + 1 :]
    assert (await quote.handle.describe()).run_id != first


@pytest.mark.parametrize("make", [lambda: [NO_JSON], READ_AND_COUNTED["null"]], ids=["no JSON", "null"])
async def test_a_run_that_takes_no_more_signals_makes_room(
    closed_shop: Shop, make: Callable[[], list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """Garbage fills a run to the server's limit, even such as never reaches a handler: its next command is refused
    until a worker is there, and then decided.
    """
    caplog.set_level(
        logging.CRITICAL, logger="temporalio"
    )  # the SDK tells of each signal it drops, at length
    shop = closed_shop
    async with shop.worker():
        quote = await shop.sent()
    assert (await flood(quote.handle, [make] * MOST_SIGNALS)).refused == 1  # the send was the first
    extend = quote.stored("extend", {"valid_days": 40})
    with pytest.raises(SignalRefusedError):
        await quote.signal(extend, limit=10)
    first = (await quote.handle.describe()).run_id
    async with shop.worker(), asyncio.timeout(60):
        while (await quote.handle.describe()).run_id == first:  # noqa: ASYNC110 - the worker changes it
            await asyncio.sleep(0.1)
        await quote.signal(extend, limit=10)
        await quote.until(lambda rows: extend.command_id in rows.outcomes)
    assert quote.rows.outcomes[extend.command_id] == "applied"
