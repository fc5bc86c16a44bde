"""An owner's day at the desk, without script: customers, a person forgotten, the price list, the settings, a key."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from domain.people.roles import Role
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.desk.people import let_in, session_token
from tests.browser.conftest import Product, window
from tests.browser.well_made import asks_nobody_else, is_well_made


@pytest_asyncio.fixture(scope="module")
async def token(product: Product, postgres: Postgres) -> AsyncIterator[str]:
    """Of a session of Jonas Brandt, who owns the shop."""
    database = Database.connect(postgres.url("browser"))
    user = await let_in(database, "jonas@keller.example", Role.ADMIN, name="Jonas Brandt")
    assert user is not None
    yield await session_token(database, user)
    await database.close()


def address(product: Product) -> str:
    return str(product.caller.http.base_url).rstrip("/")


async def signed_in(page: Page, product: Product, token: str, path: str) -> None:
    await page.context.add_cookies([{"name": "desk", "value": token, "url": address(product)}])
    await page.goto(address(product) + path)


def dearer(name: str) -> bytes:
    """The reference card with a higher overhead."""
    data: dict[str, Any] = deepcopy(rate_card_to_data(DEFAULT_RATE_CARD))
    del data["id"]
    return json.dumps({**data, "name": name, "version": 2, "overhead": "0.3"}).encode()


async def test_customers_are_kept_and_a_person_is_forgotten(
    product: Product, token: str, chrome: Browser
) -> None:
    """Found, edited, merged with its double; then a contact is forgotten by the plan."""
    mark = uuid4().hex[:6]
    person = f"ada-{mark}@harbour.example"
    stays = await product.caller.customer(name=f"Harbour Cranes {mark}")
    goes = await product.caller.customer(
        name=f"Harbour Crane {mark} Ltd", email=f"old-{mark}@harbour.example",
        contacts=[{"name": f"Ada {mark}", "email": person}],
    )  # fmt: skip
    quote = await product.caller.draft(customer_id=goes["id"])
    await product.caller.done(quote, "cancel")
    async with window(chrome, width=1440, script=False) as page:
        await signed_in(page, product, token, "/desk/customers")
        await page.get_by_label("Name or email address").fill(mark)
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("link", name=f"Harbour Crane {mark} Ltd").click()
        await page.get_by_role("link", name="Edit").click()
        await page.get_by_label("Postal address").fill("Kai 1\n20457 Hamburg")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("status")).to_contain_text("Saved")
        await page.get_by_role("link", name="Merge").click()
        await page.get_by_label("Name or email address").fill(f"Harbour Cranes {mark}")
        await page.get_by_role("button", name="Find", exact=True).click()
        await page.get_by_role("link", name="This one stays").click()
        for name in ("Afterwards there is one customer", "What goes"):
            await expect(page.get_by_role("region", name=name).get_by_text("20457 Hamburg")).to_be_visible()
        await page.get_by_role("button", name=f"Merge into Harbour Cranes {mark}").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"Harbour Cranes {mark}")
        await expect(page.get_by_role("link", name=quote["number"])).to_be_visible()
        await page.get_by_role("link", name="Forget a person").click()
        await page.get_by_label(f"Ada {mark}, {person}").check()
        await page.get_by_role("button", name="Show what would be done").click()
        await expect(page.get_by_text("That a quote was made, sent and answered")).to_be_visible()
        await page.get_by_role("button", name="Forget this person").click()
        await expect(page.get_by_role("status")).to_contain_text("forgotten")
        await expect(page.get_by_text(person)).to_have_count(0)
    assert (await product.caller.get(f"/customers/{goes['id']}")).json()["id"] == stays["id"]


async def test_a_price_list_is_compared_and_a_key_made_and_ended(
    product: Product, token: str, chrome: Browser
) -> None:
    """The difference by part before it holds; a key works until it is ended."""
    await product.caller.draft()
    name = f"Autumn {uuid4().hex[:6]}"
    async with window(chrome, width=1440, script=False) as page:
        await signed_in(page, product, token, "/desk/price-list")
        await page.get_by_role("link", name="New price list").click()
        file: Any = {"name": "autumn.json", "mimeType": "application/json", "buffer": dearer(name)}
        await page.get_by_label("File").set_input_files(file)
        await page.get_by_label("From").fill("2999-10-01T00:00")
        await page.get_by_role("button", name="Check it").click()
        await expect(page.get_by_text("parts would have another price")).to_be_visible()
        await expect(page.get_by_role("cell").filter(has_text=" %").first).to_be_visible()
        await page.get_by_role("button", name="Take it into force").click()
        await expect(page.get_by_role("status")).to_contain_text("stored")
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        await page.goto(f"{address(product)}/desk/settings")
        await page.get_by_role("link", name="API keys").click()
        await page.get_by_label("Name").fill(f"ERP {name}")
        await page.get_by_role("button", name="Make the key").click()
        key = await page.get_by_label("API key").input_value()
        assert await _status(product, key) == httpx.codes.OK
        await page.get_by_role("link", name="I have copied it").click()
        await page.get_by_role("button", name="Make a new secret").click()
        fresh = await page.get_by_label("API key").input_value()
        assert [await _status(product, each) for each in (key, fresh)] == [200, 200]
        await page.get_by_role("link", name="I have copied it").click()
        await page.get_by_role("button", name="End this key").click()
        await expect(page.get_by_role("status")).to_contain_text("has ended")
        assert [await _status(product, each) for each in (key, fresh)] == [401, 401]


async def _status(product: Product, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return (await product.caller.http.get("/api/v1/quotes", headers=headers)).status_code


async def test_what_comes_after_a_button_is_well_made(
    product: Product, token: str, chrome: Browser, tmp_path: Path
) -> None:
    """Errors, what a merge or a forgetting would do, a price list's difference, a secret: pages without an address of their own."""
    contacts = [{"name": "Maria Huber", "email": "maria@harbour.example", "role": "Purchasing"}]
    customer = await product.caller.customer(
        name="Harbour Cranes GmbH & Co. KG", address=["Am Kai 1", "20457 Hamburg"], contacts=contacts
    )
    other = await product.caller.customer(name="Harbor Cranes", email="old@harbour.example")
    await product.caller.draft(customer_id=customer["id"])
    one = f"/desk/customers/{customer['id']}"
    paths = {
        "wrong": f"{one}/edit",
        "merged": f"/desk/customers/{other['id']}/merge?into={customer['id']}",
        "plan": f"{one}/forget",
        "checked": "/desk/price-list/new",
        "secret": "/desk/settings/keys",
        "webhook-secret": "/desk/settings/webhooks",
    }
    async with window(chrome, width=1440, axe=True) as page, asks_nobody_else(page):
        await signed_in(page, product, token, "/desk/customers")
        for name, path in paths.items():
            await page.goto(address(product) + path)
            await _do(page, name)
            await is_well_made(page, name, tmp_path)


