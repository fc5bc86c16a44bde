"""A Temporal server that soon finds a run's history long enough, beside a database and a worker of its own."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from adapters.db.database import Database
from adapters.db.inbox.requests import NewCommand, NewCreate, Stored
from adapters.db.inbox.store import store, store_create
from adapters.db.quotes.repository import PgQuotes
from adapters.settings import Settings
from api.dispatch.runs import QuoteRuns
from cli.local.mail import MailServer
from cli.local.temporal.server import DYNAMIC, Temporal
from domain.quotes.payloads import KINDS, CreatePayload
from tests.api.caller import IN_TEXT
from tests.api.conftest import prepared_database, settings_for, worker_client
from tests.faults.stack import FaultStack
from worker import running_worker

SUGGEST = "limit.historyCount.suggestContinueAsNew"
LINES = [{"specification": IN_TEXT}]


@contextmanager
def _limits(limits: Mapping[str, int]) -> Iterator[None]:
    # By default a run may follow another one only a second after that began.
    with patch.dict(DYNAMIC, {"history.workflowIdReuseMinimalInterval": 0, **limits}):
        yield


@asynccontextmanager
async def narrow_temporal(folder: Path, limits: Mapping[str, int]) -> AsyncIterator[Temporal]:
    """A server with these limits in its dynamic configuration."""
    server = Temporal(folder)
    with _limits(limits):
        await server.start()
    try:
        yield server
    finally:
        server.kill()


@dataclass
class Desk:
    """Stores and signals commands without an API, and so without a relay: what gets lost stays lost."""

    database: Database
    runs: QuoteRuns
    client: Client
    settings: Settings

    async def create(self, customer_id: str, **payload: Any) -> Stored:
        """A create command, stored and signalled."""
        asked = CreatePayload.from_data({"lines": LINES, **payload})
        new = NewCreate(asked=asked, customer_id=customer_id, actor="key:test")
        async with self.database.write_each() as w:
            stored = await store_create(w, new)
        return await self.signal(stored)

    async def store(self, quote_id: str, name: str, payload: Any = None, **more: Any) -> Stored:
        """Any other command, stored only."""
        asked = KINDS[name].from_data(payload or {})
        new = NewCommand(asked=asked, quote_id=quote_id, actor="key:test", **more)
        async with self.database.write_each() as w:
            stored = await store(w, new)
        assert isinstance(stored, Stored)
        return stored

    async def signal(self, stored: Any) -> Stored:
        """Signal what was stored."""
        assert isinstance(stored, Stored)
        await self.runs.signal(
            stored.workflow_id, stored.envelope, quote_id=stored.quote_id, summary=stored.summary, limit=20
        )
        return stored

    async def do(self, quote_id: str, name: str, payload: Any = None, **more: Any) -> Stored:
        """A command, stored and signalled."""
        return await self.signal(await self.store(quote_id, name, payload, **more))

    async def run(self, quote_id: str, run_id: str | None = None) -> WorkflowHandle[Any, Any]:
        """The quote's present or last run, or a certain one."""
        async with self.database.read() as r:
            return self.client.get_workflow_handle(await PgQuotes(r).workflow_id(quote_id), run_id=run_id)

    async def run_count(self, quote_id: str) -> int:
        """How many runs followed each other by continuing as new."""
        handle = await self.run(quote_id)
        count, run_id = 0, (await handle.describe()).run_id
        while run_id:
            count += 1
            history = await self.run(quote_id, run_id)
            first = (await history.fetch_history()).events[0]
            assert first.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
            run_id = first.workflow_execution_started_event_attributes.continued_execution_run_id
        return count


@asynccontextmanager
async def desk(stack: FaultStack, temporal: Temporal, mail: MailServer, name: str) -> AsyncIterator[Desk]:
    """A desk with a database of its own; the worker is started by whoever wants one. `mail` is not the stack's,
    whose mails are counted.
    """
    url = await prepared_database(stack.postgres, name)
    settings = settings_for(url, temporal.address, mail.smtp_url, queue=name)
    client, database = await worker_client(settings), Database.connect(url)
    try:
        yield Desk(database, QuoteRuns(client, task_queue=settings.task_queue), client, settings)
    finally:
        await database.close()


@asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[None]:
    """A worker while the context is open."""
    database = Database.connect(desk.settings.database_url.get_secret_value())
    try:
        async with running_worker(desk.client, desk.settings, database):
            yield
    finally:
        await database.close()
