"""What a person reads in the Temporal Web UI: summaries, search attributes, details."""

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.converter import DataConverter

from domain.quotes.envelope import CREATE
from domain.wording import local
from tests.workflow.shop import LINES, SEND, ZONE, Shop, TestedQuote, kinds
from workflows import contract


async def _summary(event: HistoryEvent) -> str:
    [text] = await DataConverter.default.decode([event.user_metadata.summary])
    return str(text)


async def test_a_quotes_life_can_be_read(shop: Shop) -> None:
    """Each activity and timer says what it is for; the run's line is number and customer."""
    quote = await shop.sent()
    events = await quote.replayed()
    told = [await _summary(e) for e in events if e.HasField("user_metadata")]
    assert told[0] == "Q-2026-00001 · ACME"
    assert told[1:3] == ["Price 1 line", "Record: create"]
    expiry = f"Valid until {local(quote.valid_until, ZONE)}"
    assert expiry.endswith("23:59:59 (Europe/Berlin)")
    # The draft's timer is not started where the send comes in the same step.
    assert set(told[3:]) - {expiry} == {"Record: send", "Emails: send", "Reminder, 7 days left"}


async def test_quotes_are_found_by_what_matters(shop: Shop) -> None:
    """Number, status, customer, deadline and total are search attributes, and follow the state."""
    quote = await shop.sent()
    state = quote.rows.quote
    assert state is not None
    found = (await quote.handle.describe()).typed_search_attributes
    assert found.get(contract.QUOTE_NUMBER) == state.number
    assert found.get(contract.QUOTE_STATUS) == "sent"
    assert found.get(contract.CUSTOMER_ID) == state.customer_id
    assert found.get(contract.VALID_UNTIL) == state.valid_until.astimezone(UTC)
    assert found.get(contract.QUOTE_TOTAL) == 100.0


async def test_the_live_view_tells_what_is_next(shop: Shop) -> None:
    """By query: the state, nothing waiting, and the next due instant with its reason."""
    quote = await shop.sent()
    async with asyncio.timeout(30):
        while (live := await quote.live()).delivering:  # noqa: ASYNC110 - the worker changes it
            await asyncio.sleep(0.02)
    assert live.quote == quote.rows.quote
    assert (live.waiting, live.delivering) == ((), ())
    assert live.next_what == "Reminder, 7 days left"
    assert live.next_due is not None
    receipt = await shop.runs.receipt(quote.workflow_id, next(iter(quote.rows.outcomes)))
    assert receipt == "decided"
    assert await shop.runs.receipt(quote.workflow_id, "nobody's") == "unknown"


async def _details(quote: TestedQuote) -> list[str]:
    """What the Temporal Web UI shows of the run, as it asks for it."""
    found: WorkflowMetadata = await quote.handle.query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )
    return found.current_details.splitlines()


async def _details_once(quote: TestedQuote, holds: Callable[[list[str]], bool]) -> list[str]:
    async with asyncio.timeout(30):
        while not holds(told := await _details(quote)):  # noqa: ASYNC110 - the worker changes it
            await asyncio.sleep(0.02)
    return told


async def test_the_details_follow_the_state(shop: Shop) -> None:
    """Status, version with total, validity, and what comes next: also after a reminder, which is no change of state."""
    quote = await shop.sent()
    told = await _details_once(quote, lambda told: told[0].endswith("sent"))
    assert told[:3] == [
        "### Q-2026-00001: sent",
        "- version 1, 100.00 EUR",
        f"- valid until {local(quote.valid_until, ZONE)}",
    ]
    assert told[3].startswith("- next: Reminder, 7 days left: ")
    assert len(told) == 4
    await quote.skip_to(quote.valid_until - timedelta(days=6))
    told = await _details_once(quote, lambda told: "7 days" not in told[3])
    assert told[3].startswith("- next: Reminder, 3 days left: ")


