"""Quotes are found as people look for them, in pages that neither skip nor repeat."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
import pytest_asyncio
import sqlalchemy as sa
from uuid6 import uuid7

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.tables import orders
from domain.quotes.record import Direction, OrderStatus, QuoteFilters, QuoteView, Sorting, SortKey
from domain.quotes.status import QuoteStatus
from tests.integration.db.desk import LINES, SIGNER, Desk, content


@pytest_asyncio.fixture(scope="module", autouse=True)
async def shelf(desk: Desk) -> list[str]:
    """Five quotes, oldest first: draft, sent, accepted, rejected, cancelled; the last two of another customer."""
    acme = await desk.customer(name="ACME 100%_sure")
    other = await desk.customer(name="Bolt & Söhne")
    ids = [
        await desk.draft(customer_id=acme, external_id="ERP-1", owner="key:sales"),
        *[await desk.sent(customer_id=customer) for customer in (acme, acme, other)],
        await desk.draft(customer_id=other),
    ]
    await desk.do(ids[2], "accept", SIGNER)
    await desk.do(ids[3], "reject")
    await desk.do(ids[4], "cancel")
    return ids


async def listed(database: Database, **filters: object) -> list[str]:
    async with database.read() as r:
        views = await PgQuotes(r).page(QuoteFilters(**filters), limit=100)  # type: ignore[arg-type]  # a test's own
    return [view.quote.id for view in views]


async def view_of(desk: Desk, quote_id: str) -> QuoteView:
    async with desk.database.read() as r:
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    return view


async def test_quotes_are_found_by_how_their_order_fares(desk: Desk, database: Database) -> None:
    """As their answer tells it. Each filter finds all and only those."""
    customer = await desk.customer(name="Orders")
    kinds = ("draft", "yes", "pending", "handed_over", "failed", "by hand")
    ids = {kind: await desk.sent(customer_id=customer) for kind in kinds[1:]}
    ids["draft"] = await desk.draft(customer_id=customer)
    for kind in kinds[1:]:
        await desk.do(ids[kind], "accept", SIGNER)
    await desk.do(ids["by hand"], "hand_over", {"reference": "SO-1"})
    async with desk.database.write() as w:
        for kind in kinds[2:5]:
            row = {"quote_id": ids[kind], "key": kind, "way": "http", "status": kind}
            await w.run(
                orders.insert().values(**row, asked_at=sa.func.quote_now(sa.cast(ids[kind], sa.Uuid)))
            )
    named = {quote_id: kind for kind, quote_id in ids.items()}
    expected = {
        OrderStatus.NONE: {"draft", "yes"},
        OrderStatus.PENDING: {"pending"},
        OrderStatus.HANDED_OVER: {"handed_over", "by hand"},
        OrderStatus.FAILED: {"failed"},
    }
    for first, second in product(OrderStatus, OrderStatus):
        for more in ({}, {"statuses": (QuoteStatus.ACCEPTED, QuoteStatus.DRAFT)}):
            asked = {"customer_id": customer, "order_statuses": (first, second), **more}
            async with database.read() as r:
                found = await PgQuotes(r).page(QuoteFilters(**asked), limit=100)  # type: ignore[arg-type]
            assert {named[view.quote.id] for view in found} == expected[first] | expected[second]
            assert {view.order.status for view in found} == {first, second}
    for key in SortKey:
        async with database.read() as r:
            only = QuoteFilters(order_statuses=(OrderStatus.PENDING,), customer_id=customer)
            assert [each.id for each in await PgQuotes(r).rows(only, Sorting(key), limit=9)] == [
                ids["pending"]
            ]
    assert (
        await listed(database, customer_id=customer, order_statuses=(OrderStatus.FAILED,), q="nothing") == []
    )
    assert await listed(database, order_statuses=(OrderStatus.PENDING, OrderStatus.FAILED)) == [
        ids["failed"],
        ids["pending"],
    ]


async def test_a_quote_is_read_whole(desk: Desk, database: Database, shelf: list[str]) -> None:
    """State, owner, reference, customer's name, current content, and the clock."""
    view = await view_of(desk, shelf[0])
    assert view.quote == await desk.found(shelf[0])
    assert (view.owner, view.external_id, view.customer_name) == ("key:sales", "ERP-1", "ACME 100%_sure")
    assert view.content.content_hash == view.quote.current.content_hash
    assert view.content.lines[0].breakdown == ({"name": "material", "amount": "100.00"},)
    assert timedelta(0) < view.now - view.quote.created_at < timedelta(minutes=1)
    async with database.read() as r:
        by_number = await PgQuotes(r).find_by_number(view.number)
        assert await PgQuotes(r).find(str(uuid7())) is None
        assert await PgQuotes(r).find_by_number("Q-2026-99999") is None
    assert by_number is not None
    assert by_number.quote == view.quote


