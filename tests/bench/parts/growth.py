"""What reads and a life take as the record grows, and which statements read a big table whole."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import asyncpg

from adapters.db.database import Database
from domain.people.roles import Role
from domain.quotes.status import QuoteStatus
from tests.api.desk.people import let_in, session_token
from tests.bench.figures import Figure
from tests.bench.load import Job, timed
from tests.bench.parts.statements import shortened
from tests.bench.stack.filled import BIG, EVERY, Models, filled
from tests.bench.stack.plans import Plan, big_tables, explained
from tests.bench.stack.shop import V1
from tests.bench.stack.stack import Bench
from tests.bench.stack.statements import Statement, overheard

_SLOW_MS: Final = 5.0
_LIVES: Final = 7
_LOOK_SECONDS: Final = 0.1


async def growth(bench: Bench, *, sizes: Sequence[int], count: int) -> list[Figure]:
    """In one database that grows: `count` answers of each read, one after the other, and some lives, at each size."""
    return await _growing(bench, sizes, lambda connection, size: _of_size(bench, connection, size, count))


async def desk(bench: Bench, *, sizes: Sequence[int], count: int) -> list[Figure]:
    """Likewise of the desk's pages, as somebody who is signed in asks for them."""
    database = Database.connect(bench.database_url, pool_size=1)
    user = await let_in(database, "estimator3@shop.example", Role.SALES)
    if user is None:
        raise RuntimeError("nobody was let in")
    caller = bench.shop.caller.with_cookie(f"desk={await session_token(database, user)}")
    await database.close()

    async def of_size(connection: "asyncpg.Connection[asyncpg.Record]", size: int) -> list[Figure]:
        big = await big_tables(connection, BIG)
        pages = {name: (lambda _, path=path: caller.get(path)) for name, path in _PAGES.items()}
        return [
            await _asked(bench, connection, f"{name}, {size:,}", job, big, count)
            for name, job in pages.items()
        ]

    try:
        return await _growing(bench, sizes, of_size)
    finally:
        caller.close()


_PAGES: Final = {
    "today": "/desk",
    "today, one's own": "/desk?whose=mine",
    "today, of a year": "/desk?days=365",
    "list": "/desk/quotes",
    "list, open by deadline": "/desk/quotes?status=draft&status=sent&sort=valid_until-asc",
    "list, by total": "/desk/quotes?sort=total-desc",
    "list, one owner's": "/desk/quotes?owner=estimator3%40shop.example",
    "list, searched": "/desk/quotes?q=flange+plate",
    "list, nothing found": "/desk/quotes?q=unobtainium",
    "list, emails failed": "/desk/quotes?delivery=failed",
}


async def _growing(
    bench: Bench,
    sizes: Sequence[int],
    of_size: Callable[["asyncpg.Connection[asyncpg.Record]", int], Awaitable[list[Figure]]],
) -> list[Figure]:
    connection = await asyncpg.connect(bench.database_url, server_settings={"jit": "off"})
    figures: list[Figure] = []
    try:
        models, have = await _models(bench, connection), 0
        for size in sorted(sizes):
            await filled(connection, models, bench.shop.known[0], have=have, want=size)
            have = size
            figures += await of_size(connection, size)
    finally:
        await connection.close()
    return figures


async def _models(bench: Bench, connection: "asyncpg.Connection[asyncpg.Record]") -> Models:
    shop = bench.shop
    draft, sent, accepted, cancelled = await shop.create(), *[await shop.sent() for _ in range(3)]
    await shop.accept(accepted)
    await shop.cancel(cancelled)
    await _settled(connection)
    return Models(draft=draft, sent=sent, accepted=accepted, cancelled=cancelled)


async def _of_size(
    bench: Bench, connection: "asyncpg.Connection[asyncpg.Record]", size: int, count: int
) -> list[Figure]:
    big = await big_tables(connection, BIG)
    bytes_ = await connection.fetchval("SELECT pg_database_size(current_database())")
    found = [Figure(what=f"database, {size:,} quotes", product=bytes_ / 1e6, unit="MB")]
    for name, path in (await _reads(bench, connection, size)).items():
        found.append(await _asked(bench, connection, f"{name}, {size:,}", _get(bench, path), big, count))
    found.append(
        await _asked(bench, connection, f"life until its answers, {size:,}", bench.shop.life, big, _LIVES)
    )
    return found


def _get(bench: Bench, path: str) -> Job:
    return lambda _: bench.shop.caller.get(f"{V1}{path}")


