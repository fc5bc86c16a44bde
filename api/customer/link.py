"""What the routes need of the record: the link, its quote, and the page that follows from both."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from adapters.db.database import Reading
from adapters.db.parties.seller import Seller, get_seller
from adapters.db.quotes.archive import emptied_documents, find_annulment, find_evidence
from adapters.db.quotes.links import asked_by_link, find_link, list_links, shown_by_link, undecided_of_link
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.offers import find_offer
from adapters.db.record.views import CommandView, LinkView
from adapters.tokens import LinkTokens
from api.customer.page_data import ChangesSince, LinkRequest, PageView, annulled, signed, time_told
from api.customer.which_page import PageTemplate, Standing, newer_link, sent_before, standing
from api.services import Services
from domain import wording
from domain.presentation.differences.changes import sheet_changes
from domain.presentation.offer import Offer
from domain.proof.forgotten import is_marked
from domain.quotes.events import Body, ChangeRequested, Event, ExtensionRequested
from domain.quotes.record import QuoteView
from domain.quotes.status import Action, CustomerRequest
from domain.quotes.validity import links_end_at

_ANSWERS: Final = {Action.ACCEPT, Action.REJECT}
_ACCEPTED: Final = {PageTemplate.ACCEPTED, PageTemplate.ANNULLED}
_ASKED_ON: Final = {PageTemplate.OFFER: ChangeRequested, PageTemplate.EXPIRED: ExtensionRequested}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link leads to: the quote as recorded, and the page as it is to be shown. `undecided` is an answer
    by this link that is still being processed: nobody should be asked again.
    """

    link: LinkView
    quote: QuoteView
    view: PageView
    undecided: CommandView | None


class LinkUnknownError(Exception):
    """No such link was ever made."""


class LinkGoneError(Exception):
    """The link leads nowhere any more. Its words, for the customer, name neither the customer nor the quote."""


async def known_link(r: Reading, tokens: LinkTokens, token: str) -> LinkView:
    """The link of a token. Raises LinkUnknownError, LinkGoneError."""
    link = await find_link(r, tokens.hash(token))
    if link is None:
        raise LinkUnknownError
    if is_marked(link.recipient):
        raise LinkGoneError("What we had about the person that it was made for has been deleted.")
    if link.revoked_at is not None:
        raise LinkGoneError(
            "The sender has closed it. Please reply to the email it came in to get a new one."
        )
    return link


async def open_link(services: Services, token: str) -> Opened:
    """The page behind a token. Only reads, by one connection. Raises LinkUnknownError, LinkGoneError."""
    async with services.database.read() as r:
        link = await known_link(r, services.tokens, token)
        quote = await PgQuotes(r).find(link.quote_id)
        if quote is None:
            raise LinkUnknownError
        ends_at = links_end_at(quote.quote.decided_at, services.settings.link_days)
        if ends_at is not None and ends_at <= quote.now:
            raise LinkGoneError(_ended(ends_at, quote.quote.time_zone, await get_seller(r)))
        undecided = await undecided_of_link(r, link)
        view = await _view(r, services.tokens, token, link, quote, undecided)
        view = replace(view, ends_at=ends_at)
    return Opened(
        link=link,
        quote=quote,
        view=view,
        undecided=next((command for command in undecided if command.name in _ANSWERS), None),
    )


def _ended(at: datetime, zone: str, seller: Seller) -> str:
    asked = f"{seller.name} at {seller.email}" if seller.email else seller.name
    return f"It worked until {wording.day(at, zone)}. If you need anything about it, please ask {asked}."


