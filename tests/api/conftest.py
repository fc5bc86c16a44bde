"""The whole API between real servers: PostgreSQL, Temporal, a worker and a mail server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakSet

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from temporalio.client import Client

from adapters.db.database import Database
from adapters.db.parties.keys import NewKey, store_key
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.pricing import store_card
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import ApiKeyHashes, new_api_key
from api.app import create_app
from api.serve import SERVED
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.caller import Caller
from tests.roles import as_product, migrated
from worker import running_worker

SECRET = "a-secret-of-the-tests-and-of-nothing-else"


async def prepared(url: str) -> None:
    """Migrate the database and put the default rate card and a seller who can be answered into it."""
    await migrated(url)
    database = Database.connect(url)
    async with database.write() as writing:
        await store_card(writing, DEFAULT_RATE_CARD.id, rate_card_to_data(DEFAULT_RATE_CARD))
        await put_seller(writing, Seller(name="ACME Tooling", email="quotes@tooling.example.com"))
    await database.close()


_TEMPLATE = "template_prepared"
_with_template: WeakSet[Postgres] = WeakSet()


async def prepared_database(postgres: Postgres, name: str) -> str:
    """A database of that name, `prepared`; its owner's URL. Each server migrates one, of which the others are copies."""
    if postgres not in _with_template:
        await prepared(await postgres.create_database(_TEMPLATE))
        _with_template.add(postgres)
    return await postgres.create_database(name, template=_TEMPLATE)


async def api_key(url: str, *scopes: str) -> str:
    """A key with these scopes, stored; its text."""
    key = new_api_key("test")
    database = Database.connect(url)
    async with database.write() as writing:
        hashed = ApiKeyHashes(SECRET).hash(key)
        await store_key(
            writing, NewKey(public_id=key.public_id, secret_hash=hashed, name="tests", scopes=scopes)
        )
    await database.close()
    return key.text


def settings_for(url: str, temporal: str, smtp: str, *, queue: str = "api-tests") -> Settings:
    """The settings of a process beside these servers; it logs in to the database as API and worker do."""
    return Settings.model_validate(
        {
            "DATABASE_URL": as_product(url),
            "TEMPORAL_ADDRESS": temporal,
            "TEMPORAL_UI_URL": "http://temporal-ui.test",
            "SMTP_URL": smtp,
            "FIRM_OFFER_SECRET": SECRET,
            "FIRM_OFFER_ENV": "test",
            "FIRM_OFFER_TASK_QUEUE": queue,
        }
    )


async def worker_client(settings: Settings) -> Client:
    """Connected at once: a worker takes no client that connects at its first call."""
    return await connect(settings, lazy=False)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The app with what it opens at its start."""
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[FastAPI]:
    """The product with these settings: an app, and a worker beside it with connections of its own."""
    database = Database.connect(settings.database_url.get_secret_value())
    worker = running_worker(await worker_client(settings), settings, database)
    try:
        async with running(create_app(settings=settings)) as app, worker:
            yield app
    finally:
        await database.close()


@asynccontextmanager
async def served(settings: Settings, port: socket.socket) -> AsyncIterator[None]:
    """The API with these settings, behind that socket."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings=settings), log_config=None, **SERVED))
    serving = asyncio.create_task(server.serve(sockets=[port]))
    while not server.started:
        assert not serving.done(), serving.result()
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def calling(app: FastAPI, key: str) -> AsyncIterator[Caller]:
    """A caller with a key, without a network between."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as http:
        yield Caller(http)


@pytest_asyncio.fixture(scope="session")
async def database_url(postgres: Postgres) -> str:
    """Of a database with tables and a rate card, shared by all tests of the API."""
    return await prepared_database(postgres, "api")


@pytest.fixture(scope="session")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(database_url, temporal.address, mail_server.smtp_url)


@pytest_asyncio.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(create_app(settings=settings)) as app:
        yield app


@pytest_asyncio.fixture(scope="session")
async def worker(settings: Settings) -> AsyncIterator[None]:
    """A worker beside the API, with its own connections, as in production."""
    database = Database.connect(settings.database_url.get_secret_value())
    async with running_worker(await worker_client(settings), settings, database):
        yield
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def key(database_url: str) -> str:
    return await api_key(database_url, "quote")


@pytest_asyncio.fixture
async def silent(app: FastAPI, key: str) -> AsyncIterator[Caller]:
    """A caller of the API where nobody needs a worker."""
    async with calling(app, key) as caller:
        yield caller


@pytest.fixture
def caller(silent: Caller, worker: None) -> Caller:
    """A caller of the whole product."""
    return silent
