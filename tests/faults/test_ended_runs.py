"""Quotes whose run has ended, or has gone: every command finds them all the same, from the record alone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from adapters.db.database import Database
from adapters.db.record.outbox import list_messages
from api.desk.time_machine.journey import TimeMachine
from domain.quotes.status import Action
from tests.api.caller import PART, Caller, problem, run_of
from tests.faults.edges import accept
from tests.faults.ledger import Wish, do, drafted, sent
from tests.faults.record import complaints
from tests.faults.stack import QUEUE, FaultStack
from tests.waiting import eventually

_TWO_MINUTES_PASS = sa.text(
    "UPDATE messages SET created_at = created_at - interval '2 minutes' WHERE quote_id = CAST(:quote_id AS uuid)"
)
ENDING = {"rejected": "reject", "cancelled": "cancel"}
ANNULMENT = {"reason": "The press is not built.", "agreed_with": "Ada Buyer"}
REVISION = {"specification": {**PART, "quantity": 30}}
REFUSED = {
    "accepted": {
        "revise": "quote_not_modifiable",
        "send": "quote_not_sendable",
        "extend": "quote_not_extendable",
        "accept": "already_decided",
        "reject": "already_decided",
        "cancel": "quote_not_cancellable",
    },
    "cancelled": {
        "revise": "quote_not_modifiable",
        "send": "quote_not_sendable",
        "resend": "quote_not_resendable",
        "extend": "quote_not_extendable",
        "accept": "quote_not_acceptable",
        "reject": "quote_not_rejectable",
        "cancel": "quote_not_cancellable",
        "annul": "quote_not_annullable",
        "hand_over": "quote_not_ordered",
    },
    "rejected": {
        "send": "quote_not_sendable",
        "resend": "quote_not_resendable",
        "extend": "quote_not_extendable",
        "accept": "already_decided",
        "reject": "already_decided",
        "annul": "quote_not_annullable",
        "hand_over": "quote_not_ordered",
    },
    "expired": {
        "send": "quote_expired",
        "resend": "quote_expired",
        "accept": "quote_expired",
        "reject": "quote_expired",
        "annul": "quote_not_annullable",
        "hand_over": "quote_not_ordered",
    },
}


class Ends:
    """Brings quotes to their ends, and their runs."""

    def __init__(self, caller: Caller, database: Database, client: Client) -> None:
        self.caller = caller
        self.database = database
        self.client = client

    async def quote(self, status: str, *, drafted_only: bool = False) -> dict[str, Any]:
        """A quote in a status that ends its run, and the run has ended."""
        customer = (await self.caller.customer())["id"]
        quote = await (drafted if drafted_only else sent)(self.caller, customer, valid_days=2)
        if status == "expired":
            machine = await TimeMachine.of(quote["id"], self.database, self.client, QUEUE)
            await machine.forward(timedelta(days=4), lambda _stop: None)
        else:
            await self.done(accept(quote["id"]) if status == "accepted" else do(quote["id"], ENDING[status]))
        await self.ended(quote)
        return await self.read(quote)

    async def done(self, wish: Wish) -> dict[str, Any]:
        """The quote after a wish that is applied."""
        answer = await wish.insist(self.caller)
        assert answer.status_code == 200, answer.text
        quote: dict[str, Any] = answer.json()
        return quote

    async def read(self, quote: dict[str, Any]) -> dict[str, Any]:
        """The quote as it is now."""
        found: dict[str, Any] = (await self.caller.get(f"/quotes/{quote['id']}")).json()
        return found

    def run(self, quote: dict[str, Any]) -> WorkflowHandle[Any, Any]:
        """The quote's present or last run."""
        return self.client.get_workflow_handle(run_of(quote))

    async def ended(self, quote: dict[str, Any]) -> None:
        """Wait for the end of its run, as that is meant to end."""

        async def completed() -> bool:
            return (await self.run(quote).describe()).status is WorkflowExecutionStatus.COMPLETED

        await eventually(completed, "the run has ended")


@pytest_asyncio.fixture
async def ends(stack: FaultStack, caller: Caller, database: Database) -> AsyncIterator[Ends]:
    yield Ends(caller, database, await stack.client())


def _wish(quote_id: str, action: str) -> Wish:
    if action == "accept":
        return accept(quote_id)
    if action == "revise":
        return Wish("PUT", f"/quotes/{quote_id}/pricing", REVISION)
    if action == "hand_over":
        return Wish("PUT", f"/quotes/{quote_id}/order", {"reference": "SO-4711"})
    bodies = {"extend": {"valid_days": 9}, "annul": ANNULMENT}
    return do(quote_id, action, bodies.get(action))


@pytest.mark.parametrize("status", REFUSED)
async def test_a_closed_quote_refuses(ends: Ends, status: str) -> None:
    """Each command that its state does not allow starts a run that refuses by its own rule and ends again; the
    state is as before. Whoever is refused learns what is allowed.
    """
    quote = await ends.quote(status)
    assert quote["status"] == status
    for action, code in REFUSED[status].items():
        answer = problem(await _wish(quote["id"], action).insist(ends.caller), 409, code)
        assert (answer["current_status"], set(answer["allowed_actions"])) == (
            status,
            set(Action) - set(REFUSED[status]),
        )
        await ends.ended(quote)
    assert (await ends.read(quote))["state_version"] == quote["state_version"]
    assert await complaints(ends.database, [quote["id"]]) == []


