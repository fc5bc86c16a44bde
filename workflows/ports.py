"""What workflows ask for: activities by typed ports, implemented in `activities/`.

Requests carry workflow data only, never an attempt, a wall-clock time or a run id: the same request
again is the same effect, and happens once. They and their results lie in the quote's history: ids, figures and digests,
and nothing of a person.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from temporalio import activity

from domain.offer.choice import Choices
from domain.quotes.commands import Priced
from domain.quotes.envelope import Envelope
from domain.quotes.record import LoadResult, RecordRequest, RecordResult


class ActivityName(StrEnum):
    """The activities' names in histories; never renamed."""

    PRICE = "price"
    RECORD = "record"
    DELIVER = "deliver"
    LOAD = "load"
    OVERDUE_COMMANDS = "overdue_commands"
    CHOICES = "choices"
    TELL = "tell"
    HAND_OVER_ORDER = "hand_over_order"


NOT_PRICED = "not_priced"
"""Type of the ApplicationError by which `price` says that no price can be made; its message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRequest:
    """A command of the inbox whose lines are to be priced, by the card of the day.

    `before` is the version that the new one replaces, None for the first.
    """

    quote_id: str
    command_id: str
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesRequest:
    """Asks what a version offers to choose."""

    quote_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverRequest:
    """Messages of one decision to be sent, by the ids of their outbox rows."""

    quote_id: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """Which quote to load from the record."""

    quote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueRequest:
    """Asks for commands of the inbox received on time (to the second) that have no outcome yet."""

    quote_id: str
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueResult:
    """The commands found, in the order of their received time."""

    commands: tuple[Envelope, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRequest:
    """An endpoint that is to be told what is due by `now`, the workflow's time."""

    endpoint_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TellResult:
    """How it stands then: `goes_on` is False where the endpoint is gone, or disabled and whoever is to hear of that has;
    `has_more` where more is due already; `next_due` is when the next attempt is, None where all is told.
    """

    goes_on: bool
    has_more: bool = False
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverRequest:
    """A quote whose order is to be handed over, if it still waits for that."""

    quote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverResult:
    """What came of it: the `command` of the inbox by which the quote learns of the reference, where there is a new one;
    `messages` are the ids of outbox rows that tell of an order which could not be handed over.
    """

    command: Envelope | None = None
    messages: tuple[str, ...] = ()


class OrderHandover(ABC):
    """Hands orders over to the system that makes them."""

    @activity.defn(name=ActivityName.HAND_OVER_ORDER)
    @abstractmethod
    async def hand_over(self, request: HandOverRequest) -> HandOverResult:
        """Bring the order there and write down that it was taken, or given up; raises while another attempt is worth it."""


class Webhooks(ABC):
    """Tells other systems."""

    @activity.defn(name=ActivityName.TELL)
    @abstractmethod
    async def tell(self, request: TellRequest) -> TellResult:
        """Take what is new from the feed, make the attempts that are due, at most some, and write down how they went."""


class Pricing(ABC):
    """Makes prices."""

    @activity.defn(name=ActivityName.PRICE)
    @abstractmethod
    async def price(self, request: PriceRequest) -> Priced:
        """What a decision is told of the priced content, which is kept until then; a non-retryable ApplicationError of
        type NOT_PRICED when there is none.
        """

    @activity.defn(name=ActivityName.CHOICES)
    @abstractmethod
    async def choices(self, request: ChoicesRequest) -> Choices:
        """What a version of the record offers to choose, as it was written."""


class Records(ABC):
    """Keeps the record."""

    @activity.defn(name=ActivityName.RECORD)
    @abstractmethod
    async def record(self, request: RecordRequest) -> RecordResult:
        """Write a decision: snapshot, version, events, outcome and outgoing messages, all or nothing."""

    @activity.defn(name=ActivityName.LOAD)
    @abstractmethod
    async def load(self, request: LoadRequest) -> LoadResult:
        """The quote as recorded, or its undecided create command."""

    @activity.defn(name=ActivityName.OVERDUE_COMMANDS)
    @abstractmethod
    async def overdue_commands(self, request: OverdueRequest) -> OverdueResult:
        """On-time commands without an outcome."""


class Delivery(ABC):
    """Sends what must reach the outside."""

    @activity.defn(name=ActivityName.DELIVER)
    @abstractmethod
    async def deliver(self, request: DeliverRequest) -> None:
        """Send the messages that are not sent yet; raises while one could not be sent for now."""
