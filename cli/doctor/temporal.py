"""Whether Temporal has what quotes need: namespace, search attributes, workers."""

from datetime import UTC, datetime

from adapters.temporal.polling import FRESH, last_polls, tasks_of
from adapters.temporal.prepare import is_registered
from adapters.temporal.search_attributes import missing_search_attributes
from cli.doctor.examine import Finding, Installation
from workflows.contract import SEARCH_ATTRIBUTES, mail_queue

_SET_UP = "Run `firm-offer temporal-setup`, or have whoever keeps the server do it."


async def namespace(at: Installation) -> list[Finding]:
    """It is registered."""
    if await is_registered(at.client):
        return []
    return [Finding(what=f"{at.client.namespace} (TEMPORAL_NAMESPACE) is not registered", do=_SET_UP)]


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
    seen = {
        tasks.name: max((await last_polls(at.client, tasks)).values(), default=None)
        for tasks in tasks_of(queue, mail_queue(queue))
    }
    since = datetime.now(UTC) - FRESH
    idle = [name for name, last in seen.items() if last is None or last < since]
    if not idle:
        return []
    last = max((last for name in idle if (last := seen[name])), default=None)
    what = f"no worker takes tasks ({', '.join(idle)}) from the task queue {queue}"
    do = "Start one (`python worker.py`) with this FIRM_OFFER_TASK_QUEUE; until then nothing is decided or sent."
    return [Finding(what=what, since=last, do=do)]
