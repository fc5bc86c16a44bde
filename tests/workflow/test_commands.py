"""How commands reach their decision: in whose turn, once, and whatever else the signals bring."""

import asyncio
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from domain.quotes.envelope import CREATE
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.workflow.fakes import FakeQuote
from tests.workflow.shop import SEND, Shop, kinds


def _unreadable(rows: FakeQuote) -> int:
    return sum(e.data["count"] for e in rows.events if e.type is EventType.COMMAND_REFUSED)


SIGNALS = ["revise", "send", "resend", "extend", "accept", "reject", "cancel", "explode", "create"]


async def test_a_life_from_create_to_accept(shop: Shop) -> None:
    """Created, sent, accepted; the run ends, and its history replays."""
    quote = await shop.sent()
    assert await quote.accepted() == "applied"
    await quote.ended()
    assert [e.type for e in quote.rows.events] == [EventType.CREATED, EventType.SENT, EventType.ACCEPTED]
    mails = [name.rsplit(":", 1)[0] for name in quote.rows.delivered]
    assert mails == ["sent:recipients", "accepted:customer", "accepted:seller"]
    await quote.replayed()


async def test_what_can_be_chosen_is_asked_for_once_somebody_chooses(shop: Shop) -> None:
    """Of a quote that leaves a choice, and not of any other; the total of the choice is the run's, and the history replays."""
    quote = await shop.sent(lines=[{"description": "optional", "quantity": 1, "unit_price": "100.00"}])
    assert quote.rows.quote is not None
    assert quote.rows.quote.current.has_choices
    wrong = {"signer": "someone", "selection": [{"position": 3}]}
    assert await quote.decided("accept", wrong, shown_version=1) == "choice_not_offered"
    both = {"signer": "someone", "selection": [{"position": 2, "quantity": 1}]}
    assert await quote.decided("accept", both, shown_version=1) == "applied"
    await quote.ended()
    accepted = quote.rows.quote.acceptance
    assert accepted is not None
    assert (str(accepted.total), len(accepted.selection or ())) == ("200.00", 2)
    await quote.replayed()


async def test_a_slip_is_sent_only_once_it_is_confirmed(shop: Shop) -> None:
    """Refused by the run itself, then sent with the code, which the event tells beside who sent it; a revision, and a signal
    that confirms what is not there, are not.
    """
    quote = await shop.created(lines=[{"description": "slip"}])
    assert await quote.decided("send", SEND) == "price_needs_confirmation"
    confirming = {**SEND, "confirm": ["below_cost"]}
    assert await quote.decided("send", {**SEND, "confirm": ["below_least_margin"]}) == "nothing_to_confirm"
    assert await quote.decided("send", confirming) == "applied"
    [sent] = [e for e in quote.rows.events if e.type is EventType.SENT]
    assert sent.data["confirmed"] == ["below_cost"]
    assert await quote.decided("resend", SEND) == "applied"
    assert await quote.decided("revise", {"lines": [{"description": "slip"}]}) == "applied"
    assert await quote.decided("send", SEND) == "price_needs_confirmation"
    assert await quote.decided("revise", {"lines": [{"description": "Bracket"}]}) == "applied"
    assert await quote.decided("send", confirming) == "nothing_to_confirm"
    assert await quote.decided("send", SEND) == "applied"
    assert await quote.decided("accept", {"signer": "someone"}, shown_version=3) == "applied"
    await quote.ended()
    assert [e.data.get("confirmed") for e in quote.rows.events if e.type is EventType.SENT] == [
        ["below_cost"],
        None,
    ]
    await quote.replayed()


