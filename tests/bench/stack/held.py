"""Deliveries held back, so that a decision can be measured without what follows it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import UpdateTaskQueueConfigRequest
from temporalio.client import Client

from tests.bench.stack.stack import TASK_QUEUE
from workflows.contract import mail_queue


@asynccontextmanager
async def deliveries_held(client: Client) -> AsyncIterator[None]:
    """While the context is open, the server keeps deliveries in their queue: its rate is limited to none a second.

    The product is as ever: it schedules them and polls for them.
    """
    await _limit(client, RateLimit(requests_per_second=0))
    try:
        yield
    finally:
        await _limit(client, None)


async def _limit(client: Client, rate: RateLimit | None) -> None:
    request = UpdateTaskQueueConfigRequest(
        namespace=client.namespace,
        identity=client.identity,
        task_queue=mail_queue(TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        update_queue_rate_limit=UpdateTaskQueueConfigRequest.RateLimitUpdate(
            rate_limit=rate, reason="deliveries are measured apart"
        ),
    )
    await client.workflow_service.update_task_queue_config(request)
