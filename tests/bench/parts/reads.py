"""Reading one quote and a page of 25, against a bare route with the same SQL."""

import asyncpg

from tests.bench.bare.api import PAGE
from tests.bench.bare.lives import all_ended
from tests.bench.cpu import CpuMeter
from tests.bench.figures import Figure, Goal, compared
from tests.bench.load import Job, timed
from tests.bench.stack.shop import V1
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

# Rows copied from a quote that the product made; its salt and customer stay, dates go back minute by minute.
_COPY_QUOTES = """
INSERT INTO quotes
SELECT made.* FROM quotes AS model, generate_series(1, $2::int) AS n,
    jsonb_populate_record(model, jsonb_build_object(
        'id', gen_random_uuid(), 'number', 'Q-2025-' || lpad(n::text, 7, '0'), 'external_id', NULL,
        'created_at', model.created_at - n * interval '1 minute'
    )) AS made
WHERE model.id = $1::uuid
"""
_COPY_VERSIONS = """
INSERT INTO quote_versions
SELECT made.* FROM quote_versions AS model, quotes,
    jsonb_populate_record(model, jsonb_build_object('quote_id', quotes.id)) AS made
WHERE model.quote_id = $1::uuid AND model.version = 1 AND quotes.id <> $1::uuid
"""


async def reads(bench: Bench, *, quotes: int, count: int, rounds: int) -> list[Figure]:
    """Requests per second, one and ten at once, in a database of `quotes` quotes."""
    ids = await _filled(bench, quotes)
    ours, bare = bench.shop.caller, bench.bare_api

    def one(number: int) -> str:
        return ids[number * 7919 % len(ids)]

    of_quotes = f"of {quotes:,}"
    pages = max(count // 5, 20)
    return [
        await _compared(
            bench,
            f"{what} {of_quotes}, {at_once} at once",
            (ours_job, bare_job),
            (amount, at_once, rounds),
        )
        for at_once in (1, 10)
        for what, amount, ours_job, bare_job in (
            (
                "one quote",
                count,
                lambda n: ours.get(f"{V1}/quotes/{one(n)}"),
                lambda n: bare.get(f"/quotes/{one(n)}"),
            ),
            (
                f"page of {PAGE}",
                pages,
                lambda _: ours.get(f"{V1}/quotes?limit={PAGE}"),
                lambda _: bare.get("/quotes"),
            ),
        )
    ]


async def _compared(bench: Bench, what: str, jobs: tuple[Job, Job], size: tuple[int, int, int]) -> Figure:
    count, at_once, rounds = size
    ours_job, bare_job = jobs
    await timed(20, at_once, ours_job)
    await timed(20, at_once, bare_job)
    rates: list[tuple[float, float]] = []
    meter = CpuMeter({name: bench.pids[name] for name in ("api", "bare API", "postgres")})
    for _ in range(rounds):
        ours = await timed(count, at_once, ours_job)
        bare = await timed(count, at_once, bare_job)
        rates.append((ours.rate, bare.rate))
    used = meter.per_job(count * rounds)
    note = f"processor ms per read: api {used['api']:.2f}, bare API {used['bare API']:.2f}"
    return compared(what, rates, "per s", goal=Goal(matter="reads", at_least=0.8), notes=(note,))


async def _filled(bench: Bench, quotes: int) -> list[str]:
    """So many quotes in the database; the ids of a thousand at most."""
    model = await bench.shop.sent()
    connection = await asyncpg.connect(bench.database_url)
    try:
        await connection.execute(_COPY_QUOTES, model, quotes - 1)
        await connection.execute(_COPY_VERSIONS, model)
        await connection.execute("ANALYZE")
        rows = await connection.fetch("SELECT id FROM quotes LIMIT 1000")
    finally:
        await connection.close()
    await bench.shop.accept(model)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    return [str(row["id"]) for row in rows]
