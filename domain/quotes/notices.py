"""Which mails follow from what happened to a quote, and to whom."""

from dataclasses import dataclass
from enum import StrEnum

from domain.quotes.events import Event, EventType
from domain.quotes.quote import Quote
from domain.quotes.status import QuoteStatus


class MessageKind(StrEnum):
    """One mail template each."""

    SENT = "sent"
    REMINDER = "reminder"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    EXTENDED = "extended"
    CANCELLED = "cancelled"


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
    offered = before is not None and (
        before.status is QuoteStatus.SENT or before.expired_from is QuoteStatus.SENT
    )
    customer, seller = (Audience.CUSTOMER,) if offered else (), (Audience.SELLER,)
    match event.type:
        case EventType.SENT | EventType.RESENT:
            return _notices(MessageKind.SENT, (Audience.RECIPIENTS,))
        case EventType.REMINDED:
            return _notices(MessageKind.REMINDER, customer)
        case EventType.ACCEPTED:
            return _notices(MessageKind.ACCEPTED, customer + seller)
        case EventType.REJECTED:
            return _notices(MessageKind.REJECTED, seller)
        case EventType.EXPIRED:
            return _notices(MessageKind.EXPIRED, customer + seller)
        case EventType.EXTENDED:
            return _notices(MessageKind.EXTENDED, customer)
        case EventType.CANCELLED:
            return _notices(MessageKind.CANCELLED, customer)
        case _:
            return ()


def _notices(kind: MessageKind, audiences: tuple[Audience, ...]) -> tuple[Notice, ...]:
    return tuple(Notice(kind=kind, audience=audience) for audience in audiences)
