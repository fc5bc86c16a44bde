"""What a link shows: which page, decided from the record alone."""

from dataclasses import dataclass
from enum import StrEnum

from adapters.db.views import LinkView, QuoteView
from domain.quotes.guards import allowed_actions
from domain.quotes.quote import Quote
from domain.quotes.status import Action, QuoteStatus


class Page(StrEnum):
    """One template each."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    IN_REVISION = "in_revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`version` is the one that the page is about: the link's, or the one that was accepted."""

    page: Page
    version: int


def standing(link: LinkView, view: QuoteView) -> Standing:
    """The page that the link shows now.

    An offer is open exactly as long as the quote allows it to be accepted; a decision is shown to whoever
    had any version of the quote, a newer version only to those whose own is no longer on offer.
    """
    quote = view.quote
    if quote.status is QuoteStatus.SENT:
        return Standing(page=_while_sent(link, view), version=link.version)
    accepted = quote.acceptance.version if quote.acceptance else link.version
    return Standing(page=_AFTERWARDS[quote.status], version=accepted)


def _while_sent(link: LinkView, view: QuoteView) -> Page:
    if link.version != view.quote.current_version:
        return Page.SUPERSEDED
    return Page.OFFER if Action.ACCEPT in allowed_actions(view.quote, view.now) else Page.EXPIRED


def newer_link(link: LinkView, quote: Quote, links: list[LinkView]) -> LinkView | None:
    """The same recipient's own link to the version that the customer sees now, the latest one."""
    fitting = [
        other
        for other in links
        if other.recipient == link.recipient
        and other.version == quote.current_version
        and other.version > link.version
        and other.revoked_at is None
    ]
    return max(fitting, key=lambda other: other.created_at, default=None)


_AFTERWARDS = {
    QuoteStatus.DRAFT: Page.IN_REVISION,
    QuoteStatus.ACCEPTED: Page.ACCEPTED,
    QuoteStatus.REJECTED: Page.REJECTED,
    QuoteStatus.EXPIRED: Page.EXPIRED,
    QuoteStatus.CANCELLED: Page.CANCELLED,
}
