"""What one kind of event tells, and the form in which that is stored and hashed."""

from dataclasses import MISSING, Field, asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self, get_args, get_origin

from domain import instants
from domain.money import Money
from domain.offer.choice import Pick, picks_of
from domain.offer.readers import Data
from domain.quotes.commands import CopiedFrom


class EventType(StrEnum):
    """The names of events in the record; each has its class in `domain.quotes.events`."""

    CREATED = "quote.created"
    REVISED = "quote.revised"
    SENT = "quote.sent"
    SUPERSEDED = "quote.superseded"
    RESENT = "quote.resent"
    VIEWED = "quote.viewed"
    REMINDED = "quote.reminded"
    EXTENDED = "quote.extended"
    ACCEPTED = "quote.accepted"
    REJECTED = "quote.rejected"
    EXPIRED = "quote.expired"
    CANCELLED = "quote.cancelled"
    ANNULLED = "quote.annulled"
    HANDED_OVER = "quote.order_handed_over"
    CHANGE_REQUESTED = "quote.change_requested"
    EXTENSION_REQUESTED = "quote.extension_requested"
    SHARED = "quote.shared"
    LINK_REVOKED = "quote.link_revoked"
    PERSON_FORGOTTEN = "quote.person_forgotten"
    DOCUMENT_MADE = "quote.document_made"
    MESSAGE_SENT = "quote.message_sent"
    MESSAGE_FAILED = "quote.message_failed"
    MESSAGE_SKIPPED = "quote.message_skipped"
    COMMAND_REFUSED = "quote.command_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBody:
    """What one kind of event tells. Its fields are its stored form's keys and must stay: they are hashed. A field with a
    default came later, or is not always told: it is left out where it has its default. The currency of a Money stands
    beside it; `from_` is the key "from".
    """

    type: ClassVar[EventType]

    def to_data(self) -> dict[str, Any]:
        """The stored form: texts, whole numbers and None; times in ISO 8601, amounts as decimal texts."""
        told = ((each, getattr(self, each.name)) for each in fields(self))
        kept = (_stored(each.name.rstrip("_"), value) for each, value in told if value != each.default)
        return {key: value for stored in kept for key, value in stored.items()}

    @classmethod
    def from_data(cls, data: Data) -> Self:
        """What `to_data` wrote; unknown keys are passed over. Raises KeyError, TypeError, ValueError or MoneyError."""
        told = (each for each in fields(cls) if each.default is MISSING or each.name.rstrip("_") in data)
        return cls(**{each.name: _read(each, data) for each in told})


def _stored(key: str, value: Any) -> dict[str, Any]:
    match value:
        case Money():
            return {key: str(value), "currency": value.currency}
        case datetime():
            return {key: instants.stored(value)}
        case StrEnum():
            return {key: str(value)}
        case CopiedFrom():
            return {key: asdict(value)}
        case tuple():
            return {key: [each.to_data() if isinstance(each, Pick) else each for each in value]}
    return {key: value}


def _read(of: Field[Any], data: Data) -> Any:
    value = data[of.name.rstrip("_")]
    kind, *others = get_args(of.type) or (of.type,)
    if others and value is None:
        return None
    if kind is Money:
        return Money.parse(value, data["currency"])
    if kind is datetime:
        return instants.read(value)
    if get_origin(of.type) is tuple:
        return tuple(value)
    if kind is CopiedFrom or get_origin(kind) is tuple:
        return CopiedFrom(**value) if kind is CopiedFrom else picks_of(value)
    return value if kind is str else kind(value)
