"""A mail about an offer: who is written to, and what it tells beyond the offer itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NotRequired, TypedDict

from domain import instants
from domain.presentation.offer import Offer
from domain.proof.counterparties import at_address
from domain.quotes.events import Annulled, Event, Extended, Reminded
from domain.quotes.notices import Audience, MessageKind, Refusal, keeper, replaced_version, was_offered
from domain.quotes.payloads import (
    AcceptPayload,
    Addressed,
    AnnulPayload,
    FromLink,
    Payload,
    SharePayload,
    WithReason,
)
from domain.quotes.quote import Quote
from domain.wording import one_line, paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A person's or a shop's name and address; a shop may have none yet."""

    name: str
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a mail says beyond the offer, as it was when the mail was written. Texts of people are safe to show.

    `valid_until_before` is the deadline that another one has replaced.
    `decided_at` is when the quote was accepted, rejected, expired, cancelled or annulled; in the last case `accepted_at`
    is when it had been accepted, and `agreed_with` who agreed that it no longer is. `was_offered`: whether the customer had
    been sent the quote. `replaces` is the version sent before this one. `asked_by` is whose link an answer or
    request came by, `reason` then its words; `shown_to` the colleague to whom he has it shown, with `personal_message`.
    Signer and purchase order are the customer's. A reader who `reads_only` cannot answer. `taken_too_late`: the order was
    taken by the system that makes it when its acceptance had been annulled.
    """

    valid_until_before: datetime | None
    decided_at: datetime | None
    accepted_at: datetime | None
    agreed_with: str | None
    was_offered: bool
    replaces: int | None
    days_left: int | None
    reason: tuple[str, ...]
    asked_by: str | None
    shown_to: str | None
    reads_only: bool
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    order_file: str | None
    taken_too_late: bool
    personal_message: tuple[str, ...]


class StoredTold(TypedDict):
    """The stored form of `Told`, in the row of a mail: texts as typed, times in ISO 8601; and the deadline."""

    valid_until: str
    valid_until_before: NotRequired[str | None]  # rows written before there was a place for it lack it
    decided_at: str | None
    was_offered: bool
    replaces: int | None
    days_left: int | None
    reason: str | None
    # Rows written before there was a place for these lack them.
    asked_by: NotRequired[str | None]
    shown_to: NotRequired[str | None]
    reads_only: NotRequired[bool]
    accepted_at: NotRequired[str | None]
    agreed_with: NotRequired[str | None]
    hearing: NotRequired[
        dict[str, list[str]]
    ]  # what it said of others when it was first tried: it is repeated in its words
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    order_file: NotRequired[
        str | None
    ]  # the SHA-256 of the file that the customer attached, where there is one
    taken_too_late: NotRequired[bool]
    personal_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What a reader of an accepted quote's mail holds of its log: the event's place and hash, which stands for all events
    before it, and the salted digest that it holds of the evidence (None for an older one).
    """

    event_sequence: int
    event_hash: str
    evidence_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How the same news fares with the customer's readers, for the shop's mail about it: addresses that were told or are
    just being told, that could not be told so far and are tried again, and that could not be told.
    """

    told: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Whether the customer knows; those who do not are named beside it."""
        if self.waiting or self.failed:
            return "The other readers have been told." if self.told else "The customer has not been told."
        return "The customer has been told." if self.told else "Nobody has an open link, so nobody was told."


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Of another mail, which was not delivered: what it was about, to whom, for whom of the two sides, and what the mail
    server said. `refused` is None where it was tried for a day. Who only signed has no link. `unheard` is the address of
    the quote's owner where this news did not reach it. Texts are safe to show.
    """

    about: str
    recipient: str
    is_shops: bool
    has_link: bool
    refused: Refusal | None
    words: str | None
    unheard: str | None = None

    @property
    def owner_unheard(self) -> str | None:
        """Why the news comes to the shop; None where the owner has it."""
        if self.unheard is None:
            return None
        return (
            f"The quote's owner could not be told of this: {self.unheard} was not reached either. "
            "Let somebody look after the quote, and let whoever runs the installation correct that address."
        )

    @property
    def why(self) -> str:
        """Why it is not tried any more."""
        if self.refused is Refusal.ADDRESS:
            return "The mail server refused this address for good."
        if self.refused is Refusal.EMAIL:
            return "The mail server refused this email for good."
        return "It was tried for a day, and is given up."

    @property
    def remedy(self) -> str:
        """What the shop can do about it."""
        if self.is_shops:
            return "Look at the quote itself for the news, and let whoever runs the installation correct this address."
        if self.refused is Refusal.ADDRESS:
            skipped = "No other email about this quote goes to this address until somebody sends the quote to it again by name."
            return f"{skipped} Ask the customer for the right address, " + (
                "send the quote again to that one, and close the link of this one."
                if self.has_link
                else "and send the quote again to that one, or tell the customer by another way; this one has no link."
            )
        if self.refused is Refusal.EMAIL:
            return (
                "Tell the customer by another way, or correct what the mail server names and send the quote again "
                "to this address."
            )
        return "Check the address with the customer and send the quote again, or tell the customer by another way."


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A row of the outbox that is to be sent now. `key` is the same for the same message for ever; `message_id` is the
    header's value, `thread_id` that of the mail, never sent, below which all of the quote's to this recipient hang. `now`
    is the one clock's time for the quote. `link_id` is set where the reader has a link. Answers go to `reply_to`. The
    offer's deadline is the one that held when the message was written. `is_skipped`: it is not to be tried.
    `certificate_is_gone`: the one of the acceptance was emptied, as a person in it was forgotten. `shown_link_id`: of the
    link of the colleague to whom somebody has it shown. `greeted` is the customer's contact at the recipient's address, by
    name; None where it is nobody's.
    """

    id: str
    key: str
    kind: MessageKind
    audience: Audience
    recipient: str
    message_id: str
    thread_id: str
    quote_id: str
    link_id: str | None
    created_at: datetime
    now: datetime
    reply_to: Mailbox
    offer: Offer
    told: Told
    anchor: Anchor | None
    hearing: Hearing
    failure: Failure | None
    is_skipped: bool
    certificate_is_gone: bool = False
    shown_link_id: str | None = None
    greeted: str | None = None

    @property
    def is_sooner(self) -> bool:
        """Whether the deadline it tells of is sooner than the one before."""
        before = self.told.valid_until_before
        return before is not None and self.offer.valid_until < before


