"""An estimator at the desk: a quote drafted, looked at and sent; with script and without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from domain.people.roles import Role
from domain.wording import money
from tests.api.desk.people import let_in, session_token
from tests.browser.conftest import Product, picture, window


@pytest_asyncio.fixture(scope="module")
async def token(product: Product, postgres: Postgres) -> AsyncIterator[str]:
    """Of a session of Marta Keller, who sells."""
    database = Database.connect(postgres.url("browser"))
    user = await let_in(database, "marta@keller.example", Role.SALES, name="Marta Keller")
    assert user is not None
    yield await session_token(database, user)
    await database.close()


@asynccontextmanager
async def at_desk(
    chrome: Browser, product: Product, token: str, path: str, **how: bool | int
) -> AsyncIterator[Page]:
    """A page of the desk in a browser that is signed in."""
    address = str(product.caller.http.base_url)
    async with window(chrome, **how) as page:  # type: ignore[arg-type]
        await page.context.add_cookies([{"name": "desk", "value": token, "url": address}])
        await page.goto(address + path)
        yield page


async def test_look(product: Product, token: str, chrome: Browser) -> None:
    customer = await product.caller.customer(name="Harbour Cranes Ltd", email=f"buyer-{uuid4().hex[:6]}@harbour.example", contacts=[{"name": "Maria Huber", "email": "m.huber@harbour.example", "role": "Purchasing"}])
    quote = await product.caller.draft(customer_id=customer["id"])
    out = Path("/tmp/h-draft-look")
    out.mkdir(exist_ok=True)
    for scheme in ("light", "dark"):
        for width in (360, 1440):
            async with at_desk(chrome, product, token, "/desk/quotes/new", width=width) as page:
                await page.emulate_media(color_scheme=scheme)
                await page.screenshot(path=out / f"empty-{scheme}-{width}.png", full_page=True)
                await page.goto(str(product.caller.http.base_url) + f"/desk/quotes/new?customer={customer['id']}")
                await page.get_by_label("Description").fill("Bracket, hardened")
                await page.get_by_label("Quantity", exact=True).fill("10, 25")
                await page.locator("[id='lines.0.specification.material']").select_option("steel")
                await page.locator("[id='lines.0.specification.process']").select_option("cnc")
                for name, value in (("length_mm", "140"), ("width_mm", "60"), ("height_mm", "25"), ("geometric_complexity_score", "2.5")):
                    await page.locator(f"[id='lines.0.specification.{name}']").fill(value)
                await expect(page.locator("#total-amount")).not_to_have_text("—", timeout=20000)
                await page.get_by_role("button", name="Outside work").click()
                await expect(page.locator("[id='lines.0.specification.operations.1.name']")).to_be_focused()
                await page.keyboard.type("Hardening")
                await page.locator("[id='lines.0.specification.operations.1.cost_per_piece']").fill("4.20")
                await page.get_by_role("button", name="+ Free line").click()
                await page.locator("[id='lines.1.description']").fill("Measuring report")
                await page.locator("[id='lines.1.quantity']").fill("1")
                await page.locator("[id='lines.1.unit_price']").fill("85")
                await expect(page.locator("[id='price.1']")).to_contain_text("85.00")
                await page.screenshot(path=out / f"draft-{scheme}-{width}.png", full_page=True)
                if scheme == "light":
                    await page.locator("[id='lines.0.more'] summary").click()
                    await page.locator("[id='price.0.explained'] summary").click()
                    await page.screenshot(path=out / f"open-{scheme}-{width}.png", full_page=True)
                    await page.locator("[id='lines.0.specification.length_mm']").fill("14 0")
                    await page.get_by_role("button", name="Save the draft").click()
                    await page.screenshot(path=out / f"wrong-{scheme}-{width}.png", full_page=True)
                await page.goto(str(product.caller.http.base_url) + f"/desk/quotes/{quote['id']}/send")
                await page.wait_for_timeout(800)
                await page.screenshot(path=out / f"send-{scheme}-{width}.png", full_page=True)
                await page.get_by_role("button", name="Email").click()
                await page.wait_for_timeout(800)
                await page.screenshot(path=out / f"mail-{scheme}-{width}.png", full_page=True)
                if scheme == "light":
                    await page.get_by_role("button", name="PDF").click()
                    await page.wait_for_timeout(2500)
                    await page.screenshot(path=out / f"pdf-{scheme}-{width}.png", full_page=True)
