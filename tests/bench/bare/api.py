"""The bare routes: FastAPI, asyncpg and nothing else.

Reads are compared with the product's own SQL: no key is asked for, nothing is checked and no object is made; the rows go
out as JSON as they are. A command is read, its caller's key compared, and its row put into the inbox; nobody decides it.
"""

import json
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from uuid6 import uuid7

from adapters.db.database import NOTHING, Parameters, Query, Reading, Row
from adapters.db.quotes.repository import PgQuotes
from adapters.tokens import ApiKeyHashes, read_api_key
from domain.quotes.record import QuoteFilters

PAGE = 25
_INBOX = """
INSERT INTO commands (id, quote_id, number, customer_id, name, actor, payload, schema_version, received_at, outcome,
    decided_at)
SELECT $1, $2, $3, customers.id, $4, $5, $6, 1, clock_timestamp(), 'applied', clock_timestamp()
FROM customers LIMIT 1
RETURNING received_at
"""
ANY_ID = "00000000-0000-0000-0000-000000000000"
"""In the place of the id that a request names."""


class Asked(BaseModel, extra="forbid"):
    """The body of an acceptance."""

    signer_name: str
    signer_email: str
    method: str


class _Overheard(Reading):
    """Hears which statement the product would send, and answers that there is nothing."""

    def __init__(self) -> None:
        self.sql = ""
        self.values: list[Any] = []

    async def rows(self, statement: sa.Executable, parameters: Parameters = NOTHING) -> Sequence[Row]:
        """No rows."""
        query = Query.of(statement, parameters)
        self.sql, self.values = query.sql, query.values(parameters)
        return []


def create() -> FastAPI:
    """The app; `uvicorn --factory` calls this."""
    app = FastAPI(lifespan=_opened)

    @app.get("/quotes/{quote_id}")
    async def one_quote(request: Request, quote_id: str) -> Response:
        state = request.app.state
        values = [quote_id if value == ANY_ID else value for value in state.one.values]
        return _answer(await state.pool.fetch(state.one.sql, *values))

    @app.get("/quotes")
    async def one_page(request: Request) -> Response:
        state = request.app.state
        return _answer(await state.pool.fetch(state.page.sql, *state.page.values))

    @app.post("/inbox")
    async def inbox(request: Request, asked: Asked) -> Response:
        state = request.app.state
        key = read_api_key(request.headers["authorization"].removeprefix("Bearer "))
        if key is None or not state.hashes.matches(key, state.keys.get(key.public_id, b"")):
            return Response(status_code=401)
        ids, actor = (uuid7(), uuid7()), f"key:{key.public_id}"
        row = await state.pool.fetchrow(_INBOX, *ids, "Q-1999-1", "accept", actor, asked.model_dump())
        return _answer([row])

    return app


@asynccontextmanager
async def _opened(app: FastAPI) -> AsyncIterator[None]:
    app.state.one, app.state.page = _Overheard(), _Overheard()
    app.state.hashes = ApiKeyHashes(os.environ["FIRM_OFFER_SECRET"])
    await PgQuotes(app.state.one).find(ANY_ID)
    await PgQuotes(app.state.page).page(QuoteFilters(), limit=PAGE + 1)
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], init=_prepare) as pool:
        app.state.pool = pool
        keys = await pool.fetch("SELECT public_id, secret_hash FROM api_keys")
        app.state.keys = {row["public_id"]: row["secret_hash"] for row in keys}
        yield


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


def _answer(rows: Iterable["asyncpg.Record"]) -> Response:
    content = json.dumps([dict(row) for row in rows], default=str, separators=(",", ":"))
    return Response(content, media_type="application/json")