async def test_a_secret_is_copied_and_a_page_prints_in_light(
    product: Product, token: str, chrome: Browser
) -> None:
    """By a button where there is script; on paper nobody has a dark screen."""
    async with window(chrome, width=1440) as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await signed_in(page, product, token, "/desk/settings/keys")
        await _do(page, "secret")
        await page.get_by_role("button", name="Copy").click()
        await expect(page.get_by_text("Copied.")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == await page.get_by_label("API key").input_value()
        ground = "getComputedStyle(document.querySelector('.card')).backgroundColor"
        await page.emulate_media(color_scheme="dark")
        dark = await page.evaluate(ground)
        await page.emulate_media(color_scheme="dark", media="print")
        assert await page.evaluate(ground) == "rgb(255, 255, 255)" != dark
    async with window(chrome, width=1440, script=False) as page:
        await signed_in(page, product, token, "/desk/settings/keys")
        await _do(page, "secret")
        await expect(page.get_by_role("button", name="Copy")).to_have_count(0)


async def _do(page: Page, name: str) -> None:
    """What leads to the page of that name."""
    match name:
        case "wrong":
            await page.get_by_label("Time zone").fill("Europe/Atlantis")
            await page.locator("#contacts-1-email").fill("nobody")
            await page.get_by_role("button", name="Save").click()
            await expect(page.locator("main [aria-invalid=true]").first).to_be_focused()
        case "plan":
            await page.get_by_role("button", name="Show what would be done").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("What forgetting takes")
        case "checked":
            file: Any = {"name": "card.json", "mimeType": "application/json", "buffer": dearer("Dearer")}
            await page.get_by_label("File").set_input_files(file)
            await page.get_by_role("button", name="Check it").click()
            await expect(page.get_by_role("button", name="Take it into force")).to_be_visible()
        case "secret":
            await page.get_by_label("Name").fill("ERP")
            await page.get_by_role("button", name="Make the key").click()
            await expect(page.get_by_label("API key")).to_be_visible()
        case "webhook-secret":
            await page.get_by_label("Address").fill("https://erp.example.com/firm-offer")
            await page.get_by_label("What it is").fill("ERP")
            await page.locator("#types summary").click()
            await page.get_by_label("quote.annulled").check()
            await page.get_by_role("button", name="Make the webhook").click()
            await expect(page.get_by_label("Secret")).to_be_visible()