async def test_owner_and_reference_stay_through_a_life(desk: Desk, database: Database) -> None:
    """Later commands do not touch what the create said."""
    quote_id = await desk.draft(external_id="ERP-2", owner="key:sales")
    await desk.do(quote_id, "revise", {"lines": LINES, "owner": "somebody", "external_id": "other"})
    view = await view_of(desk, quote_id)
    assert (view.owner, view.external_id) == ("key:sales", "ERP-2")
    await desk.do(quote_id, "cancel")


async def test_a_working_version_is_not_shown(desk: Desk, database: Database) -> None:
    """Content is that of the version on offer until the new one is sent."""
    quote_id = await desk.sent()
    revise = await desk.store(quote_id, "revise", {"lines": LINES})
    await desk.save(await desk.request(quote_id, revise.envelope, content("80.00")))
    view = await view_of(desk, quote_id)
    assert (view.quote.working_version, str(view.content.total)) == (2, "100.00")
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    assert str((await view_of(desk, quote_id)).content.total) == "80.00"
    await desk.do(quote_id, "cancel")


async def test_each_filter_lets_its_own_pass(desk: Desk, database: Database, shelf: list[str]) -> None:
    """Status, customer, number, creation, validity, and what people type into the search field."""
    draft, sent, accepted, rejected, _ = shelf
    views = [await view_of(desk, quote_id) for quote_id in shelf]
    acme = views[0].quote.customer_id
    assert await listed(database, customer_id=acme) == [accepted, sent, draft]
    assert await listed(database, customer_id=acme, statuses=(QuoteStatus.SENT,)) == [sent]
    assert await listed(database, statuses=(QuoteStatus.REJECTED,)) == [rejected]
    assert await listed(database, number=views[1].number) == [sent]
    assert await listed(database, number=views[1].number[:-1]) == []
    since = views[1].quote.created_at
    assert (await listed(database, customer_id=acme, created_after=since)) == [accepted, sent]
    assert (await listed(database, customer_id=acme, created_before=since)) == [draft]
    assert await listed(database, valid_until_before=views[0].quote.valid_until) == []
    after = views[0].quote.valid_until + timedelta(seconds=1)
    assert set(shelf) <= set(await listed(database, valid_until_before=after))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("erp-1", [0]),
        (" ERP   1", [0]),
        ("ERP-1", [0]),
        ("acme", [3, 2, 1, 0]),
        ("söhne", [4, 3]),
        ("0%_s", [2, 1, 0]),
        ("%", [2, 1, 0]),
        ("sohne", [4, 3]),
        ("SO\u0308HNE", [4, 3]),
        ("bolt  so", [4, 3]),
        ("&", [4, 3]),
        ("\u00b4", []),
    ],
)
async def test_search_takes_texts_as_they_are(
    database: Database, shelf: list[str], typed: str, found: list[int]
) -> None:
    """A reference, any part of a customer's name in any case, also without its accents or signs; wildcards are plain characters."""
    ids = await listed(database, q=typed)
    assert [quote_id for quote_id in ids if quote_id in shelf] == [shelf[n] for n in found]


