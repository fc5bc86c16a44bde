"""Who asks a Temporal server for tasks, and since when nobody has: as the server itself has seen it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from temporalio.api.enums.v1 import DescribeTaskQueueMode, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue, TaskQueueVersionSelection
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, PollActivityTaskQueueRequest
from temporalio.client import Client

from adapters.temporal.worker_deployments import deployment, worker_versions
from workflows.contract import WorkKind, mail_queue, webhook_queue

FRESH: Final = timedelta(seconds=90)
"""A worker asks again at least once a minute; Temporal remembers one that is gone for five."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """One kind of task of one queue; `name` for people. `main` is the queue of decisions that it belongs to, by which the versions
    of workers go; None where there are none.
    """

    name: str
    queue: str
    kind: TaskQueueType.ValueType
    main: str | None = None


def tasks_of(queue: str, work: Collection[WorkKind]) -> tuple[Tasks, ...]:
    """All kinds of task that a worker takes for this work; `queue` is that of decisions."""
    workflow, activity = (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    )
    others = webhook_queue(queue)
    kinds = {
        WorkKind.DECISIONS: (
            Tasks("workflow", queue, workflow, queue),
            Tasks("activity", queue, activity, queue),
        ),
        WorkKind.DELIVERIES: (
            Tasks("delivery", mail_queue(queue), activity, queue),
            Tasks("webhook workflow", others, workflow, queue),
            Tasks("webhook", others, activity, queue),
        ),
    }
    return tuple(tasks for kind in WorkKind if kind in work for tasks in kinds[kind])


async def last_polls(client: Client, tasks: Tasks, builds: Sequence[str] = ()) -> dict[str, datetime]:
    """When each worker, by its identity, asked for these tasks last: of those without a version, and of the versions `builds`, by
    their whole names. Raises RPCError.
    """
    # A queue has several partitions, and a worker may be asking at one of them alone. Only this mode tells of all;
    # a server without it answers for one of them. Of workers that have a version it tells where that is named alone.
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=tasks.queue),
        task_queue_type=tasks.kind,
        api_mode=DescribeTaskQueueMode.DESCRIBE_TASK_QUEUE_MODE_ENHANCED,
        task_queue_types=[tasks.kind],
        report_pollers=True,
        versions=TaskQueueVersionSelection(unversioned=True, build_ids=builds),
    )
    answer = await client.workflow_service.describe_task_queue(request)
    found = [*answer.pollers]
    for version in answer.versions_info.values():
        for info in version.types_info.values():
            found += info.pollers
    polls: dict[str, datetime] = {}
    for poller in found:
        at = poller.last_access_time.ToDatetime(tzinfo=UTC)
        polls[poller.identity] = max(at, polls.get(poller.identity, at))
    return polls


async def not_polled(client: Client, kinds: Sequence[Tasks]) -> dict[Tasks, datetime | None]:
    """Those kinds that no worker asks for, and when one did last as far as is known. Raises RPCError."""
    since = datetime.now(UTC) - FRESH
    polls = await _polls(client, kinds)
    seen = {tasks: max(polls[tasks].values(), default=None) for tasks in kinds}
    return {tasks: last for tasks, last in seen.items() if last is None or last < since}


async def not_taken(client: Client, kinds: Sequence[Tasks], *, identity: str) -> list[str]:
    """The names of those kinds that the worker of this identity does not ask for. Raises RPCError."""
    since = datetime.now(UTC) - FRESH
    polls = await _polls(client, kinds)
    seen = {tasks.name: polls[tasks].get(identity) for tasks in kinds}
    return [name for name, last in seen.items() if last is None or last < since]


async def _polls(client: Client, kinds: Sequence[Tasks]) -> dict[Tasks, dict[str, datetime]]:
    """Of workers of every version."""
    builds: dict[str | None, Sequence[str]] = {None: ()}
    for main in {tasks.main for tasks in kinds if tasks.main is not None}:
        known = await worker_versions(client, main)
        builds[main] = [f"{deployment(main)}:{each.version}" for each in known]
    return {tasks: await last_polls(client, tasks, builds[tasks.main]) for tasks in kinds}


_LONG_ENOUGH: Final = timedelta(seconds=30)


async def server_clock(client: Client) -> datetime:
    """The server's time, UTC. Raises RPCError, and TimeoutError where it does not tell.

    It has no call for that, but notes when somebody asked for tasks last: so we ask, at a queue that has none. What it
    says of a queue it says again for five seconds, hence one of several queues, and a pause before the question.
    """
    identity = str(uuid4())
    queue = f"firm-offer-clock-{identity[:2]}"
    poll = PollActivityTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), identity=identity
    )
    asking = asyncio.create_task(client.workflow_service.poll_activity_task_queue(poll, timeout=_LONG_ENOUGH))
    tasks = Tasks("clock", queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    try:
        while not asking.done():
            await asyncio.sleep(0.1)
            if (seen := (await last_polls(client, tasks)).get(identity)) is not None:
                return seen
        await asking
        raise TimeoutError
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
