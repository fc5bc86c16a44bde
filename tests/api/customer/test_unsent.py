"""A form that could not be stored: said plainly, filled in as it was, and counted once when it is sent again."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from adapters.db.database import DatabaseUnavailableError
from adapters.settings import Settings
from domain import wording
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from tests.api.customer.conftest import browser
from tests.api.customer.reading import YES, counted, events_of, hidden, read, status_of
from tests.api.customer.shop import Shop

AWAY = "postgresql://nobody:x@127.0.0.1:1/none"


def at(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"database_url": SecretStr(url)})


@pytest_asyncio.fixture(scope="module", params=["read-only", "away"])
async def broken(page_settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A browser before an API that can store nothing."""
    ours = page_settings.database_url.get_secret_value()
    url = AWAY if request.param == "away" else f"{ours}?default_transaction_read_only=on"
    async for http in browser(at(page_settings, url)):
        yield http


async def test_it_comes_back_as_it_was_typed_and_counts_once(
    shop: Shop, customer: httpx.AsyncClient, broken: httpx.AsyncClient
) -> None:
    """Proves 503 that promises nothing, with seller, price and deadline from the form alone; and that its own form, sent
    twice to an API that can store, is one acceptance.
    """
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    before = await counted(shop, quote_id)
    typed = YES | {"signer_name": 'Jonathan "J" <b>Harker</b>'}
    form = hidden(await customer.get(path), "accept") | typed
    answer = await broken.post(f"{path}/accept", data=form)
    words = read(answer, 503)
    assert await counted(shop, quote_id) == before
    assert answer.headers["retry-after"] == "30"
    assert "Your answer has not reached us" in words
    assert "Nothing is lost" not in words
    quote = await shop.quote(quote_id)
    assert f"the price holds until {wording.instant(quote.valid_until, quote.time_zone)}" in words
    assert f"Quote {quote.number} for EUR 4\u202f261.23" in words
    assert "Accept for EUR 4\u202f261.23" in words
    assert "Keller Präzision GmbH" in words
    assert 'value="Jonathan &#34;J&#34; &lt;b&gt;Harker&lt;/b&gt;"' in answer.text
    assert 'value="PO-88121"' in answer.text
    assert 'value="yes" required checked' in answer.text
    again = hidden(answer, "accept")
    hidden_ones = ("version", "content_hash", "opened_at", "form_id", "slip")
    assert again == {name: unescape(form[name]) for name in hidden_ones}
    for _ in range(2):
        assert (await customer.post(f"{path}/accept", data=again | typed)).status_code == 303
    assert await status_of(shop, quote_id) is QuoteStatus.ACCEPTED
    assert len(await events_of(shop, quote_id, EventType.ACCEPTED)) == 1


@pytest.mark.parametrize(
    ("form", "field", "button"),
    [
        ("change", "wish", "Send to Keller Präzision GmbH"),
        ("reject", "reason", "Decline this quote"),
    ],
)
async def test_requests_and_refusals_come_back_too(
    shop: Shop, customer: httpx.AsyncClient, broken: httpx.AsyncClient, form: str, field: str, button: str
) -> None:
    """Proves the same of the other forms of an offer."""
    (path,) = await shop.paths(await shop.sent_quote())
    kept = hidden(await customer.get(path), form)
    answer = await broken.post(f"{path}/{form}", data=kept | {field: "Blue & green,\nplease."})
    assert button in read(answer, 503)
    assert "Blue &amp; green,\nplease.</textarea>" in answer.text
    assert hidden(answer, form) == kept
    sent = await customer.post(f"{path}/{form}", data=hidden(answer, form) | {field: "Blue, please."})
    assert sent.status_code == 303


async def test_more_time_can_be_asked_for_again(
    shop: Shop, customer: httpx.AsyncClient, broken: httpx.AsyncClient
) -> None:
    """Proves the same of the form that an expired offer has; no deadline is told that is over."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    await shop.expire(quote_id)
    kept = hidden(await customer.get(path), "extension")
    answer = await broken.post(f"{path}/extension", data=kept | {"wish": "Until Friday"})
    words = read(answer, 503)
    assert "Until Friday" in words
    assert "the price holds until" not in words
    assert hidden(answer, "extension") == kept


@pytest.mark.parametrize("slip", ["", "x", "eyJ9~0", None])
async def test_what_a_form_says_of_its_offer_is_believed_only_when_sealed(
    shop: Shop, customer: httpx.AsyncClient, broken: httpx.AsyncClient, slip: str | None
) -> None:
    """Proves that a slip that was forged, or belongs to another link, tells nothing; the form comes back all the same."""
    quote_id = await shop.sent_quote()
    (path,), own = await shop.paths(quote_id), (await shop.quote(quote_id)).number
    (other,) = await shop.paths(await shop.sent_quote())
    if slip is None:
        slip = hidden(await customer.get(other), "accept")["slip"]
    answer = await broken.post(f"{path}/accept", data=YES | {"slip": slip})
    words = read(answer, 503)
    (number,) = {*re.findall(r"Quote (Q-\d+-\d+)", words)} or {None}
    assert number in {None, own}  # the record of one that is read-only tells it itself
    assert 'value="Jonathan Harker"' in answer.text
    assert "Your answer has not reached us" in words


async def test_what_was_stored_is_never_said_to_be_lost(
    shop: Shop, unanswered: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that a record which goes away behind the click does not make the customer click again."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)

    async def fails(*_: Any) -> None:
        raise DatabaseUnavailableError

    monkeypatch.setattr("api.customer.submit.find_command", fails)
    answer = await unanswered.post(f"{path}/accept", data=YES)
    assert "Your answer is stored and cannot be lost" in read(answer, 202)


async def test_a_file_has_to_be_chosen_again(
    shop: Shop, customer: httpx.AsyncClient, broken: httpx.AsyncClient
) -> None:
    """Proves that the page says so, and does not send the form again by itself, without the file."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = hidden(await customer.get(path), "accept") | YES
    order = {"order": ("order.pdf", b"%PDF-1.7", "application/pdf")}
    answer = await broken.post(f"{path}/accept", data=form, files=order)
    assert "Please choose the file again" in read(answer, 503)
    assert "data-repeats" not in answer.text
    assert "data-repeats" in (await broken.post(f"{path}/accept", data=form)).text
    assert await status_of(shop, quote_id) is QuoteStatus.SENT
