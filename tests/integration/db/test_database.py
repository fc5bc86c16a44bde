"""A database that goes away and comes back costs as little as can be, and nobody has to lend a hand."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.db import contents, migrate
from adapters.db.database import Database, DatabaseUnavailableError
from cli.local.postgres.server import Postgres


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Postgres]:
    async with Postgres(tmp_path / "postgres", durable=False) as server:
        yield server


async def test_a_restart_costs_nobody_an_error(server: Postgres) -> None:
    """Ten pooled connections die with the server; once it is back, ten at once work at the first try."""
    database = Database.connect(server.url())

    async def use() -> None:
        async with database.write() as w:
            await w.value(sa.text("SELECT pg_sleep(0.05)"))

    await asyncio.gather(*(use() for _ in range(10)))
    await server.stop()
    await server.start()
    await asyncio.gather(*(use() for _ in range(10)))
    await database.close()


@pytest.mark.parametrize("session", ["read", "write", "write_each"])
async def test_an_absent_server_has_one_error(server: Postgres, session: str) -> None:
    """Whether it is away from the start or dies in the middle; and afterwards the same pool works."""
    database = Database.connect(server.url())
    opened = getattr(database, session)

    async def use() -> None:
        async with opened() as s:
            await s.value(sa.text("SELECT 1"))

    async def be_cut_off() -> None:
        async with opened() as s:
            server.kill()
            await s.value(sa.text("SELECT pg_sleep(5)"))

    with pytest.raises(DatabaseUnavailableError):
        await be_cut_off()
    for _ in range(3):
        with pytest.raises(DatabaseUnavailableError):
            await use()
    await server.start()
    await use()
    await database.close()


async def test_an_error_rolls_back_and_the_connection_is_good_again(database: Database) -> None:
    """Nothing of a block that raised is kept; reading sees what is committed."""

    async def fail() -> None:
        async with database.write() as w:
            await w.run(sa.text("UPDATE seller SET name = 'half done'"))
            await w.run(sa.text("SELECT 1 / 0"))

    with pytest.raises(sa.exc.DBAPIError):
        await fail()
    async with database.read() as r:
        assert await r.value(sa.text("SELECT name FROM seller")) == "Your company"


@pytest.mark.parametrize("session", ["read", "write", "write_each"])
async def test_what_callers_raise_is_theirs(database: Database, session: str) -> None:
    """An error of another server inside a session is not taken for the database's."""

    async def fail() -> None:
        async with getattr(database, session)() as s:
            await s.value(sa.text("SELECT 1"))
            raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await fail()


async def test_a_pool_that_is_used_up_has_the_same_error(database_url: str) -> None:
    """Whoever waits too long for a connection is told that the database is not reachable for now."""
    database = Database.connect(database_url, pool_size=1)
    database._engine.pool._timeout = 0.1  # type: ignore[attr-defined]  # not to wait for five seconds
    async with database.read() as r:
        await r.value(sa.text("SELECT 1"))
        with pytest.raises(DatabaseUnavailableError):
            async with database.read():
                pass
    await database.close()


async def test_who_runs_out_of_time_leaves_the_pool_whole(server: Postgres) -> None:
    """Twenty blocks are cut off in the middle; nothing of them is kept and all connections work again."""
    database = Database.connect(server.url(), pool_size=3)

    async def be_slow() -> None:
        async with database.write() as w:
            await w.run(sa.text("CREATE TABLE kept ()"))
            await w.value(sa.text("SELECT pg_sleep(5)"))

    async def run_out_of_time() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(be_slow(), 0.1)

    async def use() -> bool:
        async with database.write() as w:
            return await w.value(sa.text("SELECT to_regclass('kept') IS NULL")) is True

    for _ in range(2):
        await asyncio.gather(*(run_out_of_time() for _ in range(10)))
    assert await asyncio.gather(*(use() for _ in range(6))) == [True] * 6
    await database.close()


async def test_readiness_says_whether_the_tables_are_ours(server: Postgres, database: Database) -> None:
    """An empty database is not migrated, a migrated one is."""
    empty = Database.connect(server.url())
    async with empty.read() as r:
        await contents.ping(r)
        assert not await contents.is_migrated(r)
    await asyncio.to_thread(migrate.upgrade, server.url(), "0001")
    async with empty.read() as r:
        assert not await contents.is_migrated(r)
    await empty.close()
    async with database.read() as r:
        assert await contents.is_migrated(r)


async def test_an_errors_text_holds_no_values(server: Postgres) -> None:
    """Statements carry names and addresses: a server that dies in the middle must not bring them to a log."""
    database = Database.connect(server.url())
    who = "maria huber".replace(" ", ".")  # a traceback shows this line, and must not show the value

    async def ask() -> None:
        async with database.read() as r:
            statement = sa.text("SELECT pg_terminate_backend(pg_backend_pid()), CAST(:who AS text)")
            await r.value(statement, {"who": who})

    with pytest.raises(DatabaseUnavailableError) as failed:
        await ask()
    told = "".join(traceback.format_exception(failed.value))
    assert "pg_terminate_backend" in told
    assert who not in told
    await database.close()
