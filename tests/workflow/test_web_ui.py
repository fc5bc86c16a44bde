"""What a person reads in the Temporal Web UI: summaries, search attributes, details."""

import asyncio
from datetime import UTC

from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

from domain.quotes.instants import local
from tests.workflow.shop import ZONE, Shop
from workflows import names


async def _summary(event: HistoryEvent) -> str:
    [text] = await DataConverter.default.decode([event.user_metadata.summary])
    return str(text)


async def test_a_quotes_life_can_be_read(shop: Shop) -> None:
    """Each activity and timer says what it is for; the run's line is number and customer."""
    quote = await shop.sent()
    events = await quote.replayed()
    told = [await _summary(e) for e in events if e.HasField("user_metadata")]
    assert told[0] == "Q-2026-00001 · ACME"
    assert told[1:3] == ["Price 1 line", "Record: create"]
    expiry = f"Valid until {local(quote.valid_until, ZONE)}"
    assert expiry.endswith("23:59:59 (Europe/Berlin)")
    # The draft's timer is not started where the send comes in the same step.
    assert set(told[3:]) - {expiry} == {"Record: send", "Mails: send", "Reminder, 7 days left"}


async def test_quotes_are_found_by_what_matters(shop: Shop) -> None:
    """Number, status, customer, deadline and total are search attributes, and follow the state."""
    quote = await shop.sent()
    state = quote.rows.quote
    assert state is not None
    found = (await quote.handle.describe()).typed_search_attributes
    assert found.get(names.QUOTE_NUMBER) == state.number
    assert found.get(names.QUOTE_STATUS) == "sent"
    assert found.get(names.CUSTOMER_ID) == state.customer_id
    assert found.get(names.VALID_UNTIL) == state.valid_until.astimezone(UTC)
    assert found.get(names.QUOTE_TOTAL) == 100.0


async def test_the_live_view_tells_what_is_next(shop: Shop) -> None:
    """By query: the state, nothing waiting, and the next due instant with its reason."""
    quote = await shop.sent()
    async with asyncio.timeout(30):
        while (live := await quote.live()).delivering:  # noqa: ASYNC110 - the worker changes it
            await asyncio.sleep(0.02)
    assert live.quote == quote.rows.quote
    assert (live.waiting, live.delivering) == ((), ())
    assert live.next_what == "Reminder, 7 days left"
    assert live.next_due is not None
    receipt = await shop.runs.receipt(quote.id, next(iter(quote.rows.outcomes)))
    assert receipt == "decided"
    assert await shop.runs.receipt(quote.id, "nobody's") == "unknown"