def reply_to(audience: Audience, owner: str | None, offer: Offer, told: Told) -> Mailbox:
    """Who is answered. By a customer: the quote's owner where that is an address, else the shop itself. By the shop:
    whoever asked or signed, by the address of the link that it came by, else by the one that was typed; where nobody
    did, itself.
    """
    asked_by = told.asked_by or told.signer_email
    if audience is Audience.SELLER and asked_by:
        return Mailbox(name=offer.customer_name, email=asked_by)
    kept = keeper(owner, offer.seller.email)
    named = offer.in_charge if offer.in_charge and kept == owner else None
    return Mailbox(name=named.name if named else offer.seller.name, email=kept)


def greeted(contacts: Sequence[Mapping[str, Any]], recipient: str, company: Offer | None) -> str | None:
    """By which name a mail to the customer begins: of the contact at this address; at the `company`'s own address, of whom
    its offer is for. None for nobody known.
    """
    at_it = at_address(contacts, recipient)
    if at_it is not None:
        return _typed(at_it.get("name"))
    return company.addressee.contact.name if company and company.addressee.contact else None


def to_be_told(
    event: Event,
    before: Quote | None,
    after: Quote,
    asked: Payload | None,
    *,
    accepted: AcceptPayload | None = None,
) -> StoredTold:
    """What the row of a mail keeps. `accepted` is what the acceptance told of its signer, where there was one before."""
    signed = asked if isinstance(asked, AcceptPayload) else accepted
    shown = asked.recipients if isinstance(asked, SharePayload) else None
    annulled = before if isinstance(event.body, Annulled) else None
    kept: StoredTold = {
        "valid_until": instants.stored(after.valid_until),
        "valid_until_before": _before(event),
        "accepted_at": instants.stored(annulled.decided_at) if annulled and annulled.decided_at else None,
        "agreed_with": asked.agreed_with if isinstance(asked, AnnulPayload) else None,
        "decided_at": instants.stored(after.decided_at) if after.decided_at else None,
        "was_offered": was_offered(event, before),
        "replaces": replaced_version(event, before),
        "days_left": event.body.days_left if isinstance(event.body, Reminded) else None,
        "reason": asked.reason if isinstance(asked, WithReason) else None,
        "asked_by": asked.recipient if isinstance(asked, FromLink) else None,
        "shown_to": shown[0] if shown else None,
        "reads_only": False,
        "signer_name": signed.signer_name if signed else None,
        "signer_email": signed.signer_email if signed else None,
        "purchase_order_number": signed.purchase_order_number if signed else None,
        "order_file": signed.proof_sha256 if signed and signed.link_id else None,
        "taken_too_late": False,
        "personal_message": asked.message if isinstance(asked, Addressed) else None,
    }
    return kept


