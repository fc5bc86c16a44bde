"""What operators type, on a database that `firm-offer migrate` has prepared."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import Result

from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from tests.api.conftest import SECRET
from tests.roles import PRODUCT, as_product, make_role
from tests.shell import firm_offer

Run = Callable[..., Awaitable[Result]]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No local stack runs in the folder where the commands are called."""
    monkeypatch.chdir(tmp_path)


@pytest_asyncio.fixture(scope="module")
async def url(postgres: Postgres) -> str:
    """Of a database that `firm-offer migrate` has prepared, with nothing but DATABASE_URL set."""
    url = await postgres.create_database("operator")
    await make_role(url)
    ended = await firm_offer(
        "migrate", "--grant-to", PRODUCT, env={"DATABASE_URL": url, "FIRM_OFFER_SECRET": None}
    )
    assert ended.exit_code == 0, ended.output
    assert f"The role {PRODUCT} has" in ended.output
    return url


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database.connect(url, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
def run(url: str) -> Run:
    """Calls a command with the database's address alone, all but `migrate` as API and worker log in; `secret=True`
    where one is needed.
    """

    async def call(*words: str, secret: bool = False, stdin: str | None = None) -> Result:
        by = url if words[0] == "migrate" else as_product(url)
        env = {"DATABASE_URL": by, "FIRM_OFFER_SECRET": SECRET if secret else None, "FIRM_OFFER_ENV": "test"}
        return await firm_offer(*words, env=env, stdin=stdin)

    return call
