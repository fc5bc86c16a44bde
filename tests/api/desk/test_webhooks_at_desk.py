"""The admins' pages about webhooks: made, tried, told again, and ended by the API's own steps."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from standardwebhooks import Webhook

from adapters.db.database import Database
from adapters.settings import Settings
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.people.roles import Role
from tests.api.conftest import api_key, calling, prepared_database, settings_for, working
from tests.api.desk.forms import hidden, words
from tests.api.desk.people import at_desk, let_in, session_token
from tests.unit.webhooks.receiver import OK, receiving, saying
from tests.waiting import eventually

HOOKS = "/desk/settings/webhooks"


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    """Of a record of its own: another app on the same one would start its workflows on a queue of another worker."""
    return await prepared_database(postgres, "desk_webhooks")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(database_url, temporal.address, mail_server.smtp_url)


@pytest_asyncio.fixture(scope="module")
async def key(database_url: str) -> str:
    return await api_key(database_url, "quote")


@pytest_asyncio.fixture(scope="module")
async def shop(settings: Settings) -> AsyncIterator[FastAPI]:
    """The product with a queue of its own, where this machine may be sent to."""
    own = settings.model_copy(update={"webhook_allow": "127.0.0.0/8", "task_queue": "desk-webhook-tests"})
    async with working(own) as app:
        yield app


@pytest_asyncio.fixture
async def admin(shop: FastAPI, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    database = Database.connect(database_url)
    user = await let_in(database, "hooks@tooling.example.com", Role.ADMIN)
    assert user is not None
    token = await session_token(database, user)
    await database.close()
    async with at_desk(shop, token) as desk:
        yield desk


async def pressed(desk: httpx.AsyncClient, path: str, does: str, **fields: str) -> str:
    """What the page says after that button."""
    answer = await desk.post(path, data={"do": does, **fields})
    assert answer.status_code == httpx.codes.SEE_OTHER, words(answer.text)
    return words((await desk.get(answer.headers["location"])).text)


async def test_a_webhooks_life(shop: FastAPI, admin: httpx.AsyncClient, key: str) -> None:
    """Made once with a secret that signs; tried; an event is told, and told again; another secret; stopped; deleted."""
    async with receiving(saying(OK)) as receiver, calling(shop, key) as caller:
        typed = {**hidden((await admin.get(HOOKS)).text), "url": receiver.url, "description": "<b>ERP</b>"}
        typed |= {"types": "quote.created", "snapshot": "yes"}
        made = await admin.post(HOOKS, data=typed)
        assert made.status_code == 200, words(made.text)
        assert made.headers["cache-control"] == "no-store"
        assert "&lt;b&gt;ERP" in made.text
        secret, path = (
            found(r">(whsec_[^<]+)<", made.text),
            found(rf'href="({HOOKS}/[0-9a-f-]{{36}})"', made.text),
        )
        again = await admin.post(HOOKS, data=typed)
        assert (again.status_code, "whsec_" in again.text) == (422, False)
        assert again.text.count(f'href="{path}"') == 1
        assert "A test event is on its way" in await pressed(admin, path, "test")
        await eventually(lambda: len(receiver.received) >= 1, "the test")
        assert Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
        quote = await caller.draft()
        event_id = f"{quote['id']}-1"
        await eventually(lambda: event_id in told(receiver.received), "the quote")

        async def is_in_the_log() -> bool:
            return f'value="{event_id}"' in (await admin.get(f"{path}?status=delivered")).text

        await eventually(is_in_the_log, "the log has it")
        assert f"quote.created {quote['number']}" in words((await admin.get(path)).text)
        assert "told again" in await pressed(admin, path, "replay", event_id=event_id)
        await eventually(lambda: told(receiver.received).count(event_id) == 2, "told again")
        fresh = await admin.post(path, data={"do": "rotate", "secret_edition": ""})
        assert found(r">(whsec_[^<]+)<", fresh.text) != secret
        late = await admin.post(path, data={"do": "rotate", "secret_edition": ""})
        assert (late.status_code, "whsec_" in late.text) == (409, False)
        assert "whsec_" not in (await admin.get(path)).text
        assert "Nothing is sent there" in await pressed(admin, path, "disable")
        assert "disabled" in words((await admin.get(HOOKS)).text)
        assert "told again" in await pressed(admin, path, "enable")
        assert "deleted" in await pressed(admin, path, "delete")
        assert (await admin.get(path)).status_code == 404
        assert (await admin.post(path, data={"do": "delete"})).status_code == 404


async def test_today_tells_an_admin_of_a_webhook_that_was_disabled(
    admin: httpx.AsyncClient, shop: FastAPI, database_url: str
) -> None:
    """Until somebody settles it; others are not told what they cannot open."""
    async with receiving(saying(b"HTTP/1.1 410 Gone\r\n\r\n")) as receiver:
        typed = {**hidden((await admin.get(HOOKS)).text), "url": receiver.url, "description": "<b>ERP</b>"}
        made = await admin.post(HOOKS, data=typed)
        path = found(rf'href="({HOOKS}/[0-9a-f-]{{36}})"', made.text)
        assert path not in (await admin.get("/desk")).text
        await pressed(admin, path, "test")

        async def is_told() -> bool:
            return "Disabled: the receiver answered 410 (gone)" in (await admin.get("/desk")).text

        await eventually(is_told, "Today tells it")
        today = (await admin.get("/desk")).text
        assert f'<a href="{path}">&lt;b&gt;ERP' in today
        assert "Nothing needs you" not in today
        assert path not in (await admin.get("/desk?whose=mine")).text
        assert "when enabled" in (await admin.get(path)).text
        database = Database.connect(database_url)
        user = await let_in(database, "hooks.manager@tooling.example.com", Role.MANAGER)
        assert user is not None
        async with at_desk(shop, await session_token(database, user)) as manager:
            assert path not in (await manager.get("/desk")).text
        await database.close()
        await pressed(admin, path, "delete")
        assert path not in (await admin.get("/desk")).text


async def test_two_admins_change_one(admin: httpx.AsyncClient) -> None:
    """The second is told, keeps what was typed, and counts when saved again."""
    made = await admin.post(HOOKS, data={"url": "https://erp.example.com/a", "snapshot": "yes"})
    path = found(rf'href="({HOOKS}/[0-9a-f-]{{36}})"', made.text)
    edition = hidden((await admin.get(path)).text)["edition"]
    first = {"do": "save", "edition": edition, "url": "https://erp.example.com/b", "description": "Mine"}
    assert (await admin.post(path, data=first)).status_code == 303
    second = {**first, "url": "https://erp.example.com/c"}
    late = await admin.post(path, data=second)
    assert late.status_code == 409
    assert 'value="https://erp.example.com/c"' in late.text
    assert "https://erp.example.com/b" in late.text
    again = await admin.post(path, data={**second, "edition": hidden(late.text)["edition"]})
    assert again.status_code == 303
    assert "https://erp.example.com/c" in (await admin.get(path)).text
    await pressed(admin, path, "delete")


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, words(page)[:2000]
    return match[1]


def told(received: list) -> list[str]:  # type: ignore[type-arg]
    return [each.headers["webhook-id"] for each in received]
