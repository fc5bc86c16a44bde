"""What a shop's own card says over HTTP: its tiers and kinds of customers, in its order, with its labels."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.settings import Settings
from api.app import create_app
from api.v1.pricing.answers import CalculationAnswer, CatalogueAnswer
from api.v1.quotes.answers import QuoteAnswer
from api.v1.rate_cards.card_schema import EXAMPLE_CARD
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import PART, Caller, places
from tests.api.conftest import api_key, calling, prepared, running, settings_for, worker_client
from tests.api.test_documents import made as made_document
from worker import running_worker


@pytest_asyncio.fixture(scope="module")
async def own_url(postgres: Postgres) -> str:
    url = await postgres.create_database("api_own_cards")
    await prepared(url)
    return url


@pytest.fixture(scope="module")
def own_settings(own_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(own_url, temporal.address, mail_server.smtp_url, queue="own-cards-tests")


@pytest_asyncio.fixture(scope="module")
async def own_app(own_settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(create_app(settings=own_settings)) as app:
        yield app


@pytest_asyncio.fixture
async def admin(own_app: FastAPI, own_url: str, own_settings: Settings) -> AsyncIterator[Caller]:
    database = Database.connect(own_url)
    async with (
        running_worker(await worker_client(own_settings), own_settings, database),
        calling(own_app, await api_key(own_url, "admin")) as caller,
    ):
        yield caller
    await database.close()


def own_card(**changes: Any) -> dict[str, Any]:
    """Two tiers, slow before fast, and two kinds of customers, none of a name that the first cards had."""
    card: dict[str, Any] = json.loads(json.dumps(EXAMPLE_CARD))
    tiers = card["tiers"]
    card["tiers"] = {
        "three weeks": {**tiers["economy"], "label": "Drei Wochen"},
        "24h": {**tiers["expedited"], "label": "Über Nacht"},
    }
    card["customer_discounts"] = {
        "by_tier": {"trade": "0.1", "private": "0"},
        "by_quantity": [],
        "labels": {"trade": "Handel"},
    }
    card["materials"]["aluminum"]["label"] = "EN AW-6082"
    return {**card, **changes}


async def test_tiers_are_those_of_the_card(admin: Caller) -> None:
    """Proves order, defaults, refusals and labels from the card to what the customer is offered."""
    before = await admin.customer(customer_tier="premium")
    stored = await admin.post("/rate-cards", {"card": own_card()})
    assert stored.status_code == 201, stored.text
    read = (await admin.get(f"/rate-cards/{stored.json()['id']}")).json()["card"]
    assert list(read["tiers"]) == ["three weeks", "24h"]
    assert read["tiers"]["24h"]["label"] == "Über Nacht"

    catalogue = (await admin.get("/pricing/catalogue")).json()
    CatalogueAnswer.model_validate(catalogue, strict=True)
    assert [tier["tier"] for tier in catalogue["tiers"]] == ["three weeks", "24h"]
    assert catalogue["customer_tiers"] == ["trade", "private"]
    assert catalogue["labels"]["materials"] == {"aluminum": "EN AW-6082"}

    made = (await admin.post("/pricing/calculations", {"specification": PART})).json()
    again = (await admin.get(f"/pricing/calculations/{made['id']}")).json()
    CalculationAnswer.model_validate(again, strict=True)
    assert list(made["tiers"]) == list(again["tiers"]) == ["three weeks", "24h"]
    assert made["specification"]["customer_tier"] == "trade"

    refused = await admin.post("/customers", {"name": "A", "email": "a@x.example", "customer_tier": "gold"})
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/customer_tier", "unknown_customer_tier")
    assert error["allowed"] == ["trade", "private"]
    customer = (await admin.post("/customers", {"name": "A", "email": "a@x.example"})).json()
    assert customer["customer_tier"] == "trade"

    line = {"description": "Block", "specification": PART, "tier": "economy"}
    refused = await admin.post("/quotes", {"customer_id": customer["id"], "lines": [line]})
    assert places(refused) == {("/lines/0/tier", "unknown_tier")}
    assert refused.json()["errors"][0]["allowed"] == ["three weeks", "24h"]
    refused = await admin.post("/quotes", {"customer_id": before["id"], "specification": PART})
    assert places(refused) == {("/customer_id", "unknown_customer_tier")}

    answer = await admin.post(
        "/quotes", {"customer_id": customer["id"], "specification": PART, "tier": "24h"}
    )
    quote = answer.json()
    [priced] = quote["lines"]
    assert (priced["tier"], priced["labels"]["tiers"]) == ("24h", {"24h": "Über Nacht"})
    answer = await admin.post("/quotes", {"customer_id": customer["id"], "specification": PART})
    assert answer.json()["lines"][0]["tier"] == "three weeks"


async def test_cards_are_in_force_side_by_side_by_name(admin: Caller) -> None:
    """Proves that each customer's quotes are priced by the cards they name, in their currency, and all else by the default."""
    before = (await admin.post("/customers", {"name": "A", "email": "a@x.example"})).json()
    refused = await admin.post(
        "/customers", {"name": "B", "email": "b@x.example", "customer_tier": "trade", "rate_card": "USA"}
    )
    assert places(refused) == {("/rate_card", "unknown_rate_card")}
    dollars = json.loads(json.dumps(EXAMPLE_CARD)) | {"currency": "USD"}
    body = {"rate_card": "USA", "card": dollars, "valid_from": "2020-01-01T00:00:00Z"}
    made = await admin.post("/rate-cards", body)
    assert made.status_code == 201, made.text
    assert (made.json()["rate_card"], made.json()["active"], made.json()["warnings"]) == ("USA", True, [])
    listed = (await admin.get("/rate-cards")).json()["data"]
    assert {each["rate_card"] for each in listed if each["active"]} == {"default", "USA"}
    again = await admin.post("/rate-cards", {**body, "card": {**dollars, "version": 3}})
    assert places(again) == {("/valid_from", "overlapping_dates")}

    refused = await admin.patch(f"/customers/{before['id']}", {"rate_card": "USA"})
    assert places(refused) == {("/customer_tier", "unknown_customer_tier")}
    changed = await admin.patch(
        f"/customers/{before['id']}", {"rate_card": "USA", "customer_tier": "premium"}
    )
    assert changed.json()["rate_card"] == "USA"
    theirs = {"customer_id": before["id"]}
    quote = (await admin.post("/quotes", {**theirs, "specification": PART})).json()
    assert (quote["currency"], quote["price_basis"]) == ("USD", "current")
    assert quote["lines"][0]["rate_card_id"] == made.json()["id"]
    free = {"description": "Freight", "quantity": 1, "unit_price": "10.00"}
    assert (await admin.post("/quotes", {**theirs, "lines": [free]})).json()["currency"] == "USD"
    other = await admin.customer(customer_tier="trade")
    quote = (await admin.post("/quotes", {"customer_id": other["id"], "specification": PART})).json()
    assert (quote["currency"], quote["price_basis"]) == ("EUR", "current")

    for path, named in (
        ("/pricing/calculations", {"specification": PART}),
        ("/pricing/calculations:batch", {"specifications": [PART]}),
    ):
        answer = (await admin.post(path, {**named, "rate_card": "USA"})).json()
        assert (
            answer.get("currency", answer.get("data", [{}])[0].get("calculation", {}).get("currency"))
            == "USD"
        )
        refused = await admin.post(path, {**named, "rate_card": "Mars"})
        assert places(refused) == {("/rate_card", "unknown_rate_card")}
        assert refused.json()["errors"][0]["allowed"] == ["default", "USA"]
        both = await admin.post(path, {**named, "rate_card": "USA", "rate_card_id": made.json()["id"]})
        assert places(both) == {("", "one_of")}
    catalogue = (await admin.get("/pricing/catalogue", params={"rate_card": "USA"})).json()
    assert (catalogue["currency"], catalogue["customer_tiers"]) == (
        "USD",
        ["standard", "premium", "enterprise"],
    )
    removed = await admin.patch(f"/customers/{before['id']}", {"rate_card": None, "customer_tier": "trade"})
    assert removed.json()["rate_card"] is None


