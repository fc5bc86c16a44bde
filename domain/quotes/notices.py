"""Which mails follow from what happened to a quote, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.quotes.events import Event, EventType
from domain.quotes.quote import Quote


class MessageKind(StrEnum):
    """One mail template each."""

    SENT = "sent"
    REMINDER = "reminder"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    EXTENDED = "extended"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    CHANGE_REQUESTED = "change_requested"
    EXTENSION_REQUESTED = "extension_requested"


class DeliveryStatus(StrEnum):
    """`sending`: somebody took it and has not told how it went; it may be taken again."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


UNFINISHED: Final = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)
"""What may still be delivered."""


class Audience(StrEnum):
    """`recipients` are named by the command, `customer` are those who were sent the quote last."""

    RECIPIENTS = "recipients"
    CUSTOMER = "customer"
    SELLER = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One kind of mail to one audience; a row of the outbox per recipient follows."""

    kind: MessageKind
    audience: Audience


def notices(event: Event, before: Quote | None) -> tuple[Notice, ...]:
    """The mails that follow from `event`, given the quote as it was before.

    Customers hear only of what they were offered: a draft's end is told to the seller or to nobody.
    """
    offered = before is not None and before.was_offered
    rule = _RULES.get(event.type)
    if rule is None:
        return ()
    kind, audiences = rule
    return tuple(
        Notice(kind=kind, audience=audience)
        for audience in audiences
        if offered or audience is not Audience.CUSTOMER
    )


_CUSTOMER, _SELLER = Audience.CUSTOMER, Audience.SELLER
_RULES: Mapping[EventType, tuple[MessageKind, tuple[Audience, ...]]] = {
    EventType.SENT: (MessageKind.SENT, (Audience.RECIPIENTS,)),
    EventType.RESENT: (MessageKind.SENT, (Audience.RECIPIENTS,)),
    EventType.REMINDED: (MessageKind.REMINDER, (_CUSTOMER,)),
    EventType.ACCEPTED: (MessageKind.ACCEPTED, (_CUSTOMER, _SELLER)),
    EventType.REJECTED: (MessageKind.REJECTED, (_SELLER,)),
    EventType.EXPIRED: (MessageKind.EXPIRED, (_CUSTOMER, _SELLER)),
    EventType.EXTENDED: (MessageKind.EXTENDED, (_CUSTOMER,)),
    EventType.CANCELLED: (MessageKind.CANCELLED, (_CUSTOMER,)),
    EventType.SUPERSEDED: (MessageKind.SUPERSEDED, (_CUSTOMER,)),
    EventType.CHANGE_REQUESTED: (MessageKind.CHANGE_REQUESTED, (_SELLER,)),
    EventType.EXTENSION_REQUESTED: (MessageKind.EXTENSION_REQUESTED, (_SELLER,)),
}
