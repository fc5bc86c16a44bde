"""What a life leaves behind: in PostgreSQL rows, bytes of tables and of the write-ahead log; in Temporal bytes and transitions."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
from temporalio.client import WorkflowExecution

from tests.bench.bare.lives import all_ended
from tests.bench.figures import Figure
from tests.bench.load import timed
from tests.bench.stack.stack import Bench
from workflows.contract import QUOTE_WORKFLOW

_AT_ONCE = 4
_WARM = 3
_SHARED = {"alembic_version", "rate_cards", "seller", "api_keys", "pricing_calculations", "customers"}
"""Tables that so many lives of one customer and one calculation do not fill."""

_TABLES = """
SELECT relname AS name, pg_table_size(oid) AS bytes, pg_indexes_size(oid) AS indexes
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
_COUNTERS = """
SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal, xact_commit AS commits,
       tup_inserted AS inserted, tup_updated AS updated
FROM pg_stat_database WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    counters: Mapping[str, float]
    rows: Mapping[str, int]
    bytes: Mapping[str, int]
    indexes: Mapping[str, int]


async def storage(bench: Bench, *, lives: int) -> list[Figure]:
    """Of so many lives, after a few others; everything is counted, nothing timed."""
    await timed(_WARM, 1, bench.shop.life)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    await bench.others.told()
    before = await _kept(bench)
    await timed(lives, _AT_ONCE, bench.shop.life)
    await all_ended(bench.client, QUOTE_WORKFLOW)
    await bench.others.told()
    after = await _kept(bench)
    per_life = {name: (after.counters[name] - before.counters[name]) / lives for name in after.counters}
    tables = {
        name: (after.bytes[name] - before.bytes[name] + after.indexes[name] - before.indexes[name]) / lives
        for name in after.bytes
        if name not in _SHARED
    }
    indexes = sum(after.indexes[name] - before.indexes[name] for name in tables) / lives
    rows = {name: (after.rows[name] - before.rows[name]) / lives for name in tables}
    return [
        Figure(what="write-ahead log of a life", product=per_life["wal"] / 1e3, unit="kB"),
        Figure(
            what="transactions of a life, as PostgreSQL counts them",
            product=per_life["commits"],
            unit="",
            notes=(f"rows inserted {per_life['inserted']:.1f}, updated {per_life['updated']:.1f}",),
        ),
        Figure(
            what="bytes that a quote keeps in PostgreSQL",
            product=sum(tables.values()) / 1e3,
            unit="kB",
            notes=(
                f"of it indexes {indexes / 1e3:.1f} kB",
                *(
                    f"{size / 1e3:>7.1f} kB in {name}, {rows[name]:.1f} rows"
                    for name, size in sorted(tables.items(), key=lambda each: -each[1])
                    if size or rows[name]
                ),
            ),
        ),
        *await _in_temporal(bench),
    ]


async def _kept(bench: Bench) -> _Kept:
    connection = await asyncpg.connect(bench.database_url)
    try:
        found = await connection.fetch(_TABLES)
        rows = {
            name: await connection.fetchval(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - names of our own
            for name in (each["name"] for each in found)
        }
        counters = await connection.fetchrow(_COUNTERS)
    finally:
        await connection.close()
    assert counters is not None
    return _Kept(
        counters={name: float(value) for name, value in counters.items()},
        rows=rows,
        bytes={each["name"]: each["bytes"] for each in found},
        indexes={each["name"]: each["indexes"] for each in found},
    )


async def _in_temporal(bench: Bench) -> list[Figure]:
    """The mean of a hundred closed runs."""
    query = f"WorkflowType = '{QUOTE_WORKFLOW}' AND ExecutionStatus = 'Completed'"
    runs = [run async for run in bench.client.list_workflows(query, limit=100)]
    told = [await _described(bench, run) for run in runs]
    sizes, events, transitions = (sum(each) / len(told) for each in zip(*told, strict=True))
    return [
        Figure(
            what="history of a life",
            product=sizes / 1e3,
            unit="kB",
            notes=(f"{events:.1f} events, {transitions:.1f} state transitions, of {len(told)} lives",),
        )
    ]


async def _described(bench: Bench, run: WorkflowExecution) -> tuple[int, int, int]:
    handle = bench.client.get_workflow_handle(run.id, run_id=run.run_id)
    info = (await handle.describe()).raw_description.workflow_execution_info
    return info.history_size_bytes, info.history_length, info.state_transition_count
