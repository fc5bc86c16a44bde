"""What a link shows: which page, decided from the record alone."""

from dataclasses import dataclass
from enum import StrEnum

from adapters.db.record.views import LinkView
from domain.quotes.guards import allowed_actions, request_refusal
from domain.quotes.quote import Quote
from domain.quotes.record import QuoteView
from domain.quotes.status import Action, CustomerRequest, QuoteStatus


class PageTemplate(StrEnum):
    """One template each."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ANNULLED = "annulled"
    SUPERSEDED = "superseded"
    IN_REVISION = "in_revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`version` is the one that the page is about: the link's, or the one that was accepted. `shows_version` says
    that the page shows the link's own version; `takes_extension_request` that more time can be asked for by it;
    `may_accept` that it is no link by which one may only read.
    """

    page: PageTemplate
    version: int
    shows_version: bool
    takes_extension_request: bool
    may_accept: bool


def standing(link: LinkView, view: QuoteView) -> Standing:
    """The page that the link shows now.

    An offer is open exactly as long as the quote allows it to be accepted; a decision is shown to whoever
    had any version of the quote, a newer version only to those whose own is no longer on offer.
    """
    quote = view.quote
    sent = quote.status is QuoteStatus.SENT
    page = _while_sent(link, view) if sent else _AFTERWARDS[quote.status]
    page = PageTemplate.ANNULLED if quote.is_annulled else page
    version = quote.acceptance.version if quote.acceptance else link.version
    askable = link.may_accept and request_refusal(CustomerRequest.EXTENSION, quote, view.now) is None
    return Standing(
        page=page,
        version=version,
        shows_version=version == link.version and page not in _WITHOUT_DETAILS,
        takes_extension_request=page is PageTemplate.EXPIRED
        and askable
        and link.version == quote.current_version,
        may_accept=link.may_accept,
    )


def _while_sent(link: LinkView, view: QuoteView) -> PageTemplate:
    if link.version != view.quote.current_version:
        return PageTemplate.SUPERSEDED
    return (
        PageTemplate.OFFER if Action.ACCEPT in allowed_actions(view.quote, view.now) else PageTemplate.EXPIRED
    )


def newer_link(link: LinkView, quote: Quote, links: list[LinkView]) -> LinkView | None:
    """The same recipient's own link to the version that the customer sees now, by which most may be done; the latest one."""
    fitting = [
        other
        for other in links
        if other.recipient.casefold() == link.recipient.casefold()
        and other.version == quote.current_version
        and other.version > link.version
        and other.revoked_at is None
    ]
    return max(fitting, key=lambda other: (other.may_accept, other.created_at), default=None)


def sent_before(link: LinkView, links: list[LinkView]) -> LinkView | None:
    """The link by which this recipient was sent an older version, the newest such; else anybody's."""
    older = [other for other in links if other.version < link.version]
    own = [other for other in older if other.recipient.casefold() == link.recipient.casefold()]
    return max(own or older, key=lambda other: (other.version, other.created_at), default=None)


_WITHOUT_DETAILS = {PageTemplate.CANCELLED, PageTemplate.IN_REVISION}
_AFTERWARDS = {
    QuoteStatus.DRAFT: PageTemplate.IN_REVISION,
    QuoteStatus.ACCEPTED: PageTemplate.ACCEPTED,
    QuoteStatus.REJECTED: PageTemplate.REJECTED,
    QuoteStatus.EXPIRED: PageTemplate.EXPIRED,
    QuoteStatus.CANCELLED: PageTemplate.CANCELLED,
}
