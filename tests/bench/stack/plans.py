"""How PostgreSQL answers what it was asked: the plan of a statement that was overheard, with its time and its blocks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from tests.bench.stack.statements import Statement

_CUSTOM: Final = 5
"""So often a statement is planned for its values; from then on the server may keep one plan for all, as it does for the
product's connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`ms` and `blocks` (of 8 kB, read or found in memory) are None where it could not be run a second time. `scanned` are
    tables that it reads whole.
    """

    sql: str
    ms: float | None
    blocks: int | None
    scanned: tuple[str, ...]


async def explained(
    connection: "asyncpg.Connection[asyncpg.Record]", statement: Statement, *, big: Sequence[str]
) -> Plan:
    """By EXPLAIN (ANALYZE, BUFFERS), in a transaction that is undone; by EXPLAIN alone what cannot be done twice."""
    given = ", ".join(map(_literal, statement.parameters))
    run = f"EXECUTE heard({given})" if given else "EXECUTE heard"
    await connection.execute(f"PREPARE heard AS {statement.sql}")
    try:
        for _ in range(_CUSTOM):
            await _plan(connection, f"EXPLAIN (FORMAT JSON) {run}")
        try:
            whole = await _plan(connection, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {run}")
        except asyncpg.PostgresError:  # its rows are there since it was overheard
            whole = await _plan(connection, f"EXPLAIN (FORMAT JSON) {run}")
    finally:
        await connection.execute("DEALLOCATE heard")
    return Plan(
        sql=statement.sql,
        ms=whole.get("Execution Time"),
        blocks=blocks(whole["Plan"]),
        scanned=tuple(sorted({table for table in scanned(whole["Plan"]) if table in big})),
    )


def scanned(node: Mapping[str, Any]) -> Iterator[str]:
    """The tables that a plan reads whole, as EXPLAIN (FORMAT JSON) tells it."""
    yield from (each["Relation Name"] for each in _nodes(node) if each["Node Type"] == "Seq Scan")


def indexes(node: Mapping[str, Any]) -> Iterator[str]:
    """The indexes that it reads."""
    yield from (each["Index Name"] for each in _nodes(node) if "Index Name" in each)


def conditions(node: Mapping[str, Any]) -> list[str]:
    """By what it judges rows."""
    return [text for each in _nodes(node) for name, text in each.items() if name.endswith(("Cond", "Filter"))]


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def blocks(node: Mapping[str, Any]) -> int | None:
    """Of the whole plan: its top counts what is below, and functions too."""
    if "Shared Hit Blocks" not in node:
        return None
    return int(node["Shared Hit Blocks"] + node["Shared Read Blocks"])


async def big_tables(connection: "asyncpg.Connection[asyncpg.Record]", rows: int) -> list[str]:
    """Those of at least so many rows, by the server's own estimate."""
    found = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND reltuples >= $1",
        rows,
    )
    return [row["relname"] for row in found]


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


async def _plan(connection: "asyncpg.Connection[asyncpg.Record]", sql: str) -> dict[str, Any]:
    undone = connection.transaction()
    await undone.start()
    try:
        told = await connection.fetchval(sql)
    finally:
        await undone.rollback()
    plan: dict[str, Any] = json.loads(told)[0]
    return plan
