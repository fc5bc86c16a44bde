"""Rate cards over HTTP: stored by who may, dated, listed, and refused with every place that is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.settings import Settings
from api.app import create_app
from api.v1.pricing.answers import CatalogueAnswer
from api.v1.rate_cards.answers import RateCardAnswer, RateCardSummary
from api.v1.rate_cards.card_schema import EXAMPLE_CARD
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from domain.pricing import review
from tests.api.caller import PART, PRICES, Caller, places, problem
from tests.api.conftest import api_key, calling, prepared_database, running, settings_for, worker_client
from worker import running_worker

PATH = "/rate-cards"


@pytest_asyncio.fixture(scope="module")
async def own_url(postgres: Postgres) -> str:
    """Of a database of its own: what these tests store is the price list of nobody else's prices."""
    return await prepared_database(postgres, "api_rate_cards")


@pytest.fixture(scope="module")
def own_settings(own_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(own_url, temporal.address, mail_server.smtp_url, queue="rate-cards-tests")


@pytest_asyncio.fixture(scope="module")
async def own_app(own_settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(create_app(settings=own_settings)) as app:
        yield app


@pytest_asyncio.fixture
async def admin(own_app: FastAPI, own_url: str) -> AsyncIterator[Caller]:
    async with calling(own_app, await api_key(own_url, "admin")) as caller:
        yield caller


def card(**changes: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(EXAMPLE_CARD))
    return {**copy, **changes}


_year = iter(range(2100, 3000))


def dated(**changes: Any) -> dict[str, Any]:
    """A body whose card is valid for a year that no other has."""
    year = next(_year)
    return {
        "valid_from": f"{year}-01-01T00:00:00Z",
        "valid_until": f"{year + 1}-01-01T00:00:00Z",
        "card": card(**changes),
    }


async def test_a_card_is_stored_and_read(admin: Caller) -> None:
    """Proves 201 with its address and all its figures, the same to be read there, and what the document promises."""
    body = dated()
    made = await admin.post(PATH, body)
    assert made.status_code == 201, made.text
    answer = made.json()
    RateCardAnswer.model_validate(answer, strict=True)
    assert made.headers["location"] == f"/api/v1/rate-cards/{answer['id']}"
    assert (answer["valid_from"], answer["valid_until"]) == (body["valid_from"], body["valid_until"])
    assert (answer["active"], answer["holds_until"]) == (False, body["valid_until"])
    assert {*EXAMPLE_CARD, "id", "minimum_order_value"} == answer["card"].keys()
    assert answer["card"]["finishes"]["anodized"]["per_cm2"] == "0.018"
    read = await admin.get(f"{PATH}/{answer['id']}")
    assert read.status_code == 200
    assert {**read.json(), "warnings": []} == {**answer, "warnings": []}


async def test_numbers_keep_every_digit(admin: Caller) -> None:
    """Proves that a JSON number is taken as it is written, and no text is taken for one or one for a text."""
    raw = json.dumps(dated(overhead="FIGURE")).replace('"FIGURE"', "0.150001").encode()
    made = await admin.raw(PATH, raw)
    assert made.json()["card"]["overhead"] == "0.150001"
    raw = json.dumps(dated(name="FIGURE")).replace('"FIGURE"', "1.5").encode()
    assert places(await admin.raw(PATH, raw)) == {("/card/name", "not_text")}


async def test_a_new_card_makes_the_next_price_and_no_price_before(
    own_app: FastAPI, own_url: str, admin: Caller
) -> None:
    """Proves that a calculation keeps its price after a new card, and that the next one gets the new card's."""
    before = (await admin.post("/pricing/calculations", {"specification": PART})).json()
    assert before["tiers"]["standard"]["total_price"] == PRICES["standard"]
    first = await admin.post(PATH, {"card": card(overhead="0.5")})
    assert first.json()["active"] is True
    wished = {**PART, "surface_finish": "Anodized", "tolerance_class": "iso 2768-F"}
    after = (await admin.post("/pricing/calculations", {"specification": wished})).json()
    assert after["rate_card_id"] == first.json()["id"]
    names = [line["name"] for line in after["tiers"]["standard"]["lines"]]
    assert names[4:6] == ["finish", "tolerance"]
    assert (await admin.get(f"/pricing/calculations/{before['id']}")).json() == before
    catalogue = (await admin.get("/pricing/catalogue")).json()
    CatalogueAnswer.model_validate(catalogue, strict=True)
    assert catalogue["finishes"] == [
        {"name": "anodized", "materials": ["aluminum"]},
        {"name": "polished", "materials": ["aluminum"]},
    ]
    assert catalogue["tolerance_classes"] == ["ISO 2768-f"]
    listed = (await admin.get(PATH, params={"limit": 100})).json()["data"]
    assert [each["id"] for each in listed if each["active"]] == [first.json()["id"]]


async def test_quotes_keep_their_price_and_new_ones_get_the_new(
    own_url: str, own_settings: Settings, admin: Caller
) -> None:
    """Proves that a quote's price, also once it is sent, does not follow the cards; the next quote's does."""
    database = Database.connect(own_url)
    async with running_worker(await worker_client(own_settings), own_settings, database):
        old = await admin.sent()
        made = await admin.post(PATH, {"card": card(overhead="0.6")})
        assert made.json()["active"] is True
        new = await admin.draft()
        again = (await admin.get(f"/quotes/{old['id']}")).json()
    await database.close()
    assert (again["total_price"], again["lines"]) == (old["total_price"], old["lines"])
    assert old["lines"][0]["rate_card_id"] != new["lines"][0]["rate_card_id"] == made.json()["id"]
    assert float(new["total_price"]) > float(old["total_price"])


async def test_the_price_basis_tells_before_sending(
    own_url: str, own_settings: Settings, admin: Caller
) -> None:
    """Proves `outdated` for the version that would be sent: a draft, a working version, a quote reopened; pricing
    again is one call, and a price alone is never changed.
    """
    database = Database.connect(own_url)
    async with running_worker(await worker_client(own_settings), own_settings, database):
        draft, sent, rejected = await admin.draft(), await admin.sent(), await admin.sent()
        calculation = draft["lines"][0]["pricing_calculation_id"]
        await admin.done(rejected, "reject")
        assert draft["price_basis"] == "current"
        assert (await admin.post(PATH, {"card": card(overhead="0.7")})).status_code == 201
        for quote in (draft, sent, rejected):
            read = (await admin.get(f"/quotes/{quote['id']}")).json()
            assert (read["price_basis"], read["total_price"]) == ("outdated", quote["total_price"])
        listed = (await admin.get("/quotes", params={"limit": 100})).json()["data"]
        assert next(each for each in listed if each["id"] == draft["id"])["price_basis"] == "outdated"

        stale = await admin.put(f"/quotes/{draft['id']}/pricing", {"pricing_calculation_id": calculation})
        assert stale.json()["price_basis"] == "outdated"
        for quote in (draft, sent, rejected):
            again = (await admin.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})).json()
            assert again["price_basis"] == "current", again["status"]
        working = (await admin.get(f"/quotes/{sent['id']}")).json()
        assert (working["working_version"], working["total_price"]) == (2, sent["total_price"])
        priced = (await admin.get(f"/quotes/{sent['id']}/versions/2")).json()
        assert float(priced["total_price"]) > float(sent["total_price"])
    await database.close()


