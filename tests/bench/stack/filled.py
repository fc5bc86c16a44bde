"""A database as the years leave it: lives that the product recorded, copied by SQL with ids and times of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import sqlalchemy as sa

from adapters.db import tables as t

BIG: Final = 10_000
"""Rows from which a table is big: to read it whole for one answer is to grow with it."""

EVERY: Final = "interval '5 minutes'"
"""Between two quotes: 100,000 are a year."""
OPEN: Final = 8640
"""So many of the newest may be open: those of thirty days."""
PER_CUSTOMER: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """A quote of each kind that is copied; its mails are out."""

    draft: str
    sent: str
    accepted: str
    cancelled: str

    @property
    def all(self) -> list[str]:
        """Their ids."""
        return [self.draft, self.sent, self.accepted, self.cancelled]


_OWN: Final = "md5(copies.id::text || model.{name}::text)::uuid"
"""Another id for a row of a copy, the same wherever it is named."""

_COPIED: Final[Sequence[tuple[sa.Table, Mapping[str, str]]]] = (
    (
        t.quotes,
        {
            "id": "copies.id",
            "number": "copies.number",
            "customer_id": "copies.customer_id",
            "external_id": "CASE WHEN copies.n % 3 = 0 THEN 'ERP-' || copies.n END",
            "owner": "'estimator' || copies.n % 12 || '@shop.example'",
            "status": "CASE WHEN copies.expired THEN 'expired' ELSE model.status END",
            "expired_from": "CASE WHEN copies.expired THEN 'sent' END",
            "decided_at": "CASE WHEN copies.expired THEN model.valid_until ELSE model.decided_at END - copies.age",
        },
    ),
    (t.quote_versions, {"quote_id": "copies.id"}),
    (t.quote_events, {"quote_id": "copies.id"}),
    (
        t.customer_links,
        {
            "id": _OWN.format(name="id"),
            "quote_id": "copies.id",
            "viewed_at": "CASE WHEN copies.n % 2 = 0 THEN model.created_at - copies.age END",
            "token_hash": "encode(sha256(convert_to(copies.id::text || model.token_hash, 'UTF8')), 'hex')",
        },
    ),
    (
        t.messages,
        {
            "id": _OWN.format(name="id"),
            "quote_id": "copies.id",
            "key": "copies.id::text || model.key",
            "link_id": _OWN.format(name="link_id"),
            "status": "CASE WHEN {failed} THEN 'failed' ELSE model.status END",
            "sent_at": "CASE WHEN NOT {failed} THEN model.sent_at - copies.age END",
            "failed_at": "CASE WHEN {failed} THEN model.sent_at - copies.age END",
            "last_error": "CASE WHEN {failed} THEN '550 5.1.1 no such user' END",
        },
    ),
    (
        t.commands,
        {
            "id": _OWN.format(name="id"),
            "quote_id": "copies.id",
            "number": "copies.number",
            "customer_id": "copies.customer_id",
            "workflow_id": "CASE WHEN model.workflow_id IS NOT NULL THEN 'quote-' || copies.id END",
            # Answers are kept for days, and these are older.
            **dict.fromkeys(
                ("external_id", "caller", "idempotency_key", "body_hash", "priced"),
                "NULL",
            ),
            **dict.fromkeys(("answer_status", "answer_headers", "answer_body"), "NULL"),
        },
    ),
    (t.acceptances, {"quote_id": "copies.id", "command_id": _OWN.format(name="command_id")}),
)
_FAILED: Final = "(model.kind = 'sent' AND copies.n % 200 = 7)"

_COPIES: Final = f"""
INSERT INTO copies
SELECT n, uuidv7(-n * {EVERY}), 'Q-2015-' || lpad(n::text, 7, '0'),
    CASE WHEN n % 20 = 0 THEN $3::uuid ELSE md5('customer' || n::bigint * 7919 % greatest($2 / {PER_CUSTOMER}, 1))::uuid END,
    n * {EVERY},
    CASE
        WHEN n <= {OPEN} THEN CASE WHEN part < 10 THEN $4::uuid WHEN part < 70 THEN $5::uuid WHEN part < 90 THEN $6::uuid ELSE $7::uuid END
        WHEN part < 35 THEN $5::uuid WHEN part < 80 THEN $6::uuid ELSE $7::uuid
    END,
    n > {OPEN} AND part < 35
