"""An accepted quote's order is one step of its life: handed over, tried again, given up, tried anew by a person."""

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from tests.workflow.shop import Shop
from workflows.ports import ActivityName


async def test_the_order_is_handed_over_and_its_reference_is_decided(client: Client) -> None:
    """By an activity of its own, which the Temporal Web UI names; the run ends afterwards."""
    shop = Shop(client)
    shop.records.hands_over = True
    async with shop.worker():
        quote = await shop.sent()
        assert await quote.accepted() == "applied"
        await quote.ended()
        assert quote.rows.quote is not None
        assert (quote.rows.order, quote.rows.quote.order_reference) == ("handed_over", "SO-4711")
        assert quote.rows.events[-1].type == "quote.order_handed_over"
        [step] = [
            event for event in await quote.replayed() if _activity(event) == ActivityName.HAND_OVER_ORDER
        ]
        said = await client.data_converter.decode([step.user_metadata.summary], [str])
        assert said == ["Hand the order over"]


def _activity(event: HistoryEvent) -> str:
    return event.activity_task_scheduled_event_attributes.activity_type.name


async def test_where_nobody_is_told_of_orders_nothing_is_done(client: Client) -> None:
    """As before there were any: the history has no such step."""
    shop = Shop(client)
    async with shop.worker():
        quote = await shop.sent()
        await quote.accepted()
        await quote.ended()
        assert (quote.rows.order, shop.orders.attempts) == (None, [])


async def test_one_that_fails_is_tried_again_and_holds_up_no_decision(client: Client) -> None:
    """What a person notes meanwhile is decided at once; a repeat then finds nothing to do."""
    shop = Shop(client)
    shop.records.hands_over, shop.orders.down = True, 12
    async with shop.worker():
        quote = await shop.sent()
        await quote.accepted()
        await quote.until(lambda _: len(shop.orders.attempts) >= 2)
        assert (await quote.live()).delivering[-1] == "order"
        assert await quote.decided("resend", {"recipients": ["buyer@example.com"]}) == "applied"
        await quote.ended()
        assert shop.orders.attempts == list(range(1, 14))
        assert quote.rows.order == "handed_over"


async def test_one_that_is_given_up_is_told_and_tried_anew_by_a_person(client: Client) -> None:
    """The run ends with the news; a signal starts another, which takes the order up from the record, once."""
    shop = Shop(client)
    shop.records.hands_over, shop.orders.down, shop.orders.gives_up_after = True, 1000, 2
    async with shop.worker():
        quote = await shop.sent()
        await quote.accepted()
        await quote.ended()
        assert (quote.rows.order, quote.rows.delivered[-1]) == ("failed", "order_failed")
        shop.orders.down, shop.orders.attempts = 0, []
        quote.rows.order = "pending"
        await shop.runs.wake_order(quote.workflow_id, quote_id=quote.id)
        await quote.ended()
        assert (quote.rows.order, shop.orders.attempts) == ("handed_over", [1])
        await quote.replayed()


async def test_an_open_run_hears_of_an_order_that_waits(client: Client) -> None:
    """While an email holds it open."""
    shop = Shop(client)
    async with shop.worker():
        quote = await shop.sent()
        shop.delivery.down = True
        await quote.accepted()
        quote.rows.order = "pending"
        await shop.runs.wake_order(quote.workflow_id, quote_id=quote.id)
        await quote.until(lambda rows: rows.quote is not None and rows.quote.order_reference == "SO-4711")
        shop.delivery.down = False
        await quote.ended()
        await quote.replayed()


async def test_a_reference_that_is_written_again_makes_no_event(client: Client) -> None:
    """It is applied and changes nothing; another one corrects it."""
    shop = Shop(client)
    async with shop.worker():
        quote = await shop.sent()
        shop.delivery.down = True
        await quote.accepted()
        for reference in ("SO-1", "SO-1", "SO-2"):
            assert await quote.decided("hand_over", {"reference": reference}) == "applied"
        handed = [
            event.data["reference"] for event in quote.rows.events if event.type.endswith("handed_over")
        ]
        assert handed == ["SO-1", "SO-2"]
        shop.delivery.down = False
        await quote.ended()
        await quote.replayed()
