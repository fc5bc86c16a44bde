"""Whether Temporal has what quotes need: namespace, search attributes, workers."""

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.search_attributes import missing_search_attributes
from cli.doctor.examine import Installation
from cli.doctor.finding import Finding
from workflows.names import SEARCH_ATTRIBUTES, mail_queue

POLLED = timedelta(seconds=90)
"""A worker asks again at least once a minute; Temporal remembers one that is gone for five."""

_SET_UP = "Run `firm-offer temporal-setup`, or have whoever keeps the server do it."


async def namespace(at: Installation) -> list[Finding]:
    """It is registered."""
    try:
        await at.client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=at.client.namespace)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return [Finding(what=f"{at.client.namespace} (TEMPORAL_NAMESPACE) is not registered", do=_SET_UP)]
    return []


async def search_attributes(at: Installation) -> list[Finding]:
    """All are registered, each with its type."""
    missing = await missing_search_attributes(at.client, SEARCH_ATTRIBUTES)
    if not missing:
        return []
    names = ", ".join(f"{name} ({kind})" for name, kind in missing.items())
    return [Finding(what=f"not registered, which blocks every quote: {names}", do=_SET_UP)]


async def workers(at: Installation) -> list[Finding]:
    """Somebody takes all kinds of task: decisions, activities, and deliveries from a queue of their own."""
    queue = at.settings.task_queue
    asked = {
        "workflow": (queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
        "activity": (queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        "delivery": (mail_queue(queue), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    }
    seen = {name: await _last_poll(at, *task) for name, task in asked.items()}
    fresh = datetime.now(UTC) - POLLED
    idle = [name for name, last in seen.items() if last is None or last < fresh]
    if not idle:
        return []
    last = max((last for name in idle if (last := seen[name])), default=None)
    what = f"no worker takes tasks ({', '.join(idle)}) from the task queue {queue}"
    do = "Start one (`python worker.py`) with this FIRM_OFFER_TASK_QUEUE; until then nothing is decided or sent."
    return [Finding(what=what, since=last, do=do)]


async def _last_poll(at: Installation, queue: str, kind: TaskQueueType.ValueType) -> datetime | None:
    request = DescribeTaskQueueRequest(
        namespace=at.client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    answer = await at.client.workflow_service.describe_task_queue(request)
    times = [poller.last_access_time.ToDatetime(tzinfo=UTC) for poller in answer.pollers]
    return max(times, default=None)