async def test_amounts_set_by_hand_are_never_read_in_the_currency_of_another_card(
    own_url: str, own_settings: Settings, admin: Caller
) -> None:
    """Proves that 45.50 EUR for a delivery do not become 46 JPY when the price list does; the line is named."""
    database = Database.connect(own_url)
    async with running_worker(await worker_client(own_settings), own_settings, database):
        delivery = {"description": "Delivery", "quantity": 1, "unit_price": "45.50"}
        part = {"description": "Block", "specification": PART}
        override = {"unit_price": "199.50", "reason": "Matched"}
        mixed = await admin.draft(lines=[part, delivery])
        alone = await admin.draft(lines=[delivery])
        set_by_hand = await admin.draft(lines=[{**part, "override": override}])
        assert (await admin.post(PATH, {"card": card(currency="JPY")})).json()["active"] is True
        again = await admin.put(f"/quotes/{mixed['id']}/pricing", {"reprice": True})
        assert "line 2 has an amount in EUR" in problem(again, 409, "not_priced")["detail"]
        copy = await admin.post(f"/quotes/{mixed['id']}/copy", {"pricing": "reprice"})
        assert "line 2 has an amount in EUR" in problem(copy, 409, "not_priced")["detail"]
        as_it_was = (await admin.post(f"/quotes/{mixed['id']}/copy")).json()
        assert (as_it_was["total_price"], as_it_was["currency"]) == (mixed["total_price"], "EUR")
        free = (await admin.put(f"/quotes/{alone['id']}/pricing", {"reprice": True})).json()
        assert (free["total_price"], free["currency"]) == ("45.50", "EUR")
        asked = {"reprice": True, "overrides": "keep"}
        dropped = (await admin.put(f"/quotes/{set_by_hand['id']}/pricing", asked)).json()
        assert (dropped["currency"], dropped["lines"][0]["override"]) == ("JPY", None)
        assert [fate["reason"] for fate in dropped["override_fates"]] == ["it was set in EUR"]
    assert (await admin.post(PATH, {"card": card()})).status_code == 201
    await database.close()


async def test_cards_are_listed_page_by_page(admin: Caller) -> None:
    """Proves the last stored first, each once, whatever its dates; and an own cursor."""
    made = [(await admin.post(PATH, dated())).json()["id"] for _ in range(3)]
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get(PATH, params=params)).json()
        seen += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert [each["id"] for each in seen[:3]] == made[::-1]
    assert len({each["id"] for each in seen}) == len(seen)
    for each in seen:
        RateCardSummary.model_validate(each, strict=True)
        assert set(each) == set(RateCardSummary.model_fields)
    for _ in range(2):
        await admin.customer()
    other = (await admin.get("/customers", params={"limit": 1})).json()["next_cursor"]
    answer = await admin.get(PATH, params={"cursor": other})
    problem(answer, 422, "validation_failed")
    assert places(answer) == {("/cursor", "bad_cursor")}