async def _view(
    r: Reading, tokens: LinkTokens, token: str, link: LinkView, quote: QuoteView, undecided: list[CommandView]
) -> PageView:
    """The page: each reads only what it shows."""
    shown = standing(link, quote)
    offer = await _offer(r, link.quote_id, shown.version)
    newer = None
    if shown.page is PageTemplate.SUPERSEDED:
        newer = newer_link(link, quote.quote, await list_links(r, link.quote_id))
    evidence = await find_evidence(r, link.quote_id) if shown.page in _ACCEPTED else None
    is_own = shown.version == link.version
    may_lack = is_own and shown.page is not PageTemplate.OFFER  # nobody is forgotten in what is open
    deleted = await emptied_documents(r, link.quote_id, link.version) if may_lack else frozenset()
    annulment = await find_annulment(r, link.quote_id) if shown.page is PageTemplate.ANNULLED else None
    return PageView(
        standing=shown,
        offer=offer,
        content_hash=quote.quote.versions[shown.version - 1].content_hash,
        now=quote.now,
        decided_at=quote.quote.decided_at,
        token=token,
        is_own=is_own,
        deleted=deleted,
        confirms_view=shown.shows_version and link.viewed_at is None,
        newer=f"/q/{tokens.token(newer.id)}" if newer else None,
        changes=await _changes(r, link, offer) if shown.page is PageTemplate.OFFER else None,
        signed=signed(evidence, link.id) if evidence else None,
        annulled=annulled(annulment) if annulment else None,
        asked=await _asked(r, link, quote, shown, undecided) if shown.page in _ASKED_ON else None,
        shown_to=await shown_by_link(r, link) if shown.page is PageTemplate.OFFER else (),
    )


NO_TOKEN: Final = "preview"  # noqa: S105 - it opens nothing
"""Stands for a token where there is no link: one has 43 characters."""


async def preview(r: Reading, link: LinkView, offer: Offer, content_hash: str, *, at: datetime) -> PageView:
    """The page that `link` would show if it were made with a sending at that instant."""
    shown = Standing(
        page=PageTemplate.OFFER,
        version=link.version,
        shows_version=True,
        takes_extension_request=False,
        may_accept=link.may_accept,
    )
    return PageView(
        standing=shown,
        offer=offer,
        content_hash=content_hash,
        now=at,
        decided_at=None,
        token=NO_TOKEN,
        is_own=True,
        confirms_view=False,
        newer=None,
        changes=await _changes(r, link, offer),
        signed=None,
        annulled=None,
        asked=None,
        preview_for=wording.one_line(link.recipient),
    )


async def _changes(r: Reading, link: LinkView, offer: Offer) -> ChangesSince | None:
    """What is new since the version that this reader, or else the customer, was sent before."""
    before = sent_before(link, await list_links(r, link.quote_id)) if link.version > 1 else None
    if before is None:
        return None
    of = sheet_changes((await _offer(r, link.quote_id, before.version)).sheet, offer.sheet)
    seen = before.recipient.casefold() == link.recipient.casefold()
    return ChangesSince(version=before.version, seen=seen, of=of)


async def _asked(
    r: Reading, link: LinkView, quote: QuoteView, shown: Standing, undecided: list[CommandView]
) -> LinkRequest | None:
    zone = quote.quote.time_zone
    for command in undecided:
        if command.name in set(CustomerRequest):
            return LinkRequest(at=time_told(command.received_at, quote.now, zone), command_id=command.id)
    asked_at = _asked_at(await asked_by_link(r, link), quote, shown)
    return LinkRequest(at=time_told(asked_at, quote.now, zone)) if asked_at else None


def _told(event: Event) -> Body | None:
    """None of an event that somebody has tampered with: `verify` tells the shop, and the customer goes on seeing the
    quote.
    """
    try:
        return event.body
    except (LookupError, TypeError, ValueError):
        return None


def _asked_at(asked: list[Event], quote: QuoteView, shown: Standing) -> datetime | None:
    """When this link asked last for what this page takes, about this version; for more time: since this end."""
    return next(
        (
            each.at
            for each in asked
            if isinstance(body := _told(each), _ASKED_ON[shown.page])
            and body.version == shown.version
            and (shown.page is PageTemplate.OFFER or (each.at and each.at > quote.quote.valid_until))
        ),
        None,
    )


async def _offer(r: Reading, quote_id: str, version: int) -> Offer:
    offer = await find_offer(r, quote_id, version)
    if offer is None:
        raise LinkUnknownError
    return offer


async def find_logo(services: Services, token: str) -> bytes | None:
    """The logo, by the seller as the link's version was sent by it. Raises as `open_link`."""
    async with services.database.read() as r:
        link = await known_link(r, services.tokens, token)
        return (await _offer(r, link.quote_id, link.version)).seller.picture
