"""Lives of quotes, one for each shape that a run's history can have; and all lives, those of webhooks' endpoints too."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import cycle, islice

from temporalio.client import WorkflowExecutionStatus, WorkflowHistory

from domain.quotes.envelope import CREATE
from domain.quotes.validity import GRACE
from tests.workflow import endpoint_lives
from tests.workflow.garbage import READ_AND_COUNTED, flood, forged
from tests.workflow.shop import LINES, SEND, Shop, TestedQuote
from tests.workflow.test_time import reminders

Life = Callable[[Shop], Awaitable[WorkflowHistory]]
"""Plays on a shop without a worker; the history of the run whose shape it is."""

REVISION = {"lines": LINES, "notes": "thicker"}
FEW_EVENTS = 40
"""The server of `LONG_LIVES` asks a run to end after so many."""


async def accepted(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        await quote.accepted()
        return await _ended(quote)


async def handed_over(shop: Shop) -> WorkflowHistory:
    """Accepted where orders are handed over, at the second attempt."""
    shop.records.hands_over, shop.orders.down = True, 1
    async with shop.worker():
        quote = await shop.created(begun_before=True)
        await quote.decided("send", SEND)
        await quote.accepted()
        return await _ended(quote)


async def referenced_twice(shop: Shop) -> WorkflowHistory:
    """The order's reference is written twice, and then another, as of before a repeat was told of no more."""
    async with shop.worker():
        quote = await shop.created(begun_before=True)
        await quote.decided("send", SEND)
        await quote.until(lambda rows: bool(rows.delivered))
        shop.delivery.down = True
        await quote.accepted()
        for reference in ("SO-1", "SO-1", "SO-2"):
            await quote.decided("hand_over", {"reference": reference})
        shop.delivery.down = False
        return await _ended(quote)


async def accepted_in_private(shop: Shop) -> WorkflowHistory:
    """As since histories tell nothing of a person: the others were recorded before."""
    async with shop.worker():
        quote = await shop.created(begun_before=True)  # it is replayed under another id
        await quote.decided("send", SEND)
        await quote.decided("revise", {**REVISION, "notes": "for Ada"})
        await quote.decided("send", {**SEND, "message": "Dear Ada"})
        await quote.decided("request_change", {"reason": "Ada wants less"}, shown_version=2)
        await quote.decided("accept", {"signer": "someone", "signer_name": "Ada"}, shown_version=2)
        return await _ended(quote)


async def chosen(shop: Shop) -> WorkflowHistory:
    """Accepted, of a version that leaves a choice; the first wish is for what is not on offer."""
    async with shop.worker():
        quote = await shop.created(
            begun_before=True, lines=[{"description": "optional", "quantity": 1, "unit_price": "100.00"}]
        )
        await quote.decided("send", SEND)
        await quote.decided("accept", {"signer": "someone", "selection": [{"position": 3}]}, shown_version=1)
        await quote.decided("accept", {"signer": "someone", "selection": [{"position": 2}]}, shown_version=1)
        return await _ended(quote)


async def confirmed(shop: Shop) -> WorkflowHistory:
    """Below cost: not sent before somebody confirms it, and a revision is confirmed anew."""
    slip = [{"description": "slip"}]
    async with shop.worker():
        quote = await shop.created(begun_before=True, lines=slip)
        await quote.decided("send", SEND)
        await quote.decided("send", {**SEND, "confirm": ["below_cost"]})
        await quote.decided("revise", {"lines": slip})
        await quote.decided("send", SEND)
        await quote.decided("send", {**SEND, "confirm": ["below_cost"]})
        await quote.decided("accept", {"signer": "someone"}, shown_version=2)
        return await _ended(quote)


