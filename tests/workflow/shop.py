"""A shop for the tests of the workflow: real Temporal server, real time skipping, activities in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.api.enums.v1 import EventType as HistoryEventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from api.dispatch.runs import QuoteRuns
from domain.quotes.commands import LINK
from domain.quotes.envelope import CREATE, Envelope
from domain.quotes.payloads import for_decision
from tests.workflow.fakes import (
    FakeDelivery,
    FakeOrders,
    FakePricing,
    FakeQuote,
    FakeRecords,
    FakeWebhooks,
)
from tests.workflow.sandbox import SANDBOX, replayer
from workflows.contract import LiveView, mail_queue, webhook_queue
from workflows.quote import QuoteWorkflow
from workflows.webhooks import WebhookWorkflow

ZONE = "Europe/Berlin"
SEND: dict[str, Any] = {"recipients": ["buyer@example.com"]}
LINES = [{"description": "Bracket"}]


@dataclass
class Shop:
    """Many quotes on one task queue; each has a clock of its own that `skip` moves."""

    client: Client
    task_queue: str = field(default_factory=lambda: f"test-{uuid4()}")
    records: FakeRecords = field(default_factory=FakeRecords)

    def __post_init__(self) -> None:
        self.delivery = FakeDelivery(self.records)
        self.pricing = FakePricing(self.records)
        self.orders = FakeOrders(self.records)
        self.webhooks = FakeWebhooks()
        self.runs = QuoteRuns(self.client, task_queue=self.task_queue)

    @asynccontextmanager
    async def worker(self, **options: Any) -> AsyncIterator[None]:
        """A worker, which works while the context is open."""
        records, delivery, pricing = self.records, self.delivery, self.pricing
        mail = Worker(self.client, task_queue=mail_queue(self.task_queue), activities=[delivery.deliver])
        others = Worker(
            self.client,
            task_queue=webhook_queue(self.task_queue),
            workflows=[WebhookWorkflow],
            workflow_runner=SANDBOX,
            activities=[self.orders.hand_over, self.webhooks.tell],
        )
        decisions = Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=[QuoteWorkflow],
            workflow_runner=SANDBOX,
            activities=[
                records.record,
                records.load,
                records.overdue_commands,
                pricing.price,
                pricing.choices,
            ],
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
            **options,
        )
        async with mail, others, decisions:
            yield

    def quote(self, *, begun_before: bool = False) -> "TestedQuote":
        """A quote that is not yet created."""
        quote = TestedQuote(self, str(uuid4()), begun_before=begun_before)
        quote.rows.workflow_id = quote.workflow_id
        return quote

    async def created(self, *, begun_before: bool = False, **payload: Any) -> "TestedQuote":
        """A draft, decided."""
        quote = self.quote(begun_before=begun_before)
        await quote.command(CREATE, quote.create_payload(**payload))
        await quote.until(lambda rows: rows.quote is not None)
        return quote

    async def sent(self, **payload: Any) -> "TestedQuote":
        """A quote that has been sent, its mail too."""
        quote = await self.created(**payload)
        await quote.decided("send", SEND)
        await quote.until(lambda rows: rows.delivered == ["sent:recipients:1"])
        return quote


@dataclass
class TestedQuote:
    """One quote: what is asked of it, and what its record says."""

    __test__ = False
    shop: Shop
    id: str
    number: str = "Q-2026-00001"
    begun_before: bool = False

    @property
    def rows(self) -> FakeQuote:
        """What is on record."""
        return self.shop.records.of(self.id)

    @property
    def workflow_id(self) -> str:
        """As the inbox gives it; a quote that was `begun_before` ids had numbers has it from its own id."""
        return f"quote-{self.id}" if self.begun_before else f"{self.number}-{self.id[-6:]}"

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """Its workflow."""
        return self.shop.client.get_workflow_handle(self.workflow_id)

    @property
    def now(self) -> datetime:
        """The clock that stamps this quote's commands."""
        return self.rows.now

    def create_payload(self, **more: Any) -> dict[str, Any]:
        """What a create command carries."""
        ids = {"quote_id": self.id, "number": self.number, "customer_id": str(uuid4())}
        given = {} if self.begun_before else {"workflow_id": self.workflow_id}
        zones = {"time_zone": ZONE, "reminder_zone": ZONE}
        return {**ids, **given, **zones, "lines": LINES, **more}

    def stored(
        self, name: str, payload: dict[str, Any] | None = None, *, at: datetime | None = None, **more: Any
    ) -> Envelope:
        """A command in the inbox, not signalled."""
        envelope = Envelope(
            name=name,
            command_id=str(uuid4()),
            received_at=at or self.now,
            payload=payload or {},
            **({"actor": f"{LINK}1"} if name == "accept" else {}) | more,
        )
        return self.shop.records.store(self.id, envelope)

    async def command(self, name: str, payload: dict[str, Any] | None = None, **more: Any) -> Envelope:
        """A command in the inbox, signalled."""
        envelope = self.stored(name, payload, **more)
        await self.signal(envelope)
        return envelope

    async def signal(self, envelope: Envelope, **more: Any) -> None:
        """A stored command brought to the workflow, as the inbox hands it out."""
        summary = f"{self.number} · ACME"
        await self.shop.runs.signal(
            self.workflow_id, for_decision(envelope), quote_id=self.id, summary=summary, **more
        )

    async def decided(self, name: str, payload: dict[str, Any] | None = None, **more: Any) -> str:
        """A command and its outcome."""
        envelope = await self.command(name, payload, **more)
        await self.until(lambda rows: envelope.command_id in rows.outcomes)
        return self.rows.outcomes[envelope.command_id]

    async def accepted(self, **more: Any) -> str:
        """The outcome of an acceptance by some signer."""
        return await self.decided("accept", {"signer": "someone"}, shown_version=1, **more)

    async def skip(self, by: timedelta) -> None:
        """Move the workflow's clock and the stamps of commands, in step."""
        self.rows.ahead += by
        async with asyncio.timeout(60):
            await TimeSkipper(self.shop.client).fast_forward(self.handle, by)

    async def skip_to(self, instant: datetime) -> None:
        """Move to an instant of the quote's own time."""
        await self.skip(instant - self.now)

    @property
    def valid_until(self) -> datetime:
        """Until when the offer is open, as on record."""
        assert self.rows.quote is not None
        return self.rows.quote.valid_until

    async def until(self, holds: Callable[[FakeQuote], bool]) -> None:
        """Wait for the record; fails after half a minute with what it says instead."""
        try:
            async with asyncio.timeout(30):
                while not holds(self.rows):  # noqa: ASYNC110 - the worker changes it
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"waited in vain: {self.rows}") from None

    async def live(self) -> LiveView:
        """The workflow's own view."""
        view = await self.shop.runs.snapshot(self.workflow_id, limit=10)
        assert view is not None
        return view

    async def pending(self) -> list[str]:
        """The activities that the server has tried, by their names."""
        described = (await self.handle.describe()).raw_description
        return [activity.activity_type.name for activity in described.pending_activities]

    async def delivered(self) -> None:
        """Nothing is under way: what a worker had begun that is closed is tried again only after a minute."""
        async with asyncio.timeout(30):
            while await self.pending():  # noqa: ASYNC110 - the worker changes it
                await asyncio.sleep(0.05)

    async def ended(self) -> None:
        """The run has come to its end."""
        await self.result()

    async def result(self) -> Any:
        """What the run says at its end."""
        async with asyncio.timeout(30):
            return await self.handle.result()

    async def rang(self) -> None:
        """The timer has fired, also where no worker has seen it."""
        async with asyncio.timeout(60):
            while await self._timer_runs():  # noqa: ASYNC110 - the server changes it
                await asyncio.sleep(0.1)

    async def _timer_runs(self) -> bool:
        names = kinds(list((await self.handle.fetch_history()).events))
        return names.count("TIMER_STARTED") > names.count("TIMER_FIRED") + names.count("TIMER_CANCELED")

    async def replayed(self) -> list[HistoryEvent]:
        """The history, after it has been replayed against the code."""
        history = await self.handle.fetch_history()
        await replayer().replay_workflow(history)
        return list(history.events)


def kinds(events: list[HistoryEvent]) -> list[str]:
    """The history's events by name, without their prefix."""
    return [HistoryEventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events]
