"""`firm-offer restore` on real servers: a life goes on from a file alone, or nothing is touched."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from temporalio.client import WorkflowExecutionStatus

from adapters.db import migrate
from adapters.db.contents import contents
from adapters.db.database import Database
from adapters.db.inbox.store import find_command
from adapters.db.migrations import head
from adapters.db.quotes.repository import PgQuotes
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import LinkTokens
from api.dispatch.runs import QuoteRuns
from cli.backup import programs
from cli.backup.dump import Dump, read_dump
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.conftest import SECRET
from tests.api.customer.shop import Shop
from tests.integration.backup.shell import NOWHERE, Env, Life, change, is_empty, told, workflow_of
from tests.roles import PRODUCT, as_product, make_role
from tests.shell import firm_offer, refused
from worker import running_worker


async def test_a_life_goes_on_from_the_file_alone(
    env: Env, life: Life, source: Database, dump: Path, mail_server: MailServer
) -> None:
    """Open quotes have their timers, mails go out once, commands are decided, no number is given twice; all that by a
    worker of the role that got its rights.
    """
    before = len(await mail_server.messages())
    await make_role(env["DATABASE_URL"])
    restored = await firm_offer("restore", dump, "--grant-to", PRODUCT, env=env)
    assert restored.exit_code == 0, restored.output
    assert f"{len(life.waiting)} quote(s) got a run" in restored.stdout
    assert restored.stdout.endswith("everything matches.\n")
    settings, database = Settings.model_validate(env), Database.connect(env["DATABASE_URL"], pool_size=5)
    waiting = {
        id_ for (id_,) in await told(database, "SELECT message_id FROM messages WHERE status <> 'sent'")
    }
    assert len(waiting) >= 2
    at_work = Database.connect(as_product(env["DATABASE_URL"]))
    async with running_worker(await connect(settings, lazy=False), settings, at_work):
        async with asyncio.timeout(60):
            while await told(database, "SELECT id FROM commands WHERE outcome IS NULL"):  # noqa: ASYNC110 - a worker's doing
                await asyncio.sleep(0.1)
            while await told(database, "SELECT id FROM messages WHERE status <> 'sent'"):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
        async with database.read() as r:
            for command in (life.cancel, life.create):
                found = await find_command(r, command.envelope.command_id)
                assert found is not None
                assert (found.status, found.detail) == ("applied", None)
        shop = Shop(database, LinkTokens(SECRET))
        assert (await shop.quote(life.wanted)).status is QuoteStatus.CANCELLED
        assert (await shop.quote(life.create.quote_id)).status is QuoteStatus.DRAFT
        live = await QuoteRuns(await connect(settings), task_queue=settings.task_queue).snapshot(
            await workflow_of(database, life.draft), limit=20
        )
        assert live is not None
        assert live.quote == await shop.quote(life.draft)
        ended = await firm_offer("fast-forward", (await shop.quote(life.open)).number, "31d", env=env)
        assert ended.exit_code == 0, ended.output
    quote = await shop.quote(life.open)
    async with database.read() as r:
        expired = [
            each.event for each in await PgQuotes(r).events(life.open) if each.event.type is EventType.EXPIRED
        ]
    assert [event.at for event in expired] == [quote.valid_until]
    caught = [mail["message_id"] for mail in (await mail_server.messages())[before:]]
    assert {id_: caught.count(id_) for id_ in waiting} == dict.fromkeys(waiting, 1)
    last = int(life.create.number.rpartition("-")[2])
    shop.customer_id = quote.customer_id
    fresh = await shop.quote(await shop.new_quote())
    assert int(fresh.number.rpartition("-")[2]) == last + 1 + 1000 + 1
    assert f"the number {last + 1002:05}" in restored.stdout
    verified = await firm_offer("verify", env=env)
    assert verified.exit_code == 0, verified.output
    await at_work.close()
    await database.close()


async def test_a_database_that_cannot_be_used(empty: str, env: Env, dump: Path, tmp_path: Path) -> None:
    """Away, or without a record: for both commands, without the password."""
    for words in (("backup", tmp_path / "a.dump"), ("restore", dump)):
        told = refused(await firm_offer(*words, env=env | {"DATABASE_URL": NOWHERE}))
        assert "DATABASE_URL cannot be used" in told
        assert "s3cret" not in told
    assert "no record" in refused(
        await firm_offer("backup", tmp_path / "a.dump", env={"DATABASE_URL": empty})
    )


async def test_nothing_is_restored_over_anything(
    env: Env, source: Database, dump: Path, postgres: Postgres
) -> None:
    """A record, or what is none of ours: what is there is said, and stays."""
    before = await told(source, "SELECT count(*), max(last_hash) FROM quotes")
    full = refused(await firm_offer("restore", dump, env=env | {"DATABASE_URL": source.url}))
    assert "a record with 4 quote(s) and 1 customer(s)" in full
    assert await told(source, "SELECT count(*), max(last_hash) FROM quotes") == before
    other = Database.connect(env["DATABASE_URL"], pool_size=1)
    async with other.write() as w:
        await w.run(sa.text("CREATE TABLE mine (a integer)"))
    await other.close()
    assert "something else (mine)" in refused(await firm_offer("restore", dump, env=env))


async def test_what_came_while_the_dump_was_read_is_kept(
    env: Env, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a large dump takes time, in which somebody else may begin to use the database."""

    def slowly(*told: Any) -> Dump:
        migrate.upgrade(env["DATABASE_URL"])
        return read_dump(*told)

    monkeypatch.setattr("cli.backup.restore.read_dump", slowly)
    assert "is not empty" in refused(await firm_offer("restore", dump, env=env))
    assert not await is_empty(env["DATABASE_URL"])