async def test_a_request_to_cancel_the_run_leaves_a_remark(shop: Shop) -> None:
    """It says since when, and by which call a quote is cancelled; it is there still when the state has changed."""
    quote = await shop.sent()
    before = quote.now - timedelta(seconds=1)
    await quote.handle.cancel()
    told = await _details_once(quote, lambda told: len(told) == 5)
    remark = told[4]
    assert remark.startswith("- **not cancelled**: a request to cancel this run came at ")
    assert remark.endswith(f"send it the command: `POST /api/v1/quotes/{quote.id}/cancel`")
    assert any(local(before + timedelta(seconds=s), ZONE) in remark for s in range(30))
    await quote.decided("extend", {"valid_days": 40})
    told = await _details_once(quote, lambda told: local(quote.valid_until, ZONE) in told[2])
    assert told[4:] == [remark]
    await quote.decided("cancel")
    await quote.ended()
    told = await _details(quote)
    assert (told[0], told[4:]) == ("### Q-2026-00001: cancelled", [remark])
    assert "WORKFLOW_EXECUTION_CANCELED" not in kinds(await quote.replayed())


ENDS = {
    "accepted": ("accept", {"signer": "someone"}),
    "rejected": ("reject", {"reason": "too dear"}),
    "cancelled": ("cancel", {"reason": "sold out"}),
}


@pytest.mark.parametrize("status", [*ENDS, "expired"])
async def test_a_runs_result_says_how_the_quote_ended(shop: Shop, status: str) -> None:
    """Number, status, version and total, as a few plain members."""
    quote = await shop.sent()
    if status == "expired":
        await quote.skip(timedelta(days=32))
    else:
        command, payload = ENDS[status]
        await quote.decided(command, payload, shown_version=1)
    assert await quote.result() == {
        "outcome": f"The quote is {status}.",
        "number": "Q-2026-00001",
        "status": status,
        "version": 1,
        "total": "100.00",
        "currency": "EUR",
    }


async def test_a_run_that_changed_nothing_says_so(shop: Shop) -> None:
    """A command that a closed quote refuses, a repeat of one that was decided, and one of no quote."""
    quote = await shop.sent()
    accept = await quote.command("accept", {"signer": "someone"}, shown_version=1)
    await quote.until(lambda rows: accept.command_id in rows.outcomes)
    await quote.ended()
    await quote.decided("cancel")
    refused = await quote.result()
    assert refused["outcome"] == "Refused 1 command: the quote was accepted before."
    assert (refused["number"], refused["status"]) == ("Q-2026-00001", "accepted")
    await quote.signal(accept)
    assert (await quote.result())["outcome"] == "Nothing to decide: the quote was accepted before."
    nobody = shop.quote()
    await nobody.command("send", SEND)
    assert await nobody.result() == {"outcome": "Nothing to decide: there is no such quote."}
    dear = shop.quote()
    lines = [{**LINES[0], "description": "unpriceable"}]
    await dear.decided(CREATE, dear.create_payload(lines=lines))
    assert await dear.result() == {"outcome": "The quote was not created."}


async def test_an_annulled_quote_says_that_it_had_been_accepted(shop: Shop) -> None:
    """In the details and in the result of the run that the annulment starts; before that, which order it was."""
    quote = await shop.sent()
    await quote.decided("accept", {"signer": "someone"}, shown_version=1)
    await quote.ended()
    await quote.decided("hand_over", {"reference": "SO-4711"})
    await quote.ended()
    assert "- order handed over as SO-4711" in await _details(quote)
    await quote.decided("annul", {"reason": "not built", "agreed_with": "Ada"})
    assert (await quote.result())["outcome"] == "Refused 1 command: the quote was accepted before."
    other = await shop.sent()
    await other.decided("accept", {"signer": "someone"}, shown_version=1)
    await other.ended()
    await other.decided("annul", {"reason": "not built", "agreed_with": "Ada"})
    result = await other.result()
    assert (result["outcome"], result["status"]) == (
        "The quote is cancelled, its acceptance annulled by agreement.",
        "cancelled",
    )
    assert (await _details(other))[0].endswith(": cancelled, the acceptance annulled by agreement")
    await other.replayed()