async def test_every_problem_is_told_with_its_pointer(admin: Caller) -> None:
    """Proves that figures, names and dates are told in one answer, and that nothing was stored."""
    wrong = card(overhead="50", currency="EURO")
    wrong["processes"]["cnc"]["materials"] = ["secret-alloy"]
    wrong["finishes"]["a/b~c"] = {"per_cm2": "x"}
    body = {"valid_from": "2090-01-02T00:00:00Z", "valid_until": "2090-01-01T00:00:00Z", "card": wrong}
    answer = await admin.post(PATH, body)
    problem(answer, 422, "invalid_rate_card")
    assert places(answer) == {
        ("/card/overhead", "out_of_range"),
        ("/card/currency", "unknown_currency"),
        ("/card/processes/cnc/materials/0", "unknown_material"),
        ("/card/finishes/a~1b~0c/per_cm2", "not_a_number"),
        ("/valid_until", "ends_before_it_begins"),
    }
    assert "secret-alloy" not in answer.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {("/card", "required")}),
        ({"card": []}, {("/card", "not_an_object")}),
        ({"card": EXAMPLE_CARD, "valid_from": "soon"}, {("/valid_from", "not_an_instant")}),
        ({"card": EXAMPLE_CARD, "until": 1}, {("/until", "unknown_field")}),
        ({"card": {**EXAMPLE_CARD, "id": 7}}, {("/card/id", "not_text")}),
        ({"card": {**EXAMPLE_CARD, "id": "7"}}, {("/card/id", "not_a_uuid")}),
    ],
)
async def test_a_body_of_another_form_is_refused(
    admin: Caller, body: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    """Proves each with the pointer to what is wrong."""
    answer = await admin.post(PATH, body)
    assert answer.status_code == 422
    assert places(answer) == expected


async def test_cards_may_not_overlap_nor_change(admin: Caller) -> None:
    """Proves the refusals with their own codes: the same dates, and the same id with other figures."""
    body = dated()
    made = (await admin.post(PATH, body)).json()
    answer = await admin.post(PATH, body)
    problem(answer, 422, "overlapping_dates")
    assert places(answer) == {("/valid_from", "overlapping_dates")}
    answer = await admin.post(PATH, dated(id=made["id"], overhead="0.9"))
    problem(answer, 422, "rate_card_exists")
    assert places(answer) == {("/card/id", "rate_card_exists")}
    assert (await admin.get(f"{PATH}/{made['id']}")).json()["card"]["overhead"] == "0.15"


async def test_of_posts_at_once_one_is_stored(admin: Caller) -> None:
    """Proves that eight overlapping cards at once give one 201 and seven refusals."""
    body = dated()
    answers = await asyncio.gather(*(admin.post(PATH, body) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [201, *[422] * 7]
    assert {each.json()["code"] for each in answers if each.status_code == 422} == {"overlapping_dates"}


async def test_the_same_request_again_gets_the_same_answer(admin: Caller) -> None:
    """Proves the idempotency key: byte for byte, once stored; another body under it is refused."""
    body, headers = dated(), {"Idempotency-Key": uuid4().hex}
    first, again = [await admin.post(PATH, body, headers=headers) for _ in range(2)]
    assert (first.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    problem(await admin.post(PATH, dated(), headers=headers), 422, "idempotency_key_reused")


@pytest.mark.parametrize("scope", ["read", "quote"])
async def test_only_an_administrator_stores_cards(own_app: FastAPI, own_url: str, scope: str) -> None:
    """Proves that other keys read cards, and are told no before their body is looked at."""
    async with calling(own_app, await api_key(own_url, scope)) as caller:
        assert (await caller.get(PATH)).status_code == 200
        for body in (dated(), {}):
            problem(await caller.post(PATH, body), 403, "forbidden")


async def test_what_is_worth_a_look_is_told(admin: Caller) -> None:
    """Proves that remarks on figures and gaps in time come with the answer, and hinder nothing."""
    body = dated()
    body["card"]["materials"]["oak"] = body["card"]["materials"]["aluminum"]
    made = await admin.post(PATH, body)
    assert made.status_code == 201
    told = {(each["pointer"], each["code"]) for each in made.json()["warnings"]}
    assert ("/card/materials/oak", "material_not_offered") in told
    assert ("/valid_until", "gap_in_time") in told


async def test_an_unknown_card_is_not_found(admin: Caller) -> None:
    """Proves 404 for an id that is none of ours, 422 for a text that is no id."""
    problem(await admin.get(f"{PATH}/{uuid4()}"), 404, "rate_card_not_found")
    assert places(await admin.get(f"{PATH}/7")) == {("/rate_card_id", "not_a_uuid")}


def test_the_example_of_the_document_is_a_card_without_fault() -> None:
    """Proves that who copies the example can store it."""
    found = review(EXAMPLE_CARD, new_id=str(uuid4()))
    assert (found.errors, found.warnings) == ((), ())
