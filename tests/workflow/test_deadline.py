"""A click counts by when it was received, whatever was down when it should have been decided."""

from datetime import timedelta

from domain.quotes.status import QuoteStatus
from domain.quotes.validity import GRACE
from tests.workflow.shop import Shop, kinds


async def test_an_on_time_click_that_never_got_here_is_heard_before_the_end(shop: Shop) -> None:
    """The inbox holds an accept that was never signalled: at the deadline it is decided first."""
    quote = await shop.sent()
    assert quote.rows.quote is not None
    last = quote.rows.quote.valid_until + timedelta(milliseconds=999)
    accept = quote.stored("accept", {"signer": "someone"}, shown_version=1, at=last)
    await quote.skip(timedelta(days=32))
    await quote.ended()
    assert quote.rows.outcomes[accept.command_id] == "applied"
    assert quote.rows.quote.status is QuoteStatus.ACCEPTED
    await quote.replayed()


async def test_a_click_one_second_late_does_not_count(shop: Shop) -> None:
    """Stored a second after the deadline and not signalled: the quote expires."""
    quote = await shop.sent()
    assert quote.rows.quote is not None
    late = quote.rows.quote.valid_until + timedelta(seconds=1)
    quote.stored("accept", {"signer": "someone"}, shown_version=1, at=late)
    await quote.skip(timedelta(days=32))
    await quote.ended()
    assert quote.rows.quote.status is QuoteStatus.EXPIRED


async def test_a_late_command_waits_for_the_on_time_one(shop: Shop) -> None:
    """A cancel received in the grace arrives first; the on-time accept in the inbox is decided before it."""
    quote = await shop.sent()
    assert quote.rows.quote is not None
    until = quote.rows.quote.valid_until
    accept = quote.stored("accept", {"signer": "someone"}, shown_version=1, at=until)
    cancel = await quote.command("cancel", at=until + timedelta(seconds=5))
    await quote.until(lambda rows: cancel.command_id in rows.outcomes)
    assert quote.rows.outcomes[accept.command_id] == "applied"
    assert quote.rows.outcomes[cancel.command_id] == "quote_not_cancellable"


async def test_no_worker_across_the_deadline(closed_shop: Shop) -> None:
    """An accept made a second before the end, while no worker runs until long after it, counts."""
    async with closed_shop.worker():
        quote = await closed_shop.sent(valid_until=None, valid_days=1)
    assert quote.rows.quote is not None
    before = quote.rows.quote.valid_until - timedelta(seconds=1)
    accept = await quote.command("accept", {"signer": "someone"}, shown_version=1, at=before)
    late = await quote.command(
        "accept", {"signer": "another"}, shown_version=1, at=before + timedelta(seconds=2)
    )
    async with closed_shop.worker():
        await quote.until(lambda rows: late.command_id in rows.outcomes)
    assert quote.rows.outcomes[accept.command_id] == "applied"
    assert quote.rows.outcomes[late.command_id] == "already_decided"


async def test_the_records_clock_says_when_the_offer_ends(shop: Shop) -> None:
    """Temporal's clock is 90 seconds ahead: its timer rings and runs again, once, for what is left; a click in that time
    counts, and without one the offer ends by the record's clock.
    """
    quote, left_alone = await shop.sent(), await shop.sent()
    for each in (quote, left_alone):
        each.rows.ahead -= timedelta(seconds=90)
        await each.skip(each.valid_until + GRACE - each.now - timedelta(seconds=80))
    await quote.until(lambda _: shop.records.sent_back == 2)
    assert await quote.accepted() == "applied"
    await left_alone.skip(timedelta(seconds=82))
    await left_alone.ended()
    assert left_alone.rows.quote is not None
    assert left_alone.rows.quote.status is QuoteStatus.EXPIRED
    assert shop.records.sent_back == 2
    names = kinds(await left_alone.replayed())
    assert names.count("TIMER_FIRED") == 5  # three reminders, and twice the deadline
