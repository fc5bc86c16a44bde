"""Open quotes whose workflow run is missing, and how they get one back."""

from collections.abc import AsyncIterator
from uuid import uuid4

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from adapters.db.summaries import summary
from adapters.temporal.requests import Run, start
from cli.doctor.examine import Installation
from cli.doctor.finding import Finding, counted, named
from cli.doctor.readings import MOST, OpenQuote, open_quotes
from workflows.names import QUOTE_WORKFLOW, workflow_id
from workflows.start import QuoteStart

_RUNNING = f"WorkflowType = '{QUOTE_WORKFLOW}' AND ExecutionStatus = 'Running'"


async def runs(at: Installation) -> list[Finding]:
    """Every draft and every sent quote has one, which reminds and ends it."""
    missing: list[OpenQuote] = []
    async for quote in missing_runs(at):
        missing.append(quote)
        if len(missing) > MOST:
            break
    if not missing:
        return []
    quotes = tuple(quote.number for quote in missing[:MOST])
    count = counted(len(missing), MOST, "open quote")
    what = f"{count} without a run, so neither reminded nor ended: {named(quotes, len(quotes))}"
    do = "Run `firm-offer doctor --repair`, which starts a run from the record of each."
    return [Finding(what=what, do=do, quotes=quotes)]


async def missing_runs(at: Installation) -> AsyncIterator[OpenQuote]:
    """Open quotes without an open run. The list of runs is quick and a little behind, so each is asked for."""
    listed = {run.id async for run in at.client.list_workflows(_RUNNING, page_size=1000)}
    async for quote in open_quotes(at.database):
        if workflow_id(quote.id) not in listed and not await _runs(at, quote):
            yield quote


async def give_run(at: Installation, quote: OpenQuote) -> None:
    """Start a run that takes the quote up from the record; one that is open already is left alone."""
    run = Run(
        workflow=QUOTE_WORKFLOW,
        workflow_id=workflow_id(quote.id),
        task_queue=at.settings.task_queue,
        start=QuoteStart(quote_id=quote.id),
        summary=summary(quote.number, quote.customer_name),
    )
    await start(at.client, run, request_id=str(uuid4()))


async def _runs(at: Installation, quote: OpenQuote) -> bool:
    try:
        found = await at.client.get_workflow_handle(workflow_id(quote.id)).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return found.status is WorkflowExecutionStatus.RUNNING
