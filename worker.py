"""The worker process: decides about quotes, and delivers documents and mails. Any number of processes may run it."""

import gc

if __name__ == "__main__":
    gc.disable()  # while it imports, a fifth of which would be the search for garbage: all of it stays

import argparse
import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from activities.failures import TellNoValues
from activities.log_context import NameWorkflow
from activities.pricing import PriceQuotes
from activities.records import RecordQuotes
from activities.tracing import tracing
from adapters import worker_health
from adapters.db.database import Database
from adapters.logs import configure_logging, logger
from adapters.settings import Settings
from adapters.telemetry import traces
from adapters.temporal.client import connect, prepare_runtime
from adapters.temporal.codec import require_payload_keys
from adapters.temporal.polling import not_taken, tasks_of
from adapters.temporal.prepare import require_search_attributes
from adapters.temporal.worker_deployments import versioned
from adapters.tokens import LinkTokens, WebhookSecrets
from domain.proof.order import OrderWay
from workflows.contract import WorkKind, mail_queue, webhook_queue
from workflows.quote import QuoteWorkflow
from workflows.webhooks import WebhookWorkflow

if TYPE_CHECKING:
    from adapters.worker_address import WorkerHealth

RECONNECT_SECONDS = 1.0
SHUTDOWN = timedelta(seconds=10)
"""How long running activities may take to end when the process is told to stop."""

_log = logger(__name__)


@asynccontextmanager
async def running_worker(
    client: Client, settings: Settings, database: Database, work: Collection[WorkKind] = tuple(WorkKind)
) -> AsyncIterator[None]:
    """Polls for this work while the context is open.

    Deliveries have queues and slots of their own: mail servers and receivers that hang hold up no decision. In a process of
    their own they do not take a decision's processor time either.
    """
    kinds = {WorkKind.DELIVERIES: _delivering, WorkKind.DECISIONS: _deciding}
    async with AsyncExitStack() as stack:
        for kind, started in kinds.items():
            if kind in work:
                await stack.enter_async_context(started(client, settings, database))
        yield


def _worker(
    client: Client,
    settings: Settings,
    database: Database,
    task_queue: str,
    *,
    activities: Sequence[Callable[..., Any]],
    workflows: Sequence[type] = (),
    at_once: int = 100,
) -> Worker:
    """One queue's worker, with slots of its own for `at_once` activities. Each is made here, so that none lacks the version,
    the pollers or the interceptors of the others.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        workflow_runner=UnsandboxedWorkflowRunner(),  # what a sandbox would keep out, the checks do: decision 0033
        activities=activities,
        interceptors=[*tracing(database), NameWorkflow(), TellNoValues()],
        deployment_config=versioned(settings.task_queue, settings.worker_version),
        # A worker that was killed gives its workflows up after two seconds instead of ten.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_concurrent_workflow_tasks=100,
        max_concurrent_activities=at_once,
        graceful_shutdown_timeout=SHUTDOWN,
    )


@asynccontextmanager
async def _deciding(client: Client, settings: Settings, database: Database) -> AsyncIterator[None]:
    pricing = PriceQuotes(database)
    way = None if settings.orders == "none" else OrderWay(settings.orders)
    records = RecordQuotes(database, LinkTokens(settings.secret.get_secret_value()), way)
    async with _worker(
        client,
        settings,
        database,
        settings.task_queue,
        workflows=[QuoteWorkflow],
        activities=[
            pricing.price,
            pricing.choices,
            records.record,
            records.load,
            records.overdue_commands,
        ],
    ):
        yield


@asynccontextmanager
async def _delivering(client: Client, settings: Settings, database: Database) -> AsyncIterator[None]:
    # What decides alone has no use for typesetter and mail: a twelfth of its memory.
    from activities.delivery import DeliverMessages  # noqa: PLC0415
    from activities.documents import Documents  # noqa: PLC0415
    from activities.handing_over import HandOverOrders  # noqa: PLC0415
    from activities.webhook_trouble import TellAdmins  # noqa: PLC0415
    from activities.webhooks import TellEndpoints  # noqa: PLC0415
    from adapters.mail.sender import SmtpSender  # noqa: PLC0415
    from adapters.pdf.quotes import QuotePdf  # noqa: PLC0415
    from adapters.pdf.typesetter import Typesetter  # noqa: PLC0415
    from adapters.webhooks.signed_post import WebhookSender  # noqa: PLC0415
    from adapters.webhooks.targets import read_networks  # noqa: PLC0415

    sender = SmtpSender(
        settings.smtp_url.get_secret_value(), requires_tls=settings.smtp_starttls == "required"
    )
    posting = WebhookSender(read_networks(settings.webhook_allow))
    admins = TellAdmins(database, sender, public_url=settings.public_url)
    telling = TellEndpoints(database, posting, WebhookSecrets(settings.secret.get_secret_value()), admins)
    documents = Documents(database, QuotePdf(Typesetter()))
    secret = settings.order_secret.get_secret_value() if settings.order_secret else None
    ordering = HandOverOrders(database, documents, posting, url=settings.order_url, secret=secret)
    delivery = DeliverMessages(
        database,
        documents,
        sender,
        LinkTokens(settings.secret.get_secret_value()),
        public_url=settings.public_url,
        link_days=settings.link_days,
    )
    mails = _worker(
        client,
        settings,
        database,
        mail_queue(settings.task_queue),
        activities=[delivery.deliver],
        at_once=50,
    )
    # Receivers of webhooks and orders may hang too.
    others = _worker(
        client,
        settings,
        database,
        webhook_queue(settings.task_queue),
        workflows=[WebhookWorkflow],
        activities=[telling.tell, ordering.hand_over],
    )
    try:
        async with mails, others:
            yield
    finally:
        await sender.close()


async def reached(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A client once the server answers, however long that takes; None when told to stop before."""
    while not stop.is_set():
        try:
            return await connect(settings, lazy=False)
        except RuntimeError:
            _log.warning("temporal cannot be reached, trying again", address=settings.temporal_address)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)
    return None


