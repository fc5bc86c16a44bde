"""The local servers keep what they promise: ready when they say so, and the data outlives their death."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import asyncpg
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.integration.sleeper import Sleeper
from workflows.contract import QUOTE_NUMBER, QUOTE_TOTAL, SEARCH_ATTRIBUTES, VALID_UNTIL

QUEUE = "sleepers"


@pytest.fixture
def server(tmp_path: Path) -> Temporal:
    """A server of a test's own, by the program that is found on this machine."""
    return Temporal(tmp_path / "temporal")


async def start_sleeper(client: Client, name: str) -> WorkflowHandle[Sleeper, str]:
    attributes = TypedSearchAttributes(
        [
            SearchAttributePair(QUOTE_NUMBER, name),
            SearchAttributePair(VALID_UNTIL, datetime(2030, 1, 1, tzinfo=UTC)),
            SearchAttributePair(QUOTE_TOTAL, 12.5),
        ]
    )
    return await client.start_workflow(Sleeper.run, id=name, task_queue=QUEUE, search_attributes=attributes)


async def test_temporal_takes_our_search_attributes_and_skips_time(server: Temporal) -> None:
    async with server:
        client = await Client.connect(server.address)
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="default")
        )
        assert set(SEARCH_ATTRIBUTES) <= set(listed.custom_attributes)
        handle = await start_sleeper(client, "Q-1")
        async with Worker(client, task_queue=QUEUE, workflows=[Sleeper]):
            async with asyncio.timeout(60):
                await TimeSkipper(client).fast_forward(handle, timedelta(days=31))
                assert await handle.result() == "30 days"


async def test_temporal_keeps_its_workflows_over_a_kill(server: Temporal) -> None:
    async with server:
        client = await Client.connect(server.address)
        await start_sleeper(client, "Q-2")
        server.kill()
        assert server.process is not None
        assert not server.process.running
        await server.start()
        description = await client.get_workflow_handle("Q-2").describe()
        assert description.typed_search_attributes[QUOTE_TOTAL] == 12.5
        assert [run.id async for run in client.list_workflows("QuoteNumber = 'Q-2'")] == ["Q-2"]


async def test_a_frozen_temporal_does_not_answer_until_it_is_thawed(server: Temporal) -> None:
    async with server:
        client = await Client.connect(server.address)
        server.freeze()
        with pytest.raises((TimeoutError, RPCError)):
            async with asyncio.timeout(1):
                await client.count_workflows()
        server.thaw()
        assert (await client.count_workflows()).count == 0


async def test_postgres_keeps_what_was_committed_over_a_kill(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres")
    async with server:
        first = await asyncpg.connect(server.url())
        await first.execute("CREATE TABLE kept AS SELECT 'Ünicode' AS word")
        server.kill()
        first.terminate()
        assert await server.start() == server.url()
        second = await asyncpg.connect(server.url())
        assert await second.fetchval("SELECT word FROM kept") == "Ünicode"
        assert await second.fetchval("SHOW timezone") == "UTC"
        await second.close()
    assert server.process is not None
    assert not server.process.running


async def test_postgres_copies_a_database_for_a_test(postgres: Postgres) -> None:
    template = await postgres.create_database("a_template")
    connection = await asyncpg.connect(template)
    await connection.execute("CREATE TABLE seeded (n int)")
    await connection.close()
    copy = await asyncpg.connect(await postgres.create_database("a_copy", template="a_template"))
    assert await copy.fetchval("SELECT count(*) FROM seeded") == 0
    await copy.close()


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@x.example", "buyer@y.example", subject
    message.set_content("Hello")
    return message


async def test_mail_arrives_and_outlives_the_server(tmp_path: Path) -> None:
    async with MailServer(tmp_path / "mail") as server:
        await aiosmtplib.send(letter("first"), hostname="127.0.0.1", port=server.smtp_port)
        server.kill()
        with pytest.raises(OSError, match=str(server.http_port)):
            await server.messages()
        await server.start()
        await aiosmtplib.send(letter("second"), hostname="127.0.0.1", port=server.smtp_port)
        caught = await server.messages()
    assert [mail["subject"] for mail in caught] == ["first", "second"]
    assert caught[0]["recipients"] == ["buyer@y.example"]


async def test_the_shared_servers_are_there_for_other_tests(
    postgres_url: str, temporal_address: str, mail_server: MailServer
) -> None:
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    assert (await (await Client.connect(temporal_address)).count_workflows()).count >= 0
    assert isinstance(await mail_server.messages(), list)
