"""How activities are called: by typed ports, with named policies."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.names import mail_queue

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long one attempt may take and how attempts follow each other; there is no last attempt.

    `silence` is how long an attempt may go without a sign of life; `mail` sends it to the deliveries' queue.
    """

    attempt: timedelta
    first_pause: timedelta
    longest_pause: timedelta
    silence: timedelta | None = None
    mail: bool = False

    @property
    def retries(self) -> RetryPolicy:
        """The SDK's form of it."""
        return RetryPolicy(
            initial_interval=self.first_pause,
            backoff_coefficient=2.0,
            maximum_interval=self.longest_pause,
        )


QUICK = Policy(
    attempt=timedelta(seconds=10),
    first_pause=timedelta(milliseconds=200),
    longest_pause=timedelta(seconds=10),
)
"""The database: it must happen, and it comes back."""

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

    Raises `temporalio.exceptions.ActivityError` when the activity fails without a retry.
    """
    return await workflow.execute_activity_method(
        method,
        request,
        task_queue=mail_queue(workflow.info().task_queue) if policy.mail else None,
        start_to_close_timeout=policy.attempt,
        heartbeat_timeout=policy.silence,
        retry_policy=policy.retries,
        summary=summary,
    )
