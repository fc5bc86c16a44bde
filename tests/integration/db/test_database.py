"""A database that goes away and comes back costs as little as can be, and nobody has to lend a hand."""

import asyncio
import os
import subprocess
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.db import contents, migrate
from adapters.db.contents import WriteProbe
from adapters.db.database import Database, DatabaseUnavailableError, Writing
from adapters.db.errors import Obstacle
from cli.local.postgres.server import Postgres
from tests.roles import as_product, make_role
from tests.waiting import eventually


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


async def test_a_goodbye_is_heard_before_the_end(server: Postgres) -> None:
    """The server has ended a session and said so, and its socket is not closed yet: one error, and another connection."""
    port = urlsplit(server.url()).port
    pipes: list[asyncio.Task[None]] = []
    ends: list[asyncio.StreamWriter] = []

    async def pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(1 << 16):
            target.write(chunk)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond, into = await asyncio.open_connection("127.0.0.1", port)
        ends.extend((writer, into))
        pipes.extend(asyncio.create_task(way) for way in (pipe(reader, into), pipe(beyond, writer)))

    between = await asyncio.start_server(carry, "127.0.0.1", 0)
    carried = between.sockets[0].getsockname()[1]
    direct = Database.connect(server.url())
    database = Database.connect(server.url().replace(f":{port}", f":{carried}"))
    async with database.read() as r:
        mine = await r.value(sa.text("SELECT pg_backend_pid()"))
    async with direct.read() as r:
        await r.value(sa.text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
    await eventually(lambda: sum(pipe.done() for pipe in pipes) == 1, "the server has closed its end")
    with pytest.raises(DatabaseUnavailableError):
        async with database.read() as r:
            await r.value(sa.text("SELECT 1"))
    async with database.read() as r:
        assert await r.value(sa.text("SELECT pg_backend_pid()")) != mine
    await database.close()
    await direct.close()
    between.close()
    for end in ends:
        end.close()
    await asyncio.gather(*pipes)


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

    with pytest.raises(asyncpg.PostgresError):
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


async def test_a_pool_that_is_used_up_has_the_same_error(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits too long for a connection is told that the database is not reachable for now."""
    monkeypatch.setattr("adapters.db.database._POOL_SECONDS", 0.1)
    database = Database.connect(database_url, pool_size=1)
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


async def obstacle(database: Database, *statements: str) -> Obstacle:
    """What is in the way of the last statement."""
    with pytest.raises(DatabaseUnavailableError) as failed:  # noqa: PT012 - one transaction
        async with database.write() as w:
            for statement in statements:
                await w.run(sa.text(statement))
    return failed.value.obstacle


async def test_what_passes_has_the_same_error_and_says_why(database: Database) -> None:
    """Read-only, cancelled, locked by another: the server answers, and nothing is wrong with what was asked."""
    renamed = "UPDATE seller SET name = name"
    assert await obstacle(database, "SET TRANSACTION READ ONLY", renamed) is Obstacle.READ_ONLY
    cancelled = "SET LOCAL statement_timeout = 10", "SELECT pg_sleep(5)"
    assert await obstacle(database, *cancelled) is Obstacle.BUSY
    async with database.write() as w:
        await w.run(sa.text("LOCK TABLE seller, commands"))
        assert await obstacle(database, "SET LOCAL lock_timeout = 10", renamed) is Obstacle.BUSY
        with pytest.raises(DatabaseUnavailableError, match="waited too long for a lock"):
            await WriteProbe(database).ask()
    await WriteProbe(database).ask()
    for state, expected in (
        ("53100", Obstacle.FULL),
        ("53200", Obstacle.SHORT),
        ("53300", Obstacle.CROWDED),
        ("57P01", Obstacle.UNREACHABLE),
        ("40P01", Obstacle.BUSY),
    ):
        raised = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
        assert await obstacle(database, raised) is expected


async def test_the_write_probe_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row, no page, no temporary file; and twenty who ask at once are one question."""
    seen = sa.text("""
        SELECT (SELECT count(*) FROM commands), pg_relation_size('commands'), (SELECT count(*) FROM pg_class),
            (SELECT count(*) FROM pg_ls_tmpdir())
    """)
    asked, write = [], database.write

    def counted() -> AbstractAsyncContextManager[Writing]:
        asked.append(True)
        return write()

    monkeypatch.setattr(database, "write", counted)
    probe = WriteProbe(database)
    async with database.read() as r:
        before = await r.row(seen)
        await asyncio.gather(*(probe.ask() for _ in range(20)))
        assert await r.row(seen) == before
    assert len(asked) == 1


async def test_the_write_probe_needs_the_right_to_write(postgres: Postgres, template: str) -> None:
    """Who may only read is told so, by the server's own words."""
    url = as_product(await postgres.create_database("no_rights", template=template))
    await make_role(postgres.url())
    database = Database.connect(url)
    with pytest.raises(asyncpg.PostgresError, match="permission denied"):
        await WriteProbe(database).ask()
    await database.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk of its own")
async def test_the_write_probe_sees_a_full_disk(postgres: Postgres, template: str, small_disk: Path) -> None:
    """Though every table has room within its files; and sees it empty again."""
    administrator = await asyncpg.connect(postgres.url())
    await administrator.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    await administrator.execute(f'CREATE DATABASE small TEMPLATE "{template}" TABLESPACE small')
    database = Database.connect(postgres.url("small"))
    try:
        await WriteProbe(database).ask()
        ballast = small_disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
        with pytest.raises(DatabaseUnavailableError, match="no room left on its disk"):
            await WriteProbe(database).ask()
        ballast.unlink()
        await WriteProbe(database).ask()
    finally:
        await database.close()
        await administrator.execute("DROP DATABASE small WITH (FORCE)")
        await administrator.execute("DROP TABLESPACE small")
        await administrator.close()


@pytest.fixture
def small_disk(postgres: Postgres) -> Iterator[Path]:
    """A disk of 24 MB that belongs to the server's user."""
    assert postgres.process is not None
    owner = psutil.Process(postgres.process.pid).uids().effective
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to the server
        disk = Path(folder)
        mount = ["mount", "-t", "tmpfs", "-o", f"size=24m,uid={owner},mode=700", "tmpfs", folder]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("this machine lets nobody mount a disk")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607 - our own words
