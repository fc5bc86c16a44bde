"""Hand-written fakes of the activities: a record in memory, a price of one size, a list of mails, receivers' answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.money import Money
from domain.offer.choice import Choices, choices_of
from domain.offer.content import ContentRef, VersionContent
from domain.offer.line_price import free_line
from domain.offer.line_request import LineRequest
from domain.offer.to_price import read_to_price
from domain.quotes.commands import turn_of
from domain.quotes.decide import Refused
from domain.quotes.envelope import CREATE, CommandRef, Envelope
from domain.quotes.events import Event, EventType
from domain.quotes.notices import notices
from domain.quotes.payloads import for_decision
from domain.quotes.quote import Quote
from domain.quotes.record import LoadResult, RecordRequest, RecordResult, RecordStatus
from domain.quotes.validity import GRACE, is_on_time
from workflows.ports import (
    NOT_PRICED,
    ActivityName,
    ChoicesRequest,
    DeliverRequest,
    Delivery,
    HandOverRequest,
    HandOverResult,
    LoadRequest,
    OrderHandover,
    OverdueRequest,
    OverdueResult,
    PriceRequest,
    Pricing,
    Records,
    TellRequest,
    TellResult,
    Webhooks,
)


@dataclass
class FakeQuote:
    """One quote's rows: its inbox, events, outcomes and outbox; `ahead` of the wall's is its clock, `order`
    how its order fares. Commands that are
    `unfit` are never taken for those of the inbox.
    """

    quote: Quote | None = None
    workflow_id: str | None = None
    inbox: dict[str, Envelope] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    causes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    unfit: set[str] = field(default_factory=set)
    ahead: timedelta = timedelta(0)
    undelivered: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    order: str | None = None

    @property
    def now(self) -> datetime:
        """The record's clock."""
        return datetime.now(UTC) + self.ahead

    def waits(self, request: RecordRequest, stored: Envelope | None) -> RecordResult | None:
        """Why the request cannot be recorded yet: for what is to be decided before, or for its time."""
        if self.quote is None:
            return None
        waiting = [e for e in self.inbox.values() if e.command_id not in {*self.causes, *request.passed_over}]
        if request.expires:
            found = [e for e in waiting if is_on_time(e.received_at, request.expires)]
        else:
            found = [e for e in waiting if stored and turn_of(e) < turn_of(stored)]
        if found:
            earlier = tuple(for_decision(e) for e in sorted(found, key=turn_of))
            return RecordResult(status=RecordStatus.PRECEDED, earlier=earlier)
        if request.expires and self.now < request.expires + GRACE:
            return RecordResult(status=RecordStatus.NOT_DUE, now=self.now)
        return None


