"""The shop's people at their desks, as browsers without script would be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.sessions import DeskUser, begin_session, find_user
from adapters.db.parties.staff import StaffUser, put_staff
from adapters.db.tables import staff_users
from adapters.tokens import new_token, token_hash
from domain.people.roles import Role


async def let_in(database: Database, address: str, role: Role | None, *, name: str = "") -> DeskUser | None:
    """Somebody with that role; None for one without."""
    async with database.write() as w:
        await put_staff(w, StaffUser(address=address, name=name or address.partition("@")[0]))
        await w.run(staff_users.update().where(staff_users.c.address == address).values(role=role))
        return await find_user(w, address)


async def session_token(database: Database, user: DeskUser) -> str:
    """Of a new session of that user."""
    token = new_token()
    async with database.write() as w:
        await begin_session(w, user_id=user.id, token_hash=token_hash(token))
    return token


@asynccontextmanager
async def at_desk(app: FastAPI, token: str | None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser's tab with that session's cookie, whose forms come from the desk's own pages."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Sec-Fetch-Site": "same-origin"}
    cookies = {"desk": token} if token else {}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk.test", headers=headers, cookies=cookies
    ) as http:
        yield http