@pytest.mark.parametrize("status", ["rejected", "expired"])
async def test_a_closed_quote_is_opened_by_a_revision(ends: Ends, status: str) -> None:
    """It is a draft of its second version again, can be sent, and is accepted as that version."""
    quote = await ends.quote(status)
    again = await ends.done(_wish(quote["id"], "revise"))
    assert (again["status"], again["current_version"]) == ("draft", 2)
    await ends.done(do(quote["id"], "send"))
    accepted = await ends.done(accept(quote["id"]))
    assert (accepted["status"], accepted["current_version"]) == ("accepted", 2)
    await ends.ended(quote)
    assert await complaints(ends.database, [quote["id"]]) == []


@pytest.mark.parametrize("status", ["rejected", "expired"])
async def test_a_closed_quote_is_withdrawn(ends: Ends, status: str) -> None:
    """Cancelled for good, without being opened again."""
    quote = await ends.quote(status)
    assert (await ends.done(do(quote["id"], "cancel")))["status"] == "cancelled"
    await ends.ended(quote)
    problem(await _wish(quote["id"], "revise").insist(ends.caller), 409, "quote_not_modifiable")


async def test_an_accepted_quote_is_annulled(ends: Ends) -> None:
    """Its run has ended; the command starts one, which cancels the quote and tells both sides. The evidence stays, with the
    annulment beside it, and the record is sound. Asked again, it is refused.
    """
    quote = await ends.quote("accepted")
    before = (await ends.caller.get(f"/quotes/{quote['id']}/evidence")).json()
    annulled = await ends.done(_wish(quote["id"], "annul"))
    assert (annulled["status"], annulled["allowed_actions"]) == ("cancelled", [])
    await ends.ended(quote)
    evidence = (await ends.caller.get(f"/quotes/{quote['id']}/evidence?verify=true")).json()
    annulment = evidence["annulment"]
    assert {name: annulment[name] for name in ANNULMENT} == ANNULMENT
    assert evidence["verification"]["sound"]
    assert {**before, "annulment": annulment, "verification": evidence["verification"]} == evidence
    assert (await ends.caller.get(f"/quotes/{quote['id']}/evidence/pdf")).status_code == 200
    async with ends.database.read() as r:
        mails = [mail for mail in await list_messages(r, quote["id"]) if mail.kind == "annulled"]
    assert {(mail.audience, mail.status) for mail in mails} == {("customer", "sent"), ("seller", "sent")}
    assert await complaints(ends.database, [quote["id"]]) == []
    problem(await _wish(quote["id"], "annul").insist(ends.caller), 409, "quote_not_annullable")


async def test_an_order_that_was_handed_over_is_not_annulled(ends: Ends) -> None:
    """The reference is on the quote; nobody is told, and the acceptance stands."""
    quote = await ends.quote("accepted")
    taken = await ends.done(_wish(quote["id"], "hand_over"))
    assert (taken["status"], taken["order_reference"]) == ("accepted", "SO-4711")
    refused = problem(await _wish(quote["id"], "annul").insist(ends.caller), 409, "order_handed_over")
    assert (refused["current_status"], refused["allowed_actions"]) == ("accepted", ["resend", "hand_over"])
    await ends.ended(quote)
    assert await complaints(ends.database, [quote["id"]]) == []


@pytest.mark.parametrize("before", ["draft", "sent"])
async def test_an_expired_quote_is_extended(ends: Ends, before: str) -> None:
    """It is what it was when it expired, of the same version, with a timer again."""
    quote = await ends.quote("expired", drafted_only=before == "draft")
    back = await ends.done(_wish(quote["id"], "extend"))
    assert (back["status"], back["current_version"], back["is_expired"]) == (before, 1, False)
    live = (await ends.caller.get(f"/quotes/{quote['id']}/live")).json()
    assert live["next_due"]
    assert await complaints(ends.database, [quote["id"]]) == []


async def test_a_run_starts_from_the_record_alone(ends: Ends, stack: FaultStack, caller: Caller) -> None:
    """Temporal has lost the run, with a mail under way: the next command finds the quote as it was, and the mail
    goes out.
    """
    stack.mail.kill()
    try:
        quote = await sent(caller, (await caller.customer())["id"])
        await ends.run(quote).terminate("lost")
    finally:
        await stack.mail.start()
    accepted = await ends.done(accept(quote["id"]))
    assert (accepted["status"], accepted["state_version"]) == ("accepted", 3)
    await ends.ended(quote)
    assert await complaints(ends.database, [quote["id"]]) == []
    async with ends.database.read() as r:
        assert {mail.status for mail in await list_messages(r, quote["id"])} == {"sent"}


@pytest.mark.parametrize("status", ["accepted", "cancelled"])
async def test_a_closed_quotes_mails_go_out_though_its_run_was_lost(
    ends: Ends, stack: FaultStack, caller: Caller, status: str
) -> None:
    """Nobody sends a command and no operator looks: once they have waited for two minutes, the relay sees them."""

    async def statuses() -> set[str]:
        async with ends.database.read() as r:
            return {str(mail.status) for mail in await list_messages(r, quote["id"])}

    async def all_sent() -> bool:
        return await statuses() == {"sent"}

    async def nothing_tries() -> bool:
        return "sending" not in await statuses()

    stack.mail.kill()
    try:
        quote = await sent(caller, (await caller.customer())["id"])
        await ends.done(accept(quote["id"]) if status == "accepted" else do(quote["id"], "cancel"))
        await ends.run(quote).terminate("lost")
        await eventually(nothing_tries, "the attempt that the lost run began is over")
    finally:
        await stack.mail.start()
    assert not await all_sent()
    async with ends.database.write() as w:
        await w.run(_TWO_MINUTES_PASS, {"quote_id": quote["id"]})
    await eventually(all_sent, "the mails are out")
    await ends.ended(quote)
    assert await complaints(ends.database, [quote["id"]]) == []
