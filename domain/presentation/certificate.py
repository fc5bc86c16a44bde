"""The certificate of an acceptance: its evidence in words, set behind the quote's own pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain import wording
from domain.presentation.document import QuoteDocument
from domain.presentation.sheet import SheetLine
from domain.proof.evidence import Evidence
from domain.quotes.commands import AcceptanceMethod

_METHODS: Mapping[str, str] = {
    AcceptanceMethod.ONLINE: "Said to be online",
    AcceptanceMethod.PHONE: "By phone",
    AcceptanceMethod.MAIL: "By email",
    AcceptanceMethod.PURCHASE_ORDER: "By purchase order",
}


def ordered_line(line: SheetLine, currency: str) -> str:
    """A line of what was ordered, in one line of text."""
    facts = (
        f"{line.number}. {line.description}: {line.amount}",
        f"{line.service} service" if line.service else None,
        f"ready in {line.lead_time}" if line.lead_time else None,
        f"{currency} {line.total}",
    )
    return ", ".join(fact for fact in facts if fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The accepted version's document, and rows of label and value that tell of its acceptance.

    `document_sha256` is the digest of the PDF that the customer was sent, which travels inside.
    """

    document: QuoteDocument
    evidence: Evidence
    document_sha256: str

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data: what the template is given, without the document that travels inside."""
        return {
            **self.document.to_data(),
            "certificate": {
                "accepted_on": wording.day(self.evidence.received_at, self.evidence.time_zone),
                "rows": [[label, value] for label, value in self._rows() if value],
                "digests": [[label, value] for label, value in self._digests() if value],
            },
        }

    def _rows(self) -> list[tuple[str, str | None]]:
        e = self.evidence
        opened = e.page_opened_at
        return [
            ("Accepted by", wording.one_line(e.signer_name or "")),
            ("Email", wording.one_line(e.signer_email or "")),
            ("Purchase order", wording.one_line(e.purchase_order_number or "")),
            ("How", self._how()),
            ("Page opened", wording.to_the_second(opened, e.time_zone) if opened else None),
            ("Received", wording.to_the_second(e.received_at, e.time_zone)),
            ("Open until", self._open_until()),
            ("Quote", f"{e.number}, version {e.version}"),
            *(("" if at else "Ordered", line) for at, line in enumerate(self._ordered())),
            ("Total", wording.money(str(e.price), e.currency)),
            ("Consent given", wording.one_line(e.consent_text or "")),
            ("Link sent to", wording.one_line(e.recipient or "")),
            ("Network address", e.ip),
            ("Browser", wording.one_line(e.user_agent or "")),
        ]

    def _ordered(self) -> list[str]:
        """What was chosen, line by line; nothing where there was no choice."""
        ordered = self.document.offer.ordered
        return [ordered_line(line, ordered.currency) for line in ordered.lines] if ordered else []

    def _how(self) -> str:
        """By who acted, not by what was said: a link is the customer's, whatever else is the shop's."""
        e = self.evidence
        if e.came_by_link:
            return "Online, by the customer's own link"
        return f"{_METHODS[e.method]}, recorded by the shop ({wording.one_line(e.recorded_by or e.actor)})"

    def _open_until(self) -> str:
        """The deadline that counted; with a word where it was moved after the document had been made."""
        counted = replace(self.document.offer, valid_until=self.evidence.valid_until)
        moment = wording.instant(counted.valid_until, counted.time_zone)
        return f"{moment}; changed after the quote was sent" if counted.document_says else moment

    def _digests(self) -> list[tuple[str, str | None]]:
        e = self.evidence
        return [
            ("Document that was sent", self.document_sha256),
            ("Content of the version", e.content_hash),
            (
                "Purchase order attached by the customer, kept by the seller"
                if e.came_by_link
                else "Proof kept by the seller",
                e.proof_sha256,
            ),
            (f"Event {e.event_sequence} of the quote's log", e.event_hash),
            ("Evidence in this event, salted", e.evidence_sha256),
            ("Command", e.command_id),
        ]
