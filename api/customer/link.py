"""What the routes need of the record: the link, its quote, and the page that follows from both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.db.database import Reading
from adapters.db.parties.seller import get_seller
from adapters.db.quotes.archive import find_evidence, find_first_validity
from adapters.db.quotes.links import Asked, asked_by_link, find_link, list_links, undecided_of_link
from adapters.db.quotes.queries import find_quote, find_version
from adapters.db.record.views import CommandView, LinkView, QuoteView, VersionView
from adapters.tokens import LinkTokens
from api.customer.page_data import Facts, OfferView, logo_of, offer_view
from api.customer.which_page import Page, Standing, newer_link, sent_before, standing
from api.services import Services
from domain.quotes.events import EventType
from domain.quotes.status import Action, Request

_ANSWERS: Final = {Action.ACCEPT, Action.REJECT}
_ASKED_ON: Final = {Page.OFFER: EventType.CHANGE_REQUESTED, Page.EXPIRED: EventType.EXTENSION_REQUESTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link leads to: the quote as recorded, and the page as it is to be shown. `undecided` is an answer
    by this link that is still being processed: nobody should be asked again.
    """

    link: LinkView
    quote: QuoteView
    offer: OfferView
    standing: Standing
    undecided: CommandView | None


class LinkUnknownError(Exception):
    """No such link was ever made."""


class LinkRevokedError(Exception):
    """The shop has closed this link."""


async def known_link(r: Reading, tokens: LinkTokens, token: str) -> LinkView:
    """The link of a token. Raises LinkUnknownError, LinkRevokedError."""
    link = await find_link(r, tokens.hash(token))
    if link is None:
        raise LinkUnknownError
    if link.revoked_at is not None:
        raise LinkRevokedError
    return link


async def open_link(services: Services, token: str) -> Opened:
    """The page behind a token. Only reads, by one connection. Raises LinkUnknownError, LinkRevokedError."""
    tokens = tokens_of(services)
    async with services.database.read() as r:
        link = await known_link(r, tokens, token)
        quote = await find_quote(r, link.quote_id)
        if quote is None:
            raise LinkUnknownError
        shown = standing(link, quote)
        undecided = await undecided_of_link(r, link)
        facts = await _facts(r, tokens, link, quote, shown, undecided)
    return Opened(
        link=link,
        quote=quote,
        offer=offer_view(facts, token=token),
        standing=shown,
        undecided=next((command for command in undecided if command.name in _ANSWERS), None),
    )


def tokens_of(services: Services) -> LinkTokens:
    """How this installation makes links."""
    return LinkTokens(services.settings.secret.get_secret_value())


async def _facts(
    r: Reading,
    tokens: LinkTokens,
    link: LinkView,
    quote: QuoteView,
    shown: Standing,
    undecided: list[CommandView],
) -> Facts:
    """What the page needs beyond link and quote: each page reads only what it shows."""
    newer = before = None
    if shown.page is Page.SUPERSEDED:
        newer = newer_link(link, quote.quote, await list_links(r, link.quote_id))
    if shown.page is Page.OFFER and link.version > 1:
        before = sent_before(link, await list_links(r, link.quote_id))
    asking = next((command for command in undecided if command.name in set(Request)), None)
    return Facts(
        link=link,
        quote=quote,
        version=await _version(r, link.quote_id, shown.version),
        standing=shown,
        seller=await get_seller(r),
        newer=f"/q/{tokens.token(newer.id)}" if newer else None,
        before=await _version(r, link.quote_id, before.version) if before else None,
        before_was_own=before is not None and before.recipient.casefold() == link.recipient.casefold(),
        evidence=await find_evidence(r, link.quote_id) if shown.page is Page.ACCEPTED else None,
        asked_at=_asked_at(await asked_by_link(r, link), quote, shown) if shown.page in _ASKED_ON else None,
        document_says=await find_first_validity(r, link.quote_id, link.version)
        if shown.page is Page.OFFER
        else None,
        asking=(asking.id, asking.received_at) if asking and shown.page in _ASKED_ON else None,
    )


def _asked_at(asked: list[Asked], quote: QuoteView, shown: Standing) -> datetime | None:
    """When this link asked last for what this page takes, about this version; for more time: since this end."""
    return next(
        (
            each.at
            for each in asked
            if each.type is _ASKED_ON[shown.page]
            and each.version == shown.version
            and (shown.page is Page.OFFER or each.at > quote.quote.valid_until)
        ),
        None,
    )


async def _version(r: Reading, quote_id: str, number: int) -> VersionView:
    version = await find_version(r, quote_id, number)
    if version is None:
        raise LinkUnknownError
    return version


async def find_logo(services: Services, token: str) -> str | None:
    """The logo's data URI, by the seller as the link's version was sent by it. Raises as `open_link`."""
    async with services.database.read() as r:
        link = await known_link(r, tokens_of(services), token)
        version = await _version(r, link.quote_id, link.version)
        return logo_of(version.seller, await get_seller(r))
