"""Orders on record where the event is the order: who writes its reference, how often, and what is refused."""

import asyncpg
import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.verification import find_record
from adapters.db.record.orders import ask_order_again, claim_order, order_waits, orders_to_wake
from adapters.db.record.save import save
from adapters.tokens import LinkTokens
from domain.proof.order import OrderWay
from domain.proof.verify import verify
from domain.quotes.record import QuoteView, RecordRequest, RecordResult
from tests.integration.db.desk import SIGNER, Desk


class AnnouncingDesk(Desk):
    """One where the event `quote.accepted` is the order."""

    async def save(self, request: RecordRequest) -> RecordResult:
        """As the activity does it."""
        async with self.database.write() as w:
            return await save(w, request, self.tokens, OrderWay.WEBHOOK)


@pytest.fixture(scope="module")
def desk(database: Database, tokens: LinkTokens) -> AnnouncingDesk:
    return AnnouncingDesk(database, tokens)


@pytest_asyncio.fixture
async def ordered(desk: AnnouncingDesk) -> str:
    """An accepted quote's id."""
    quote_id = await desk.sent()
    assert not (await desk.do(quote_id, "accept", SIGNER)).hands_over
    return quote_id


async def view_of(desk: Desk, quote_id: str) -> QuoteView:
    """The quote as it is told."""
    async with desk.database.read() as r:
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    return view


async def complaints(desk: Desk, quote_id: str) -> list[str]:
    """What `firm-offer verify` says."""
    async with desk.database.read() as r:
        record = await find_record(r, quote_id)
    assert record is not None
    return [str(mismatch) for mismatch in verify(record)]


async def test_it_waits_for_a_reference_and_nobody_posts_it(desk: AnnouncingDesk, ordered: str) -> None:
    """Nor can it fail, or be tried again."""
    assert (await view_of(desk, ordered)).order.status == "pending"
    async with desk.database.write() as w:
        assert await claim_order(w, ordered) is None
        assert not await order_waits(w, ordered)
        assert ordered not in {each.quote_id for each in await orders_to_wake(w, 1000)}
        assert not await ask_order_again(w, ordered)
    await desk.do(ordered, "hand_over", {"reference": "SO-1"})
    view = await view_of(desk, ordered)
    assert (view.order.status, view.quote.order_reference) == ("handed_over", "SO-1")
    refused = await desk.request(ordered, (await desk.store(ordered, "annul", {"reason": "-"})).envelope)
    assert refused.refused is not None
    assert refused.refused.code == "order_handed_over"


async def test_a_reference_written_twice_is_told_once(desk: AnnouncingDesk, ordered: str) -> None:
    """The second changes nothing and is applied all the same; another one corrects it. The record is sound in each state."""
    await desk.do(ordered, "hand_over", {"reference": "SO-1"})
    first = await view_of(desk, ordered)
    await desk.do(ordered, "hand_over", {"reference": "SO-1"})
    again = await view_of(desk, ordered)
    assert (again.order, again.quote) == (first.order, first.quote)
    assert await complaints(desk, ordered) == []
    await desk.do(ordered, "hand_over", {"reference": "SO-2"})
    corrected = await view_of(desk, ordered)
    assert (corrected.quote.order_reference, corrected.order) == ("SO-2", first.order)
    assert await complaints(desk, ordered) == []


async def test_one_that_no_event_tells_of_is_named(
    desk: AnnouncingDesk, ordered: str, database_url: str
) -> None:
    """By `verify`: it did not repeat what was there."""
    await desk.do(ordered, "hand_over", {"reference": "SO-1"})
    await desk.do(ordered, "hand_over", {"reference": "SO-1"})
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """UPDATE commands SET payload = '{"reference": "SO-9"}' WHERE quote_id = $1 AND name = 'hand_over'""",
        ordered,
    )
    await connection.close()
    [told] = await complaints(desk, ordered)
    assert told.endswith("(hand_over): the inbox says that it was applied, and no event records it")


async def test_no_order_without_a_yes(desk: AnnouncingDesk) -> None:
    """A reference is refused as long as nothing was accepted, and once that was annulled; nothing of an order is kept."""

    async def refused_for(status: str) -> None:
        stored = await desk.store(quote_id, "hand_over", {"reference": "SO-1"})
        request = await desk.request(quote_id, stored.envelope)
        assert request.refused is not None
        assert request.refused.code == "quote_not_ordered"
        await desk.save(request)
        view = await view_of(desk, quote_id)
        assert (view.order.status, view.quote.order_reference) == (status, None)

    quote_id = await desk.sent()
    await refused_for("none")
    await desk.do(quote_id, "accept", SIGNER)
    await desk.do(quote_id, "annul", {"reason": "Not built.", "agreed_with": "Ada"})
    await refused_for("failed")
    assert await complaints(desk, quote_id) == []
