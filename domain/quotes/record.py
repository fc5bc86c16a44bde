"""The terms of the record: what is written of a quote, and how it is found again.

The record outlives the workflow that decided it. `adapters.db` keeps it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from domain.money import Money
from domain.offer.content import VersionContent
from domain.quotes.commands import Priced
from domain.quotes.decide import Applied, Decision, Refused
from domain.quotes.envelope import CommandRef, Envelope
from domain.quotes.events import Event, Expired
from domain.quotes.notices import ALL_OUT, DeliveryOfQuote, DeliveryState, Reader
from domain.quotes.quote import Quote
from domain.quotes.status import QuoteStatus
from domain.quotes.validity import is_on_time


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """One decision, to be written in one transaction.

    `cause` is the command's id, or the key of an expiry or reminder: what was recorded for a cause is not
    recorded again. `command` is None where no command of the inbox stands behind it. `quote` is the state
    after an applied command or an expiry, None otherwise. `content` is set when a version was made; a mere
    reference stands for what was kept when its command was priced.
    `base_state_version` is the state the decision was made on, 0 before the creation. `passed_over` are the ids of
    commands without an outcome that got none when they were decided: they hold up nobody.
    """

    quote_id: str
    cause: str
    base_state_version: int
    command: CommandRef | None = None
    quote: Quote | None = None
    events: tuple[Event, ...] = ()
    content: Priced | None = None
    refused: Refused | None = None
    passed_over: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        decision: Decision,
        command: CommandRef,
        content: Priced | None,
        *,
        quote_id: str,
        base_state_version: int,
        passed_over: tuple[str, ...] = (),
    ) -> Self:
        """What was decided about a command of the inbox; `content` is the price that it was decided with."""
        applied = decision if isinstance(decision, Applied) else None
        return cls(
            quote_id=quote_id,
            cause=command.id,
            base_state_version=base_state_version,
            command=command,
            quote=applied.quote if applied else None,
            events=applied.events if applied else (),
            content=content if applied else None,
            refused=decision if isinstance(decision, Refused) else None,
            passed_over=passed_over,
        )

    @property
    def expires(self) -> datetime | None:
        """The deadline, where it is the deadline's timer that asks."""
        ends = self.quote is not None and any(issubclass(event.kind, Expired) for event in self.events)
        return self.quote.valid_until if self.quote is not None and ends else None


class RecordStatus(StrEnum):
    """`recorded`: written now, or by an earlier attempt of this very request. `repeated`: the command had
    its outcome before. `stale`: the record is ahead of `base_state_version`; nothing was written.
    `malformed`: the inbox has no such command, or another one under this id; nothing was applied. `preceded`: commands
    are to be decided first, for they were received before this one, or for an expiry in time. `not_due`: by the record's
    clock the grace of an expiry is not over. Of these two nothing was written either.
    """

    RECORDED = "recorded"
    REPEATED = "repeated"
    STALE = "stale"
    MALFORMED = "malformed"
    PRECEDED = "preceded"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """`quote` is the record's state where it is not the request's (repeated, stale). `messages` are the
    ids of outbox rows that now wait to be delivered. `stored` is what the inbox really holds, undecided,
    under the id of a malformed command. `earlier` are commands to be decided first, in their turn, or the first of them.
    `now` is the record's clock's time, where the request is not due. `hands_over`: the order waits to be handed over.
    """

    status: RecordStatus
    stored: Envelope | None = None
    quote: Quote | None = None
    messages: tuple[str, ...] = ()
    earlier: tuple[Envelope, ...] = ()
    now: datetime | None = None
    hands_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """Where a run takes up a quote.

    Without a quote, `create` is its undecided create command, if there is one. `causes` are the keys of
    reminders already recorded for the present deadline; `messages` are outbox rows still to be delivered.
    `workflow_id` is the one under which the quote has its runs. `hands_over`: the order waits to be handed over.
    """

    quote: Quote | None = None
    workflow_id: str | None = None
    create: Envelope | None = None
    causes: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    hands_over: bool = False


class OrderStatus(StrEnum):
    """What has become of an order: of a quote that is not accepted, or where nobody is to be told, `none`."""

    NONE = "none"
    PENDING = "pending"
    HANDED_OVER = "handed_over"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """How the handing over of an order fares. `at` is when it came to this; `last_error` is what the last attempt came to."""

    status: OrderStatus
    at: datetime | None = None
    last_error: str | None = None


