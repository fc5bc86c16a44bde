"""A mail about an offer: who is written to, and what it tells beyond the offer itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict

from domain import instants
from domain.presentation.letterhead import Letterhead
from domain.presentation.offer import Offer
from domain.quotes.events import Event, Reminded
from domain.quotes.notices import Audience, MessageKind, keeper, replaced_version, was_offered
from domain.quotes.payloads import AcceptPayload, Addressed, FromLink, Payload, SharePayload, WithReason
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

    `decided_at` is when the quote was accepted, rejected, expired or cancelled. `was_offered`: whether the customer had
    been sent the quote. `replaces` is the version sent before this one. `asked_by` is whose link an answer or
    request came by, `reason` then its words; `shown_to` the colleague to whom he has it shown, with `personal_message`.
    Signer and purchase order are the customer's. A reader who `reads_only` cannot answer.
    """

    decided_at: datetime | None
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
    personal_message: tuple[str, ...]


class Kept(TypedDict):
    """The stored form of `Told`, in the row of a mail: texts as typed, times in ISO 8601; and the deadline."""

    valid_until: str
    decided_at: str | None
    was_offered: bool
    replaces: int | None
    days_left: int | None
    reason: str | None
    asked_by: NotRequired[str | None]  # rows written before there was a place for it lack it
    shown_to: NotRequired[str | None]
    reads_only: NotRequired[bool]
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
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
class Message:
    """A row of the outbox that is to be sent now. `key` is the same for the same message for ever; `message_id` is the
    header's value. `now` is the one clock's time for the quote. `link_id` is set where the reader has a link.
    Answers go to `reply_to`. The offer's deadline is the one that held when the message was written.
    """

    id: str
    key: str
    kind: MessageKind
    audience: Audience
    recipient: str
    message_id: str
    quote_id: str
    link_id: str | None
    created_at: datetime
    now: datetime
    reply_to: Mailbox
    offer: Offer
    told: Told
    anchor: Anchor | None


def reply_to(owner: str | None, seller: Letterhead) -> Mailbox:
    """Who is answered: the quote's owner where that is an address, else the shop itself."""
    return Mailbox(name=seller.name, email=keeper(owner, seller.email))


def to_be_told(
    event: Event,
    before: Quote | None,
    after: Quote,
    asked: Payload | None,
    *,
    accepted: AcceptPayload | None = None,
) -> Kept:
    """What the row of a mail keeps. `accepted` is what the acceptance told of its signer, where there was one before."""
    signed = asked if isinstance(asked, AcceptPayload) else accepted
    shown = asked.recipients if isinstance(asked, SharePayload) else None
    return {
        "valid_until": instants.stored(after.valid_until),
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
        "personal_message": asked.message if isinstance(asked, Addressed) else None,
    }


def told(kept: Kept) -> Told:
    """The facts that `to_be_told` kept."""
    decided_at = kept["decided_at"]
    return Told(
        decided_at=instants.read(decided_at) if decided_at else None,
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
        personal_message=paragraphs(kept["personal_message"]),
    )


def _typed(text: str | None) -> str | None:
    return one_line(text or "") or None
