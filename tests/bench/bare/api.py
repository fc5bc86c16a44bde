"""The bare route that reads are compared with: FastAPI, asyncpg and the product's own SQL, nothing else.

No key is asked for, nothing is checked and no object is made: the rows go out as JSON as they are.
"""

import json
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from adapters.db.database import Reading, Row
from adapters.db.quotes.repository import PgQuotes
from domain.quotes.record import QuoteFilters

PAGE = 25
ANY_ID = "00000000-0000-0000-0000-000000000000"
"""In the place of the id that a request names."""


class _Overheard(Reading):
    """Hears which statement the product would send, and answers that there is nothing."""

    def __init__(self) -> None:
        self.sql = ""
        self.values: list[Any] = []

    async def rows(self, statement: sa.Executable, parameters: Any = None) -> Sequence[Row]:
        """No rows."""
        if not isinstance(statement, sa.Select):
            raise TypeError("reading is a SELECT")
        compiled = statement.params(parameters or {}).compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = str(compiled)
        self.values = [compiled.params[name] for name in compiled.positiontup or ()]
        return []

    async def row(self, statement: sa.Executable, parameters: Any = None) -> Row | None:
        """No row."""
        await self.rows(statement, parameters)
        return None


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

    return app


@asynccontextmanager
async def _opened(app: FastAPI) -> AsyncIterator[None]:
    app.state.one, app.state.page = _Overheard(), _Overheard()
    await PgQuotes(app.state.one).find(ANY_ID)
    await PgQuotes(app.state.page).page(QuoteFilters(), limit=PAGE + 1)
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], init=_prepare) as pool:
        app.state.pool = pool
        yield


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


def _answer(rows: Iterable["asyncpg.Record"]) -> Response:
    content = json.dumps([dict(row) for row in rows], default=str, separators=(",", ":"))
    return Response(content, media_type="application/json")
