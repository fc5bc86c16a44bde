"""A line that an activity logs leads to the run that asked for it."""

from typing import Any

import structlog
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.log_context import NameWorkflow


class _Innermost(ActivityInboundInterceptor):
    """Answers with the fields that a line would carry."""

    def __init__(self) -> None:
        """There is none behind it."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        assert input.args == ("request",)
        return structlog.contextvars.get_contextvars()


async def test_an_activitys_lines_name_the_workflow() -> None:
    """By its id, which holds the quote's number."""
    outer = NameWorkflow().intercept_activity(_Innermost())
    environment = ActivityEnvironment()
    environment.info = ActivityEnvironment.default_info()
    given = ExecuteActivityInput(fn=print, args=("request",), executor=None, headers={})
    fields = await environment.run(outer.execute_activity, given)
    assert fields == {"workflow_id": environment.info.workflow_id}
