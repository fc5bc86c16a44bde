"""Whoever keeps the shop's webhooks hears by email of one that does not work, once, through the whole product."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from standardwebhooks import Webhook
from temporalio.testing import TimeSkipper

from adapters.db.database import Database
from adapters.db.record.webhooks import change_endpoint
from adapters.settings import Settings
from adapters.tokens import WebhookSecrets
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.people.roles import Role
from domain.proof.feed_event import SEALED_OTHERWISE
from tests import waiting
from tests.api.caller import Caller
from tests.api.conftest import api_key, calling, prepared_database, settings_for, working
from tests.api.desk.people import let_in
from tests.unit.webhooks.receiver import OK, Received, receiving, saying
from workflows.contract import webhook_run_id

ADMINS = ("hooks-ada@trouble.example", "hooks-bea@trouble.example")
eventually = partial(waiting.eventually, seconds=150)


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    """Of a record of its own: another app on the same one would start its workflows on a queue of another worker."""
    return await prepared_database(postgres, "webhook_trouble")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    made = settings_for(database_url, temporal.address, mail_server.smtp_url, queue="webhook-trouble")
    return made.model_copy(update={"webhook_allow": "127.0.0.0/8"})


@pytest_asyncio.fixture(scope="module")
async def shop(settings: Settings, database_url: str) -> AsyncIterator[FastAPI]:
    """The product, with two admins at the desk and one who is none."""
    database = Database.connect(database_url)
    for address, role in (
        *((admin, Role.ADMIN) for admin in ADMINS),
        ("hooks-cora@trouble.example", Role.SALES),
    ):
        await let_in(database, address, role)
    await database.close()
    async with working(settings) as app:
        yield app


@pytest_asyncio.fixture
async def admin(shop: FastAPI, database_url: str) -> AsyncIterator[Caller]:
    async with calling(shop, await api_key(database_url, "quote", "admin")) as caller:
        yield caller


async def mails(server: MailServer, hook: dict[str, Any]) -> list[dict[str, Any]]:
    """About this webhook, in the order of their readers."""
    found = await server.messages(to="trouble.example")
    return sorted((mail for mail in found if hook["id"] in mail["text"]), key=lambda mail: str(mail["to"]))


async def test_admins_hear_of_a_webhook_that_is_disabled_and_of_events_that_are_given_up(
    admin: Caller, shop: FastAPI, settings: Settings, mail_server: MailServer
) -> None:
    """Each once, with the page of the webhook; the workflow of a disabled one ends when they were told. What is given up after 75
    hours is told once for two quotes, and again after it was told again in vain.
    """
    answer = b"HTTP/1.1 410 Gone\r\n\r\n"

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with receiving(respond) as receiver:
        hook = (await admin.post("/webhooks", {"url": receiver.url, "types": ["quote.created"]})).json()
        path = f"/webhooks/{hook['id']}"
        client = shop.state.services.runs.client
        handle = client.get_workflow_handle(webhook_run_id(hook["id"]))
        await admin.draft()
        await eventually(lambda: receiver.received, "the first attempt")
        await asyncio.wait_for(handle.result(), 150)
        told = await mails(mail_server, hook)
        assert [mail["to"] for mail in told] == [*ADMINS]
        for mail in told:
            assert mail["subject"] == "The webhook to 127.0.0.1 is disabled"
            assert f"{settings.public_url}/desk/settings{path}" in mail["text"]
            assert "the receiver answered 410 (gone)" in mail["text"]

        answer = b"HTTP/1.1 500 No\r\n\r\n"
        await admin.patch(path, {"enabled": True})
        await admin.draft()

        async def has_given_up(count: int) -> bool:
            with_pause = TimeSkipper(client).fast_forward(handle, timedelta(hours=38))
            await asyncio.wait_for(with_pause, 150)
            return bool((await admin.get(path)).json()["parked"] == count)

        async def reads(count: int) -> bool:
            return len(await mails(mail_server, hook)) == count

        await eventually(lambda: has_given_up(2), "both events are given up")
        await eventually(lambda: reads(4), "the admins hear of it")
        subjects = [mail["subject"] for mail in await mails(mail_server, hook)]
        assert subjects.count("The webhook to 127.0.0.1 has given up an event") == 2
        span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
        assert (await admin.post(f"{path}/replay", span)).json() == {"replayed": 2}
        await eventually(lambda: has_given_up(2), "both events are given up again")
        await eventually(lambda: reads(6), "the admins hear of that too")
        assert len({mail["message_id"] for mail in await mails(mail_server, hook)}) == 6
        answer = OK
        await admin.post(f"{path}/replay", span)
        await eventually(lambda: _is_settled(admin, path), "the receiver is well again")
        assert await reads(6)
        await admin.delete(path)


async def test_a_new_secret_brings_back_what_could_not_be_signed_for(
    admin: Caller, database_url: str
) -> None:
    """After the installation has got another FIRM_OFFER_SECRET: one rotation, and what waited is told. Who stopped an endpoint
    otherwise enables it.
    """
    async with receiving(saying(OK)) as receiver:
        hook = (await admin.post("/webhooks", {"url": receiver.url, "types": ["quote.annulled"]})).json()
        path = f"/webhooks/{hook['id']}"
        database = Database.connect(database_url)
        async with database.write() as w:
            sealed = WebhookSecrets("another installation's secret").seal(hook["secret"], hook["id"])
            await change_endpoint(w, hook["id"], {"secret": sealed})
        await database.close()
        await admin.post(f"{path}/test")

        async def is_disabled() -> bool:
            return bool((await admin.get(path)).json()["disabled_reason"] == SEALED_OTHERWISE)

        await eventually(is_disabled, "nothing can be signed")
        fresh = (await admin.post(f"{path}/rotate-secret")).json()
        assert (fresh["enabled"], fresh["disabled_reason"]) == (True, None)
        await eventually(lambda: _is_settled(admin, path), "what waited is told")
        [got] = receiver.received
        assert Webhook(fresh["secret"]).verify(got.body, got.headers)["type"] == "webhook.test"
        await admin.patch(path, {"enabled": False})
        assert not (await admin.post(f"{path}/rotate-secret")).json()["enabled"]
        await admin.delete(path)


async def _is_settled(admin: Caller, path: str) -> bool:
    shown = (await admin.get(path)).json()
    return (shown["parked"], shown["waiting"]) == (0, 0)
