"""Which mails follow from what happened to a quote, to whom, and what it means for the quote how they fared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

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
    ANNULLED = "annulled"
    SUPERSEDED = "superseded"
    CHANGE_REQUESTED = "change_requested"
    EXTENSION_REQUESTED = "extension_requested"
    SHARED = "shared"
    UNDELIVERED = "undelivered"
    ORDER_FAILED = "order_failed"


class DeliveryStatus(StrEnum):
    """`sending`: somebody took it and has not told how it went; it may be taken again. `skipped`: its address was refused
    for good before, and it was not tried.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


UNFINISHED: Final = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)
"""What may still be delivered."""

UNSENT: Final = (*UNFINISHED, DeliveryStatus.FAILED)
"""What decides how a quote's mails fare."""


GIVE_UP_AFTER: Final = timedelta(hours=24)
"""How long a message is tried, by the quote's clock, which stamped its row too."""
LATE_MAIL: Final = timedelta(minutes=10)
"""When a mail that waits is trouble, even if nothing is known to have gone wrong, by the same clock."""
LOST_MAIL: Final = timedelta(days=14)
"""For how long they hear of one that is lost."""


class Audience(StrEnum):
    """`recipients` are named by the command, `customer` are the readers, on the customer's side."""

    RECIPIENTS = "recipients"
    CUSTOMER = "customer"
    SELLER = "seller"


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
    offered = before is not None and (before.was_offered or event.type in _TOLD_ANYHOW)
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


