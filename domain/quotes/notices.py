"""Which mails follow from what happened to a quote, and to whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
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


GIVE_UP_AFTER: Final = timedelta(hours=24)
"""How long a message is tried, by the quote's clock, which stamped its row too."""
LATE_MAIL: Final = timedelta(minutes=10)
"""When whoever runs the installation hears of a mail that waits, by the same clock."""
LOST_MAIL: Final = timedelta(days=14)
"""For how long they hear of one that is lost."""


class Audience(StrEnum):
    """`recipients` are named by the command, `customer` are those who were sent the quote last."""

    RECIPIENTS = "recipients"
    CUSTOMER = "customer"
    SELLER = "seller"


def is_lost(audience: Audience, reached_since: Iterable[Audience]) -> bool:
    """Whether a mail that was given up is missed: none of those sent since it was written has reached its side of the
    quote, the shop's or the customer's.
    """
    return all((each == Audience.SELLER) != (audience == Audience.SELLER) for each in reached_since)


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
    rule = _RULES[event.type]
    if rule is None:
        return ()
    kind, audiences = rule
    return tuple(
        Notice(kind=kind, audience=audience)
        for audience in audiences
        if offered or audience is not Audience.CUSTOMER
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Who could be told. `sending`: to whom the quote is being sent just now, `last`: to whom it was sent last and
    who may still open it; each address with its link's id. `owner` keeps the quote: an address, or another name.
    `seller` is the shop's own address.
    """

    sending: Mapping[str, str]
    last: Mapping[str, str]
    owner: object
    seller: str | None


def readers(notice: Notice, known: Addresses) -> Mapping[str, str | None]:
    """Who gets the mail: addresses, each with the id of the link in it, if any.

    The seller's mails go to the quote's owner where that is an address, else to the shop's. That a version is
    superseded is news only to those who do not get the new one.
    """
    if notice.audience is Audience.RECIPIENTS:
        return known.sending
    if notice.kind is MessageKind.SUPERSEDED:
        told = {address.casefold() for address in known.sending}
        return {who: link for who, link in known.last.items() if who.casefold() not in told}
    if notice.audience is Audience.CUSTOMER:
        return known.last
    address = keeper(known.owner, known.seller)
    return {address: None} if address else {}


def keeper(owner: object, seller: str | None) -> str | None:
    """Who hears of a quote in the shop: its owner where that is an address, else the shop's own address."""
    return owner if isinstance(owner, str) and "@" in owner else seller


def each_once(addresses: Iterable[str]) -> Iterator[str]:
    """Each address once, as it is written first: capitals make no other reader."""
    seen: set[str] = set()
    for address in addresses:
        if address.casefold() not in seen:
            seen.add(address.casefold())
            yield address


def was_offered(event: Event, before: Quote | None) -> bool:
    """Whether the customer knows of the quote by the time he could hear of `event`."""
    return event.type in SENDINGS or (before is not None and before.was_offered)


def replaced_version(event: Event, before: Quote | None) -> int | None:
    """The version sent last, in whose place another one is sent by `event`; None where none is replaced."""
    return before.last_sent_version if before and event.type in _REPLACING else None


SENDINGS: Final = frozenset({EventType.SENT, EventType.RESENT})
"""After these, other people may be the ones who were sent the quote last."""
_REPLACING: Final = frozenset({EventType.SENT, EventType.SUPERSEDED})
_CUSTOMER, _SELLER = Audience.CUSTOMER, Audience.SELLER
_RULES: Mapping[EventType, tuple[MessageKind, tuple[Audience, ...]] | None] = {
    EventType.CREATED: None,
    EventType.REVISED: None,
    EventType.SENT: (MessageKind.SENT, (Audience.RECIPIENTS,)),
    EventType.RESENT: (MessageKind.SENT, (Audience.RECIPIENTS,)),
    EventType.VIEWED: None,
    EventType.REMINDED: (MessageKind.REMINDER, (_CUSTOMER,)),
    EventType.ACCEPTED: (MessageKind.ACCEPTED, (_CUSTOMER, _SELLER)),
    EventType.REJECTED: (MessageKind.REJECTED, (_SELLER,)),
    EventType.EXPIRED: (MessageKind.EXPIRED, (_CUSTOMER, _SELLER)),
    EventType.EXTENDED: (MessageKind.EXTENDED, (_CUSTOMER,)),
    EventType.CANCELLED: (MessageKind.CANCELLED, (_CUSTOMER,)),
    EventType.SUPERSEDED: (MessageKind.SUPERSEDED, (_CUSTOMER,)),
    EventType.CHANGE_REQUESTED: (MessageKind.CHANGE_REQUESTED, (_SELLER,)),
    EventType.EXTENSION_REQUESTED: (MessageKind.EXTENSION_REQUESTED, (_SELLER,)),
    EventType.LINK_REVOKED: None,
    EventType.PERSON_FORGOTTEN: None,
    EventType.DOCUMENT_MADE: None,
    EventType.MESSAGE_SENT: None,
    EventType.MESSAGE_FAILED: None,
    EventType.COMMAND_REFUSED: None,
}
"""Every event; None where nobody is told."""
