"""A page that follows its quote: what it hears, when it ends, and how many may listen."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.db.parties.sessions import end_sessions_of
from adapters.db.quotes.watching import QuoteWatch, TooManyWatchesError, state_of
from adapters.settings import Settings
from domain.people.roles import Role
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import served
from tests.api.desk.people import let_in, session_token


@dataclass
class Listening:
    """A reader's stream, behind a real address."""

    http: httpx.AsyncClient
    user_id: str

    @asynccontextmanager
    async def lines(self, quote_id: str, seen: str = "") -> AsyncIterator[AsyncIterator[str]]:
        """What it is told, line by line."""
        address = f"/desk/quotes/{quote_id}/live"
        async with self.http.stream("GET", address, params={"seen": seen}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield answer.aiter_lines()


async def hears(lines: AsyncIterator[str], event: str) -> None:
    """Until that event is told."""
    async with asyncio.timeout(30):
        async for line in lines:
            if line == f"event: {event}":
                return
    raise AssertionError(f"ended without {event}")


@asynccontextmanager
async def listening(settings: Settings, database: Database, name: str) -> AsyncIterator[Listening]:
    """An API of its own on a free port, and somebody signed in."""
    user = await let_in(database, f"{name}@live.example.com", Role.VIEWER)
    assert user is not None
    token = await session_token(database, user)
    port = socket.create_server(("127.0.0.1", 0))
    home = f"http://127.0.0.1:{port.getsockname()[1]}"
    async with (
        served(settings, port),
        httpx.AsyncClient(base_url=home, cookies={"desk": token}, timeout=30) as http,
    ):
        yield Listening(http, user.id)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As the product's owner."""
    opened = Database.connect(database_url)
    yield opened
    await opened.close()


async def test_whatever_happens_is_heard(caller: Caller, settings: Settings, database: Database) -> None:
    """A command, what a mail came to, a yes: whoever did it, by another process too."""
    quote = await caller.sent()
    async with listening(settings, database, "hears") as reader, reader.lines(quote["id"]) as lines:
        await caller.done(quote, "accept", SIGNER)
        await hears(lines, "changed")


async def test_what_happened_before_it_listened_is_not_missed(
    caller: Caller, settings: Settings, database: Database
) -> None:
    """Between the page and its stream: the page says what it has seen."""
    quote = await caller.draft()
    async with database.read() as r:
        seen = await state_of(r, quote["id"])
    await caller.done(quote, "cancel")
    async with listening(settings, database, "late") as reader, reader.lines(quote["id"], seen) as lines:
        await hears(lines, "changed")


async def test_it_ends_with_the_session(
    caller: Caller, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next sign of life it says so, and is over."""
    monkeypatch.setattr("api.desk.quotes.one.live.BEAT_SECONDS", 0.2)
    quote = await caller.draft()
    async with listening(settings, database, "leaves") as reader, reader.lines(quote["id"]) as lines:
        async with database.write() as w:
            await end_sessions_of(w, reader.user_id)
        await hears(lines, "over")
        assert [line async for line in lines if line.startswith("event")] == []


async def test_a_server_that_stops_ends_the_streams_itself(
    caller: Caller, settings: Settings, database: Database
) -> None:
    """Each comes to its end, and none is torn off when the time is up that is given to answers."""
    quote = await caller.draft()
    user = await let_in(database, "stays@live.example.com", Role.VIEWER)
    assert user is not None
    port = socket.create_server(("127.0.0.1", 0))
    home = f"http://127.0.0.1:{port.getsockname()[1]}"
    serving = AsyncExitStack()
    await serving.enter_async_context(served(settings, port))
    cookies = {"desk": await session_token(database, user)}
    async with (
        httpx.AsyncClient(base_url=home, cookies=cookies, timeout=30) as http,
        http.stream("GET", f"/desk/quotes/{quote['id']}/live") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        rest = asyncio.create_task(_all(lines))
        await serving.aclose()
        assert "event: over" not in await rest


async def _all(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def test_so_many_listen_and_no_more(database: Database, caller: Caller) -> None:
    """One more is told to ask in another way; who leaves makes room."""
    quote = await caller.draft()
    watch = QuoteWatch(database, most=2)
    watch.start()
    async with watch.watch(quote["id"]), watch.watch(quote["id"]):
        with pytest.raises(TooManyWatchesError):
            async with watch.watch(quote["id"]):
                pass
    async with watch.watch(quote["id"]) as changed:
        await caller.done(quote, "cancel")
        async with asyncio.timeout(20):
            await changed.wait()
    await watch.close()
