"""A view is a person's: who only loads the page, however often, has not looked."""

import asyncio

import httpx
import pytest

from adapters.db.quotes.links import list_links
from adapters.db.quotes.verification import find_record
from domain.proof.verify import verify
from domain.quotes.events import EventType
from tests.api.customer.reading import YES, counted, events_of
from tests.api.customer.shop import BUYER, Shop

VIEWED = EventType.VIEWED


async def test_loading_the_page_is_no_view(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that HEAD and GET of the page, of all it leads to, and of the view's own address write nothing."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    before = await counted(shop, quote_id)
    for address in (path, f"{path}/pdf", f"{path}/logo", f"{path}/certificate", f"{path}/viewed"):
        await customer.head(address)
        for _ in range(5):
            await customer.get(address)
    assert await counted(shop, quote_id) == before
    async with shop.database.read() as r:
        (link,) = await list_links(r, quote_id)
    assert link.viewed_at is None


async def test_a_person_is_told_of_once_per_link(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves one event per link, also of two reports at once, holding ids alone and chained like all others;
    the quote itself stays as it is.
    """
    quote_id = await shop.new_quote()
    await shop.act(quote_id, "send", recipients=[BUYER, "boss@harker-hydraulics.example"])
    first = await shop.path_of(quote_id, BUYER)
    second = await shop.path_of(quote_id, "boss@harker-hydraulics.example")
    state = (await shop.quote(quote_id)).state_version
    assert f'data-viewed="{first}/viewed"' in (await customer.get(first)).text
    answers = await asyncio.gather(*(customer.post(f"{first}/viewed") for _ in range(5)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(204, b"")}
    assert answers[0].headers["cache-control"] == "no-store"
    assert "data-viewed" not in (await customer.get(first)).text
    assert "data-viewed" in (await customer.get(second)).text
    assert (await customer.post(f"{first}/viewed")).status_code == 204
    async with shop.database.read() as r:
        record = await find_record(r, quote_id)
    links = dict(await shop.links(quote_id))
    own = links[first]
    assert await events_of(shop, quote_id, VIEWED) == [{"version": 1, "link_id": own.id, "by": "interaction"}]
    assert own.viewed_at is not None
    assert links[second].viewed_at is None
    assert (await shop.quote(quote_id)).state_version == state
    assert record is not None
    assert verify(record) == []


async def test_a_form_is_a_view_too_and_a_wrong_one_is_none(shop: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that who accepts without script has looked, and that a program that posts nothing useful has not."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await customer.post(f"{path}/accept", data={})
    await customer.post(f"{path}/accept", data=YES | {"version": "2"})
    assert await events_of(shop, quote_id, VIEWED) == []
    assert (await customer.post(f"{path}/accept", data=YES)).status_code == 303
    (seen,) = await events_of(shop, quote_id, VIEWED)
    assert seen["by"] == "form"


@pytest.mark.parametrize("last", ["cancel", "revoke"])
async def test_what_shows_nothing_is_not_viewed(shop: Shop, customer: httpx.AsyncClient, last: str) -> None:
    """Proves that neither a withdrawn quote's page nor a closed link counts."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    if last == "cancel":
        await shop.act(quote_id, "cancel")
    else:
        await shop.close_links(quote_id)
    assert (await customer.post(f"{path}/viewed")).status_code == (204 if last == "cancel" else 410)
    assert await events_of(shop, quote_id, VIEWED) == []
