"""An estimator at the desk: a quote drafted, looked at and sent; with script and without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from domain.people.roles import Role
from domain.wording import money
from tests.api.desk.people import let_in, session_token
from tests.browser.conftest import Product, window
from tests.browser.well_made import asks_nobody_else, is_well_made


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


PARTS = (
    ("Bracket", "10, 25", "steel", "cnc", {"length_mm": "140", "width_mm": "60", "height_mm": "25"}),
    ("Cover", "50", "aluminum", "laser_cutting", {"length_mm": "300", "width_mm": "200", "height_mm": "3"}),
    ("Spacer", "100", "brass", "cnc", {"length_mm": "30", "width_mm": "20", "height_mm": "8"}),
)


async def type_part(page: Page, at: int, part: tuple[str, str, str, str, dict[str, str]]) -> None:
    """What a person types of a part."""
    description, quantities, material, process, sides = part
    await field(page, f"lines.{at}.description").fill(description)
    await field(page, f"lines.{at}.quantities").fill(quantities)
    await field(page, f"lines.{at}.specification.material").select_option(material)
    await field(page, f"lines.{at}.specification.process").select_option(process)
    for side, said in sides.items():
        await field(page, f"lines.{at}.specification.{side}").fill(said)
    await field(page, f"lines.{at}.specification.geometric_complexity_score").fill("2")


def field(page: Page, name: str) -> Locator:
    """A field of the form by its name."""
    return page.locator(f"[id='{name}']")


async def price_by_api(product: Product, customer_id: str) -> str:
    """What the API says that these parts cost."""
    lines: list[dict[str, Any]] = [
        {
            "description": description,
            "specification": {
                "material": material,
                "process": process,
                "quantity": int(quantities.split(",")[0]),
                "geometric_complexity_score": "2",
                **sides,
            },
            **({"quantities": [10, 25]} if "," in quantities else {}),
        }
        for description, quantities, material, process, sides in PARTS
    ]
    quote = await product.caller.draft(customer_id=customer_id, lines=lines)
    return money(quote["total_price"], quote["currency"])


async def new_customer(product: Product) -> tuple[dict[str, Any], str]:
    """A customer with a contact, and the contact's address."""
    address = f"m.huber-{uuid4().hex[:8]}@harbour.example"
    contacts = [{"name": "Maria Huber", "email": address, "role": "Purchasing"}]
    name = f"Harbour Cranes {uuid4().hex[:6]}"
    return await product.caller.customer(name=name, email=address, contacts=contacts), address


async def test_three_parts_are_typed_priced_looked_at_and_sent(
    product: Product, token: str, chrome: Browser
) -> None:
    """The price as one types is the API's to the cent, the previews show what the reader gets, and the mail comes."""
    customer, address = await new_customer(product)
    expected = await price_by_api(product, customer["id"])
    async with at_desk(chrome, product, token, "/desk/quotes/new", width=1440) as page:
        await page.get_by_label("Find by name or email").fill(customer["name"][-6:])
        await page.get_by_role("button", name=customer["name"]).click()
        await expect(field(page, "lines.0.description")).to_be_focused()
        await type_part(page, 0, PARTS[0])
        for at in (1, 2):
            await page.get_by_role("button", name="+ Part").click()
            await expect(field(page, f"lines.{at}.description")).to_be_focused()
            await type_part(page, at, PARTS[at])
        await expect(page.locator("#total-amount")).to_have_text(expected)
        await page.get_by_role("button", name="Save and look before sending").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Send Q-")
        preview = page.frame_locator("iframe[name=preview]")
        await expect(preview.get_by_role("complementary", name="Preview")).to_contain_text("nothing was sent")
        await page.get_by_role("button", name="Email").click()
        await expect(preview.get_by_text("Subject")).to_be_visible()
        await page.get_by_label("Message in the email").fill("The oven is free next week.")
        mail = preview.frame_locator("iframe")
        await expect(mail.get_by_text("The oven is free next week.")).to_be_visible()
        await expect(mail.get_by_text("Maria Huber").first).to_be_visible()
        async with page.expect_response(lambda answer: answer.url.endswith("/send/pdf")) as answered:
            await page.get_by_role("button", name="PDF", exact=True).click()
        assert (await answered.value).headers["content-type"] == "application/pdf"
        await page.get_by_role("button", name="Send it now").click()
        await page.wait_for_url("**/desk/quotes/*?done=*")
    await product.mail_to(address, "Quote Q-", "The oven is free next week.", "Spacer")