async def test_nothing_is_restored_under_a_product_at_work(env: Env, dump: Path) -> None:
    """An API that takes commands meanwhile would give a number of before."""
    at_work = Database.connect(env["DATABASE_URL"], pool_size=1)
    async with at_work.read() as r:
        await contents(r)
        assert "connected to the database" in refused(await firm_offer("restore", dump, env=env))
    await at_work.close()
    assert await is_empty(env["DATABASE_URL"])


def rewrite(file: Path, spoil: Callable[[bytes], bytes]) -> None:
    """The file after an accident."""
    file.write_bytes(spoil(file.read_bytes()))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data[:-1], "is damaged or cut off"),
        (lambda data: data[: len(data) // 2], "is damaged or cut off"),
        (lambda data: data[:200], "is damaged or cut off"),
        (
            lambda data: data[:-300] + bytes(b ^ 1 for b in data[-300:-200]) + data[-200:],
            "is damaged or cut off",
        ),
        (lambda _: b"-- PostgreSQL database dump\n", "is not a backup"),
        (lambda _: b"", "is not a backup"),
    ],
)
async def test_a_file_that_is_no_whole_dump(
    env: Env, dump: Path, spoil: Callable[[bytes], bytes], words: str
) -> None:
    """Found before anything is written."""
    rewrite(dump, spoil)
    assert words in refused(await firm_offer("restore", dump, env=env))
    assert await is_empty(env["DATABASE_URL"])


async def test_a_dump_that_came_through_a_pipe(
    env: Env, life: Life, source: Database, tmp_path: Path
) -> None:
    """As docker compose hands it over: without the places of its parts. Cut off it is refused as well."""
    pg_dump, to, file = (
        programs.programs("pg_dump", 18)[0],
        programs.address(source.url),
        tmp_path / "piped.dump",
    )
    command = f'"{pg_dump}" --format custom --dbname "{to.url}" | cat > "{file}"'
    piping = await asyncio.create_subprocess_shell(command, env={**os.environ, **to.env})
    assert await piping.wait() == 0
    whole = file.read_bytes()
    rewrite(file, lambda data: data[:-1])
    assert "is damaged or cut off" in refused(await firm_offer("restore", file, env=env))
    rewrite(file, lambda _: whole)
    ended = await firm_offer("restore", file, env=env)
    assert ended.exit_code == 0, ended.output
    assert "4 quote(s)" in ended.stdout


async def test_a_file_that_is_not_there(env: Env, tmp_path: Path) -> None:
    assert "No such file" in refused(await firm_offer("restore", tmp_path / "gone.dump", env=env))
    assert "cannot be read" in refused(await firm_offer("restore", tmp_path, env=env))


async def test_a_dump_of_a_newer_version_is_refused(env: Env, odd: Database, tmp_path: Path) -> None:
    """With its revision and ours, before anything is written."""
    await asyncio.to_thread(migrate.upgrade, odd.url)
    await change(odd, "UPDATE alembic_version SET version_num = '9999'")
    file = tmp_path / "newer.dump"
    assert (await firm_offer("backup", file, env={"DATABASE_URL": odd.url})).exit_code == 0
    told = refused(await firm_offer("restore", file, env=env))
    assert "revision 9999" in told
    assert f"none after {head()}" in told
    assert await is_empty(env["DATABASE_URL"])


async def test_a_dump_of_an_older_version_is_migrated(env: Env, odd: Database, tmp_path: Path) -> None:
    """Its tables are brought to this version's, its rows stay; with `--record-only` nothing else is needed."""
    await asyncio.to_thread(migrate.upgrade, odd.url, "0009")
    shop = "INSERT INTO customers (id, name, email, customer_tier, contacts) VALUES (gen_random_uuid(), 'A', 'a@b.example', 'standard', '[]')"
    await change(odd, shop)
    file = tmp_path / "older.dump"
    assert (await firm_offer("backup", file, env={"DATABASE_URL": odd.url})).exit_code == 0
    ended = await firm_offer(
        "restore", file, "--record-only", "--numbers-ahead", 7, env={"DATABASE_URL": env["DATABASE_URL"]}
    )
    assert ended.exit_code == 0, ended.output
    assert f"from revision 0009 to {head()}" in ended.stdout
    restored = Database.connect(env["DATABASE_URL"], pool_size=1)
    assert await told(restored, "SELECT name, version_num FROM customers, alembic_version") == [("A", head())]
    assert await told(restored, "SELECT nextval('quote_numbers')") == [(9,)]
    await restored.close()


