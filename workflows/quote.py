"""The life of one quote, as it waits for people and for time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from temporalio import workflow
from temporalio.common import RawValue

from domain.errors import RefusalCode
from domain.offer.choice import Choices
from domain.quotes import causes
from domain.quotes.commands import Accept, Create, Expire, Priced, Revise
from domain.quotes.decide import Decision, Refused, decide, expire
from domain.quotes.events import CommandRefused, Event, Reminded
from domain.quotes.guards import claims_online, confirms_again, repeats_reference
from domain.quotes.quote import Quote
from domain.quotes.record import LoadResult, RecordRequest, RecordResult, RecordStatus
from domain.quotes.status import Action, CustomerRequest
from domain.quotes.validity import GRACE, is_on_time
from workflows import calls, contract
from workflows.contract import LiveView, QuoteStart, WaitingView, given_id
from workflows.deliveries import Deliveries
from workflows.ending import Account, Ending
from workflows.inbox import Inbox, ReceivedCommand
from workflows.ports import ChoicesRequest, LoadRequest, OverdueRequest, PriceRequest, Pricing, Records
from workflows.timer import NOTHING_DUE, Alarm, next_due, pending
from workflows.web_ui import details, list_by

MOST_CARRIED = 1_000_000
"""Bytes of waiting commands that travel into a next run, half of what a payload may hold. The relay signals the
others again: a run's end frees their request ids.
"""

MOST_AT_ONCE = 20
"""Decisions in one step of the run, whose results go to the server in one message; only then is seen how long the
history has become.
"""

MOST_LINES = 50
"""Lines whose prices are a small result."""

LONGEST_HISTORY = 1_000
"""Events, of which a signal is one. Our servers take no more signals of a run than that, so that a worker which finds
them all at once is through in time; a run as long as that ends, or the quote would take no signal again.
"""


@workflow.defn(name=contract.QUOTE_WORKFLOW)
class QuoteWorkflow:
    """Handlers only append; `run` is the one place where commands are decided, one at a time."""

    @workflow.init
    def __init__(self, start: QuoteStart) -> None:
        self._id = start.quote_id
        self._quote: Quote | None = None
        self._inbox = Inbox()
        self._alarm = Alarm()
        self._reminded: set[str] = set()
        self._decisions = 0
        self._deliveries = Deliveries(start.quote_id, self._inbox.add)
        self._cancel_asked: datetime | None = None
        self._account = Account()

    @workflow.run
    async def run(self, start: QuoteStart) -> Ending:
        """A quote ends by its commands and its deadline alone: a request to cancel the run, as from the
        Temporal Web UI, would only stop its reminders and its expiry, and is not obeyed.
        """
        life = asyncio.create_task(self._live(start))
        while True:
            try:
                return await asyncio.shield(life)
            except asyncio.CancelledError:
                if life.cancelled():
                    raise
                workflow.logger.warning("a quote's run cannot be cancelled; send the quote a command instead")
                self._cancel_asked = workflow.now()
                self._describe()

    async def _live(self, start: QuoteStart) -> Ending:
        """Wait for a command or the due instant; decide; record; deliver; look at the clock last."""
        if not await self._take_up(start):
            return self._account.ending(self._quote)
        while not self._is_over():
            await workflow.wait_condition(self._is_called)
            while (waiting := self._inbox.first()) and not self._should_start_afresh():
                await self._settle(waiting)
            await self._note_unreadable()
            if self._alarm.rang and self._inbox.first() is None:
                await self._ring()
            self._set_alarm()
            if self._should_start_afresh() and not self._inbox.unreadable:
                rest = self._inbox.first_envelopes(MOST_CARRIED)
                workflow.continue_as_new(QuoteStart(quote_id=self._id, waiting=rest))
        return self._account.ending(self._quote)

    # What comes in

    @workflow.signal
    def revise(self, *args: object) -> None:
        self._inbox.take(Action.REVISE, args)

    @workflow.signal
    def send(self, *args: object) -> None:
        self._inbox.take(Action.SEND, args)

    @workflow.signal
    def resend(self, *args: object) -> None:
        self._inbox.take(Action.RESEND, args)

    @workflow.signal
    def extend(self, *args: object) -> None:
        self._inbox.take(Action.EXTEND, args)

    @workflow.signal
    def accept(self, *args: object) -> None:
        self._inbox.take(Action.ACCEPT, args)

    @workflow.signal
    def reject(self, *args: object) -> None:
        self._inbox.take(Action.REJECT, args)

    @workflow.signal
    def cancel(self, *args: object) -> None:
        self._inbox.take(Action.CANCEL, args)

    @workflow.signal
    def annul(self, *args: object) -> None:
        self._inbox.take(Action.ANNUL, args)

    @workflow.signal
    def hand_over(self, *args: object) -> None:
        self._inbox.take(Action.HAND_OVER, args)

    @workflow.signal
    def request_change(self, *args: object) -> None:
        self._inbox.take(CustomerRequest.CHANGE, args)

    @workflow.signal
    def request_extension(self, *args: object) -> None:
        self._inbox.take(CustomerRequest.EXTENSION, args)

    @workflow.signal
    def share(self, *args: object) -> None:
        self._inbox.take(CustomerRequest.SHARE, args)

    @workflow.signal(name=contract.ORDER_WAITS)
    def order_waits(self, *_: object) -> None:
        self._deliveries.hand_over(waits=True)

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        self._inbox.take(name, [None] * len(args))

    @workflow.query
    def receipt(self, command_id: str) -> str:
        """`decided`, `waiting` or `unknown`, as this run knows the command."""
        return self._inbox.receipt(command_id)

    @workflow.query
    def snapshot(self) -> LiveView:
        """The state as this run knows it, with what waits, what is being delivered, and what is due."""
        due = next_due(self._quote, self._reminded)
        return LiveView(
            quote=self._quote,
            waiting=tuple(
                WaitingView(command_id=e.command_id, name=e.name, received_at=e.received_at)
                for e in self._inbox.envelopes
            ),
            delivering=self._deliveries.under_way,
            next_due=due.at if due else None,
            next_what=due.summary if due else NOTHING_DUE,
        )

    # The steps of the story

    async def _take_up(self, start: QuoteStart) -> bool:
        """Where this run begins; False where there is no quote and no wish for one, and where the quote's runs have
        another id, under which one may be open: a program from before the ids of today starts such a run.

        A command can start the run before its quote's create does: then the create is in the record.
        """
        create, found = start.create, LoadResult()
        if create is None:
            found = await calls.call(
                Records.load, LoadRequest(quote_id=self._id), summary="Load the quote from the record"
            )
            create = found.create
        its_id = given_id(create) or found.workflow_id
        if its_id and its_id != workflow.info().workflow_id:
            self._account.other_id = its_id
            return False
        if start.create is None:
            self._quote = found.quote
            self._reminded.update(found.causes)
            self._deliveries.start(found.messages, "Emails still to be delivered")
            self._deliveries.hand_over(waits=found.hands_over)
        if create is not None:
            self._inbox.add(create)
        self._inbox.add_stored(start.waiting)
        self._show()
        return self._quote is not None or create is not None

    def _is_called(self) -> bool:
        return not self._inbox.is_empty or self._alarm.rang or self._is_over() or self._should_start_afresh()

    def _is_over(self) -> bool:
        closed = self._quote is None or not self._quote.status.is_open
        quiet = self._inbox.is_empty and not self._deliveries.under_way
        return closed and quiet and workflow.all_handlers_finished()

    def _should_start_afresh(self) -> bool:
        """When the server asks for it and no mail is under way; under a flood, mails or not, and also of signals
        that never got as far as a handler: the next run finds the mails in the record.
        """
        info = workflow.info()
        if info.get_current_history_length() >= LONGEST_HISTORY:
            return True
        return info.is_continue_as_new_suggested() and not self._deliveries.under_way

    async def _settle(self, waiting: ReceivedCommand) -> None:
        """Decide the command whose turn it is, unless an earlier one turns up first."""
        if await self._missed_an_earlier_one(waiting):
            return
        decision, content = await self._decide(waiting)
        request = RecordRequest.of(
            decision,
            waiting.envelope.reference,
            content,
            quote_id=self._id,
            base_state_version=self._state_version,
            passed_over=self._inbox.passed_over,
        )
        result = await self._record(request, waiting.envelope.name)
        self._inbox.note(waiting.envelope, result)

    async def _missed_an_earlier_one(self, waiting: ReceivedCommand) -> bool:
        """Before a late command is decided, on-time ones that never got here are taken from the record."""
        quote = self._quote
        if quote is None or not quote.status.is_open:
            return False
        if is_on_time(waiting.envelope.received_at, quote.valid_until):
            return False
        return await self._hear_overdue(quote)

    async def _hear_overdue(self, quote: Quote) -> bool:
        request = OverdueRequest(quote_id=self._id, valid_until=quote.valid_until)
        what = "Commands received before the deadline"
        found = await calls.call(Records.overdue_commands, request, summary=what)
        return self._inbox.add_stored(found.commands)

    async def _decide(self, waiting: ReceivedCommand) -> tuple[Decision, Priced | None]:
        command = waiting.command
        if command is None:
            return Refused(code=RefusalCode.MALFORMED, detail=waiting.problem), None
        # Decided by a run from before it needed a link, an online answer stands.
        before = claims_online(command) and not workflow.patched("online-needs-link")
        once = confirms_again(command, self._quote) and not workflow.patched("confirms-again")
        again = repeats_reference(command, self._quote) and not workflow.patched("references-once")
        was = {"online_by_anybody": before, "confirms_once": once, "tells_again": again}
        decision = decide(self._quote, command, **was)
        if not isinstance(command, Accept | Create | Revise) or not _lacks_price(decision):
            return decision, None
        try:
            if isinstance(command, Accept):
                return decide(self._quote, replace(command, choices=await self._choices(command))), None
            content = await self._price(command)
        except calls.FAILED as failed:
            return Refused(code=RefusalCode.NOT_PRICED, detail=calls.why_unpriced(failed)), None
        return decide(self._quote, replace(command, priced=content)), content

    async def _price(self, command: Create | Revise) -> Priced:
        before = self._quote.latest.number if self._quote else None
        request = PriceRequest(quote_id=self._id, command_id=command.command_id, before=before)
        policy = calls.QUICK if 0 < command.lines <= MOST_LINES else calls.LONG
        return await calls.call(Pricing.price, request, policy=policy, summary=_lines(command.lines))

    async def _choices(self, command: Accept) -> Choices:
        request = ChoicesRequest(quote_id=self._id, version=command.shown_version)
        return await calls.call(Pricing.choices, request, summary="What can be chosen")

    async def _record(self, request: RecordRequest, what: str) -> RecordResult:
        """Have a decision written; only what is on record becomes the state.

        A command comes again after a worker's death; what the clock or garbage brought might not, and so stands in
        the history before it is written.
        """
        quick = request.command is not None and self._is_small_step()
        policy = calls.QUICK if quick else calls.STEADY
        result = await calls.call(Records.record, request, policy=policy, summary=f"Record: {what}")
        self._account.note(request, result.status)
        known = result.quote if result.status is not RecordStatus.RECORDED else request.quote
        if known is not None and known != self._quote:
            self._quote = known
            self._show()
        self._deliveries.start(result.messages, f"Emails: {what}")
        self._deliveries.hand_over(waits=result.hands_over)
        return result

    def _is_small_step(self) -> bool:
        """False for every so-many-th decision, which ends the step that a backlog would be decided in."""
        self._decisions += 1
        return self._decisions % MOST_AT_ONCE != 0

    async def _ring(self) -> None:
        """The due instant has come: remind, or let the offer expire. A moved one is left alone.

        After a long standstill the offer may be over when its reminder is due: then nobody is reminded.
        """
        quote, due = self._quote, next_due(self._quote, self._reminded)
        if quote is None or due is None or due.at != self._alarm.due:
            return
        now = max(workflow.now(), due.at)
        if now >= quote.valid_until + GRACE:
            await self._expire(quote)
        else:
            await self._remind(quote, now)

    async def _remind(self, quote: Quote, now: datetime) -> None:
        """Send the reminder that fits now; after a long standstill the ones before it are passed over."""
        reminder = [r for r in pending(quote, self._reminded) if r.due <= now][-1]
        reminded = Reminded(days_left=reminder.days_left, valid_until=reminder.deadline)
        event = Event.of(reminded, at=None, actor="system")
        request = RecordRequest(
            quote_id=self._id,
            cause=reminder.key,
            base_state_version=quote.state_version,
            events=(event,),
        )
        result = await self._record(request, f"reminder, {reminder.days_left} days left")
        if result.status is not RecordStatus.STALE:
            self._reminded.add(reminder.key)
            self._describe()

    async def _expire(self, quote: Quote) -> None:
        """The offer ends, once every command received in time is decided and the record's clock says so too."""
        if await self._hear_overdue(quote) or not self._inbox.is_empty:
            return
        applied = expire(quote, Expire(deadline=quote.valid_until))
        if applied is not None:
            request = RecordRequest(
                quote_id=self._id,
                cause=causes.expiry(quote.valid_until),
                base_state_version=quote.state_version,
                quote=applied.quote,
                events=applied.events,
                passed_over=self._inbox.passed_over,
            )
            result = await self._record(request, "expired")
            self._inbox.take_first(result.earlier)
            if result.now is not None and (due := next_due(self._quote, self._reminded)) is not None:
                self._alarm.ring_later(due.at - result.now, due.summary)

    async def _note_unreadable(self) -> None:
        """Signals that nobody can read are counted and recorded; they never stop the quote."""
        count = self._inbox.unreadable
        if count and self._quote is not None:
            unread = CommandRefused(code=RefusalCode.MALFORMED, count=count)
            event = Event.of(unread, at=None, actor="unknown")
            request = RecordRequest(
                quote_id=self._id,
                cause=causes.unreadable(workflow.uuid4()),
                base_state_version=self._state_version,
                events=(event,),
            )
            result = await self._record(request, f"unreadable signals, {count}")
            if result.status is RecordStatus.STALE:
                return
        self._inbox.unreadable -= count

    @property
    def _state_version(self) -> int:
        return self._quote.state_version if self._quote else 0

    def _set_alarm(self) -> None:
        due = next_due(self._quote, self._reminded)
        self._alarm.set(due.at if due else None, due.summary if due else NOTHING_DUE)

    def _show(self) -> None:
        self._set_alarm()
        if self._quote is not None:
            list_by(self._quote)
            self._describe()

    def _describe(self) -> None:
        due = next_due(self._quote, self._reminded)
        told = due.told if due else NOTHING_DUE
        workflow.set_current_details(details(self._quote, told, cancel_asked=self._cancel_asked))


def _lines(count: int) -> str:
    if not count:
        return "Reprice the same lines"
    return "Price 1 line" if count == 1 else f"Price {count} lines"


def _lacks_price(decision: Decision) -> bool:
    return isinstance(decision, Refused) and decision.code == RefusalCode.NOT_PRICED
