"""Which mails follow from what happened to a quote, and to whom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

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
    SUPERSEDED = "superseded"
    CHANGE_REQUESTED = "change_requested"
    EXTENSION_REQUESTED = "extension_requested"
    SHARED = "shared"


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
    """`recipients` are named by the command, `customer` are the readers, on the customer's side."""

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
    """One kind of mail to one audience; a row of the outbox per reader follows."""

    kind: MessageKind
    audience: Audience


def notices(event: Event, before: Quote | None) -> tuple[Notice, ...]:
    """The mails that follow from `event`, given the quote as it was before.

    Customers hear only of what they were offered: a draft's end is told to the seller or to nobody. An accepted quote is
    not offered again: its confirmation is sent again.
    """
    if event.type is EventType.RESENT and before is not None and before.status is QuoteStatus.ACCEPTED:
        return (Notice(kind=MessageKind.ACCEPTED, audience=Audience.RECIPIENTS),)
    # Also where the quote was reopened as a draft since: whoever holds an earlier version learns of the new one.
    offered = before is not None and (before.was_offered or event.type is EventType.SUPERSEDED)
    return tuple(each for each in _RULES[event.type] if offered or each.audience is not Audience.CUSTOMER)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLink:
    """A link that is not closed: to which version, and whether one may answer by it or only read."""

    id: str
    recipient: str
    version: int
    may_accept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who is told. Without a link there is nothing to answer by."""

    address: str
    link_id: str | None = None
    may_accept: bool = True


def readers_of(links: Iterable[HeldLink], version: int | None = None) -> tuple[Reader, ...]:
    """Who holds links (oldest first) to `version`, or to any where it is None: each address once, however it is written.
    To a quote that was never sent there are none.

    Of several links of one reader that counts by which most may be done, of these the newest.
    """
    best: dict[str, HeldLink] = {}
    for link in links:
        known = best.get(link.recipient.casefold())
        if version in {None, link.version} and (known is None or link.may_accept >= known.may_accept):
            best[link.recipient.casefold()] = link
    return tuple(
        Reader(address=link.recipient, link_id=link.id, may_accept=link.may_accept) for link in best.values()
    )


def recipients_by_default(readers: Sequence[Reader], customer: str | None) -> tuple[Reader, ...]:
    """Who is sent what names nobody: the readers of the version sent before, else the customer."""
    return tuple(readers) or ((Reader(address=customer),) if customer else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Who could be told. `sending`: to whom the quote is being sent just now. `links` are those of before, oldest first,
    `version` is the one sent last. `signer` is the address that somebody typed who accepts. `owner` keeps the quote: an
    address, or another name. `seller` is the shop's own address.
    """

    sending: Sequence[HeldLink]
    links: Sequence[HeldLink]
    version: int | None
    signer: str | None
    owner: object
    seller: str | None


def readers(notice: Notice, known: Addresses) -> tuple[Reader, ...]:
    """Who gets the mail.

    The seller's mails go to the quote's owner where that is an address, else to the shop's. That a version is
    superseded is news to those who hold any earlier one and do not get the new one. Of an acceptance the signer hears too.
    """
    if notice.audience is Audience.RECIPIENTS:
        return readers_of(known.sending)
    if notice.audience is Audience.SELLER:
        address = keeper(known.owner, known.seller)
        return (Reader(address=address),) if address else ()
    if notice.kind is MessageKind.SUPERSEDED:
        return _without(readers_of(known.links), readers_of(known.sending))
    told = readers_of(known.links, known.version)
    if notice.kind is MessageKind.ACCEPTED and known.signer:
        return (*told, *_without((Reader(address=known.signer),), told))
    return told


def _without(readers: Sequence[Reader], others: Sequence[Reader]) -> tuple[Reader, ...]:
    known = {each.address.casefold() for each in others}
    return tuple(each for each in readers if each.address.casefold() not in known)


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
_REPLACING: Final = frozenset({EventType.SENT, EventType.SUPERSEDED})


def _to(kind: MessageKind, *audiences: Audience) -> tuple[Notice, ...]:
    return tuple(Notice(kind=kind, audience=audience) for audience in audiences)


_CUSTOMER, _SELLER = Audience.CUSTOMER, Audience.SELLER
_RULES: Mapping[EventType, tuple[Notice, ...]] = {
    EventType.CREATED: (),
    EventType.REVISED: (),
    EventType.SENT: _to(MessageKind.SENT, Audience.RECIPIENTS),
    EventType.RESENT: _to(MessageKind.SENT, Audience.RECIPIENTS),
    EventType.VIEWED: (),
    EventType.REMINDED: _to(MessageKind.REMINDER, _CUSTOMER),
    EventType.ACCEPTED: _to(MessageKind.ACCEPTED, _CUSTOMER, _SELLER),
    EventType.REJECTED: _to(MessageKind.REJECTED, _SELLER),
    EventType.EXPIRED: _to(MessageKind.EXPIRED, _CUSTOMER, _SELLER),
    EventType.EXTENDED: _to(MessageKind.EXTENDED, _CUSTOMER),
    EventType.CANCELLED: _to(MessageKind.CANCELLED, _CUSTOMER),
    EventType.SUPERSEDED: _to(MessageKind.SUPERSEDED, _CUSTOMER),
    EventType.CHANGE_REQUESTED: _to(MessageKind.CHANGE_REQUESTED, _SELLER),
    EventType.EXTENSION_REQUESTED: _to(MessageKind.EXTENSION_REQUESTED, _SELLER),
    EventType.SHARED: (*_to(MessageKind.SENT, Audience.RECIPIENTS), *_to(MessageKind.SHARED, _SELLER)),
    EventType.LINK_REVOKED: (),
    EventType.PERSON_FORGOTTEN: (),
    EventType.DOCUMENT_MADE: (),
    EventType.MESSAGE_SENT: (),
    EventType.MESSAGE_FAILED: (),
    EventType.COMMAND_REFUSED: (),
}
"""Every event; an empty one where nobody is told."""
