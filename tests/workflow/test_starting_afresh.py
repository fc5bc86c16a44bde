"""A run that ends because its history is long leaves what it has not done to the next one, in the right order."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client

from adapters.temporal.client import firm_offer_plugin
from domain.quotes.reminders import plan
from tests.faults.narrow import SUGGEST, narrow_temporal
from tests.workflow.garbage import READ_AND_COUNTED, flood
from tests.workflow.lives import FEW_EVENTS
from tests.workflow.shop import Shop, TestedQuote
from tests.workflow.test_time import reminders


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
