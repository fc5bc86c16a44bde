"""What the routes need of the record: the link, its quote, and the page that follows from both."""

from dataclasses import dataclass

from adapters.db.links import find_link, list_links
from adapters.db.quotes import find_quote, find_version
from adapters.db.seller import get_seller
from adapters.db.views import LinkView, QuoteView
from adapters.tokens import LinkTokens
from api.customer.standing import Page, newer_link, standing
from api.customer.view import OfferView, offer_view
from api.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link leads to: the quote as recorded, and the page as it is to be shown."""

    link: LinkView
    quote: QuoteView
    offer: OfferView


class LinkUnknownError(Exception):
    """No such link was ever made."""


class LinkRevokedError(Exception):
    """The shop has closed this link."""


async def open_link(services: Services, token: str) -> Opened:
    """The page behind a token. Only reads. Raises LinkUnknownError, LinkRevokedError."""
    tokens = LinkTokens(services.settings.secret.get_secret_value())
    async with services.database.read() as r:
        link = await find_link(r, tokens.hash(token))
        if link is None:
            raise LinkUnknownError
        if link.revoked_at is not None:
            raise LinkRevokedError
        quote = await find_quote(r, link.quote_id)
        if quote is None:
            raise LinkUnknownError
        shown = standing(link, quote)
        version = await find_version(r, link.quote_id, shown.version)
        if version is None:
            raise LinkUnknownError
        newer = None
        if shown.page is Page.SUPERSEDED:
            newer = newer_link(link, quote.quote, await list_links(r, link.quote_id))
        seller = await get_seller(r)
    address = f"/q/{tokens.token(newer.id)}" if newer else None
    offer = offer_view(shown, quote, version, seller, token=token, newer=address)
    return Opened(link=link, quote=quote, offer=offer)
