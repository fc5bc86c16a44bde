"""The choice on the page, for whoever has no script, an old page, a link to read, or bad intentions."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from adapters.settings import Settings
from domain.offer.content import Alternative
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.customer.conftest import browser
from tests.api.customer.reading import YES, events_of, hidden, read, status_of
from tests.api.customer.shop import BUYER, Shop, content
from tests.api.customer.test_unsent import AWAY, at

TOTAL = "EUR 500.00"
CHOICE = {"line-1": "50 standard"}


def offering() -> Any:
    """A version with a part in two quantities, and an optional one of the same."""
    [line] = content().lines
    alternatives = tuple(
        Alternative(
            quantity=quantity,
            tier="standard",
            lead_time_days=10,
            unit_price="10.00",
            total=f"{quantity * 10}.00",
            pricing_calculation_id=line.pricing_calculation_id,
        )
        for quantity in (20, 50)
    )
    block = replace(line, total="200.00", unit_price="10.00", alternatives=alternatives)
    return replace(
        content("200.00"), lines=(block, replace(block, position=2, description="Spare", optional=True))
    )


@pytest.fixture
def choosing(shop: Shop) -> Iterator[Shop]:
    """The shop, whose next quotes leave a choice."""
    shop.priced = offering()
    yield shop
    shop.priced = content()


async def page_of(shop: Shop, customer: httpx.AsyncClient) -> tuple[str, str, dict[str, str]]:
    """A quote on offer: its id, its page's path, and the form as a customer fills it in who has chosen nothing yet."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    return (
        quote_id,
        path,
        hidden(await customer.get(path), "accept") | YES | {"content_hash": offering().content_hash},
    )


async def test_the_page_has_prices_and_no_sum_before_somebody_chooses(
    choosing: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that a posted choice comes back with its total and what was typed, and stores nothing."""
    quote_id, path, form = await page_of(choosing, customer)
    words = read(await customer.get(path))
    assert "to be chosen" in words
    assert "EUR" not in words.replace("Each (EUR)", "").replace("Total (EUR)", "")
    answer = await customer.post(f"{path}/choice", data=form | CHOICE)
    words = read(answer)
    assert f"Accept for {TOTAL}" in words
    assert 'value="PO-88121"' in answer.text
    assert 'value="50 standard" form="accept-form" required checked' in answer.text
    assert hidden(answer, "accept")["shown_total"] == TOTAL
    both = read(await customer.post(f"{path}/choice", data=form | CHOICE | {"line-2": "20 standard"}))
    assert "Accept for EUR 700.00" in both
    assert await status_of(choosing, quote_id) is QuoteStatus.SENT


async def test_only_a_total_that_was_shown_is_accepted(choosing: Shop, customer: httpx.AsyncClient) -> None:
    """Proves that a choice without its total, or with another one's, comes back with it; then it counts, once."""
    quote_id, path, form = await page_of(choosing, customer)
    for shown in ("", "EUR 200.00"):
        answer = await customer.post(f"{path}/accept", data=form | CHOICE | {"shown_total": shown})
        assert f"what you chose comes to {TOTAL}. Accept once more if that is right." in read(answer, 422)
        assert 'name="consent" value="yes" required>' in answer.text, "ticked for another total"
    for _ in range(2):
        sent = await customer.post(f"{path}/accept", data=form | CHOICE | {"shown_total": TOTAL})
        assert sent.status_code == 303
    [accepted] = await events_of(choosing, quote_id, EventType.ACCEPTED)
    assert (accepted["total"], accepted["selection"]) == (
        "500.00",
        [{"position": 1, "quantity": 50, "tier": "standard"}],
    )
    words = read(await customer.get(path))
    assert f"for {TOTAL}, was accepted" in words
    assert "Spare" not in words


@pytest.mark.parametrize(
    "given", [{}, {"line-1": "30 standard"}, {"line-1": "none"}, {"line-2": "50 standard"}, {"line-9": "yes"}]
)
async def test_a_choice_that_is_missing_or_not_on_offer_is_asked_for(
    choosing: Shop, customer: httpx.AsyncClient, given: dict[str, str]
) -> None:
    """Proves that nothing is taken for a choice that the page does not offer."""
    quote_id, path, form = await page_of(choosing, customer)
    answer = await customer.post(f"{path}/accept", data=form | {"shown_total": TOTAL} | given)
    assert "Please choose a quantity and service for 1. Bearing block, left." in read(answer, 422)
    assert 'href="#line-1"' in answer.text
    assert await status_of(choosing, quote_id) is QuoteStatus.SENT


async def test_a_choice_for_an_older_version_is_shown_the_newer_one(
    choosing: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that neither the total of an old page is told, nor its choice accepted."""
    quote_id, path, form = await page_of(choosing, customer)
    await choosing.revise(quote_id)
    await choosing.act(quote_id, "send", recipients=[BUYER])
    for way in ("choice", "accept"):
        words = read(await customer.post(f"{path}/{way}", data=form | CHOICE | {"shown_total": TOTAL}), 409)
        assert "there is a newer version" in words
    assert await status_of(choosing, quote_id) is QuoteStatus.SENT


async def test_who_may_only_read_sees_all_prices_and_no_fields(
    choosing: Shop, customer: httpx.AsyncClient
) -> None:
    """Proves that the choice belongs to who may answer."""
    quote_id = await choosing.new_quote()
    await choosing.act(quote_id, "send", recipients=[BUYER], read_only=[BUYER])
    (path,) = await choosing.paths(quote_id)
    answer = await customer.get(path)
    assert "50 pieces, Standard service 500.00" in read(answer)
    assert 'type="radio"' not in answer.text
    assert "accept-form" not in answer.text


async def test_a_choice_that_could_not_be_stored_comes_back_and_counts(
    choosing: Shop, customer: httpx.AsyncClient, page_settings: Settings
) -> None:
    """Proves that the form that is sent again chooses what it chose."""
    quote_id, path, form = await page_of(choosing, customer)
    async for broken in browser(at(page_settings, AWAY)):
        answer = await broken.post(f"{path}/accept", data=form | CHOICE | {"shown_total": TOTAL})
        assert "Please send it again" in read(answer, 503)
    again = hidden(answer, "accept")
    assert (again["line-1"], again["shown_total"]) == ("50 standard", TOTAL)
    assert (
        await customer.post(f"{path}/accept", data=again | YES | {"content_hash": form["content_hash"]})
    ).status_code == 303
    [accepted] = await events_of(choosing, quote_id, EventType.ACCEPTED)
    assert accepted["total"] == "500.00"
