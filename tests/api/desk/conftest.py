"""One of each role, signed in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from domain.people.roles import Role
from tests.api.desk.people import at_desk, let_in, session_token

Desks = Mapping[Role, httpx.AsyncClient]


@pytest_asyncio.fixture(scope="session")
async def desks(app: FastAPI, database_url: str) -> AsyncIterator[Desks]:
    """A browser for each role; their addresses are `<role>@tooling.example.com`."""
    database = Database.connect(database_url)
    async with AsyncExitStack() as open_tabs:
        tabs = {}
        for role in Role:
            user = await let_in(database, f"{role}@tooling.example.com", role)
            assert user is not None
            token = await session_token(database, user)
            tabs[role] = await open_tabs.enter_async_context(at_desk(app, token))
        yield tabs
    await database.close()
