"""How soon an accept is answered over HTTP, against a bare signal and query."""

from collections.abc import Sequence
from statistics import median

import asyncpg

from tests.bench.bare.lives import BareLives, Handle, all_ended
from tests.bench.figures import Figure, Goal, compared
from tests.bench.load import Timing, timed
from tests.bench.stack.held import deliveries_held
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

_ANSWER = "answer"
_PREPARING = 10


async def accepts(bench: Bench, *, at_once: int, count: int, rounds: int) -> list[Figure]:
    """Each round accepts `count` sent quotes, then signals and asks as many bare workflows that wait."""
    ours: list[Timing] = []
    theirs: list[Timing] = []
    for _ in range(rounds):
        ours.append(await _accepts(bench, at_once, count))
        theirs.append(await _bare(bench, at_once, count))
    medians = [(o.p50, t.p50) for o, t in zip(ours, theirs, strict=True)]
    worst = [(o.p99, t.p99) for o, t in zip(ours, theirs, strict=True)]
    goal = Goal(matter=_ANSWER, at_most=1.5 if at_once == 1 else 2)
    return [
        compared(f"accept p50, {at_once} at once", medians, "ms", goal=goal),
        compared(f"accept p99, {at_once} at once", worst, "ms", notes=tuple(bench.shop.remarks())),
        Figure(
            what=f"accept p99 in its own p50s, {at_once} at once",
            product=_spread(ours),
            bare=_spread(theirs),
            unit="times",
            goal=Goal(matter=_ANSWER, at_most=2),
        ),
    ]


def _spread(timings: Sequence[Timing]) -> float:
    return median(timing.p99 / timing.p50 for timing in timings)


async def beside_deliveries(bench: Bench, *, mails: int, count: int, rounds: int) -> list[Figure]:
    """Each round accepts `count` sent quotes while nothing is delivered but what they cause, and as many while `mails`
    offers with their documents wait, and are let go as the accepting begins.
    """
    quiet: list[Timing] = []
    busy: list[Timing] = []
    left = 0
    for _ in range(rounds):
        quiet.append(await _accepts(bench, _PREPARING, count))
        async with deliveries_held(bench.client):
            offers = await _sent(bench, count + mails)
        busy.append(await _accepted(bench, offers[:count], _PREPARING))
        left += await _deliveries_left(bench)
        for offer in offers[count:]:
            await bench.shop.cancel(offer)
        await all_ended(bench.client, QUOTE_WORKFLOW)
    title = f"accept {{}}, {_PREPARING} at once, with {mails} mails waiting, and without"
    return [
        compared(title.format("p50"), [(b.p50, q.p50) for b, q in zip(busy, quiet, strict=True)], "ms"),
        compared(
            title.format("p99"),
            [(b.p99, q.p99) for b, q in zip(busy, quiet, strict=True)],
            "ms",
            notes=(f"{left // rounds} deliveries waited still at the end", *bench.shop.remarks()),
        ),
    ]


async def _deliveries_left(bench: Bench) -> int:
    connection = await asyncpg.connect(bench.database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM messages WHERE status = 'pending'"))
    finally:
        await connection.close()


async def _accepts(bench: Bench, at_once: int, count: int) -> Timing:
    timing = await _accepted(bench, await _sent(bench, count), at_once)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    return timing


async def _accepted(bench: Bench, offers: Sequence[str], at_once: int) -> Timing:
    return await timed(len(offers), at_once, lambda number: bench.shop.accept(offers[number]))


async def _sent(bench: Bench, count: int) -> list[str]:
    """So many quotes that wait for their customers."""
    sent: list[str] = []

    async def one(_number: int) -> None:
        sent.append(await bench.shop.sent())

    await timed(count, _PREPARING, one)
    return sent


async def _bare(bench: Bench, at_once: int, count: int) -> Timing:
    bare = BareLives(bench.client)
    waiting: list[Handle] = []

    async def prepare(_number: int) -> None:
        handle = await bare.start(1, activities=False)
        waiting.append(handle)
        await handle.query("count")

    await timed(count, _PREPARING, prepare)
    timing = await timed(count, at_once, lambda number: bare.signal_and_query(waiting[number]))
    await all_ended(bench.client, "BareLife")
    return timing