async def test_free_lines_alone_may_be_in_any_currency(admin: Caller) -> None:
    """Proves that the currency is kept when the quote is priced again, and is refused beside a part."""
    customer = await admin.customer(customer_tier="trade")
    free = {"description": "Consulting", "quantity": 3, "unit_price": "1500"}
    asked = {"customer_id": customer["id"], "lines": [free], "currency": "JPY"}
    quote = (await admin.post("/quotes", asked)).json()
    assert (quote["currency"], quote["total_price"]) == ("JPY", "4500")
    again = await admin.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})
    assert (again.json()["currency"], again.json()["total_price"]) == ("JPY", "4500")
    refused = await admin.post("/quotes", {**asked, "currency": "XXX"})
    assert places(refused) == {("/currency", "unknown_currency")}
    part = {"description": "Block", "specification": PART}
    refused = await admin.post("/quotes", {**asked, "lines": [free, part]})
    assert places(refused) == {("", "not_with_part")}


async def test_a_quote_is_shipped_once_and_lifted_once(admin: Caller) -> None:
    """Proves the charges from the card to the quote, its document's lines, its copy and its comparison."""
    card = json.loads(json.dumps(EXAMPLE_CARD))
    card |= {
        "currency": "USD",
        "order": {"shipping": "per_quote", "packing": "9.50", "minimum_order_value": "20000"},
    }
    card.pop("minimum_per_part")
    made = await admin.post("/rate-cards", {"rate_card": "whole", "card": card})
    assert made.status_code == 201, made.text
    customer = await admin.customer(rate_card="whole")
    lines = [{"description": name, "specification": PART, "tax_rate": "0.19"} for name in ("A", "B")]
    quote = (await admin.post("/quotes", {"customer_id": customer["id"], "lines": lines})).json()
    charges = [line for line in quote["lines"] if line["kind"] == "charge"]
    assert [(line["position"], line["description"]) for line in charges] == [
        (3, "Shipping"),
        (4, "Packing"),
        (5, "Minimum order surcharge"),
    ]
    QuoteAnswer.model_validate_json(json.dumps(quote), strict=True)
    assert charges[0]["explanation"]["rule"] == "order.shipping, tiers.standard.shipping"
    goods = sum(Decimal(line["total"]) for line in quote["lines"][:2])
    assert goods + Decimal(charges[2]["total"]) == 20_000
    assert Decimal(quote["net_total"]) == 20_000 + Decimal(charges[0]["total"]) + Decimal("9.50")
    sent = await admin.done(quote, "send")
    assert sent["status"] == "sent"
    document = pypdfium2.PdfDocument((await made_document(admin, quote, 1)).content)
    words = " ".join(page.get_textpage().get_text_range() for page in document)
    assert all(line["description"] in words for line in charges)
    copy = (await admin.post(f"/quotes/{quote['id']}/copy")).json()
    assert [line["total"] for line in copy["lines"]] == [line["total"] for line in quote["lines"]]
    less = await admin.put(f"/quotes/{copy['id']}/pricing", {"lines": lines[:1]})
    assert [line["kind"] for line in less.json()["lines"]] == ["part", "charge", "charge", "charge"]
    told = await admin.get(f"/quotes/{copy['id']}/versions/1/diff/2")
    assert told.status_code == 200, told.text
    assert "Minimum order surcharge" in {line["description"] for line in told.json()["lines_changed"]}
