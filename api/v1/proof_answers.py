"""What proves a quote's life, as the OpenAPI document shows it: events, links, evidence, and their check."""

from typing import Any

from pydantic import BaseModel, Field

from api.http.fields import Money


class MismatchAnswer(BaseModel):
    """One thing that does not match; `place` names it."""

    place: str = Field(examples=["event 3 (quote.sent)"])
    what: str
    expected: str
    found: str


class VerificationAnswer(BaseModel):
    """Whether the record holds together: events add up to the quote, and every hash is that of what it stands
    for.
    """

    sound: bool
    events: int
    versions: int
    documents: int
    mismatches: list[MismatchAnswer]


class EvidenceAnswer(BaseModel):
    """What is on record of an acceptance; null where it was not given, or a person was forgotten. `valid_until` is
    the deadline that it kept, `customer_name` the customer's name when the version was sent.

    `document_sha256` is null until the version's document is made. `signer_digest` is the salted hash that the
    event `quote.accepted` (its place and hash: `event_sequence`, `event_hash`) holds in place of the person.
    """

    quote_id: str
    number: str = Field(examples=["Q-2026-00012"])
    command_id: str
    version: int
    content_hash: str
    document_sha256: str | None
    total_price: Money
    currency: str
    customer_name: str
    method: str = Field(examples=["online"])
    received_at: str
    valid_until: str
    page_opened_at: str | None
    actor: str
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    consent_text: str | None
    link_id: str | None
    recipient: str | None
    ip: str | None
    user_agent: str | None
    recorded_by: str | None
    proof_sha256: str | None
    signer_digest: str
    event_sequence: int
    event_hash: str
    verification: VerificationAnswer | None = Field(default=None, description="With `verify=true`.")
    links: dict[str, str]


class EventAnswer(BaseModel):
    """A fact of the audit log, chained to the one before by its hash."""

    sequence: int
    type: str
    at: str
    actor: str
    data: dict[str, Any]
    previous_hash: str
    hash: str


class EventsAnswer(BaseModel):
    """A page of the audit log, oldest first."""

    data: list[EventAnswer]
    has_more: bool
    next_cursor: str | None
    verification: VerificationAnswer | None = Field(default=None, description="With `verify=true`.")


class LinkAnswer(BaseModel):
    """A customer's link; the address itself is told to its recipient alone."""

    id: str
    version: int
    recipient: str
    created_at: str
    viewed_at: str | None
    revoked_at: str | None


class ProofAnswer(BaseModel):
    """A file kept as proof of an acceptance, by the SHA-256 of its bytes."""

    sha256: str
    media_type: str = Field(examples=["application/pdf"])
    size: int
    created_at: str
    links: dict[str, str]
