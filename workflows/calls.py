"""How activities are called: by typed ports, with named policies."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from workflows.contract import mail_queue, webhook_queue
from workflows.ports import NOT_PRICED

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long one attempt may take and how attempts follow each other; there is no last attempt.

    `local`: for so long the activity is first tried in the worker itself, as a local activity. `mail` sends it to the
    deliveries' queue, `webhooks` to that of requests to other systems. The other names are Temporal's own.
    """

    start_to_close_timeout: timedelta
    initial_interval: timedelta
    maximum_interval: timedelta
    local: timedelta | None = None
    heartbeat_timeout: timedelta | None = None
    mail: bool = False
    webhooks: bool = False

    def retry_policy(self, *, maximum_attempts: int = 0) -> RetryPolicy:
        """The SDK's form of it; 0 attempts are as many as it takes."""
        return RetryPolicy(
            initial_interval=self.initial_interval,
            backoff_coefficient=2.0,
            maximum_interval=self.maximum_interval,
            maximum_attempts=maximum_attempts,
        )


LOCAL_ATTEMPTS = 3
FAILED = (ActivityError, ApplicationError)

STEADY = Policy(
    start_to_close_timeout=timedelta(seconds=10),
    initial_interval=timedelta(milliseconds=200),
    maximum_interval=timedelta(seconds=10),
)
"""The database: it must happen, and it comes back. The request is in the history before it happens."""

QUICK = replace(STEADY, local=timedelta(seconds=3))
"""The database, where somebody waits, and where the same step done again after a worker's death is the same step:
what a command asks for is in the inbox.
"""

LONG = replace(STEADY, start_to_close_timeout=timedelta(minutes=1))
"""The price of a quote of hundreds of lines."""

MAIL = Policy(
    start_to_close_timeout=timedelta(minutes=5),
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(minutes=1),
    heartbeat_timeout=timedelta(minutes=1),
    mail=True,
)
"""The outside: the activity itself asks for longer pauses after an hour, and gives a message up after a day."""

POST_SILENCE = timedelta(seconds=30)
"""After this a worker is dead that made a request to another system. Longer than one request may take: a worker from before
there were signs of life comes to its end within it.
"""

ORDER = Policy(
    start_to_close_timeout=timedelta(minutes=2),
    initial_interval=timedelta(seconds=5),
    maximum_interval=timedelta(hours=1),
    heartbeat_timeout=POST_SILENCE,
    webhooks=True,
)
"""Another system: the activity itself gives an order up after days, and asks for the pauses that the other side wants."""


async def call(
    method: Callable[[Any, Request], Awaitable[Result]],
    request: Request,
    *,
    policy: Policy = QUICK,
    summary: str,
) -> Result:
    """Run a port's activity; `summary` is what the Temporal Web UI shows beside it.

    Where the worker itself did not manage, the server has it tried for as long as it takes: that costs no events and is
    shown as pending. Raises one of FAILED when the activity says that another attempt is of no use.
    """
    if policy.local is not None:
        try:
            return await workflow.execute_local_activity_method(
                method,
                request,
                schedule_to_close_timeout=policy.local,
                retry_policy=policy.retry_policy(maximum_attempts=LOCAL_ATTEMPTS),
                summary=summary,
            )
        except FailureError as failed:
            if (said := own_error(failed)) is not None and said.non_retryable:
                raise
    return await workflow.execute_activity_method(
        method,
        request,
        task_queue=_queue(policy),
        start_to_close_timeout=policy.start_to_close_timeout,
        heartbeat_timeout=policy.heartbeat_timeout,
        retry_policy=policy.retry_policy(),
        summary=summary,
    )


def _queue(policy: Policy) -> str | None:
    own = workflow.info().task_queue
    if policy.webhooks:
        return webhook_queue(own)
    return mail_queue(own) if policy.mail else None


def own_error(failed: FailureError) -> ApplicationError | None:
    """What the activity itself raised; the SDK wraps it, save a local activity's."""
    said = failed.cause if isinstance(failed, ActivityError) else failed
    return said if isinstance(said, ApplicationError) else None


def why_unpriced(failed: FailureError) -> str:
    """The pricing error's text. Whatever else made the activity fail must not fail the quote."""
    said = own_error(failed)
    if said is not None and said.type == NOT_PRICED:
        return said.message
    return "no price could be made"