def _before(event: Event) -> str | None:
    return instants.stored(event.body.valid_until_before) if isinstance(event.body, Extended) else None


def told_of_failure(kept: StoredTold) -> StoredTold:
    """What the row of the news keeps that another mail was not delivered: of that mail's nothing but the deadline."""
    return {
        "valid_until": kept["valid_until"],
        "decided_at": None,
        "was_offered": kept["was_offered"],
        "replaces": None,
        "days_left": None,
        "reason": None,
        "signer_name": None,
        "signer_email": None,
        "purchase_order_number": None,
        "personal_message": None,
    }


def told_of_order(valid_until: datetime, why: str, *, taken_too_late: bool) -> StoredTold:
    """What the row of the news keeps that an order could not be handed over: the deadline, and why; or that it was taken
    when it was annulled already.
    """
    return {
        "valid_until": instants.stored(valid_until),
        "decided_at": None,
        "was_offered": True,
        "replaces": None,
        "days_left": None,
        "reason": why,
        "signer_name": None,
        "signer_email": None,
        "purchase_order_number": None,
        "taken_too_late": taken_too_late,
        "personal_message": None,
    }


_MOST_WORDS: Final = 300


def server_words(answer: str | None) -> str | None:
    """A mail server's answer as people read it: one line, safe to show, cut where it is very long."""
    text = one_line(answer or "")
    return (text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}…") or None


def told(kept: StoredTold) -> Told:
    """The facts that `to_be_told` kept."""
    return Told(
        valid_until_before=_instant(kept.get("valid_until_before")),
        decided_at=_instant(kept["decided_at"]),
        accepted_at=_instant(kept.get("accepted_at")),
        agreed_with=_typed(kept.get("agreed_with")),
        was_offered=kept["was_offered"],
        replaces=kept["replaces"],
        days_left=kept["days_left"],
        reason=paragraphs(kept["reason"]),
        asked_by=_typed(kept.get("asked_by")),
        shown_to=_typed(kept.get("shown_to")),
        reads_only=kept.get("reads_only", False),
        signer_name=_typed(kept["signer_name"]),
        signer_email=_typed(kept["signer_email"]),
        purchase_order_number=_typed(kept["purchase_order_number"]),
        order_file=kept.get("order_file"),
        taken_too_late=kept.get("taken_too_late", False),
        personal_message=paragraphs(kept["personal_message"]),
    )


def _instant(text: str | None) -> datetime | None:
    return instants.read(text) if text else None


def _typed(text: str | None) -> str | None:
    return one_line(text or "") or None
