"""Statements that were overheard, sent again by plain asyncpg for lives of their own: the same work, other rows."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

import asyncpg

from tests.bench.stack.statements import Statement

_NAMES: Final = re.compile(
    r"(?P<id>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
    r"|(?P<number>\bQ-\d{4}-\d{5,}\b)"
    r"|(?P<digest>(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f]))"
)
# A command is in the inbox before its decision is recorded. Nobody signals these: they are not due for a day.
_UNDECIDED: Final = """
INSERT INTO commands
SELECT made.* FROM commands AS model, jsonb_populate_record(NULL::commands, jsonb_build_object(
    'id', $2::uuid, 'quote_id', $3::uuid, 'number', $4::text, 'next_attempt_at', clock_timestamp() + interval '1 day'
) || (to_jsonb(model) - ARRAY['id', 'quote_id', 'number', 'next_attempt_at', 'caller', 'idempotency_key', 'body_hash',
    'outcome', 'decided_at', 'base_state_version', 'code', 'detail', 'current_status', 'allowed_actions',
    'answer_status', 'answer_headers', 'answer_body'])) AS made
WHERE model.id = $1::uuid
"""


class Renamed:
    """Other ids, numbers and digests for one life, the same for the same ones; those in `kept` stay."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {name: name for name in kept}

    def __call__(self, text: str) -> str:
        return _NAMES.sub(self._other, text)

    def _other(self, found: re.Match[str]) -> str:
        name = found[0]
        if name not in self._names:
            fresh = uuid4()
            others = {"id": str(fresh), "number": f"Q-{fresh.int % 10**12:012}"}
            self._names[name] = others.get(found.lastgroup or "") or sha256(fresh.bytes).hexdigest()
        return self._names[name]


def one_after_the_other(said: Iterable[Statement]) -> Iterator[Statement]:
    """What several sessions said at once, for one: transactions are whole, in the order of their ends."""
    opened: dict[int, list[Statement]] = {}
    for statement in said:
        if statement.control == "BEGIN":
            opened[statement.session] = [statement]
        elif statement.control:
            yield from (*opened.pop(statement.session, ()), statement)
        elif statement.session in opened:
            opened[statement.session].append(statement)
        else:
            yield statement


Prepared = list[tuple[str, tuple[Any, ...]]]
"""The statements of one life with their values."""


class Replay:
    """The record of one life, made again and again."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        said: Iterable[Statement],
        *,
        quote_id: str,
        kept: Iterable[str],
    ) -> None:
        self._connection = connection
        self._said = list(one_after_the_other(said))
        self._quote_id = quote_id
        self._kept = list(kept)

    async def prepared(self, count: int) -> list[Prepared]:
        """So many lives, their commands waiting in the inbox. PostgreSQL itself reads the values from their text."""
        return [await self._one() for _ in range(count)]

    async def send(self, lives: Sequence[Prepared]) -> None:
        """Statement by statement. Raises RuntimeError where a life did not come out as the one that was overheard."""
        for life in lives:
            for sql, values in life:
                if values:
                    await self._connection.fetch(sql, *values)
                else:
                    await self._connection.execute(sql)

    async def check(self, before: Mapping[str, int], lives: int) -> None:
        """Raises RuntimeError where the lives since `before` did not leave the rows of whole ones."""
        model = await self.rows(self._quote_id)
        added = {table: count - before[table] for table, count in (await self.rows()).items()}
        if added != {table: count * lives for table, count in model.items()}:
            raise RuntimeError(f"{lives} lives were replayed as {added}; one has {model}")

    async def rows(self, quote_id: str | None = None) -> dict[str, int]:
        """How many there are, of one quote or all, in the tables that a life ends in."""
        counts = {
            "events": "SELECT count(*) FROM quote_events",
            "messages": "SELECT count(*) FROM messages WHERE status = 'sent'",
            "documents": "SELECT count(*) FROM documents",
            "acceptances": "SELECT count(*) FROM acceptances",
        }
        found = {}
        for table, sql in counts.items():
            where = f"{' AND' if 'WHERE' in sql else ' WHERE'} ($1::uuid IS NULL OR quote_id = $1::uuid)"
            found[table] = await self._connection.fetchval(sql + where, quote_id)
        return found

    async def _one(self) -> Prepared:
        renamed = Renamed(self._kept)
        for row in await self._connection.fetch(
            "SELECT id, number FROM commands WHERE quote_id = $1", self._quote_id
        ):
            names = [renamed(str(name)) for name in (row["id"], self._quote_id, row["number"])]
            await self._connection.execute(_UNDECIDED, row["id"], *names)
        return [(said.sql, await self._values(said, renamed)) for said in self._said]

    async def _values(self, said: Statement, renamed: Renamed) -> tuple[Any, ...]:
        texts = [None if text is None else renamed(text) for text in said.parameters]
        if not texts:
            return ()
        types = (await self._connection.prepare(said.sql)).get_parameters()
        read = ", ".join(f"CAST(${n}::text AS {type_.name})" for n, type_ in enumerate(types, 1))
        row = await self._connection.fetchrow(f"SELECT {read}", *texts)
        return tuple(row or ())