def recipients_by_default(
    readers: Sequence[Reader], customer: str | None, refused: Sequence[str] = ()
) -> tuple[Reader, ...]:
    """Who is sent what names nobody: the readers of the version sent before, else the customer; without the addresses
    that were `refused` for good and wait to be named.
    """
    known = tuple(readers) or ((Reader(address=customer),) if customer else ())
    return _without(known, [Reader(address=each) for each in refused])


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
    superseded is news to those who hold any earlier one and do not get the new one. Of an acceptance, and of its annulment, the signer hears too.
    """
    if notice.audience is Audience.RECIPIENTS:
        return readers_of(known.sending)
    if notice.audience is Audience.SELLER:
        address = keeper(known.owner, known.seller)
        return (Reader(address=address),) if address else ()
    if notice.kind is MessageKind.SUPERSEDED:
        return _without(readers_of(known.links), readers_of(known.sending))
    told = readers_of(known.links, known.version)
    if notice.kind in {MessageKind.ACCEPTED, MessageKind.ANNULLED} and known.signer:
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
    return event.type in {*SENDINGS, EventType.ANNULLED} or (before is not None and before.was_offered)


def replaced_version(event: Event, before: Quote | None) -> int | None:
    """The version sent last, in whose place another one is sent by `event`; None where none is replaced."""
    return before.last_sent_version if before and event.type in _REPLACING else None


SENDINGS: Final = frozenset({EventType.SENT, EventType.RESENT})
WISHES: Final = (EventType.CHANGE_REQUESTED, EventType.EXTENSION_REQUESTED)
"""What customers ask for without deciding."""
SETTLING: Final = (EventType.SENT, EventType.ACCEPTED, EventType.REJECTED, EventType.CANCELLED)
"""After which no wish is open. One for more time is not after an extension either."""
_TOLD_ANYHOW: Final = frozenset({EventType.SUPERSEDED, EventType.ANNULLED})
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
    EventType.ANNULLED: _to(MessageKind.ANNULLED, _CUSTOMER, _SELLER),
    EventType.HANDED_OVER: (),
    EventType.SUPERSEDED: _to(MessageKind.SUPERSEDED, _CUSTOMER),
    EventType.CHANGE_REQUESTED: _to(MessageKind.CHANGE_REQUESTED, _SELLER),
    EventType.EXTENSION_REQUESTED: _to(MessageKind.EXTENSION_REQUESTED, _SELLER),
    EventType.SHARED: (*_to(MessageKind.SENT, Audience.RECIPIENTS), *_to(MessageKind.SHARED, _SELLER)),
    EventType.LINK_REVOKED: (),
    EventType.PERSON_FORGOTTEN: (),
    EventType.DOCUMENT_MADE: (),
    EventType.MESSAGE_SENT: (),
    EventType.MESSAGE_FAILED: (),
    EventType.MESSAGE_SKIPPED: (),
    EventType.COMMAND_REFUSED: (),
}
"""Every event; an empty one where nobody is told."""


class Refusal(StrEnum):
    """What a mail server refused for good: the address itself, or this email alone."""

    ADDRESS = "address"
    EMAIL = "email"


def who_hears_of_failure(
    kind: MessageKind, recipient: str, *, owner: object, seller: str | None
) -> str | None:
    """Who is told that a mail was not delivered: who keeps the quote, and of his own mails the shop. Of such news that did
    not reach the owner the shop hears too; of any other's end nobody: it would never end.
    """
    if kind is MessageKind.UNDELIVERED and recipient != owner:
        return None
    known = (keeper(owner, seller), seller)
    return next((who for who in known if who and who.casefold() != recipient.casefold()), None)


def is_skipped(audience: Audience, *, refused_at: datetime | None, named_at: datetime | None) -> bool:
    """Whether a mail is not even tried: its address was refused for good at `refused_at`, and since then nobody has sent
    this quote to it by name (`named_at` is when that was done last). The shop's own mails are always tried.
    """
    if audience in {Audience.RECIPIENTS, Audience.SELLER} or refused_at is None:
        return False
    return named_at is None or named_at <= refused_at


class DeliveryState(StrEnum):
    """How a quote's mails fare. `trouble`: one waits for longer than it should, or has been tried and failed for now.
    `failed`: one was refused for good or given up, and its reader has not been reached since.
    """

    OK = "ok"
    TROUBLE = "trouble"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentMail:
    """A mail that is not out. `error` is what its last attempt came to. `reached_at` is when a mail of the quote was last
    taken for the same address, among the shop's own mails for any; for a signer's address, which holds no link, also when one
    was that somebody had sent by name. `is_reader` is False for one whose link was closed, or
    is of a version that is not on offer any more, and for one who was forgotten.
    """

    kind: MessageKind
    audience: Audience
    recipient: str
    status: DeliveryStatus
    error: str | None
    created_at: datetime
    failed_at: datetime | None
    reached_at: datetime | None
    is_reader: bool

    def state(self, now: datetime) -> DeliveryState:
        """What it means for its quote, by the quote's clock."""
        if self.status in UNFINISHED:
            waits = self.error is not None or now - self.created_at > LATE_MAIL
            return DeliveryState.TROUBLE if waits else DeliveryState.OK
        if self.status is not DeliveryStatus.FAILED or not self.is_reader:
            return DeliveryState.OK
        is_cured = self.reached_at is not None and self.reached_at > (self.failed_at or self.created_at)
        return DeliveryState.OK if is_cured else DeliveryState.FAILED

    def told(self, now: datetime) -> str:
        """In words, for the shop: which mail, to whom, and why it is not out."""
        failed = self.state(now) is DeliveryState.FAILED
        what = "was not delivered" if failed else "is still waiting"
        return f"{ABOUT[self.kind]} to {self.recipient} {what}: {self.error or 'no attempt is on record'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOfQuote:
    """How a quote's mails fare, and of the one that says so why; `reason` is None where all is well."""

    state: DeliveryState
    reason: str | None

    @classmethod
    def of(cls, mails: Sequence[UnsentMail], now: datetime) -> Self:
        """By the worst of its mails, among those by the customer's, and then by the newest."""
        for state in (DeliveryState.FAILED, DeliveryState.TROUBLE):
            found = [mail for mail in mails if mail.state(now) is state]
            if found:
                worst = max(found, key=lambda mail: (mail.audience is not Audience.SELLER, mail.created_at))
                return cls(state=state, reason=worst.told(now))
        return cls(state=DeliveryState.OK, reason=None)


ALL_OUT: Final = DeliveryOfQuote(state=DeliveryState.OK, reason=None)
"""Where every mail is out."""

ABOUT: Final[Mapping[MessageKind, str]] = {
    MessageKind.SENT: "The quote",
    MessageKind.REMINDER: "A reminder",
    MessageKind.ACCEPTED: "The news of the acceptance",
    MessageKind.ANNULLED: "The news that the order was annulled",
    MessageKind.REJECTED: "The news that the quote was declined",
    MessageKind.EXPIRED: "The news that the quote has expired",
    MessageKind.EXTENDED: "The news of another deadline",
    MessageKind.CANCELLED: "The news that the quote was withdrawn",
    MessageKind.SUPERSEDED: "The news of a newer version",
    MessageKind.CHANGE_REQUESTED: "The request for a change",
    MessageKind.EXTENSION_REQUESTED: "The request for more time",
    MessageKind.SHARED: "The news of a colleague who was shown the quote",
    MessageKind.UNDELIVERED: "The news of an email that was not delivered",
    MessageKind.ORDER_FAILED: "The news of an order that was not handed over",
}
"""What each kind of mail brings, for the shop."""
