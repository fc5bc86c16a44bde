"""Lists and searches find what they show by an index, in a record of thousands of quotes, and read no table whole."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from adapters.db.database import NOTHING, Parameters, Query, Row, Writing
from adapters.db.inbox.requests import NewCreate
from adapters.db.inbox.store import due_for_relay, store_create
from adapters.db.parties.customers import list_customers
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.waiting import FIRST, quotes_with_mails
from adapters.db.quotes.watched import EndpointState, watched
from adapters.db.record.feed import START, feed_end, feed_page, states_then
from domain.proof.order import OrderWay
from domain.quotes.events import EventType
from domain.quotes.notices import DeliveryState
from domain.quotes.payloads import CreatePayload
from domain.quotes.record import Direction, OrderStatus, QuoteFilters, Sorting, SortKey
from domain.quotes.status import QuoteStatus
from tests.bench.stack.filled import Models, filled
from tests.bench.stack.plans import conditions, indexes, scanned
from tests.integration.db.desk import LINES, SIGNER, Desk

QUOTES = 4000
FAILED = QUOTES // 200
GROWING = {"quotes", "quote_versions", "quote_events", "quote_search", "customer_links", "messages"}


@pytest_asyncio.fixture(scope="module", autouse=True)
async def customer_id(desk: Desk, database_url: str) -> str:
    """Of a twentieth of the quotes; one mail in a few hundred has failed, and one waits. Of the orders one in fifty failed."""
    customer = await desk.customer()
    ids = [await desk.draft(customer_id=customer), *[await desk.sent(customer_id=customer) for _ in range(3)]]
    await desk.do(ids[2], "accept", SIGNER)
    await desk.do(ids[3], "cancel")
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE messages SET status = 'sent', sent_at = created_at")
        draft, sent, accepted, cancelled = ids
        models = Models(draft=draft, sent=sent, accepted=accepted, cancelled=cancelled)
        await filled(connection, models, customer, have=0, want=QUOTES)
        await connection.execute(
            "UPDATE messages SET status = 'pending', sent_at = NULL, last_error = 'greylisted' WHERE quote_id = $1",
            sent,
        )
        await connection.execute(
            "INSERT INTO customers (id, name, customer_tier, contacts, email)"
            " SELECT gen_random_uuid(), 'Other ' || n, 'standard', '[]', n || '@other.example'"
            " FROM generate_series(1, 5000) AS n"
        )
        await connection.execute(
            "INSERT INTO orders (quote_id, key, way, status, asked_at)"
            " SELECT id, 'order_' || id, 'http', CASE WHEN row_number() OVER (ORDER BY id) % 50 = 0"
            " THEN 'failed' ELSE 'handed_over' END, created_at FROM quotes WHERE status = 'accepted'"
        )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return customer


def kinds(plan: Mapping[str, Any]) -> Iterator[str]:
    """What a plan does, step by step."""
    yield plan["Node Type"]
    for part in plan.get("Plans", ()):
        yield from kinds(part)


class Heard(Writing):
    """Remembers the plan of each statement beside its answer."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        super().__init__(connection)
        self.scanned: set[str] = set()
        self.indexes: set[str] = set()
        self.kinds: set[str] = set()
        self.judged: list[str] = []

    async def rows(self, statement: object, parameters: Parameters = NOTHING) -> Sequence[Row]:
        query = Query.of(statement, parameters)  # type: ignore[arg-type]  # as it comes
        told = await self._connection.fetchval(
            f"EXPLAIN (FORMAT JSON) {query.sql}", *query.values(parameters)
        )
        self.scanned |= set(scanned(told[0]["Plan"]))
        self.indexes |= set(indexes(told[0]["Plan"]))
        self.kinds |= set(kinds(told[0]["Plan"]))
        self.judged += conditions((await self._kept(query, len(query.values(parameters))))["Plan"])
        return await super().rows(statement, parameters)  # type: ignore[arg-type]

    async def _kept(self, query: Query, count: int) -> Mapping[str, Any]:
        """The one plan for all values, which the server keeps sooner or later."""
        await self._connection.execute(
            f"SET plan_cache_mode = force_generic_plan; PREPARE kept AS {query.sql}"
        )
        told = await self._connection.fetchval(
            f"EXPLAIN (FORMAT JSON) EXECUTE kept{'(' + ', '.join(count * ['NULL']) + ')' if count else ''}"
        )
        await self._connection.execute("DEALLOCATE kept; RESET plan_cache_mode")
        plan: Mapping[str, Any] = told[0]
        return plan


