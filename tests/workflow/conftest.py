"""A shop on a real Temporal server."""

from collections.abc import AsyncIterator

import pytest_asyncio
from temporalio.client import Client

from adapters.temporal.client import firm_offer_plugin
from tests.workflow.shop import Shop


@pytest_asyncio.fixture(scope="session")
async def client(temporal_address: str) -> Client:
    """A client as the product makes it."""
    return await Client.connect(temporal_address, plugins=[firm_offer_plugin()])


@pytest_asyncio.fixture
async def closed_shop(client: Client) -> Shop:
    """A shop without a worker: who wants one opens `shop.worker()`."""
    return Shop(client)


@pytest_asyncio.fixture
async def shop(closed_shop: Shop) -> AsyncIterator[Shop]:
    """A shop whose worker runs."""
    async with closed_shop.worker():
        yield closed_shop