async def _asked(
    bench: Bench,
    connection: "asyncpg.Connection[asyncpg.Record]",
    what: str,
    job: Job,
    big: Sequence[str],
    count: int,
) -> Figure:
    """The median of `count`, after as many that prepare each connection's statements; and the plans of what one more asks."""
    await timed(count, 1, job)
    timing = await timed(count, 1, job)
    await _settled(connection)
    said: list[Statement] = []
    while not said:  # a session may hear late that it is listened to
        async with overheard(bench) as heard:
            await job(0)
            await _settled(connection)
        said = [statement for statement in heard.said if not statement.control]
    plans = [await explained(connection, statement, big=big) for statement in said]
    return Figure(
        what=what,
        product=timing.p50,
        unit="ms",
        parts={
            "PostgreSQL": sum(plan.ms or 0 for plan in plans),
            "statements": len(plans),
            "blocks": sum(plan.blocks or 0 for plan in plans),
            "whole scans": sum(bool(plan.scanned) for plan in plans),
        },
        notes=tuple(_told(plan) for plan in plans if plan.scanned or (plan.ms or 0) > _SLOW_MS),
    )


async def _settled(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """No mail waits, so that nothing but what is measured is asked."""
    unsent = "SELECT count(*) FROM messages WHERE status IN ('pending', 'sending')"
    while await connection.fetchval(unsent):  # noqa: ASYNC110 - the event is the server's
        await asyncio.sleep(_LOOK_SECONDS)


def _told(plan: Plan) -> str:
    ms = "not run" if plan.ms is None else f"{plan.ms:.1f} ms, {plan.blocks:,} blocks"
    whole = f", reads {' and '.join(plan.scanned)} whole" if plan.scanned else ""
    return f"{ms}{whole}: {shortened(plan.sql)}"


async def _reads(
    bench: Bench, connection: "asyncpg.Connection[asyncpg.Record]", size: int
) -> Mapping[str, str]:
    """What a shop asks, by its name."""
    middle = await connection.fetchrow(
        "SELECT id, number, customer_id FROM quotes WHERE number = $1",
        f"Q-2015-{size // 2 + 1:07}",
    )
    if middle is None:
        raise RuntimeError("the record was not filled")
    n, now = size // 2 + 1, datetime.now(UTC)
    every = timedelta(minutes=float(EVERY.split("'")[1].split()[0]))

    def listed(**asked: object) -> str:
        texts = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asked.items()}
        return f"/quotes?{urlencode({'limit': 25, **texts}, doseq=True)}"

    return {
        "one quote": f"/quotes/{middle['id']}",
        "its events": f"/quotes/{middle['id']}/events",
        "page": listed(),
        **{f"status {each}": listed(status=each) for each in ("draft", "sent", "accepted", "expired")},
        "customer": listed(customer_id=middle["customer_id"]),
        "customer of a twentieth": listed(customer_id=bench.shop.known[0]),
        "customer and status": listed(customer_id=bench.shop.known[0], status="expired"),
        "customer's list": f"/quotes/customer/{middle['customer_id']}",
        "number": listed(number=middle["number"]),
        "created after": listed(created_after=now - timedelta(hours=1)),
        "created before": listed(created_before=now - size // 2 * every),
        "valid until before": listed(valid_until_before=now),
        "open by deadline": listed(status=["draft", "sent"], sort="valid_until", order="asc"),
        **{f"by {each}": listed(sort=each) for each in ("updated_at", "valid_until", "total")},
        "all statuses by total": listed(sort="total", status=[*QuoteStatus]),
        "owner": listed(owner="estimator3@shop.example"),
        "owner, nobody": listed(owner="nobody@shop.example", sort="total"),
        "updated after": listed(updated_after=now - timedelta(hours=1)),
        "updated after, in order": listed(
            updated_after=now - timedelta(days=1), sort="updated_at", order="asc"
        ),
        "decided after": listed(decided_after=now - timedelta(hours=1)),
        "amount": listed(total_from="1000000", currency="EUR"),
        "external id": listed(external_id=f"ERP-{n - n % 3}"),
        "runs out soon": listed(status="sent", valid_until_before=now + timedelta(days=1)),
        **{f"delivery {each}": listed(delivery=each) for each in ("ok", "trouble", "failed")},
        "search number": listed(q=middle["number"]),
        "search start of number": listed(q="Q-2015-0"),
        "search bare number": listed(q="15"),
        "search external id": listed(q=f"ERP-{n - n % 3}"),
        "search customer, common": listed(q="hydraulics"),
        "search customer, one": listed(q=f"Atlas Robotics {2 + 56 * (size // 2800)}"),
        "search part number": listed(q=f"PN-{10_000_000 + n}"),
        "search description": listed(q="flange plate"),
        "search PO number": listed(q=f"PO-{40_000_000 + n}"),
        "search recipient": listed(q=f"buyer{n}@customer"),
        "search reference": listed(q=f"ref R{n}"),
        "search, nothing found": listed(q="unobtainium"),
        "search and status": listed(q=f"PN-{10_000_000 + n}", status="accepted"),
        "search and delivery": listed(q="flange", delivery="failed"),
        "customers": "/customers?limit=25",
        "search customers": "/customers?limit=25&q=hydraulics",
        "search customers, nothing found": "/customers?limit=25&q=unobtainium",
    }
