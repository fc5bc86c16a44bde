"""The evidence of an acceptance: who said yes to what, when, and how; written once.

Its facts are declared here alone. Rows, digests and whatever tells of the evidence go through the fields.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain import instants
from domain.canonical import canonical_json
from domain.money import Money
from domain.quotes.commands import LINK, AcceptanceMethod
from domain.quotes.envelope import Envelope
from domain.quotes.events import Accepted, Annulled, Event
from domain.quotes.payloads import AcceptPayload, AnnulPayload
from domain.quotes.record import RecordRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What no event may tell in words, because a person may have to be forgotten. Texts are as typed.

    `recorded_by` is who in the shop wrote down an acceptance that did not come online; `ip` and `user_agent` are those of
    the request.
    """

    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    consent_text: str | None
    link_id: str | None
    recipient: str | None
    ip: str | None
    user_agent: str | None
    page_opened_at: datetime | None
    recorded_by: str | None

    @classmethod
    def told_by(cls, told: AcceptPayload) -> "Circumstances":
        """Those of the command that accepts."""
        return Circumstances(**_circumstances(told))

    def digest(self, salt: bytes) -> str:
        """What the event of an acceptance holds of them: SHA-256 over salt and canonical JSON, by the fields' names; times
        as UTC.
        """
        told: dict[str, object] = {each.name: getattr(self, each.name) for each in fields(Circumstances)}
        told["page_opened_at"] = instants.stored(self.page_opened_at) if self.page_opened_at else None
        return hashlib.sha256(salt + canonical_json(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance(Circumstances):
    """What is stored of an acceptance, by the columns' names. Times are UTC. `signer` is the digest of
    `domain.proof.verify.signer_digest`, `method` an `AcceptanceMethod` unless somebody has changed it by force. `selection` is
    what was chosen (`domain.offer.choice.Pick`), None where nothing could be; `total` is what was ordered.
    """

    quote_id: str
    command_id: str
    version: int
    content_hash: str
    total: Decimal
    currency: str
    signer: str
    method: str
    received_at: datetime
    actor: str
    proof_sha256: str | None
    selection: list[dict[str, Any]] | None

    @classmethod
    def of(cls, request: RecordRequest, envelope: Envelope | None) -> "Acceptance | None":
        """Where the request, decided from `envelope`, accepts the quote; else None."""
        bodies = (event.body for event in request.events)
        event = next((body for body in bodies if isinstance(body, Accepted)), None)
        if event is None or envelope is None or request.quote is None:
            return None
        accepted, told = request.quote.current, AcceptPayload.from_data(envelope.payload)
        return Acceptance(
            quote_id=request.quote_id,
            command_id=envelope.command_id,
            version=accepted.number,
            content_hash=accepted.content_hash,
            total=request.quote.price.amount,
            currency=request.quote.price.currency,
            signer=event.signer,
            method=event.method,
            received_at=envelope.received_at,
            actor=envelope.actor,
            proof_sha256=told.proof_sha256,
            selection=[pick.to_data() for pick in event.selection] if event.selection is not None else None,
            **_circumstances(told),
        )

    def sealed(self, events: Sequence[Event], salt: bytes) -> list[Event]:
        """The events, that of this acceptance with the digest of its circumstances: none of them can be changed
        afterwards without being found out.
        """
        return _with_digest(events, Accepted, self.digest(salt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Acceptance):
    """An acceptance, and what of the quote bears upon it.

    `document_sha256` seals the evidence: it is None until the version's document is made. `event_sequence` and
    `event_hash` are the place of `quote.accepted` in the chain of the quote's events. `valid_until` is the deadline that
    the acceptance kept: later than the document's where it was moved. `evidence_sha256` is the salted digest that this
    event holds of the circumstances; an older one has none. `customer_name` is the customer's as the version was sent to
    it.
    """

    number: str
    time_zone: str
    customer_name: str
    document_sha256: str | None
    valid_until: datetime
    event_sequence: int
    event_hash: str
    evidence_sha256: str | None

    @property
    def price(self) -> Money:
        """What was accepted."""
        return Money(self.total, self.currency)

    @property
    def came_by_link(self) -> bool:
        """Whether the customer accepted online; anything else was written down by the shop."""
        its_id = self.actor.removeprefix(LINK)  # in the evidence it is gone where a person was forgotten
        by_link = its_id != self.actor and self.link_id in {None, its_id}
        return by_link and self.method == AcceptanceMethod.ONLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Why an acceptance was taken back, and with whom that was agreed: as typed, unless the person was forgotten."""

    reason: str | None
    agreed_with: str | None

    @staticmethod
    def digest(told: AnnulPayload) -> str:
        """What the event of an annulment holds of it: SHA-256 over salt and canonical JSON, by the fields' names. The salt
        is not the quote's, which has to stay for the signer's evidence when the person who agreed is forgotten.
        """
        agreed = {"agreed_with": told.agreed_with, "reason": told.reason}
        return hashlib.sha256(((told.salt or "") + canonical_json(agreed)).encode()).hexdigest()

    @staticmethod
    def sealed(events: Sequence[Event], told: AnnulPayload) -> list[Event]:
        """The events, that of the annulment with its digest."""
        return _with_digest(events, Annulled, Agreement.digest(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Annulment(Agreement):
    """That an acceptance was taken back by agreement, and by which event of the chain."""

    at: datetime
    actor: str
    command_id: str
    event_sequence: int
    event_hash: str
    evidence_sha256: str | None


def _with_digest(events: Sequence[Event], kind: type[Accepted | Annulled], digest: str) -> list[Event]:
    return [
        replace(event, data={**event.data, "evidence_sha256": digest}) if event.kind is kind else event
        for event in events
    ]


def _circumstances(told: AcceptPayload) -> dict[str, Any]:
    """A time that cannot be read is left out: a decision is never held up by its circumstances."""
    try:
        opened = instants.read(told.page_opened_at or "")
    except ValueError:
        opened = None
    return {each.name: getattr(told, each.name) for each in fields(Circumstances)} | {
        "page_opened_at": opened
    }