class FakeRecords(Records):
    """The record's rules, in memory; while `away` nothing can be recorded, and `attempts` are counted. `sent_back` counts
    decisions that had to wait.
    """

    def __init__(self) -> None:
        self.away = False
        self.attempts: list[int] = []
        self.hands_over = False
        self.sent_back = 0
        self.quotes: dict[str, FakeQuote] = {}
        self.saved: list[RecordRequest] = []

    def of(self, quote_id: str) -> FakeQuote:
        """The rows of one quote."""
        return self.quotes.setdefault(quote_id, FakeQuote())

    def store(self, quote_id: str, envelope: Envelope) -> Envelope:
        """An inbox row."""
        self.of(quote_id).inbox[envelope.command_id] = envelope
        return envelope

    @activity.defn(name=ActivityName.RECORD)
    async def record(self, request: RecordRequest) -> RecordResult:
        """As the real one, without a database."""
        if self.away:
            self.attempts.append(activity.info().attempt)
            raise ConnectionRefusedError
        rows = self.of(request.quote_id)
        if request.cause in rows.causes:
            waiting = tuple(m for m in rows.causes[request.cause] if m in rows.undelivered)
            if request in self.saved:  # by an attempt whose answer got lost
                return RecordResult(status=RecordStatus.RECORDED, messages=waiting)
            return RecordResult(status=RecordStatus.REPEATED, quote=rows.quote, messages=waiting)
        stored = rows.inbox.get(request.cause)
        if request.command is not None and not _is_meant(stored, request.command, unfit=rows.unfit):
            return RecordResult(
                status=RecordStatus.MALFORMED, stored=for_decision(stored) if stored else None
            )
        if request.base_state_version != (rows.quote.state_version if rows.quote else 0):
            return RecordResult(status=RecordStatus.STALE, quote=rows.quote)
        if waits := rows.waits(request, stored):
            self.sent_back += 1
            return waits
        self.saved.append(request)
        messages = tuple(
            f"{notice.kind}:{notice.audience}:{len(rows.causes)}"
            for event in request.events
            for notice in notices(event, rows.quote)
        )
        rows.quote = request.quote or rows.quote
        rows.causes[request.cause] = messages
        rows.outcomes[request.cause] = request.refused.code if request.refused else "applied"
        rows.events.extend(request.events)
        rows.undelivered.extend(messages)
        accepts = any(event.type is EventType.ACCEPTED for event in request.events)
        if accepts and self.hands_over:
            rows.order = "pending"
        return RecordResult(
            status=RecordStatus.RECORDED, messages=messages, hands_over=accepts and self.hands_over
        )

    @activity.defn(name=ActivityName.LOAD)
    async def load(self, request: LoadRequest) -> LoadResult:
        """As the real one."""
        rows = self.of(request.quote_id)
        undecided = [e for e in rows.inbox.values() if e.name == CREATE and e.command_id not in rows.causes]
        return LoadResult(
            quote=rows.quote,
            workflow_id=rows.workflow_id if rows.quote else None,
            create=for_decision(undecided[0]) if undecided and rows.quote is None else None,
            causes=tuple(cause for cause in rows.causes if cause.startswith("reminder:")),
            messages=tuple(rows.undelivered),
            hands_over=rows.order == "pending",
        )

    @activity.defn(name=ActivityName.OVERDUE_COMMANDS)
    async def overdue_commands(self, request: OverdueRequest) -> OverdueResult:
        """As the real one."""
        rows = self.of(request.quote_id)
        found = (e for e in rows.inbox.values() if e.command_id not in rows.causes)
        on_time = (e for e in found if is_on_time(e.received_at, request.valid_until))
        return OverdueResult(commands=tuple(for_decision(e) for e in sorted(on_time, key=received)))


CERTAIN = free_line(LineRequest(position=1, description="Fixture", quantity=1, unit_price="100"), "EUR")
"""A line that can be had in one way."""


SLIP = {"line": 1, "code": "below_cost", "message": "too little", "needs_confirmation": True}


class FakePricing(Pricing):
    """Every line costs 100.00 EUR; a line described as `unpriceable` has no price, one described as `optional` may be left
    out, beside one that is not, and one described as `slip` is below cost.
    """

    def __init__(self, records: FakeRecords) -> None:
        self._records = records
        self._offered: dict[str, list[VersionContent]] = {}

    @activity.defn(name=ActivityName.PRICE)
    async def price(self, request: PriceRequest) -> ContentRef:
        """One price for all."""
        asked = self._records.of(request.quote_id).inbox.get(request.command_id)
        wish = read_to_price(asked.payload) if asked else None
        if wish is None or any(line.description == "unpriceable" for line in wish.lines):
            raise ApplicationError("pair_not_offered", type=NOT_PRICED, non_retryable=True)
        made = VersionContent(lines=(), total=Money.parse("100.00", "EUR"), notes=wish.texts.notes)
        if any(line.description == "slip" for line in wish.lines):
            made = replace(made, warnings=(SLIP,))
        if any(line.description == "optional" for line in wish.lines):
            made = replace(made, lines=(CERTAIN, replace(CERTAIN, position=2, optional=True)))
        self._offered.setdefault(request.quote_id, []).append(made)
        return ContentRef(
            total=made.total,
            content_hash=made.content_hash,
            has_choices=made.has_choices,
            to_confirm=made.to_confirm,
        )

    @activity.defn(name=ActivityName.CHOICES)
    async def choices(self, request: ChoicesRequest) -> Choices:
        """As the real one."""
        return choices_of(self._offered[request.quote_id][request.version - 1])