NO_ORDER: Final = OrderState(status=OrderStatus.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """A quote as recorded. `content` is the current version's, with figures that only staff may see.

    `now` is the one clock's time for this quote: `is_expired`, `allowed_actions` and `next_events` follow
    from it. `owner` is who created the quote, or whom the creator named. `price_is_outdated` says that the
    newest version was priced by another rate card than the one valid now. `readers` hold a link, which is not closed, to
    the version sent last. `delivery` says how its mails fare. `contact` is
    whom of the customer's contacts it is for, by name or address, where somebody said it. `purchase_order_number` is the
    customer's own, of the acceptance. `order` says how it fares with the system that makes it.
    """

    quote: Quote
    workflow_id: str
    owner: str | None
    external_id: str | None
    customer_name: str
    content: VersionContent
    now: datetime
    price_is_outdated: bool = False
    readers: tuple[Reader, ...] = ()
    delivery: DeliveryOfQuote = ALL_OUT
    contact: str | None = None
    purchase_order_number: str | None = None
    order: OrderState = NO_ORDER

    @property
    def number(self) -> str:
        """Q-YYYY-NNNNN."""
        return self.quote.number

    @property
    def is_expired(self) -> bool:
        """Whether the offer is over: recorded as expired, or open with its validity past."""
        late = self.quote.status.is_open and not is_on_time(self.now, self.quote.valid_until)
        return late or self.quote.status is QuoteStatus.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedQuote:
    """A quote as a row of a list tells it. `price` is what was accepted, or what the current version comes to."""

    id: str
    number: str
    customer_id: str
    customer_name: str
    external_id: str | None
    owner: str | None
    status: QuoteStatus
    current_version: int
    is_in_revision: bool
    price: Money
    created_at: datetime
    updated_at: datetime
    valid_until: datetime
    sent_at: datetime | None
    decided_at: datetime | None
    now: datetime
    delivery: DeliveryOfQuote = ALL_OUT
    order: OrderState = NO_ORDER

    @property
    def is_expired(self) -> bool:
        """As `QuoteView.is_expired`."""
        late = self.status.is_open and not is_on_time(self.now, self.valid_until)
        return late or self.status is QuoteStatus.EXPIRED


class SortKey(StrEnum):
    """By what a list is ordered. `total` puts the currencies one after the other: amounts of two are not compared."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    VALID_UNTIL = "valid_until"
    TOTAL = "total"


class Direction(StrEnum):
    """Which end comes first: `desc` the newest, latest or largest."""

    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True, slots=True)
class Sorting:
    """The order of a list; of two alike the id decides."""

    key: SortKey = SortKey.CREATED_AT
    direction: Direction = Direction.DESCENDING

    @property
    def reversed(self) -> Self:
        """The same list from its other end."""
        other = Direction.ASCENDING if self.is_descending else Direction.DESCENDING
        return replace(self, direction=other)

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.direction is Direction.DESCENDING

    def place_of(self, quote: Quote | ListedQuote) -> "RowPlace":
        """Where a quote stands in that order."""
        if self.key is SortKey.TOTAL:
            return (quote.price.currency, quote.price.amount, quote.id)
        at: datetime = getattr(quote, self.key)
        return (at, quote.id)


RowPlace = tuple[datetime | Decimal | str, ...]
"""The values that a list is ordered by, of one of its rows; the last one is its id."""
NEWEST_FIRST: Final = Sorting()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFilters:
    """Which quotes a list shows; None lets all pass. Bounds: `after` and `from` are inclusive, `before` exclusive, `to` inclusive.

    `statuses` are those that pass, all where none is named. `number` and `external_id` are exact, `owner` but for capitals.
    `total_from` and `total_to` are of `currency`, which stands beside them, and compared with `ListedQuote.price`.
    `order_statuses` are those of the order that pass, all where none is named. `q` finds
    a quote by number, external id, customer's name, or the words of part numbers, descriptions, purchase order numbers and
    recipients; case, accents, blanks and how a letter is composed do not matter.
    """

    statuses: tuple[QuoteStatus, ...] = ()
    customer_id: str | None = None
    owner: str | None = None
    number: str | None = None
    external_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    decided_after: datetime | None = None
    valid_until_after: datetime | None = None
    valid_until_before: datetime | None = None
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    currency: str | None = None
    delivery: DeliveryState | None = None
    order_statuses: tuple[OrderStatus, ...] = ()
    q: str | None = None
