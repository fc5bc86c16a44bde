"""A quote's record as it is stored: whatever somebody has changed by force has to be readable here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.proof.evidence import Acceptance
from domain.quotes.payloads import AcceptPayload, AnnulPayload
from domain.quotes.quote import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A row of the chain; `type` as stored, which need not be a known one. `cause` stands outside the hash."""

    sequence: int
    type: str
    at: datetime
    actor: str
    data: Mapping[str, Any]
    previous_hash: str
    hash: str
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A version's row; `content` is the JSON that its hash was made of. `parties` is what `domain.proof.counterparties.digest_of`
    takes, by name; None of a version that was sent before there was a place for it, or not at all.
    """

    number: int
    content: object
    content_hash: str
    total: Decimal
    currency: str
    created_at: datetime
    parties: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAcceptance(Acceptance):
    """The evidence; `signer_email` is None where the signer is gone, so that nobody can be recognized. `stored_at` is when
    its command came into the inbox, None where that is not there; `proof_computed` the digest of its proof's bytes as they
    are, None where there is no such file.
    """

    stored_at: datetime | None
    proof_computed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A kept PDF: the digest stored with it, and the digest of its bytes as they are."""

    version: int
    kind: str
    sha256: str
    computed_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEnclosure:
    """A file that a version's content names: its digest there, and that of its bytes as they are, None where there is no
    such file.
    """

    version: int
    sha256: str
    computed_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommand:
    """A row of the inbox. `accept` is an acceptance's payload, `annul` an annulment's, None of another command; `reference` is an order's. `base_state_version` is the state
    it was decided on, 0 before the creation.
    """

    id: str
    name: str
    actor: str
    received_at: datetime
    outcome: str | None
    code: str | None
    base_state_version: int | None
    accept: AcceptPayload | None
    annul: AnnulPayload | None = None
    reference: str | None = None

    @property
    def signer(self) -> str | None:
        """The digest of who signs."""
        return self.accept.signer if self.accept else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """A customer's link: when a person first looked by it, and when it was closed."""

    id: str
    viewed_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A row of the outbox."""

    id: str
    kind: str
    audience: str
    version: int
    status: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The rows of which the chain tells, and which stand outside it."""

    commands: tuple[StoredCommand, ...] = ()
    links: tuple[StoredLink, ...] = ()
    messages: tuple[StoredMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRecord:
    """All that is kept of one quote. `snapshot` is its row, None where that cannot be read as a quote;
    `last_sequence` and `last_hash` are where the row says that the chain ends. Events in their order; `recorded_at` is when
    the first was written, None where that is not there. `salt` is that of the digests.
    """

    quote_id: str
    number: str
    snapshot: Quote | None
    last_sequence: int
    last_hash: str
    salt: bytes
    recorded_at: datetime | None
    events: tuple[StoredEvent, ...]
    versions: tuple[StoredVersion, ...]
    acceptance: StoredAcceptance | None
    documents: tuple[StoredDocument, ...] = ()
    files: tuple[StoredEnclosure, ...] = ()
    beside: Beside | None = None
