"""Whether a click is in time is a matter of when it came, not of when there was room to store it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import FastAPI

from adapters.db.record.clocks import add_offset, now_for
from adapters.db.tables import clock_offsets, commands
from adapters.settings import Settings
from api.app import create_app
from domain.quotes.validity import GRACE
from tests.api.caller import SIGNER, V1
from tests.api.conftest import api_key, running
from tests.api.customer.reading import YES
from tests.api.customer.shop import Shop
from tests.waiting import eventually

BEFORE, AFTER = timedelta(seconds=-2), timedelta(seconds=1)
POOL = 10
_WAITING = sa.text(
    "SELECT count(*) FROM pg_locks WHERE relation = CAST('commands' AS regclass) AND NOT granted"
)
_ACCEPTS = sa.select(commands).where(
    commands.c.quote_id == sa.bindparam("quote_id", type_=commands.c.quote_id.type),
    commands.c.name == "accept",
)
_AHEAD = sa.select(clock_offsets.c.ahead).where(
    clock_offsets.c.quote_id == sa.bindparam("quote_id", type_=clock_offsets.c.quote_id.type)
)


@pytest_asyncio.fixture(scope="module")
async def processes(
    page_settings: Settings, shop: Shop, customer: httpx.AsyncClient
) -> AsyncIterator[list[FastAPI]]:
    """Two APIs, each with a pool of its own; `customer` has a worker behind them."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(running(create_app(settings=page_settings))) for _ in range(2)]


@dataclass(frozen=True)
class Click:
    """An acceptance of a quote whose clock stands so long `after` its deadline, by a link's page or by the API."""

    app: FastAPI
    quote_id: str
    after: timedelta
    path: str
    body: dict[str, str]
    key: str

    async def make(self) -> None:
        transport = httpx.ASGITransport(app=self.app)
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(transport=transport, base_url="https://x.test", headers=headers) as http:
            sent = {"json": self.body} if self.path.startswith(V1) else {"data": self.body}
            answer = await http.post(self.path, timeout=30, **sent)  # type: ignore[arg-type]  # known names
        assert answer.status_code < 500, answer.text


async def _clicks(shop: Shop, processes: list[FastAPI], key: str) -> list[Click]:
    made = []
    for app in processes:
        for by_page in (True, False):
            for after in (BEFORE, AFTER):
                quote_id = await shop.sent_quote()
                (page,) = await shop.paths(quote_id)
                path = f"{page}/accept" if by_page else f"{V1}/quotes/{quote_id}/accept"
                made.append(Click(app, quote_id, after, path, YES if by_page else SIGNER, key))
    return made


@asynccontextmanager
async def _locked(shop: Shop, _processes: list[FastAPI]) -> AsyncIterator[None]:
    """As by `CREATE INDEX`: the table can be read and not written."""
    async with shop.database.write() as w:
        await w.run(sa.text("LOCK TABLE commands IN SHARE MODE"))
        yield


@asynccontextmanager
async def _pools_full(_shop: Shop, processes: list[FastAPI]) -> AsyncIterator[None]:
    """All connections of both processes are taken."""
    async with AsyncExitStack() as stack:
        for app in processes:
            for _ in range(POOL):
                await stack.enter_async_context(app.state.services.database.read())
        yield


Hold = Callable[[Shop, list[FastAPI]], AbstractAsyncContextManager[None]]


@pytest.mark.parametrize("hold", [_locked, _pools_full], ids=["table locked", "pools full"])
async def test_a_click_is_received_when_it_comes(
    shop: Shop, processes: list[FastAPI], page_settings: Settings, hold: Hold
) -> None:
    """Proves that clicks made two seconds before the deadline count, and those of a second after do not, although all
    are stored when it has passed; by page and API, in two processes. What they waited is kept.
    """
    key = await api_key(shop.database.url, "quote")
    clicks = await _clicks(shop, processes, key)
    early = [click for click in clicks if click.after == BEFORE]
    async with hold(shop, processes):
        for click in clicks:
            await _set_clock(shop, click)
        clicking = [asyncio.create_task(click.make()) for click in clicks]
        if hold is _locked:
            await eventually(lambda: _are_waiting(shop, len(clicks)), "all are waiting for the lock")
        await eventually(lambda: _is_over(shop, early), "the deadline has passed")
    await asyncio.gather(*clicking)
    await eventually(lambda: _all_decided(shop, clicks), "all are decided")
    for click in clicks:
        await _received_in_time(shop, click)


async def _set_clock(shop: Shop, click: Click) -> None:
    until = (await shop.quote(click.quote_id)).valid_until
    async with shop.database.write() as w:
        await add_offset(w, click.quote_id, until + click.after - await now_for(w, click.quote_id))


async def _are_waiting(shop: Shop, count: int) -> bool:
    async with shop.database.read() as r:
        return bool(await r.value(_WAITING) >= count)


async def _is_over(shop: Shop, clicks: list[Click]) -> bool:
    for click in clicks:
        until = (await shop.quote(click.quote_id)).valid_until
        async with shop.database.read() as r:
            if await now_for(r, click.quote_id) < until + AFTER:
                return False
    return True


async def _all_decided(shop: Shop, clicks: list[Click]) -> bool:
    async with shop.database.read() as r:
        found = [await r.row(_ACCEPTS, {"quote_id": click.quote_id}) for click in clicks]
    return all(row and row["outcome"] for row in found)


async def _received_in_time(shop: Shop, click: Click) -> None:
    async with shop.database.read() as r:
        row = await r.row(_ACCEPTS, {"quote_id": click.quote_id})
        ahead = await r.value(_AHEAD, {"quote_id": click.quote_id})
    assert row is not None
    in_time = click.after == BEFORE
    assert (row["outcome"], row["code"]) == (("applied", None) if in_time else ("refused", "quote_expired"))
    until = (await shop.quote(click.quote_id)).valid_until
    assert (row["received_at"].replace(microsecond=0) <= until) == in_time
    assert timedelta(seconds=1) < row["waited"] < GRACE
    assert row["received_at"] + row["waited"] <= row["stored_at"] + ahead
