"""The evidence of an acceptance: who said yes to what, when, and how; written once."""

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.quotes.commands import LINK, AcceptanceMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Times are UTC. Texts of the signer are as typed.

    `document_sha256` seals the evidence: it is None until the version's document is made. `event_sequence` and
    `event_hash` are the place of `quote.accepted` in the chain of the quote's events. `recorded_by` is who in
    the shop wrote down an acceptance that did not come online; `ip` and `user_agent` are those of the request.
    `valid_until` is the deadline that the acceptance kept: later than the document's where it was moved.
    `evidence_sha256` is the salted digest that this event holds of the evidence; an older one has none.
    `customer_name` is the customer's as the version was sent to it.
    """

    quote_id: str
    number: str
    time_zone: str
    customer_name: str
    command_id: str
    version: int
    content_hash: str
    document_sha256: str | None
    total: Money
    signer: str
    method: AcceptanceMethod
    received_at: datetime
    valid_until: datetime
    actor: str
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
    proof_sha256: str | None
    event_sequence: int
    event_hash: str
    evidence_sha256: str | None

    @property
    def came_by_link(self) -> bool:
        """Whether the customer accepted online; anything else was written down by the shop."""
        its_id = self.actor.removeprefix(LINK)  # in the evidence it is gone where a person was forgotten
        by_link = its_id != self.actor and self.link_id in {None, its_id}
        return by_link and self.method is AcceptanceMethod.ONLINE
