"""A workflow that does nothing but wait.

In a file of its own, because the sandbox imports a workflow's file anew, and compiled modules such as
asyncpg's do not bear a second import: the process crashes later, somewhere else.
"""

from datetime import timedelta

from temporalio import workflow


@workflow.defn
class Sleeper:
    """Sleeps for thirty days of its own clock."""

    @workflow.run
    async def run(self) -> str:
        began = workflow.now()
        await workflow.sleep(timedelta(days=30))
        return f"{(workflow.now() - began).days} days"