@asynccontextmanager
async def reporting_health(
    client: Client, settings: Settings, work: Collection[WorkKind] = tuple(WorkKind)
) -> AsyncIterator[None]:
    """While the context is open, say how this worker is: in the file and at the address of the settings, if they name
    them.
    """
    file, address = settings.worker_health_file, settings.worker_address
    if file is None and address is None:
        yield
        return
    from adapters.worker_address import WorkerHealth, answering  # noqa: PLC0415 - most workers have none

    health = WorkerHealth()
    task = asyncio.create_task(_report_health(client, settings, work, health))
    try:
        async with AsyncExitStack() as stack:
            if address is not None:
                await stack.enter_async_context(answering(address, health))
            yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        if file is not None:
            file.unlink(missing_ok=True)


async def _report_health(
    client: Client, settings: Settings, work: Collection[WorkKind], health: "WorkerHealth"
) -> None:
    kinds = tasks_of(settings.task_queue, work)
    file = settings.worker_health_file
    while True:
        try:
            async with asyncio.timeout(worker_health.SECONDS):
                missed = await not_taken(client, kinds, identity=client.identity)
            health.complaint = f"it is not polling for {' and '.join(missed)} tasks" if missed else None
        except (TimeoutError, RPCError):
            health.complaint = f"Temporal at {settings.temporal_address} is not responding"
        except Exception:  # noqa: BLE001 - a worker that works must not be taken for one that hangs
            _log.exception("this worker cannot check its own health")
            health.complaint = "it cannot check its own health: see its log"
        try:
            if file is not None:
                worker_health.note(file, health.complaint)
        except OSError as error:
            _log.warning("this worker cannot report its health", file=str(file), error=error.strerror)
        await asyncio.sleep(worker_health.SECONDS)


async def main(work: Collection[WorkKind]) -> None:
    """Do this work until told to stop (TERM or INT)."""
    gc.freeze()
    gc.enable()
    settings = Settings()
    configure_logging(settings.log_level, worker=" and ".join(work))
    prepare_runtime(settings.temporal_metrics)
    if settings.traces:
        traces.begin(f"firm-offer-{next(iter(work)) if len(work) == 1 else 'worker'}")
    try:
        await _work(settings, work)
    finally:
        await asyncio.to_thread(traces.end)


async def _work(settings: Settings, work: Collection[WorkKind]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await reached(settings, stop)
    if client is None:
        return
    await require_search_attributes(client)
    await require_payload_keys(client)
    database = Database.connect(settings.database_url.get_secret_value())
    try:
        async with (
            running_worker(client, settings, database, work),
            reporting_health(client, settings, work),
        ):
            await stop.wait()
    finally:
        await database.close()


def arguments() -> tuple[WorkKind, ...]:
    """The work that the command line asks for: all of it, or one kind. Ends the process where it names no such kind."""
    parser = argparse.ArgumentParser(prog="worker.py", description=__doc__)
    parser.add_argument(
        "--only", choices=[str(kind) for kind in WorkKind], help="do this alone; otherwise both"
    )
    only = parser.parse_args().only
    return (WorkKind(only),) if only else tuple(WorkKind)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(arguments()))