FROM (SELECT n, n::bigint * 7919 % 100 AS part FROM generate_series($1 + 1, $2) AS n) AS each
"""  # noqa: S608 - built from the figures above
_CUSTOMERS: Final = f"""
INSERT INTO customers (id, name, customer_tier, contacts, email)
SELECT md5('customer' || n)::uuid,
    (ARRAY['Nordwind', 'Brenner', 'Atlas', 'Harker', 'Žižka', 'Møller', 'Orion', 'Kessler'])[1 + n % 8] || ' '
        || (ARRAY['Hydraulics', 'Optics', 'Robotics', 'Pumps', 'Gears', 'Motors', 'Valves'])[1 + n % 7] || ' ' || n,
    'standard', '[]', 'buyer' || n || '@customer.example'
FROM generate_series(0, greatest($1 / {PER_CUSTOMER}, 1) - 1) AS n
ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above
# As `search_words` makes them of: part number, description, customer's reference, of what is accepted the order's number, a
# recipient, and where there is one the external id.
_WORDS: Final = """
INSERT INTO quote_search (quote_id, words)
SELECT id, (format(
    '''pn'':1 ''%s'':2 ''%s'':3 ''plate'':4 ''ref'':5 ''r%s'':6 ''po'':7 ''%s'':8 ''buyer%s'':9 ''customer'':10 ''example'':11',
    10000000 + n, (ARRAY['bracket', 'flange', 'shaft', 'housing', 'bushing'])[1 + n % 5], n, 40000000 + n, n
) || CASE WHEN n % 3 = 0 THEN format(' ''erp'':12 ''%s'':13', n) ELSE '' END)::tsvector
FROM copies
"""


async def filled(
    connection: "asyncpg.Connection[asyncpg.Record]",
    models: Models,
    customer_id: str,
    *,
    have: int,
    want: int,
) -> None:
    """Copies number `have` + 1 to `want`, each older than the one before. Triggers and foreign keys rest meanwhile."""
    async with connection.transaction():
        await connection.execute(
            "SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off"
        )
        await connection.execute(_CUSTOMERS, want)
        await connection.execute(
            "CREATE TEMP TABLE copies (n int, id uuid, number text, customer_id uuid, age interval, model uuid,"
            " expired boolean) ON COMMIT DROP"
        )
        kinds = (models.draft, models.sent, models.accepted, models.cancelled)
        await connection.execute(_COPIES, have, want, customer_id, *kinds)
        for table, own in _COPIED:
            key = "id" if table is t.quotes else "quote_id"
            await connection.execute(_model(table, key), models.all)
            await connection.execute(_copy(table, own, key))
            await connection.execute("DROP TABLE model")
        await connection.execute(_WORDS)
    await connection.execute("VACUUM ANALYZE")


def _model(table: sa.Table, key: str) -> str:
    rows = f"SELECT * FROM {table.name} WHERE {key} = ANY($1::uuid[])"  # noqa: S608 - our tables
    return f"CREATE TEMP TABLE model ON COMMIT DROP AS {rows}"


def _copy(table: sa.Table, own: Mapping[str, str], key: str) -> str:
    """Of a table: its own values where they are named, times as much earlier as the copy is older, else the model's."""
    values = {
        column.name: f"model.{column.name} - copies.age"
        if isinstance(column.type, sa.DateTime)
        else f"model.{column.name}"
        for column in table.columns
        if column.computed is None
    } | {name: text.format(failed=_FAILED) for name, text in own.items()}
    return (
        f"INSERT INTO {table.name} ({', '.join(values)}) SELECT {', '.join(values.values())} "  # noqa: S608 - our tables
        f"FROM copies JOIN model ON model.{key} = copies.model ORDER BY copies.n DESC"
    )
