"""A quote has its runs under one id: the one that was given with its number, or the one of before."""

import asyncio
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from domain.quotes.envelope import CREATE, Envelope
from tests.workflow.shop import SEND, Shop, TestedQuote


async def _said_by_a_stray(quote: TestedQuote, command: Envelope) -> str:
    stray = f"quote-{quote.id}"
    await quote.shop.runs.signal(stray, command, quote_id=quote.id, summary=None)
    async with asyncio.timeout(30):
        outcome: str = (await quote.shop.client.get_workflow_handle(stray).result())["outcome"]
    return outcome


async def _strayed(quote: TestedQuote) -> str:
    """What a run says that somebody started under the id of before; the quote's next command was signalled to it."""
    command = quote.stored("extend", {"valid_days": 50})
    outcome = await _said_by_a_stray(quote, command)
    assert command.command_id not in quote.rows.outcomes
    await quote.signal(command)
    await quote.until(lambda rows: rows.outcomes.get(command.command_id) == "applied")
    return outcome


async def test_a_run_of_another_id_leaves_the_quote_alone(shop: Shop) -> None:
    """A program from before, still running beside a new one, signals the id that it knows: no second run goes on,
    nothing is decided there, and the relay brings the command to the quote's own run.
    """
    quote = await shop.sent()
    assert quote.workflow_id == f"Q-2026-00001-{quote.id[-6:]}"
    first = (await quote.handle.describe()).run_id
    told = f"Nothing decided: the runs of this quote have the id {quote.workflow_id}."
    assert await _strayed(quote) == told
    described = await quote.handle.describe()
    assert (described.run_id, described.status) == (first, WorkflowExecutionStatus.RUNNING)


async def test_a_create_of_another_id_makes_no_quote(shop: Shop) -> None:
    """Nor is it decided where that program starts a run by the create itself."""
    quote = shop.quote()
    create = quote.stored(CREATE, quote.create_payload())
    told = await _said_by_a_stray(quote, create)
    assert told.endswith(f"the id {quote.workflow_id}.")
    assert quote.rows.quote is None
    await quote.signal(create)
    await quote.until(lambda rows: rows.quote is not None)


async def test_a_quote_begun_before_goes_on_under_its_id(shop: Shop) -> None:
    """It is signalled and queried there, and comes to life again there once it was closed."""
    quote = await shop.created(begun_before=True)
    assert quote.handle.id == f"quote-{quote.id}"
    assert await quote.decided("send", SEND) == "applied"
    assert (await quote.live()).next_what == "Reminder, 7 days left"
    await quote.skip(timedelta(days=32))
    assert (await quote.result())["outcome"] == "The quote is expired."
    assert await quote.decided("extend", {"valid_days": 90}) == "applied"
    assert (await quote.live()).next_due is not None
    await quote.replayed()