@pytest_asyncio.fixture
async def heard(database_url: str) -> AsyncIterator[Heard]:
    connection = await asyncpg.connect(database_url)
    for name in ("jsonb", "uuid"):
        decoder = json.loads if name == "jsonb" else str
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=decoder)
    await connection.set_type_codec("json", schema="pg_catalog", encoder=str, decoder=json.loads)
    yield Heard(connection)
    await connection.close()


NOW = datetime.now(UTC)
MOMENT = timedelta(microseconds=1)
BY_DEADLINE = "ix_quotes_status_valid_until_id"
PART = f"PN-{10_000_000 + QUOTES // 2}"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"statuses": (QuoteStatus.DRAFT,)},
        {"statuses": (QuoteStatus.DRAFT, QuoteStatus.ACCEPTED)},
        {"number": f"Q-2015-{QUOTES // 2:07}"},
        {"created_after": NOW - timedelta(hours=1)},
        {"created_before": NOW - timedelta(days=7)},
        {"external_id": "ERP-300"},
        {"owner": "Nobody@here.example"},
        {"updated_after": NOW - timedelta(hours=1)},
        {"decided_after": NOW - timedelta(hours=1)},
        {"valid_until_after": NOW, "valid_until_before": NOW + timedelta(days=7)},
        {"valid_until_before": NOW},
        {"valid_until_before": NOW, "owner": "nobody@here.example"},
        {"currency": "EUR", "total_from": Decimal(1000000)},
        {"currency": "EUR", "total_to": Decimal(1)},
        *({"delivery": state} for state in DeliveryState),
        {"delivery": DeliveryState.FAILED, "statuses": (QuoteStatus.SENT,)},
        *({"order_statuses": (status,)} for status in OrderStatus),
        *({"order_statuses": (status,), "statuses": (QuoteStatus.ACCEPTED,)} for status in OrderStatus),
        *({"order_statuses": (status, OrderStatus.FAILED)} for status in OrderStatus),
        {"order_statuses": (OrderStatus.FAILED,), "statuses": (QuoteStatus.ACCEPTED,)},
        *(
            {"q": text}
            for text in ("Q-2015-0", "15", "ERP-300", PART, f"PO-{40_000_000 + 7}", "ref R77", "flange")
        ),
        {"q": PART, "delivery": DeliveryState.OK},
        {"q": "flange", "delivery": DeliveryState.FAILED},
        {"q": "unobtainium"},
    ],
    ids=lambda asked: " ".join(asked) or "all",
)
async def test_a_list_reads_no_table_whole(heard: Heard, asked: dict[str, Any]) -> None:
    """Whatever is asked, by whatever statements."""
    await PgQuotes(heard).page(QuoteFilters(**asked), limit=25)
    assert heard.indexes
    assert not heard.scanned & GROWING


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("key", SortKey)
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"statuses": (QuoteStatus.SENT, QuoteStatus.EXPIRED)},
        {"updated_after": NOW - timedelta(hours=1)},
        {"q": PART},
    ],
    ids=lambda asked: " ".join(asked) or "all",
)
async def test_no_order_reads_a_table_whole(
    heard: Heard, asked: dict[str, Any], key: SortKey, direction: Direction
) -> None:
    """Nor does the page after the first one."""
    sorting = Sorting(key, direction)
    page = await PgQuotes(heard).page(QuoteFilters(**asked), sorting, limit=5)
    assert page
    await PgQuotes(heard).rows(
        QuoteFilters(**asked), sorting, limit=5, after=sorting.place_of(page[-1].quote)
    )
    assert not heard.scanned & GROWING


