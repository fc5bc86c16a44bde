"""Where the event is the order: an ERP hears `quote.accepted` by a webhook, and writes its reference by the API."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from pydantic import SecretStr

from adapters.webhooks.signed_post import new_secret
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import SIGNER, Caller, places, problem
from tests.api.conftest import api_key, calling, prepared_database, settings_for, working
from tests.unit.webhooks.receiver import OK, Receiver, receiving, saying
from tests.waiting import eventually


@pytest_asyncio.fixture(scope="module")
async def erp() -> AsyncIterator[Receiver]:
    async with receiving(saying(OK)) as receiver:
        yield receiver


@pytest_asyncio.fixture(scope="module")
async def shop(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, erp: Receiver
) -> AsyncIterator[Caller]:
    """The product on a record of its own. An address for orders is set too, which is not used."""
    url = await prepared_database(postgres, "orders_by_event")
    settings = settings_for(url, temporal.address, mail_server.smtp_url, queue="orders-by-event").model_copy(
        update={
            "orders": "webhook",
            "order_url": erp.url.replace("hook", "orders"),
            "order_secret": SecretStr(new_secret()),
            "webhook_allow": "127.0.0.0/8",
        }
    )
    async with working(settings) as app, calling(app, await api_key(url, "quote", "admin")) as caller:
        yield caller


async def events_of(shop: Caller, quote: dict[str, Any]) -> list[str]:
    """By which references the quote was said to be handed over."""
    events = (await shop.get(f"/quotes/{quote['id']}/events")).json()["data"]
    return [each["data"]["reference"] for each in events if each["type"] == "quote.order_handed_over"]


async def handed_over(shop: Caller, quote_id: str, reference: str) -> dict[str, Any]:
    """The quote, once that is its order's reference."""
    answer = await shop.put(f"/quotes/{quote_id}/order", {"reference": reference})
    if answer.status_code == 202:
        assert (await shop.decided(answer))["status"] == "applied"
        answer = await shop.get(f"/quotes/{quote_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_event_is_the_order_and_its_reference_comes_by_the_api(shop: Caller, erp: Receiver) -> None:
    """Pending until then and never posted; the same reference again is no news, so that who writes it at each event ends."""
    types = ["quote.accepted", "quote.order_handed_over"]
    made = await shop.post("/webhooks", {"url": erp.url, "types": types})
    assert made.status_code == 201, made.text
    quote = await shop.sent(external_id="ERP-7")
    order = f"/quotes/{quote['id']}/order"
    problem(await shop.put(order, {"reference": "SO-1"}), 409, "quote_not_ordered")
    accepted = await shop.done(quote, "accept", SIGNER)
    assert accepted["order"].pop("at") >= accepted["decided_at"]
    assert accepted["order"] == {"status": "pending", "reference": None, "last_error": None}
    problem(await shop.post(f"{order}/retry"), 409, "order_not_failed")
    await eventually(lambda: erp.received, "the ERP hears of it", seconds=150)
    told = json.loads(erp.received[0].body)
    assert (told["type"], told["data"]["quote"]["external_id"]) == ("quote.accepted", "ERP-7")
    assert told["data"]["snapshot"]["accepted_total"] == accepted["accepted_total"]

    taken = await handed_over(shop, told["data"]["quote"]["id"], "SO-1")
    assert (taken["order"]["status"], taken["order_reference"]) == ("handed_over", "SO-1")
    again = await handed_over(shop, quote["id"], "SO-1")
    assert (again["order"], again["state_version"]) == (taken["order"], taken["state_version"])
    assert await events_of(shop, quote) == ["SO-1"]
    problem(
        await shop.post(f"/quotes/{quote['id']}/annul", {"reason": "No.", "agreed_with": "Ada"}),
        409,
        "order_handed_over",
    )
    corrected = await handed_over(shop, quote["id"], "SO-2")
    assert (corrected["order_reference"], corrected["order"]["at"]) == ("SO-2", taken["order"]["at"])
    assert await events_of(shop, quote) == ["SO-1", "SO-2"]

    await eventually(lambda: len(erp.received) >= 3, "it hears of both references", seconds=150)
    assert [got.line for got in erp.received] == 3 * ["POST /hook?a=b HTTP/1.1"], "nothing else was posted"
    assert [json.loads(got.body)["type"] for got in erp.received] == [types[0], types[1], types[1]]


async def test_what_is_no_reference_is_refused(shop: Caller) -> None:
    """By its field, and the order waits on."""
    quote = await shop.done(await shop.sent(), "accept", SIGNER)
    for reference in ("", 201 * "x", "SO\u0000", "SO\r\nX: 1", "SO\u001b[2J", 4711, None):
        answer = await shop.put(f"/quotes/{quote['id']}/order", {"reference": reference})
        problem(answer, 422, "validation_failed")
        assert {pointer for pointer, _ in places(answer)} == {"/reference"}
    assert (await shop.get(f"/quotes/{quote['id']}")).json()["order"]["status"] == "pending"
