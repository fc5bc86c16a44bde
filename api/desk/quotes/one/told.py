"""Mails, readers, documents and the evidence of a quote, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.db.record.outbox import MessageState
from adapters.db.record.views import LinkView
from api.desk.quotes.one.facts import QuoteFacts
from api.desk.quotes.one.timeline import METHODS, when
from domain import instants, wording
from domain.offer.choice import chosen_content
from domain.presentation.certificate import ordered_line
from domain.presentation.message import server_words
from domain.presentation.sheet import offer_sheet
from domain.proof.evidence import Evidence
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.notices import ABOUT, Audience, DeliveryStatus
from domain.quotes.validity import links_end_at

_STATES: Final = {
    DeliveryStatus.PENDING: ("waits", ""),
    DeliveryStatus.SENDING: ("going out", ""),
    DeliveryStatus.SENT: ("sent", "good"),
    DeliveryStatus.FAILED: ("failed", "bad"),
    DeliveryStatus.SKIPPED: ("not tried", "warn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantTold:
    """A time in words of the seller's zone, and as RFC 3339."""

    words: str
    stored: str

    @classmethod
    def of(cls, at: datetime | None, zone: str) -> "InstantTold | None":
        """None stays None."""
        return cls(words=when(at, zone), stored=instants.answered(at)) if at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTold:
    """A mail: `state` in words with the `tone` of its badge, and what the server said."""

    about: str
    to: str
    is_ours: bool
    version: int
    state: str
    tone: str
    at: InstantTold | None
    server: str | None
    attempts: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTold:
    """A reader's link: `state` in words; `is_open` while it leads to the quote."""

    id: str
    reader: str
    version: int
    may: str
    state: str
    is_open: bool
    made: InstantTold | None
    seen: InstantTold | None


def mails_of(facts: QuoteFacts) -> list[MailTold]:
    """All mails, newest first."""
    return [_mail(each, facts.zone) for each in reversed([*facts.messages.values()])]


def _mail(mail: MessageState, zone: str) -> MailTold:
    state, tone = _STATES[mail.status]
    if mail.status is DeliveryStatus.PENDING and mail.attempts:
        state, tone = "tried, and tried again", "warn"
    return MailTold(
        about=ABOUT[mail.kind],
        to=wording.one_line(mail.recipient),
        is_ours=mail.audience is Audience.SELLER,
        version=mail.version,
        state=state,
        tone=tone,
        at=InstantTold.of(mail.sent_at or mail.created_at, zone),
        server=server_words(mail.last_error),
        attempts=f"{wording.counted(mail.attempts, 'attempt')}" if mail.attempts > 1 else None,
    )


def links_of(facts: QuoteFacts, link_days: int) -> list[LinkTold]:
    """All links, newest first."""
    ends_at = links_end_at(facts.view.quote.decided_at, link_days)
    return [_link(each, facts, ends_at) for each in reversed([*facts.links.values()])]


def _link(link: LinkView, facts: QuoteFacts, ends_at: datetime | None) -> LinkTold:
    over = ends_at is not None and ends_at <= facts.view.now
    if link.revoked_at is not None:
        state = f"closed on {when(link.revoked_at, facts.zone)}"
    elif over:
        state = "ended"
    elif link.version != facts.view.quote.last_sent_version:
        state = "leads to the newer version"
    elif ends_at is not None:
        state = f"open until {wording.day(ends_at, facts.zone)}"
    else:
        state = "open"
    return LinkTold(
        id=link.id,
        reader=wording.one_line(link.recipient),
        version=link.version,
        may="may accept" if link.may_accept else "may only read",
        state=state,
        is_open=link.revoked_at is None and not over,
        made=InstantTold.of(link.created_at, facts.zone),
        seen=InstantTold.of(link.viewed_at, facts.zone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTold:
    """What is on record about the yes: facts by their names, and the digest of its proof where one was kept."""

    facts: tuple[tuple[str, str], ...]
    proof: str | None
    annulled: tuple[tuple[str, str], ...]


def evidence_of(facts: QuoteFacts) -> EvidenceTold | None:
    """None where nobody said yes."""
    evidence = facts.evidence
    if evidence is None:
        return None
    annulment = facts.annulment
    return EvidenceTold(
        facts=tuple((name, value) for name, value in _evidence(evidence, facts) if value),
        proof=evidence.proof_sha256,
        annulled=(
            (
                "Annulled",
                f"{wording.to_the_second(annulment.at, facts.zone)}, {facts.names.by(annulment.actor)}",
            ),
            ("Agreed with", wording.one_line(annulment.agreed_with or "")),
            ("Why", wording.one_line(annulment.reason or "")),
        )
        if annulment
        else (),
    )


def _evidence(evidence: Evidence, facts: QuoteFacts) -> Iterator[tuple[str, str]]:
    zone = facts.zone
    by = wording.one_line(evidence.signer_name or "")
    email = wording.one_line(evidence.signer_email or "")
    yield "Accepted by", f"{by}, {email}" if by and email else by or email
    yield "When", wording.to_the_second(evidence.received_at, zone)
    known = evidence.method in set(AcceptanceMethod)
    yield "How", METHODS[AcceptanceMethod(evidence.method)] if known else evidence.method
    yield "Recorded by", facts.names.of(evidence.recorded_by) if evidence.recorded_by else ""
    yield "What", f"version {evidence.version}, {wording.money(str(evidence.price), evidence.currency)}"
    yield from (("Ordered", line) for line in _ordered(facts))
    yield "Purchase order", wording.one_line(evidence.purchase_order_number or "")
    yield "By the link of", wording.one_line(evidence.recipient or "") if evidence.link_id else ""
    yield "From the address", evidence.ip or ""
    yield "Deadline that it kept", wording.instant(evidence.valid_until, zone)
    yield "Consent", wording.one_line(evidence.consent_text or "")
    yield "Content", f"SHA-256 {evidence.content_hash}"
    yield "Document", f"SHA-256 {evidence.document_sha256}" if evidence.document_sha256 else "is being made"
    yield "In the log", f"event {evidence.event_sequence}, SHA-256 {evidence.event_hash}"


def _ordered(facts: QuoteFacts) -> Iterator[str]:
    """What was chosen, line by line; nothing where there was nothing to choose."""
    accepted = facts.view.quote.acceptance
    if accepted is None or accepted.selection is None:
        return
    sheet = offer_sheet(chosen_content(facts.view.content, accepted.selection))
    yield from (ordered_line(line, sheet.currency) for line in sheet.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTold:
    """A version in a list. `pdf` is whether its document was made for sending."""

    number: int
    made: InstantTold | None
    total: str
    state: str
    pdf: bool


def versions_of(facts: QuoteFacts) -> list[VersionTold]:
    """All versions, newest first."""
    quote = facts.view.quote
    what = {quote.current_version: "current"}
    if quote.working_version is not None:
        what = {quote.current_version: "with the customer", quote.working_version: "in preparation"}
    if quote.acceptance:
        what[quote.acceptance.version] = "accepted"
    return [
        VersionTold(
            number=each.number,
            made=InstantTold.of(each.created_at, facts.zone),
            total="to be chosen" if each.has_choices else wording.money(str(each.total), each.total.currency),
            state=what.get(each.number, ""),
            pdf=each.number <= (quote.last_sent_version or 0),
        )
        for each in reversed(quote.versions)
    ]
