"""What a page shows beside the offer: plain data, with nothing in it that only the shop may know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.customer.which_page import Standing
from domain import wording
from domain.presentation.differences.changes import SheetChanges
from domain.presentation.document import DocumentKind
from domain.presentation.offer import Offer
from domain.proof.evidence import Annulment, Evidence
from domain.quotes.commands import AcceptanceMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """When and by whom a quote was accepted, as far as that is kept, and how it came to the shop where not online; `is_own`
    says that it came by this very link.
    """

    at: datetime
    name: str | None
    purchase_order_number: str | None
    how: str | None
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulmentView:
    """With whom and why it was agreed that the acceptance is taken back, as far as that is kept."""

    agreed_with: str | None
    reason: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """What this link has asked for, and when in words. `command_id` is set until the shop has been told."""

    at: str
    command_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesSince:
    """What is new since `version`; `seen` says that this very reader was sent that one."""

    version: int
    seen: bool
    of: SheetChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """The page of one link. `content_hash` is that of the version shown, by which a form says what it was made for.
    `newer` is the address of the newer version's page, where the reader has one. `is_own` says that the version is the
    one this link is for: only then are there documents behind it, but for those that were `deleted`, as a person in them was
    forgotten. `ends_at` is until when the link works, where that is
    known. `confirms_view` is set while nobody is known to have looked by this link. `shown_to` are the colleagues to
    whom this link has had the offer shown. `preview_for` is set where nothing was sent yet: whom it would go to.
    """

    standing: Standing
    offer: Offer
    content_hash: str
    now: datetime
    decided_at: datetime | None
    token: str
    is_own: bool
    confirms_view: bool
    newer: str | None
    changes: ChangesSince | None
    signed: Signed | None
    annulled: AnnulmentView | None
    asked: LinkRequest | None
    shown_to: tuple[str, ...] = ()
    ends_at: datetime | None = None
    deleted: frozenset[DocumentKind] = frozenset()
    preview_for: str | None = None


def signed(evidence: Evidence, link_id: str) -> Signed:
    """The acceptance, as whoever has this link may see it."""
    return Signed(
        at=evidence.received_at,
        name=wording.one_line(evidence.signer_name or "") or None,
        purchase_order_number=wording.one_line(evidence.purchase_order_number or "") or None,
        how=_OFFLINE.get(evidence.method),
        is_own=evidence.link_id == link_id,
    )


def annulled(annulment: Annulment) -> AnnulmentView:
    """The annulment, as its customer reads it."""
    agreed_with = wording.one_line(annulment.agreed_with or "") or None
    return AnnulmentView(agreed_with=agreed_with, reason=wording.paragraphs(annulment.reason))


def time_told(at: datetime, now: datetime, zone: str) -> str:
    """The time of day; with its day where that is not today's."""
    clock, day = wording.clock(at, zone), wording.day(at, zone)
    return f"at {clock}" if day == wording.day(now, zone) else f"on {day} at {clock}"


_OFFLINE: Mapping[str, str] = {
    AcceptanceMethod.PHONE: "by phone",
    AcceptanceMethod.MAIL: "by email",
    AcceptanceMethod.PURCHASE_ORDER: "by purchase order",
}