async def test_search_knows_beginnings_of_numbers(desk: Desk, database: Database, shelf: list[str]) -> None:
    """As typed, in small letters too."""
    number = (await view_of(desk, shelf[3])).number
    assert await listed(database, q=number.lower()) == [shelf[3]]
    assert set(shelf) <= set(await listed(database, q="q-2"))


async def test_search_knows_numbers_as_people_say_them(
    desk: Desk, database: Database, shelf: list[str]
) -> None:
    """Without what stands before them, and without noughts; not the beginning of another number."""
    number = (await view_of(desk, shelf[3])).number
    _, year, count = number.split("-")
    for typed in (count, str(int(count)), f"{year}-{count}", f"q-{year}-{int(count)}", f" {int(count)} "):
        assert await listed(database, q=typed) == [shelf[3]], typed
    assert await listed(database, q=f"{int(year) + 1}-{count}") == []


async def test_search_knows_recipients(desk: Desk, database: Database) -> None:
    """By the beginning of any part of an address, also of one that a version of before was sent to."""
    quote_id = await desk.sent("Anna.Maier@kunde.example")
    await desk.do(quote_id, "resend", {"recipients": ["zoe@kunde.example", "Anna.Maier@kunde.example"]})
    for typed in ("anna.maier@kunde.example", "ANNA.MAI", "maier@kunde", "zoe@", " zoe @ kunde "):
        assert await listed(database, q=typed) == [quote_id], typed
    assert await listed(database, q="maier anna") == []


async def test_each_order_has_pages_both_ways(database: Database, shelf: list[str]) -> None:
    """Without gap or repeat, also where many are alike, and with any filters beside."""
    some = QuoteFilters(statuses=(QuoteStatus.SENT, QuoteStatus.DRAFT, QuoteStatus.REJECTED))
    owned = QuoteFilters(currency="EUR", total_from=Decimal(100), total_to=Decimal(100))
    for filters, key, direction in product((QuoteFilters(), some, owned), SortKey, Direction):
        sorting = Sorting(key, direction)
        async with database.read() as r:
            whole = await PgQuotes(r).rows(filters, sorting, limit=100)
            paged, after = list[str](), None
            while page := await PgQuotes(r).rows(filters, sorting, limit=2, after=after):
                paged += [row.id for row in page]
                after = sorting.place_of(page[-1])
            back = await PgQuotes(r).rows(
                filters, sorting.reversed, limit=100, after=sorting.place_of(whole[-1])
            )
        places = [sorting.place_of(row) for row in whole]
        assert places == sorted(places, reverse=sorting.is_descending)
        assert paged == [row.id for row in whole]
        assert [row.id for row in reversed(back)] == paged[:-1]
        assert len(paged) >= 4


async def test_a_total_is_what_was_accepted_or_is_on_offer(
    desk: Desk, database: Database, shelf: list[str]
) -> None:
    """As the quote itself tells it."""
    async with database.read() as r:
        rows = await PgQuotes(r).rows(QuoteFilters(), limit=100)
    assert len(rows) >= len(shelf)
    for row in rows:
        view = await view_of(desk, row.id)
        assert (row.price, row.is_expired, row.delivery) == (view.quote.price, view.is_expired, view.delivery)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("FB-7/22", [0]),
        ("fb 7 22", [0]),
        ("fb-7", [0]),
        ("FB-8", []),
        ("flachentrager", [0]),
        ("fla\u0308chen", [0]),
        ("trager links", [0]),
        ("links trager", []),
        ("Łódź", [1]),
        ("lodz", [1]),
        ("4500-118", [1]),
        ("旋盤", [1]),
        ("'", []),
        ("zz:*|b", []),
        ("x" * 100, []),
    ],
)
async def test_search_knows_what_is_quoted_and_ordered(
    desk: Desk, database: Database, typed: str, found: list[int]
) -> None:
    """Part numbers and descriptions of any version, and purchase order numbers, by words in their order."""
    flat = replace(content().lines[0], part_number="FB-7/22", description="Flächenträger, Träger links")
    turned = replace(content().lines[0], part_number=None, description="Wałek Łódź 旋盤加工")
    made = []
    for line in (flat, turned):
        create = await desk.store_create()
        priced = replace(content(), lines=(line,))
        await desk.save(await desk.request(create.quote_id, create.envelope, priced))
        await desk.do(create.quote_id, "revise", {"lines": LINES})
        made.append(create.quote_id)
    await desk.do(made[1], "send", {"recipients": ["a@acme.example"]})
    await desk.do(made[1], "accept", {**SIGNER, "purchase_order_number": "PO 4500-118"})
    ids = await listed(database, q=typed)
    assert [quote_id for quote_id in ids if quote_id in made] == [made[n] for n in found]