async def test_a_draft_begins_by_keys_alone(product: Product, token: str, chrome: Browser) -> None:
    """`n`, a part of a name, Enter; what is missing is where one goes on. Who is not found is called as was looked for."""
    customer, _ = await new_customer(product)
    async with at_desk(chrome, product, token, "/desk", width=1440) as page:
        await page.keyboard.press("n")
        await expect(field(page, "customer_q")).to_be_focused()
        await page.keyboard.type("Nobody & Sons")
        await page.keyboard.press("Enter")
        await expect(field(page, "new_customer.name")).to_be_focused()
        await expect(field(page, "new_customer.name")).to_have_value("Nobody & Sons")
        await field(page, "new_customer.name").fill("")
        await field(page, "customer_q").fill(customer["name"][-6:])
        await page.keyboard.press("Enter")
        await expect(field(page, "lines.0.description")).to_be_focused()
        await page.keyboard.type("Bracket")
        await page.get_by_role("button", name="Save the draft").press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
        await expect(field(page, "lines.0.specification.material")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.locator("h1").click()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox", name="Find quotes")).to_be_focused()


async def test_the_same_without_script(product: Product, token: str, chrome: Browser) -> None:
    """Every step is a button."""
    customer, address = await new_customer(product)
    expected = await price_by_api(product, customer["id"])
    path = "/desk/quotes/new"
    async with at_desk(chrome, product, token, path, width=1440, script=False) as page:
        await page.get_by_label("Find by name or email").fill(customer["name"])
        await page.get_by_role("button", name="Find", exact=True).click()
        await page.get_by_role("button", name=customer["name"]).click()
        await type_part(page, 0, PARTS[0])
        for at in (1, 2):
            await page.get_by_role("button", name="+ Part").click()
            await type_part(page, at, PARTS[at])
        await page.get_by_role("button", name="Price it").last.click()
        await expect(page.locator("#total-amount")).to_have_text(expected)
        await page.get_by_role("button", name="Save and look before sending").click()
        preview = page.frame_locator("iframe[name=preview]")
        await expect(preview.get_by_role("complementary", name="Preview")).to_contain_text("nothing was sent")
        await page.get_by_label("Message in the email").fill("By hand.")
        await page.get_by_role("button", name="Email").click()
        await expect(preview.frame_locator("iframe").get_by_text("By hand.")).to_be_visible()
        await page.get_by_role("button", name="Send it now").click()
        await page.wait_for_url("**/desk/quotes/*?done=*")
    await product.mail_to(address, "Quote Q-", "By hand.")


async def test_a_parts_list_becomes_a_sent_quote(product: Product, token: str, chrome: Browser) -> None:
    """From the file, by what was understood of it, to the mail."""
    customer, address = await new_customer(product)
    path = f"/desk/parts-lists/new?customer={customer['id']}"
    async with at_desk(chrome, product, token, path, width=1440, script=False) as page:
        rows = b"Part;Material;Length mm;Width mm;Height mm;Qty\nBlock;Alu;100;50;20;20\nPlate;S235JR;300;200;3;5\n"
        await page.get_by_label("Parts list").set_input_files(
            {"name": "parts.csv", "mimeType": "text/csv", "buffer": rows}
        )
        await page.get_by_role("button", name="Read the list").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("parts.csv")
        await expect(page.locator("#parts-count")).to_have_text("0")
        await page.get_by_label("Process", exact=True).select_option("cnc")
        await page.get_by_label("Complexity (1 to 5)").fill("2.5")
        await page.get_by_role("button", name="Read it again with these answers").last.click()
        await expect(page.locator("#parts-count")).to_have_text("2")
        await page.get_by_role("button", name="Make it and look before sending").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Send Q-")
        await page.get_by_role("button", name="Send it now").click()
        await page.wait_for_url("**/desk/quotes/*?done=*")
    await product.mail_to(address, "Quote Q-", "Block")


async def test_a_draft_with_errors_is_well_made(
    product: Product, token: str, chrome: Browser, tmp_path: Path
) -> None:
    """With outside work, and what is wrong beside the fields, where one goes on typing."""
    customer, _ = await new_customer(product)
    draft = await product.caller.draft(customer_id=customer["id"])
    path = f"/desk/quotes/{draft['id']}/revise"
    async with at_desk(chrome, product, token, path, width=1440, axe=True) as page, asks_nobody_else(page):
        await page.get_by_role("button", name="Outside work").click()
        await expect(field(page, "lines.0.specification.operations.1.name")).to_be_focused()
        await page.get_by_role("button", name="Save this version").click()
        await expect(field(page, "lines.0.specification.operations.1.name")).to_be_focused()
        await expect(page.get_by_role("alert")).to_be_visible()
        await is_well_made(page, "draft-with-errors", tmp_path)
