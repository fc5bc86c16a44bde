"""One stack of processes for all tests of this folder; each test that asks for `stack` finds it whole."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.db.database import Database
from tests.api.caller import Caller
from tests.faults.stack import FaultStack


@pytest_asyncio.fixture(scope="package")
async def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaultStack]:
    """Its servers run; API and workers do once a test has asked for `stack`."""
    async with FaultStack(tmp_path_factory.mktemp("faults")) as stack:
        yield stack


@pytest_asyncio.fixture
async def stack(shared_stack: FaultStack) -> AsyncIterator[FaultStack]:
    """All parts run at the beginning, and again at the end."""
    await shared_stack.whole()
    yield shared_stack
    await shared_stack.whole()


@pytest_asyncio.fixture
async def caller(stack: FaultStack) -> AsyncIterator[Caller]:
    async with stack.caller() as caller:
        yield caller


@pytest_asyncio.fixture
async def database(stack: FaultStack) -> AsyncIterator[Database]:
    async with stack.database() as database:
        yield database