async def test_no_text_is_too_long_to_be_stored(desk: Desk, database: Database) -> None:
    """Words that an index could not hold are cut or left out; the quote is there all the same."""
    words = " ".join(f"{chr(0xFDFA)}{number}" for number in range(9_000))
    endless = replace(content().lines[0], part_number="y" * 5_000, description=words)
    for _ in range(4):
        create = await desk.store_create()
        priced = replace(content(), lines=(endless,) * 3)
        await desk.save(await desk.request(create.quote_id, create.envelope, priced))
    assert create.quote_id in await listed(database, q="y" * 100)


async def test_pages_neither_skip_nor_repeat(database: Database) -> None:
    """Read two by two, the list is the list."""
    whole, paged, after = await listed(database), list[str](), None
    while True:
        async with database.read() as r:
            page = await PgQuotes(r).page(QuoteFilters(), limit=2, after=after)
        if not page:
            break
        paged += [view.quote.id for view in page]
        after = (page[-1].quote.created_at, page[-1].quote.id)
    assert paged == whole


async def test_a_search_has_pages_too(database: Database, shelf: list[str]) -> None:
    """Full pages and the last one alike, together with another filter."""
    found, after = list[str](), None
    for _ in range(4):
        async with database.read() as r:
            page = await PgQuotes(r).page(QuoteFilters(q="acme 100"), limit=1, after=after)
            sent = await PgQuotes(r).page(QuoteFilters(q="acme 100", statuses=(QuoteStatus.SENT,)), limit=1)
        assert [view.quote.id for view in sent] == [shelf[1]]
        found += [view.quote.id for view in page]
        after = (page[-1].quote.created_at, page[-1].quote.id) if page else after
    assert found == [shelf[2], shelf[1], shelf[0]]


async def test_a_customers_quotes_come_newest_first(desk: Desk, database: Database, shelf: list[str]) -> None:
    """Filtered by status, and not more than asked for."""
    acme = (await view_of(desk, shelf[0])).quote.customer_id
    async with database.read() as r:
        quotes = PgQuotes(r)
        all_of_it = await quotes.by_customer(acme, limit=50)
        two = await quotes.by_customer(acme, limit=2)
        sent = await quotes.by_customer(acme, status=QuoteStatus.SENT, limit=50)
    assert [view.quote.id for view in all_of_it] == [shelf[2], shelf[1], shelf[0]]
    assert [view.quote.id for view in two] == [shelf[2], shelf[1]]
    assert [view.quote.id for view in sent] == [shelf[1]]


async def test_events_come_in_pages(database: Database, shelf: list[str]) -> None:
    """After a sequence number, as many as asked for."""
    async with database.read() as r:
        whole = await PgQuotes(r).events(shelf[2])
        assert await PgQuotes(r).events(shelf[2], after_sequence=1, limit=1) == whole[1:2]
        assert await PgQuotes(r).events(shelf[2], after_sequence=len(whole)) == []