async def rejected(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        await quote.decided("resend", SEND)
        await quote.decided("reject", {"reason": "too dear"}, shown_version=1)
        return await _ended(quote)


async def cancelled_draft(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.created()
        await quote.decided("cancel", {"draft_only": True})
        return await _ended(quote)


async def expired_after_reminders(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        await quote.skip_to(quote.valid_until - timedelta(hours=12))
        await quote.until(lambda _: len(reminders(quote)) == 3)
        await quote.skip(timedelta(hours=13))
        return await _ended(quote)


async def extended(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent(valid_days=10)
        await quote.skip(timedelta(days=8))
        await quote.until(lambda _: len(reminders(quote)) == 2)
        await quote.decided("extend", {"valid_days": 20})
        await quote.skip(timedelta(days=9))
        await quote.accepted()
        return await _ended(quote)


async def revised_and_superseded(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        await quote.decided("revise", REVISION)
        await quote.decided("accept", {"signer": "someone"}, shown_version=2)
        await quote.decided("send", SEND)
        await quote.accepted()
        await quote.decided("accept", {"signer": "someone"}, shown_version=2)
        return await _ended(quote)


async def reopened_from_the_record(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        await quote.decided("reject", {"reason": "too dear"}, shown_version=1)
        await quote.ended()
        await quote.decided("revise", REVISION)
        await quote.decided("send", SEND)
        await quote.decided("cancel", {"reason": "sold out"})
        return await _ended(quote)


async def refused_by_a_closed_quote(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        await quote.accepted()
        await quote.ended()
        await quote.decided("cancel")
        return await _ended(quote)


async def confirmed_again(shop: Shop) -> WorkflowHistory:
    """Recorded where that was still refused."""
    async with shop.worker():
        quote = await shop.sent()
        await quote.accepted()
        await quote.ended()
        await quote.decided("resend", SEND)
        return await _ended(quote)


async def refused_create(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = shop.quote()
        await quote.decided(CREATE, quote.create_payload(lines=[{"description": "unpriceable"}]))
        return await _ended(quote)


async def command_before_its_create(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = shop.quote()
        quote.stored(CREATE, quote.create_payload())
        await quote.decided("send", SEND)
        await quote.decided("cancel")
        return await _ended(quote)


async def no_quote(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = shop.quote()
        await quote.command("send", SEND)
        return await _ended(quote)


async def garbage(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        real = quote.stored("extend", {"valid_days": 40})
        await quote.handle.signal("cancel", real.to_data())
        small = (make for shape, make in READ_AND_COUNTED.items() if shape != "much")
        await flood(quote.handle, [*small, forged, forged])
        await quote.signal(real)
        await quote.decided("cancel")
        return await _ended(quote)


async def overdue_before_the_end(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        quote.stored("accept", {"signer": "someone"}, shown_version=1, at=quote.valid_until)
        await quote.skip(timedelta(days=32))
        return await _ended(quote)


async def overdue_before_a_late_command(shop: Shop) -> WorkflowHistory:
    async with shop.worker():
        quote = await shop.sent()
        quote.stored("accept", {"signer": "someone"}, shown_version=1, at=quote.valid_until)
        cancel = await quote.command("cancel", at=quote.valid_until + timedelta(seconds=5))
        await quote.until(lambda rows: cancel.command_id in rows.outcomes)
        return await _ended(quote)


async def command_beside_the_timer(shop: Shop) -> WorkflowHistory:
    """No worker is there when the timer fires and an acceptance arrives: it finds both at once."""
    async with shop.worker():
        quote = await shop.created(valid_days=1)
        await quote.decided("send", SEND)
        await quote.skip_to(quote.valid_until + GRACE - timedelta(seconds=4))
        await quote.until(lambda rows: not rows.undelivered)
    await quote.command("accept", {"signer": "someone"}, shown_version=1, at=quote.valid_until)
    await quote.rang()
    async with shop.worker():
        return await _ended(quote)


async def continued_as_new(shop: Shop) -> WorkflowHistory:
    """The run that ended because its history was long enough."""
    quote, first = await _long_life(shop)
    run = shop.client.get_workflow_handle(quote.handle.id, run_id=first)
    assert (await run.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    return await run.fetch_history()


async def continued_from_before(shop: Shop) -> WorkflowHistory:
    """The last run of a long life."""
    quote, _ = await _long_life(shop)
    return await _ended(quote)


async def _long_life(shop: Shop) -> tuple[TestedQuote, str]:
    async with shop.worker():
        quote = await shop.created()
        first = (await quote.handle.describe()).run_id
        for days in islice(cycle((20, 30)), 9):
            assert await quote.decided("extend", {"valid_days": days}) == "applied"
        await quote.decided("cancel")
        await quote.ended()
    return quote, first


async def _ended(quote: TestedQuote) -> WorkflowHistory:
    await quote.ended()
    return await quote.handle.fetch_history()


LIVES: tuple[Life, ...] = (
    accepted,
    handed_over,
    referenced_twice,
    accepted_in_private,
    chosen,
    confirmed,
    rejected,
    cancelled_draft,
    expired_after_reminders,
    extended,
    revised_and_superseded,
    reopened_from_the_record,
    refused_by_a_closed_quote,
    confirmed_again,
    refused_create,
    command_before_its_create,
    no_quote,
    garbage,
    overdue_before_the_end,
    overdue_before_a_late_command,
    command_beside_the_timer,
    endpoint_lives.endpoint_told,
    endpoint_lives.endpoint_tried_again,
    endpoint_lives.endpoint_enabled_while_told,
)
LONG_LIVES: tuple[Life, ...] = (
    continued_as_new,
    continued_from_before,
    endpoint_lives.endpoint_continued_as_new,
    endpoint_lives.endpoint_continued_from_before,
)
