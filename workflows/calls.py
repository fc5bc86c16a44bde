"""How activities are called: by typed ports, with named policies."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from workflows.contract import mail_queue

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long one attempt may take and how attempts follow each other; there is no last attempt.

    `local`: for so long the activity is first tried in the worker itself, which the server only hears of when it is
    over. `silence` is how long an attempt may go without a sign of life; `mail` sends it to the deliveries' queue.
    """

    attempt: timedelta
    first_pause: timedelta
    longest_pause: timedelta
    local: timedelta | None = None
    silence: timedelta | None = None
    mail: bool = False

    def retries(self, *, most: int = 0) -> RetryPolicy:
        """The SDK's form of it; `most` attempts, or as many as it takes."""
        return RetryPolicy(
            initial_interval=self.first_pause,
            backoff_coefficient=2.0,
            maximum_interval=self.longest_pause,
            maximum_attempts=most,
        )


LOCAL_ATTEMPTS = 3
FAILED = (ActivityError, ApplicationError)

STEADY = Policy(
    attempt=timedelta(seconds=10),
    first_pause=timedelta(milliseconds=200),
    longest_pause=timedelta(seconds=10),
)
"""The database: it must happen, and it comes back. The request is in the history before it happens."""

QUICK = replace(STEADY, local=timedelta(seconds=3))
"""The database, where somebody waits, and where the same step done again after a worker's death is the same step:
what a command asks for is in the inbox.
"""

MAIL = Policy(
    attempt=timedelta(minutes=5),
    first_pause=timedelta(seconds=1),
    longest_pause=timedelta(minutes=5),
    silence=timedelta(minutes=1),
    mail=True,
)
"""The outside: the activity itself gives a message up after a day."""


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
                retry_policy=policy.retries(most=LOCAL_ATTEMPTS),
                summary=summary,
            )
        except FailureError as failed:
            if (said := own_error(failed)) is not None and said.non_retryable:
                raise
    return await workflow.execute_activity_method(
        method,
        request,
        task_queue=mail_queue(workflow.info().task_queue) if policy.mail else None,
        start_to_close_timeout=policy.attempt,
        heartbeat_timeout=policy.silence,
        retry_policy=policy.retries(),
        summary=summary,
    )


def own_error(failed: FailureError) -> ApplicationError | None:
    """What the activity itself raised; the SDK wraps it, save a local activity's."""
    said = failed.cause if isinstance(failed, ActivityError) else failed
    return said if isinstance(said, ApplicationError) else None