class FakeDelivery(Delivery):
    """Keeps what was delivered; while `down`, raises as an unreachable mail server does."""

    def __init__(self, records: FakeRecords) -> None:
        self._records = records
        self.down = False

    @activity.defn(name=ActivityName.DELIVER)
    async def deliver(self, request: DeliverRequest) -> None:
        """Nothing is sent."""
        if self.down:
            raise ApplicationError("no mail server", type="mail_unavailable")
        rows = self._records.of(request.quote_id)
        for message in request.messages:
            if message in rows.undelivered:
                rows.undelivered.remove(message)
                rows.delivered.append(message)


class FakeOrders(OrderHandover):
    """Takes orders under one reference; while `down`, raises as the real one does until it gives up."""

    def __init__(self, records: FakeRecords) -> None:
        self._records = records
        self.down = 0
        self.gives_up_after = 1000
        self.attempts: list[int] = []

    @activity.defn(name=ActivityName.HAND_OVER_ORDER)
    async def hand_over(self, request: HandOverRequest) -> HandOverResult:
        """As the real one, without a request."""
        rows, attempt = self._records.of(request.quote_id), activity.info().attempt
        self.attempts.append(attempt)
        if rows.order != "pending":
            return HandOverResult()
        if attempt > self.gives_up_after:
            rows.order = "failed"
            rows.undelivered.append("order_failed")
            return HandOverResult(messages=("order_failed",))
        if attempt <= self.down:
            raise ApplicationError("answered 500", next_retry_delay=timedelta(milliseconds=50))
        rows.order = "handed_over"
        taken = Envelope(
            name="hand_over",
            command_id=str(uuid4()),
            received_at=rows.now,
            actor="system",
            payload={"reference": "SO-4711"},
        )
        return HandOverResult(command=for_decision(self._records.store(request.quote_id, taken)))


ALL_TOLD = TellResult(goes_on=True)
MORE = TellResult(goes_on=True, has_more=True)
GONE = TellResult(goes_on=False)


class FakeWebhooks(Webhooks):
    """Each attempt comes to the next one of `answers`; a span of time is how long it is until the next attempt is due."""

    def __init__(self) -> None:
        self.answers: list[TellResult | timedelta] = []
        self._told = 0
        self._changed = asyncio.Condition()
        self._is_held = False

    @activity.defn(name=ActivityName.TELL)
    async def tell(self, request: TellRequest) -> TellResult:
        """Nobody is told."""
        async with self._changed:
            self._told += 1
            self._changed.notify_all()
            await self._changed.wait_for(lambda: not self._is_held)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, TellResult) else replace(ALL_TOLD, next_due=request.now + answer)

    async def has_told(self, count: int) -> None:
        """So many attempts have begun."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: self._told >= count)

    def hold(self) -> None:
        """The next attempt lasts until `let_go`."""
        self._is_held = True

    async def let_go(self) -> None:
        """What is held goes on."""
        async with self._changed:
            self._is_held = False
            self._changed.notify_all()


def _is_meant(stored: Envelope | None, decided: CommandRef, *, unfit: set[str]) -> bool:
    if stored is None or stored.command_id in unfit:
        return False
    return decided in (for_decision(stored).reference, stored.reference)


def received(envelope: Envelope) -> datetime:
    """Sort key."""
    return envelope.received_at


def refusals(saved: Sequence[RecordRequest]) -> list[Refused]:
    """The refusals among what was recorded."""
    return [request.refused for request in saved if request.refused]
