"""The product's own address over HTTP: what it tells in the local run, what it keeps to itself everywhere else,
and that it comes whatever is away.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.tokens import LinkTokens
from api.app import create_app
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.conftest import SECRET, prepared_database, running, settings_for
from tests.api.customer.shop import Shop

INBOX, WEB_UI = "http://127.0.0.1:9/inbox", "http://127.0.0.1:9/web-ui"
PATIENCE = 20
"""Seconds: far more than the page may take, far less than a hanging server would."""


@pytest_asyncio.fixture(scope="module")
async def front_settings(postgres: Postgres, temporal: Temporal, mail_server: MailServer) -> Settings:
    """Of the local run, with a database of this file's own."""
    url = await prepared_database(postgres, "front")
    settings = settings_for(url, temporal.address, mail_server.smtp_url, queue="front")
    local = {"environment": "local", "mail_url": INBOX, "temporal_ui_url": WEB_UI}
    return settings.model_copy(update=local)


@pytest_asyncio.fixture(scope="module")
async def shop(front_settings: Settings) -> AsyncIterator[Shop]:
    """A shop on that database."""
    database = Database.connect(front_settings.database_url.get_secret_value())
    opened = Shop(database, LinkTokens(SECRET))
    await opened.open()
    yield opened
    await database.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before the app with these settings."""
    async with running(create_app(settings=settings)) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
            yield http


def offered(page: str) -> list[str]:
    """The customers' links on the page."""
    return re.findall(r'href="(/q/[A-Za-z0-9_-]{43})"', page)


def badges(page: str) -> dict[str, str]:
    """How each part is."""
    return dict(re.findall(r'<dt>(\w+) <span class="badge">(\w+)</span>', page))


async def test_in_the_local_run_everything_is_a_click_away(front_settings: Settings, shop: Shop) -> None:
    """Inbox, Web UI, reference, and the page of an offer that is open now, until nobody can answer it any more."""
    async with opened(front_settings) as browser:
        before = (await browser.get("/")).text
        assert offered(before) == []
        assert "No quote is on offer" in before
        await shop.new_quote()  # a draft is nobody's to see
        quote_id, later = await shop.sent_quote(), await shop.sent_quote()
        answer = await browser.get("/")
        assert answer.status_code == 200
        assert offered(answer.text) == await shop.paths(quote_id)
        assert (await shop.quote(quote_id)).number in answer.text
        for address in (INBOX, WEB_UI, "/docs", "/api/v1/openapi.json"):
            assert f'href="{address}"' in answer.text
        customer = await browser.get(offered(answer.text)[0])
        assert (customer.status_code, "Accept this quote" in customer.text) == (200, True)
        await shop.act(quote_id, "cancel")
        assert offered((await browser.get("/")).text) == await shop.paths(later)
        await shop.close_links(later)
        assert offered((await browser.get("/")).text) == []


async def test_the_offer_shown_is_the_version_that_is_with_the_customer(
    front_settings: Settings, shop: Shop
) -> None:
    """Neither an older version's link, which leads on, nor one that was sent before it was sent again."""
    quote_id = await shop.sent_quote()
    await shop.revise(quote_id)
    async with opened(front_settings) as browser:
        assert offered((await browser.get("/")).text) == await shop.paths(quote_id)
        await shop.act(quote_id, "send", recipients=["j.harker@harker-hydraulics.example"])
        assert offered((await browser.get("/")).text) == (await shop.paths(quote_id))[-1:]
    await shop.act(quote_id, "cancel")


async def test_no_secret_is_told(front_settings: Settings) -> None:
    """Addresses without users, passwords and options; no key; nothing that makes links."""
    hidden = {"database_url": "postgresql://who:hush1@db.test:5433/firm?password=hush2"}
    hidden |= {"smtp_url": "smtp://who:hush3@smtp.test:2525", "secret": "hush4" * 8}
    settings = front_settings.model_copy(update={name: SecretStr(value) for name, value in hidden.items()})
    async with opened(settings) as browser:
        page = (await browser.get("/")).text
    assert "db.test:5433/firm<" in page
    assert "smtp.test:2525<" in page
    assert not re.search(r"hush|who:|postgresql://", page)


@pytest.mark.parametrize("environment", ["live", "test"])
async def test_elsewhere_nothing_of_the_local_run_is_told(
    front_settings: Settings, shop: Shop, environment: str
) -> None:
    """A stranger at the address of an installation learns no server's address and finds no customer's link."""
    quote_id = await shop.sent_quote()
    async with opened(front_settings.model_copy(update={"environment": environment})) as browser:
        page = (await browser.get("/")).text
    await shop.act(quote_id, "cancel")
    well = dict.fromkeys(("API", "PostgreSQL", "Temporal"), "up")
    assert badges(page) == well | {"Worker": "down", "Deliveries": "down"}
    assert offered(page) == []
    told = [
        INBOX,
        WEB_UI,
        front_settings.temporal_address,
        "dev.env",
        "/firm",
        "smtp",
        (await shop.quote(quote_id)).number,
    ]
    assert [word for word in told if word in page] == []
    assert 'href="/docs"' in page


async def test_the_page_is_as_careful_as_a_customer_s(front_settings: Settings) -> None:
    """The same policy, kept nowhere; its files are kept for ever."""
    async with opened(front_settings) as browser:
        for path in ("/", "/docs"):
            answer = await browser.get(path)
            headers = answer.headers
            assert headers["content-security-policy"].startswith(
                "default-src 'none'; script-src 'self'; style-src 'self'"
            )
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert headers["x-robots-tag"] == "noindex, nofollow"
            assert not re.search(r"<script|<style|\sstyle=", answer.text)
            for asset in set(re.findall(r'(?:href|src)="((?:/q)?/assets/[^"]+)"', answer.text)):
                file = await browser.get(asset)
                assert (file.status_code, "immutable" in file.headers["cache-control"]) == (200, True), asset
        assert (await browser.head("/")).status_code == 200


@pytest.mark.parametrize("environment", ["local", "live"])
async def test_it_comes_and_says_what_is_away(front_settings: Settings, environment: str) -> None:
    """Servers that take a connection and never answer are the worst; the page waits for none of them for long."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = f"127.0.0.1:{silent.getsockname()[1]}"
        settings = front_settings.model_copy(
            update={
                "database_url": SecretStr(f"postgresql://a:hush@{away}/firm"),
                "temporal_address": away,
                "environment": environment,
            }
        )
        async with asyncio.timeout(PATIENCE), opened(settings) as browser:
            answer = await browser.get("/")
    assert answer.status_code == 200
    assert badges(answer.text) == {"API": "up", "PostgreSQL": "down", "Temporal": "down"}
    assert "PostgreSQL and Temporal need attention" in answer.text
    assert "hush" not in answer.text


async def test_a_database_of_another_version_is_told_apart(
    front_settings: Settings, postgres: Postgres
) -> None:
    """It answers, so what helps is a migration, not a restart."""
    url = await postgres.create_database("front_empty")
    async with opened(front_settings.model_copy(update={"database_url": SecretStr(url)})) as browser:
        answer = await browser.get("/")
    assert answer.status_code == 200
    told = badges(answer.text)
    assert (told["API"], told["PostgreSQL"], told["Temporal"]) == ("up", "down", "up")
    assert "firm-offer migrate" in answer.text
