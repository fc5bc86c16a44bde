"""Every line that an activity logs names the workflow that asked for it."""

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from adapters import logs


class NameWorkflow(Interceptor):
    """For a worker; each activity is a task of its own, and so are the fields bound to its lines."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `temporalio.worker.Interceptor`."""
        return _LogContextInterceptor(next)


class _LogContextInterceptor(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> object:  # noqa: A002 - the SDK's name
        if workflow_id := activity.info().workflow_id:
            logs.bind(workflow_id=workflow_id)
        return await super().execute_activity(input)