async def test_the_cost_of_a_life(shop: Shop) -> None:
    """Create, send, accept: at most 36 events of history, and 13 billable actions by their kinds."""
    quote = await shop.sent()
    assert await quote.accepted() == "applied"
    await quote.ended()
    names = kinds(await quote.replayed())
    billable = {
        "WORKFLOW_EXECUTION_STARTED",
        "WORKFLOW_EXECUTION_SIGNALED",
        "ACTIVITY_TASK_SCHEDULED",
        "MARKER_RECORDED",  # one action for all local activities of a step
        "TIMER_STARTED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    }
    steps = [name for name, _ in groupby(names)]
    assert len(names) <= 36
    assert sum(name in billable for name in steps) <= 13


async def test_a_refused_create_leaves_no_quote(shop: Shop) -> None:
    """A price that cannot be made refuses the create; the run ends without a quote."""
    quote = shop.quote()
    payload = quote.create_payload(lines=[{"description": "unpriceable"}])
    assert await quote.decided(CREATE, payload) == "not_priced"
    await quote.ended()
    assert quote.rows.quote is None


async def test_what_waits_together_is_decided_by_received_time(closed_shop: Shop) -> None:
    """With no worker, a cancel is signalled before an earlier accept: the accept wins."""
    async with closed_shop.worker():
        quote = await closed_shop.sent()
    now = quote.now
    cancel = await quote.command("cancel", at=now + timedelta(seconds=1))
    accept = await quote.command("accept", {"signer": "someone"}, shown_version=1, at=now)
    async with closed_shop.worker():
        await quote.until(lambda rows: {cancel.command_id, accept.command_id} <= rows.outcomes.keys())
    assert quote.rows.outcomes[accept.command_id] == "applied"
    assert quote.rows.outcomes[cancel.command_id] == "quote_not_cancellable"


async def test_the_same_signal_again_changes_nothing(shop: Shop) -> None:
    """While the run is open, and after it has ended: the first outcome stands, once."""
    quote = await shop.sent()
    accept = await quote.command("accept", {"signer": "someone"}, shown_version=1)
    await quote.until(lambda rows: accept.command_id in rows.outcomes)
    await quote.signal(accept)
    await quote.ended()
    await quote.signal(accept)
    await quote.ended()
    assert quote.rows.outcomes[accept.command_id] == "applied"
    assert [e.type for e in quote.rows.events].count(EventType.ACCEPTED) == 1


async def test_a_closed_quote_answers(shop: Shop) -> None:
    """A command for a quote whose run has ended starts one from the record, which refuses and ends."""
    quote = await shop.sent()
    assert await quote.accepted() == "applied"
    await quote.ended()
    assert await quote.decided("cancel") == "quote_not_cancellable"
    await quote.ended()
    assert await quote.decided("accept", {"signer": "another"}, shown_version=1) == "already_decided"
    await quote.ended()  # what is recorded inside a step is in the history when the step is done
    names = kinds(await quote.replayed())
    assert names.count("MARKER_RECORDED") == 2  # load and record
    assert names.count("ACTIVITY_TASK_SCHEDULED") == 0


async def test_an_acceptance_is_confirmed_again(shop: Shop) -> None:
    """A resend starts a run of the accepted quote, which tells those named and ends; it stays accepted."""
    quote = await shop.sent()
    assert await quote.accepted() == "applied"
    await quote.ended()
    assert await quote.decided("resend", SEND) == "applied"
    await quote.ended()
    assert quote.rows.delivered[-1].startswith("accepted:recipients")
    assert quote.rows.quote is not None
    assert quote.rows.quote.status is QuoteStatus.ACCEPTED
    await quote.replayed()


async def test_a_colleague_is_shown_the_quote(shop: Shop) -> None:
    """A request like the others: mails go out, and neither status nor state version moves."""
    quote = await shop.sent()
    before = quote.rows.quote
    shown = {"recipients": ["colleague@example.com"], "recipient": "buyer@example.com"}
    assert await quote.decided("share", shown, shown_version=1) == "applied"
    await quote.until(lambda rows: not rows.undelivered)
    assert [name.rsplit(":", 1)[0] for name in quote.rows.delivered[1:]] == [
        *("sent:recipients", "shared:seller"),
    ]
    assert quote.rows.quote == before
    assert await quote.decided("share", shown | {"reads_only": True}, shown_version=1) == "applied"
    assert await quote.decided("reject", {"reads_only": True}, shown_version=1) == "link_read_only"
    await quote.replayed()


async def test_a_command_may_overtake_its_create(shop: Shop) -> None:
    """A run started by another command finds the undecided create in the record and decides it first."""
    quote = shop.quote()
    create = quote.stored(CREATE, quote.create_payload())
    assert await quote.decided("send", SEND) == "applied"
    assert quote.rows.outcomes[create.command_id] == "applied"


async def test_no_quote_no_decision(shop: Shop) -> None:
    """A command for a quote that nobody asked to create is left to the relay, and the run ends."""
    quote = shop.quote()
    command = await quote.command("send", SEND)
    await quote.ended()
    assert command.command_id not in quote.rows.outcomes


@pytest.mark.parametrize("signal", SIGNALS)
async def test_garbage_leaves_the_quote_alive(shop: Shop, signal: str) -> None:
    """No argument, two, null, bytes, another shape, forged ids: counted or dropped; the quote lives on."""
    quote = await shop.sent()
    forged = {"command_id": str(uuid4()), "received_at": quote.now.isoformat(), "actor": "forger"}
    garbage: list[list[Any]] = [[], [1, 2], [None], [b"\x00\xff"], ["text"], [{"a": 1}], [[]], [forged]]
    for args in garbage:
        await quote.handle.signal(signal, args=args)
    assert await quote.decided("extend", {"valid_days": 40}) == "applied"
    # The SDK itself drops what is no JSON; a forged command is dropped by the record.
    await quote.until(lambda rows: _unreadable(rows) >= len(garbage) - 2)
    assert quote.rows.quote is not None
    assert quote.rows.quote.status is QuoteStatus.SENT
    await quote.replayed()


async def test_a_forged_command_does_not_stand_in_for_the_real_one(shop: Shop) -> None:
    """Who signals a stored command's id with other content changes nothing; the real one is applied."""
    quote = await shop.sent()
    real = quote.stored("extend", {"valid_days": 40})
    await quote.handle.signal("cancel", real.to_data())
    await quote.handle.signal("extend", real.to_data() | {"payload": {"valid_days": 300}})
    await quote.handle.signal("extend", real.to_data() | {"received_at": "8999-12-31T20:00:00+00:00"})
    await quote.signal(real)
    await quote.until(lambda rows: real.command_id in rows.outcomes)
    assert quote.rows.outcomes[real.command_id] == "applied"
    assert quote.rows.quote is not None
    assert quote.rows.quote.status is QuoteStatus.SENT
    assert quote.rows.quote.valid_until - quote.now < timedelta(days=50)


async def test_mail_delays_no_decision(shop: Shop) -> None:
    """While the mail server is down the quote is decided, and its run waits for the mails."""
    shop.delivery.down = True
    quote = await shop.created()
    assert await quote.decided("send", SEND) == "applied"
    assert await quote.accepted() == "applied"
    assert len((await quote.live()).delivering) == 3
    shop.delivery.down = False
    await quote.ended()
    assert len(quote.rows.delivered) == 3


async def test_a_database_that_is_away_is_waited_for_by_the_server(shop: Shop) -> None:
    """After three attempts of its own the worker leaves a record to the server: it is pending there, where it can be
    seen, however long that takes, and the history does not grow.
    """
    quote = await shop.sent()
    shop.records.away = True
    accept = await quote.command("accept", {"signer": "someone"}, shown_version=1)
    async with asyncio.timeout(30):
        while not (pending := await quote.pending()):  # noqa: ASYNC110 - the worker changes it
            await asyncio.sleep(0.1)
    assert pending == ["record"]
    before = kinds(await quote.replayed())
    await asyncio.sleep(1)
    assert kinds(await quote.replayed()) == before
    assert shop.records.attempts == [1, 2, 3, *range(1, len(shop.records.attempts) - 2)]
    shop.records.away = False
    await quote.until(lambda rows: rows.outcomes.get(accept.command_id) == "applied")
    await quote.ended()
    await quote.replayed()


@pytest.mark.parametrize(("lines", "by_the_server"), [(50, 0), (51, 1)])
async def test_a_large_price_is_no_part_of_a_step(shop: Shop, lines: int, by_the_server: int) -> None:
    """Where many lines are priced, the result goes to the server by itself."""
    quote = await shop.created(lines=[{"description": "Bracket"}] * lines)
    assert kinds(await quote.replayed()).count("ACTIVITY_TASK_SCHEDULED") == by_the_server


async def test_many_at_once_have_one_winner(shop: Shop) -> None:
    """Fifty racing accepts, rejects and cancels: one is applied, every other is told why not."""
    quote = await shop.sent()
    commands = [
        quote.stored(name, {"signer": f"s{i}"}, shown_version=1)
        for i in range(17)
        for name in ("accept", "reject", "cancel")
    ]
    await asyncio.gather(*(quote.signal(c, limit=20) for c in reversed(commands)))
    ids = {command.command_id for command in commands}
    await quote.until(lambda rows: ids <= rows.outcomes.keys())
    outcomes = {command.command_id: quote.rows.outcomes[command.command_id] for command in commands}
    applied = [command.name for command in commands if outcomes[command.command_id] == "applied"]
    # A rejected quote can still be withdrawn, once.
    assert applied in (["accept"], ["reject"], ["cancel"], ["reject", "cancel"], ["cancel", "reject"])
    told = {"already_decided", "quote_not_acceptable", "quote_not_rejectable", "quote_not_cancellable"}
    assert set(outcomes.values()) - {"applied"} <= told


async def test_cancelling_the_run_does_not_end_the_quote(shop: Shop) -> None:
    """Who asks Temporal to cancel the run, waiting or in the middle of something, stops nothing."""
    quote = await shop.sent()
    await quote.handle.cancel()
    assert await quote.decided("extend", {"valid_days": 40}) == "applied"
    shop.delivery.down = True
    assert await quote.decided("resend", SEND) == "applied"
    await quote.handle.cancel()
    shop.delivery.down = False
    assert await quote.accepted() == "applied"
    await quote.ended()
    assert len(quote.rows.delivered) == 5
    await quote.replayed()


async def test_what_a_program_of_before_signals_is_understood(shop: Shop) -> None:
    """An API that is upgraded after the worker still signals all that was asked, and starts runs with it."""
    quote = shop.quote()
    create = quote.stored(CREATE, quote.create_payload(notes="for Ada"))
    await shop.runs.signal(quote.workflow_id, create, quote_id=quote.id, summary=None)
    send = quote.stored("send", {**SEND, "message": "Dear Ada"})
    accept = quote.stored("accept", {"signer": "someone", "signer_name": "Ada"}, shown_version=1)
    for command in (send, accept):
        await shop.runs.signal(quote.workflow_id, command, quote_id=quote.id, summary=None)
    await quote.ended()
    assert [quote.rows.outcomes[c.command_id] for c in (create, send, accept)] == ["applied"] * 3
    assert {request.command for request in shop.records.saved} == {
        c.reference for c in (create, send, accept)
    }
    await quote.replayed()
