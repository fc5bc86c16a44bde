"""Garbage by the hundreds: counted or dropped, and the quote lives and decides its next command."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import cycle, islice
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus

from adapters.temporal.client import firm_offer_plugin
from domain.quotes.events import EventType
from tests.faults.narrow import narrow_temporal
from tests.workflow.fakes import FakeQuote
from tests.workflow.garbage import NO_JSON, READ_AND_COUNTED, flood, forged
from tests.workflow.shop import Shop, TestedQuote

# The server's own limits, each divided by a hundred: a run is asked to end after 4,096 events, and is terminated
# after 51,200.
SMALL = {"limit.historyCount.suggestContinueAsNew": 41, "limit.historyCount.error": 512}
MANY = 150


def _counted(rows: FakeQuote) -> int:
    return sum(e.data["count"] for e in rows.events if e.type is EventType.COMMAND_REFUSED)


async def _lives(quote: TestedQuote) -> None:
    """Its run is open, nothing of it has changed, and it decides."""
    before = quote.rows.quote
    assert before is not None
    assert (before.status, before.state_version) == ("sent", 2)
    assert await quote.decided("extend", {"valid_days": 40}) == "applied"
    assert (await quote.handle.describe()).status is WorkflowExecutionStatus.RUNNING


@pytest.mark.parametrize("shape", READ_AND_COUNTED)
async def test_each_shape_is_counted(shop: Shop, shape: str) -> None:
    """Under the name of every signal and under names that are none: one count each on record, no more."""
    quote = await shop.sent()
    sent = await flood(quote.handle, [READ_AND_COUNTED[shape]] * 20)
    assert (sent.unreadable, sent.refused) == (20, 0)
    await quote.until(lambda rows: _counted(rows) == 20)
    await _lives(quote)
    assert _counted(quote.rows) == 20
    await quote.replayed()


async def test_what_is_no_json_is_dropped(shop: Shop) -> None:
    """The SDK does not hand it on; the quote does not notice."""
    quote = await shop.sent()
    for name in ("accept", "cancel"):
        await quote.handle.signal(name, args=[NO_JSON])
    await _lives(quote)
    assert _counted(quote.rows) == 0
    await quote.replayed()


async def test_hundreds_with_commands_among_them(shop: Shop) -> None:
    """All shapes and some forgeries, while real commands come: those are applied, once each, and the history of
    no run grows out of bounds.
    """
    quote = await shop.sent()
    makers = [*islice(cycle(READ_AND_COUNTED.values()), 850), *[forged] * 50]
    flooding = asyncio.create_task(flood(quote.handle, makers))
    for days in (10, 20, 30):
        assert await quote.decided("extend", {"valid_days": days}) == "applied"
    sent = await flooding
    await quote.until(lambda rows: _counted(rows) == sent.unreadable)
    extended = [e for e in quote.rows.events if e.type is EventType.EXTENDED]
    assert (len(extended), sent.refused) == (3, 0)
    assert (await quote.handle.describe()).history_length < 2_000
    await quote.replayed()


@pytest_asyncio.fixture(scope="module")
async def small_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with narrow_temporal(tmp_path_factory.mktemp("temporal"), SMALL) as server:
        yield await Client.connect(server.address, plugins=[firm_offer_plugin()])


@pytest.fixture
def small_shop(small_client: Client) -> Shop:
    """A shop without a worker on a server with small limits."""
    return Shop(small_client)


async def _flooded(small_shop: Shop, make: Callable[[], list[Any]]) -> tuple[TestedQuote, str]:
    """A quote that finds MANY signals when its worker comes back, and its run so far."""
    async with small_shop.worker():
        quote = await small_shop.sent()
    await flood(quote.handle, [make] * MANY)
    return quote, (await quote.handle.describe()).run_id


async def _end_of_run(quote: TestedQuote, run_id: str) -> WorkflowExecutionStatus | None:
    run = quote.shop.client.get_workflow_handle(quote.handle.id, run_id=run_id)
    async with asyncio.timeout(60):
        while (status := (await run.describe()).status) is WorkflowExecutionStatus.RUNNING:  # noqa: ASYNC110 - the worker ends it
            await asyncio.sleep(0.05)
    return status


async def test_a_flood_beyond_the_limits_is_counted_in_new_runs(small_shop: Shop) -> None:
    """Hundreds of unreadable signals: the run starts afresh and goes on living."""
    quote, run_id = await _flooded(small_shop, READ_AND_COUNTED["null"])
    async with small_shop.worker():
        assert await _end_of_run(quote, run_id) is WorkflowExecutionStatus.CONTINUED_AS_NEW
        assert _counted(quote.rows) == MANY
        await _lives(quote)


async def test_a_flood_of_forgeries_ends_no_quote(small_shop: Shop) -> None:
    """Hundreds of envelopes that look like commands: the record refuses each, over several runs."""
    quote, run_id = await _flooded(small_shop, forged)
    async with small_shop.worker():
        assert await _end_of_run(quote, run_id) is WorkflowExecutionStatus.CONTINUED_AS_NEW
        await _lives(quote)


async def test_none_is_forgotten_between_two_runs(small_shop: Shop) -> None:
    """Signals that come while a run is about to end are counted as well, by it or by the next one."""
    async with small_shop.worker():
        quote = await small_shop.sent()
        sent = await flood(quote.handle, [READ_AND_COUNTED["null"]] * 200)
        await _lives(quote)
        await quote.until(lambda rows: _counted(rows) == sent.unreadable)
        live = await quote.live()
    assert (sent.unreadable, live.waiting) == (200, ())