@pytest.mark.parametrize("statuses", [(), (QuoteStatus.SENT, QuoteStatus.EXPIRED)], ids=["all", "some"])
@pytest.mark.parametrize("direction", Direction)
async def test_a_list_by_deadlines_is_read_in_their_order(
    heard: Heard, statuses: tuple[QuoteStatus, ...], direction: Direction
) -> None:
    """A status at a time: not through the quotes of other statuses, of which there may be many between two of this one."""
    await PgQuotes(heard).page(
        QuoteFilters(statuses=statuses), Sorting(SortKey.VALID_UNTIL, direction), limit=25
    )
    assert BY_DEADLINE in heard.indexes
    assert not heard.indexes & {"ix_quotes_valid_until", "ix_quotes_created_at_id"}


async def test_the_few_of_a_day_are_found_by_their_deadline(heard: Heard) -> None:
    """In another order too, where they do not fill a page: those of all statuses, by the one index of deadlines."""
    [some, *_] = await PgQuotes(heard).page(QuoteFilters(), Sorting(SortKey.VALID_UNTIL), limit=1)
    begins = some.quote.valid_until
    heard.indexes.clear()
    day = QuoteFilters(valid_until_after=begins, valid_until_before=begins + MOMENT)
    found = await PgQuotes(heard).page(day, limit=25)
    assert some.quote.id in {each.quote.id for each in found}
    assert len(found) < 25
    assert BY_DEADLINE in heard.indexes
    assert not heard.scanned & GROWING


async def test_a_customers_list_reads_no_table_whole(heard: Heard, customer_id: str) -> None:
    """Also of who has many."""
    assert len(await PgQuotes(heard).by_customer(customer_id, limit=25)) == 25
    assert not heard.scanned & GROWING


async def test_a_create_and_the_relay_read_no_table_whole(heard: Heard, customer_id: str) -> None:
    """Not the customers either, of whom each asks the name of one."""
    asked = CreatePayload.from_data({"lines": LINES})
    await store_create(heard, NewCreate(asked=asked, customer_id=customer_id, actor="key:test"))
    assert await due_for_relay(heard, older_than=timedelta(0), limit=1)
    assert not heard.scanned & {*GROWING, "commands", "customers"}


async def test_what_is_looked_for_is_worked_out_once(heard: Heard) -> None:
    """And not for each row, which takes ten times as long as to compare it."""
    await PgQuotes(heard).page(QuoteFilters(q="unobtainium"), limit=25)
    await list_customers(heard, limit=25, q="unobtainium")
    assert [each for each in heard.judged if "search" in each]
    assert not [each for each in heard.judged if "search_query(" in each or "search_text(" in each]


async def test_mails_that_wait_are_not_looked_for_among_those_that_failed(heard: Heard) -> None:
    """By the relay, and by the list of quotes in trouble."""
    [waiting] = await quotes_with_mails(heard, after=FIRST, older_than=timedelta(0), limit=50)
    [listed] = await PgQuotes(heard).page(QuoteFilters(delivery=DeliveryState.TROUBLE), limit=25)
    assert waiting.id == listed.quote.id
    assert "ix_messages_unfinished" in heard.indexes


async def test_orders_that_failed_are_found_by_an_index_of_their_own(heard: Heard) -> None:
    """And not among all that were ever handed over, from the newest back."""
    found = await PgQuotes(heard).page(QuoteFilters(order_statuses=(OrderStatus.FAILED,)), limit=5)
    assert {each.order.status for each in found} == {OrderStatus.FAILED}
    assert "ix_orders_not_handed_over" in heard.indexes


