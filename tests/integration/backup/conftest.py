"""A life worth backing up, and an installation of which nothing is there yet."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.db.inbox.store import NewCommand, NewCreate, Stored, store, store_create
from adapters.db.record.outbox import list_messages, mark_sent
from adapters.tokens import LinkTokens
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.quotes.payloads import CancelPayload, CreatePayload
from tests.api.caller import PART
from tests.api.conftest import SECRET, prepared_database
from tests.api.customer.shop import BUYER, Shop
from tests.integration.backup.shell import Env, Life, change
from tests.shell import firm_offer

AS_STORED = PART | {name: str(PART[name]) for name in ("length_mm", "width_mm", "height_mm")}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No local stack runs in the folder where the commands are called."""
    monkeypatch.chdir(tmp_path)


@pytest_asyncio.fixture(scope="session")
async def source(postgres: Postgres) -> AsyncIterator[Database]:
    """The database that is backed up."""
    url = await prepared_database(postgres, "backup_source")
    database = Database.connect(url, pool_size=1)
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def life(source: Database) -> Life:
    """One open quote, an accepted one whose mails wait (one was just being sent), two undecided commands, a draft."""
    shop = Shop(source, LinkTokens(SECRET))
    await shop.open()
    open_, accepted, wanted = [await shop.sent_quote() for _ in range(3)]
    for quote_id in (open_, accepted, wanted):
        async with source.write() as w:
            [message] = await list_messages(w, quote_id)
            await mark_sent(w, message.id)
    await shop.act(
        *(accepted, "accept"),
        signer_name="Jon Harker",
        signer_email=BUYER,
        method="phone",
        recorded_by="key:test",
    )
    await change(
        source,
        "UPDATE messages SET status = 'sending', attempts = 1 "
        "WHERE id = (SELECT id FROM messages WHERE quote_id = :quote AND status = 'pending' ORDER BY id LIMIT 1)",
        quote=accepted,
    )
    draft = await shop.new_quote()
    new = NewCreate(
        asked=CreatePayload.from_data(
            {"lines": [{"description": "Bracket", "specification": AS_STORED}], "valid_days": 30}
        ),
        customer_id=shop.customer_id,
        actor="key:test",
    )
    async with source.write_each() as w:
        cancel = await store(
            w, NewCommand(asked=CancelPayload.from_data({}), quote_id=wanted, actor="key:test")
        )
        create = await store_create(w, new)
    assert isinstance(cancel, Stored)
    assert isinstance(create, Stored)
    return Life(open=open_, accepted=accepted, wanted=wanted, draft=draft, cancel=cancel, create=create)


@pytest_asyncio.fixture
async def empty(postgres: Postgres) -> str:
    """The address of a database without anything."""
    return await postgres.create_database(f"restored_{uuid4().hex}")


@pytest.fixture
def env(empty: str, temporal: Temporal, mail_server: MailServer) -> Env:
    """An installation of which nothing is there yet, not even Temporal's namespace."""
    return {
        "DATABASE_URL": empty,
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": f"restored-{uuid4().hex}",
        "SMTP_URL": mail_server.smtp_url,
        "FIRM_OFFER_SECRET": SECRET,
        "FIRM_OFFER_ENV": "test",
        "FIRM_OFFER_TIME_MACHINE": "true",
        "FIRM_OFFER_TASK_QUEUE": f"restored-{uuid4().hex}",
    }


@pytest_asyncio.fixture
async def dump(source: Database, life: Life, tmp_path: Path) -> Path:
    """A backup of that life."""
    file = tmp_path / "night.dump"
    ended = await firm_offer("backup", file, env={"DATABASE_URL": source.url})
    assert ended.exit_code == 0, ended.output
    return file


@pytest_asyncio.fixture
async def odd(postgres: Postgres) -> AsyncIterator[Database]:
    """A database for a backup that is not like others."""
    database = Database.connect(await postgres.create_database(f"odd_{uuid4().hex}"), pool_size=1)
    yield database
    await database.close()
