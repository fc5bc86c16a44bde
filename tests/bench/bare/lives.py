"""The caller's side of the bare life, and knowing when all lives are over."""

import asyncio
from uuid import uuid4

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowHandle

from tests.bench.bare.life import QUEUE, BareLife

Handle = WorkflowHandle[BareLife, None]
_LOOK_SECONDS = 0.05


class BareLives:
    """Starts, signals and asks without anything around it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, wanted: int, *, activities: bool) -> Handle:
        """A workflow that ends after `wanted` signals."""
        return await self._client.start_workflow(
            "BareLife", args=[wanted, activities], id=f"bare-{uuid4()}", task_queue=QUEUE
        )

    async def signal_and_query(self, handle: Handle, expected: int = 1) -> None:
        """Raises RuntimeError when the answer does not know of the signal yet."""
        await handle.signal(BareLife.heard, "text")
        if await handle.query(BareLife.count) != expected:
            raise RuntimeError("the query was answered without the signal")

    async def life(self, _number: int = 0) -> None:
        """Start, two signals each with a query, three activities."""
        handle = await self.start(2, activities=True)
        await self.signal_and_query(handle, 1)
        await self.signal_and_query(handle, 2)


async def polled(client: Client, queue: str) -> bool:
    """Whether a worker takes tasks from the queue."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    return bool((await client.workflow_service.describe_task_queue(request)).pollers)


async def all_ended(client: Client, workflow: str) -> None:
    """Returns when no workflow of this type is open: mails are sent, activities done."""
    query = f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running'"
    while (await client.count_workflows(query)).count:  # noqa: ASYNC110 - the event is the server's
        await asyncio.sleep(_LOOK_SECONDS)