ENDPOINTS = """
INSERT INTO webhook_endpoints (id, url, snapshot, secret, created_by, types, disabled_at, disabled_reason,
    feed_epoch, feed_transaction, feed_quote_id, feed_sequence, feed_mark)
SELECT gen_random_uuid(), 'https://erp.example/', false, '', 'test', types, disabled_at, disabled_reason,
    0, 0, '00000000-0000-0000-0000-000000000000', 0, ''
FROM (VALUES (NULL::jsonb, NULL::timestamptz, NULL), ('["quote.accepted", "quote.annulled"]', NULL, NULL),
    (NULL, now(), NULL), (NULL, now(), 'gone')) AS given (types, disabled_at, disabled_reason)
"""
TOLD = """
INSERT INTO webhook_deliveries (endpoint_id, event_id, sequence, type, event_at, body, status)
SELECT id, n::text, 1, 'quote.sent', now(), '{}', CASE n % 500 WHEN 0 THEN 'parked' WHEN 1 THEN 'pending' ELSE 'delivered' END
FROM webhook_endpoints, generate_series(1, 5000) AS n
"""
PENDING = "UPDATE orders SET status = 'pending' WHERE quote_id IN (SELECT quote_id FROM orders WHERE status <> 'failed' LIMIT 7)"


async def test_what_is_watched_is_found_by_indexes(heard: Heard, database_url: str) -> None:
    """Every quarter of a minute: what has waited the longest for a webhook, and how orders fare. To count all quotes takes one."""
    connection = await asyncpg.connect(database_url)
    for statement in (ENDPOINTS, TOLD, PENDING, "VACUUM ANALYZE"):
        await connection.execute(statement)
    failed = "SELECT count(*) FROM orders JOIN quotes ON id = quote_id WHERE orders.status = 'failed' AND quotes.status = 'accepted'"
    found = await watched(heard)
    assert found.failed_orders == await connection.fetchval(failed) > 0
    await connection.close()
    assert found.pending_orders == {OrderWay.HTTP: 7, OrderWay.WEBHOOK: 0}
    assert found.pending_order[OrderWay.HTTP] > 0
    assert found.endpoints == {EndpointState.ENABLED: 2, EndpointState.PAUSED: 1, EndpointState.DISABLED: 1}
    assert found.parked_webhooks == 20
    assert found.undelivered_webhook > 0
    assert {
        *("ix_webhook_deliveries_waiting", "ix_webhook_deliveries_parked", "ix_orders_pending"),
        *("ix_orders_not_handed_over", "ix_quote_events_feed", "ix_quote_events_feed_by_type"),
    } <= heard.indexes
    assert not heard.scanned & {*GROWING, "orders", "webhook_deliveries", "commands"}


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.OK])
async def test_pages_by_delivery_neither_skip_nor_repeat(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, state: DeliveryState
) -> None:
    """However few are judged at once, and however many of them fare otherwise."""
    monkeypatch.setattr("adapters.db.quotes.listing._JUDGED", 3)
    found: list[str] = []
    lengths: list[int] = []
    after = None
    limit = 7 if state is DeliveryState.FAILED else 900
    while page := await PgQuotes(heard).page(QuoteFilters(delivery=state), limit=limit, after=after):
        assert {view.delivery.state for view in page} == {state}
        found += [view.quote.id for view in page]
        lengths.append(len(page))
        after = (page[-1].quote.created_at, page[-1].quote.id)
    assert (
        len(set(found))
        == len(found)
        == (FAILED if state is DeliveryState.FAILED else QUOTES + 4 - FAILED - 1)
    )
    assert set(lengths[:-1]) == {limit}


@pytest.mark.parametrize("types", [(), (EventType.ACCEPTED, EventType.ANNULLED)], ids=["all", "rare ones"])
async def test_the_feed_reads_no_table_whole(heard: Heard, types: tuple[EventType, ...]) -> None:
    """Neither from the middle nor at its end, and what it looks for is found by one index."""
    page = await feed_page(heard, START, types=types, limit=50)
    assert (len(page.events), page.has_more) == (50, True)
    await feed_page(heard, page.following, types=types, limit=50)
    await feed_page(heard, (await feed_end(heard)).position, types=types, limit=50)
    assert "Bitmap Heap Scan" not in heard.kinds, "in the order of the index, not sorted"
    await states_then(heard, page.events)
    assert {"ix_quote_events_feed_by_type" if types else "ix_quote_events_feed"} <= heard.indexes
    assert not heard.scanned & GROWING
