"""What tests look at: the words of a page, and what is on record."""

import re
from html import unescape
from typing import Any

import httpx
import sqlalchemy as sa

from adapters.db.quotes.repository import PgQuotes
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.customer.shop import BUYER, INTERNAL, Shop, content

YES = {
    "signer_name": "Jonathan Harker",
    "signer_email": BUYER,
    "purchase_order_number": "PO-88121",
    "consent": "yes",
    "version": "1",
    "content_hash": content().content_hash,
}
"""A form as a customer fills it in."""


def read(answer: httpx.Response, status: int = 200) -> str:
    """The words of a page, which is HTML, closed to others, and free of internal figures."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert INTERNAL not in answer.text
    assert "1350.11" not in answer.text
    return re.sub(r"[ \t\r\n]+", " ", unescape(re.sub(r"<[^>]+>", "", answer.text))).strip()


def hidden(answer: httpx.Response, form: str) -> dict[str, str]:
    """The hidden fields of one of the page's forms."""
    found = re.search(
        rf'<form method="post" action="/q/[^"]+/{form}"[^>]*>(.*?)</form>', answer.text, re.DOTALL
    )
    assert found is not None, f"the page has no form {form}"
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', found[1]))


async def events_of(shop: Shop, quote_id: str, kind: EventType) -> list[Any]:
    """The data of a quote's events of that type."""
    async with shop.database.read() as r:
        events = await PgQuotes(r).events(quote_id)
    return [each.event.data for each in events if each.event.type is kind]


async def counted(shop: Shop, quote_id: str) -> list[Any]:
    """All that is on record of a quote."""
    counts = [
        sa.text("SELECT count(*) FROM quote_events WHERE quote_id = CAST(:id AS uuid)"),
        sa.text("SELECT count(*) FROM commands WHERE quote_id = CAST(:id AS uuid)"),
        sa.text("SELECT count(*) FROM messages WHERE quote_id = CAST(:id AS uuid)"),
        sa.text("SELECT state_version FROM quotes WHERE id = CAST(:id AS uuid)"),
    ]
    async with shop.database.read() as r:
        return [await r.value(count, {"id": quote_id}) for count in counts]


async def status_of(shop: Shop, quote_id: str) -> QuoteStatus:
    """The status on record."""
    async with shop.database.read() as r:
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    return view.quote.status