async def test_what_cannot_be_migrated_is_undone(env: Env, odd: Database, tmp_path: Path) -> None:
    """Tables that are not what their revision says: the database is empty again, and one sentence says so."""
    await asyncio.to_thread(migrate.upgrade, odd.url)
    await change(odd, "UPDATE alembic_version SET version_num = '0008'")
    file = tmp_path / "wrong.dump"
    assert (await firm_offer("backup", file, env={"DATABASE_URL": odd.url})).exit_code == 0
    assert "The database is empty again." in refused(await firm_offer("restore", file, env=env))
    assert await is_empty(env["DATABASE_URL"])


async def test_a_dump_of_another_database(env: Env, odd: Database, tmp_path: Path) -> None:
    """A record is not the only thing that people dump."""
    async with odd.write() as w:
        await w.run(sa.text("CREATE TABLE mine (a integer)"))
    pg_dump, file = programs.programs("pg_dump", 18)[0], tmp_path / "other.dump"
    to = programs.address(odd.url)
    assert not (await programs.called(pg_dump, "--format=custom", f"--file={file}", to=to)).problem
    assert "not a record of Firm Offer" in refused(await firm_offer("restore", file, env=env))
    assert await is_empty(env["DATABASE_URL"])


async def test_another_secret_is_noticed(env: Env, dump: Path) -> None:
    """Links made by it lead nowhere: refused before anything is written, unless one says that it is lost."""
    other = env | {"FIRM_OFFER_SECRET": "x" * 40}
    assert "FIRM_OFFER_SECRET is not the one" in refused(await firm_offer("restore", dump, env=other))
    assert await is_empty(env["DATABASE_URL"])
    assert (await firm_offer("restore", dump, "--new-secret", env=other)).exit_code == 0


async def test_without_temporal_the_record_is_there(
    env: Env, life: Life, source: Database, dump: Path
) -> None:
    """And what is left to do is said; once it is done, everything that waits has a run."""
    away = await firm_offer("restore", dump, env=env | {"TEMPORAL_ADDRESS": "127.0.0.1:1"})
    assert away.exit_code == 1
    assert "TEMPORAL_ADDRESS" in away.stderr
    assert "firm-offer doctor --repair" in away.stderr
    assert away.stdout.endswith("everything matches.\n")
    await firm_offer("temporal-setup", env=env)
    database = Database.connect(env["DATABASE_URL"], pool_size=1)
    for table, column in (("messages", "created_at"), ("commands", "stored_at")):
        await change(database, f"UPDATE {table} SET {column} = {column} - interval '2 minutes'")  # noqa: S608 - names
    await database.close()
    repaired = await firm_offer("doctor", "--repair", env=env)
    assert repaired.stdout.count("repaired Q-") == len(life.waiting)
    client = await connect(Settings.model_validate(env))
    for quote in life.waiting:
        found = await client.get_workflow_handle(await workflow_of(source, quote)).describe()
        assert found.status is WorkflowExecutionStatus.RUNNING


async def test_runs_of_before_make_way(
    env: Env, life: Life, source: Database, dump: Path, postgres: Postgres
) -> None:
    """A Temporal that knows more than the record: its runs are replaced, and people are told."""
    assert (await firm_offer("restore", dump, env=env)).exit_code == 0
    client = await connect(Settings.model_validate(env))
    run = await workflow_of(source, life.open)
    before = await client.get_workflow_handle(run).describe()
    async with asyncio.timeout(30):
        while (await client.count_workflows("ExecutionStatus = 'Running'")).count < len(life.waiting):  # noqa: ASYNC110 - the server's list is behind
            await asyncio.sleep(0.1)
    again = env | {"DATABASE_URL": await postgres.create_database(f"again_{uuid4().hex}")}
    told = refused(await firm_offer("restore", dump, env=again))
    assert f"Temporal has {len(life.waiting)} open run(s) of quotes in the namespace" in told
    assert "--replace-runs" in told
    assert await is_empty(again["DATABASE_URL"])
    assert (await client.get_workflow_handle(run).describe()).run_id == before.run_id
    ended = await firm_offer("restore", dump, "--replace-runs", env=again)
    assert ended.exit_code == 0, ended.output
    assert (
        f"{len(life.waiting)} open run(s) of quotes from before; {len(life.waiting)} were replaced"
        in ended.stderr
    )
    after = await client.get_workflow_handle(run).describe()
    assert (after.status, after.run_id == before.run_id) == (WorkflowExecutionStatus.RUNNING, False)
    old = await client.get_workflow_handle(run, run_id=before.run_id).describe()
    assert old.status is WorkflowExecutionStatus.TERMINATED
