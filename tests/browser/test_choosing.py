"""A person who chooses: by keyboard on a phone, with script and without, and for who sees or hears."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pypdfium2  # type: ignore[import-untyped]
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.api.caller import PART
from tests.browser.conftest import Product, picture, window
from tests.browser.test_customer_page import downloaded, fits

PHONE = 390
LINES: list[dict[str, Any]] = [
    {
        "description": "Bearing block",
        "specification": {**PART, "quantity": 10},
        "quantities": [10, 25, 100],
        "tiers": ["standard", "expedited"],
        "tax_rate": "0.19",
    },
    {"description": "Delivery", "quantity": 1, "unit_price": "45", "tax_rate": "0.19"},
    {
        "description": "Measurement report",
        "quantity": 1,
        "unit_price": "120",
        "optional": True,
        "tax_rate": "0.19",
    },
]
CHOSEN = [
    {"position": 1, "quantity": 25, "tier": "expedited"},
    {"position": 2, "quantity": 1, "tier": None},
    {"position": 3, "quantity": 1, "tier": None},
]


async def offered(product: Product) -> tuple[str, str, str]:
    """A quote with a choice: its id, the link to it, and the total of CHOSEN as people read it."""
    buyer = f"buyer-{uuid4().hex[:8]}@harker-hydraulics.example"
    customer = await product.caller.customer(name="Harker Hydraulics Ltd", email=buyer)
    quote = await product.caller.sent(customer_id=customer["id"], lines=LINES)
    mail = await product.mail_to(buyer, "Quote Q-")
    found = re.search(r"http://\S+/q/\S+", mail["text"])
    assert found is not None
    assert "- 25 pieces, Expedited service, ready in 3 working days:" in mail["text"]
    assert "Total: to be chosen" in mail["text"]
    chosen = next(
        each["total"]
        for each in quote["lines"][0]["alternatives"]
        if (each["quantity"], each["tier"]) == (25, "expedited")
    )
    total = round((float(chosen) + 165) * 1.19, 2)
    return quote["id"], found[0], f"EUR {total:,.2f}".replace(",", "\u202f")


def block(page: Page, name: str) -> Any:
    """One of the radio buttons of the part."""
    return page.get_by_role("group", name="Quantity and service of 1. Bearing block").get_by_role(
        "radio", name=name
    )


async def ordered(product: Product, quote_id: str, total: str, page: Page) -> None:
    """The quote is accepted as chosen: in the answer, on the certificate, and for verify."""
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    await expect(page.get_by_text(total).first).to_be_visible()
    order = page.get_by_role("table", name="What you ordered")
    await expect(order).to_contain_text("Expedited service, ready in 3 working days")
    await expect(order).not_to_contain_text("Standard service")
    quote = (await product.caller.get(f"/quotes/{quote_id}")).json()
    assert (quote["status"], quote["selection"]) == ("accepted", CHOSEN)
    assert f"EUR {float(quote['accepted_total']):,.2f}".replace(",", "\u202f") == total
    evidence = (await product.caller.get(f"/quotes/{quote_id}/evidence?verify=true")).json()
    assert (evidence["selection"], evidence["verification"]["mismatches"]) == (CHOSEN, [])
    certificate = pypdfium2.PdfDocument(BytesIO(await downloaded(page, "Certificate of acceptance")))
    text = re.sub(r"\s+", " ", " ".join(each.get_textpage().get_text_range() for each in certificate))
    assert "1. Bearing block: 25 pieces, Expedited service, ready in 3 working days" in text
    assert "3. Measurement report: 1 piece" in text
    assert re.sub(r"\s", " ", total) in re.sub(r"\s", " ", text)


async def focused(page: Page, name: str) -> None:
    """Tab on until that field has the focus."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name || document.activeElement.id") == name:
            return
    raise AssertionError(f"{name} is not reached")


async def test_a_customer_chooses_by_keyboard_on_a_phone(
    product: Product, chrome: Browser, tmp_path: Path
) -> None:
    """Proves 25 pieces, expedited, with the optional report, by Tab, arrows, Space and Enter alone; the total follows each
    key, and what is accepted is what it said.
    """
    quote_id, link, total = await offered(product)
    async with window(chrome, width=PHONE) as page:
        await page.goto(link)
        await expect(page.get_by_text("to be chosen").first).to_be_visible()
        press, typed = page.keyboard.press, page.keyboard.type
        await focused(page, "line-1")
        await press("Space")
        status = page.locator("#choice-told")
        await expect(status).to_contain_text("10 pieces, Standard service")
        for _ in range(3):
            await press("ArrowDown")
        await expect(block(page, "25 pieces, Expedited service")).to_be_checked()
        await expect(status).to_contain_text("25 pieces, Expedited service")
        await focused(page, "line-3")
        await press("Space")
        await expect(status).to_contain_text("Measurement report")
        await expect(page.locator("#deal-price")).to_contain_text(total)
        await fits(page)
        await picture(page, tmp_path / "chosen-390.png")
        await focused(page, "signer_name")
        await typed("Jonathan Harker")
        await press("Tab")
        await typed("j.harker@harker-hydraulics.example")
        await focused(page, "consent")
        await press("Space")
        await expect(page.get_by_role("button", name=f"Accept for {total}")).to_be_visible()
        await press("Tab")
        await press("Enter")
        await ordered(product, quote_id, total, page)
        await fits(page)


async def test_a_choice_needs_no_script(product: Product, chrome: Browser) -> None:
    """Proves that the choice is posted and the page comes back with the total and all that was typed; and that nobody accepts
    a total that he has not seen.
    """
    quote_id, link, total = await offered(product)
    async with window(chrome, width=PHONE, script=False) as page:
        await page.goto(link)
        await page.get_by_label("Your name").fill("Jonathan Harker")
        await page.get_by_label("Your email address").fill("j.harker@harker-hydraulics.example")
        await block(page, "25 pieces, Standard service").check()
        await page.get_by_role("button", name="Show the total").click()
        await expect(page.locator("#choice-told")).to_contain_text("25 pieces, Standard service")
        await expect(page.get_by_label("Your name")).to_have_value("Jonathan Harker")
        await block(page, "25 pieces, Expedited service").check()
        await page.get_by_role("checkbox", name="3. Measurement report").check()
        await page.get_by_label("I accept this quote on behalf of my company").check()
        await page.get_by_role("button", name="Accept for").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text(
            f"what you chose comes to {total}. Accept once more if that is right."
        )
        assert await product.status(quote_id) == "sent"
        await fits(page)
        await page.get_by_label("I accept this quote on behalf of my company").check()
        await page.get_by_role("button", name=f"Accept for {total}").click()
        await ordered(product, quote_id, total, page)


async def test_a_choice_that_is_missing_is_named(product: Product, chrome: Browser) -> None:
    """Proves that the server says which line wants one, and leads there; nothing is accepted."""
    quote_id, link, _ = await offered(product)
    async with window(chrome, width=PHONE, script=False) as page:
        await page.goto(link)
        await page.evaluate("document.getElementById('accept-form').noValidate = true")
        await page.get_by_label("Your name").fill("Jonathan Harker")
        await page.get_by_label("Your email address").fill("j.harker@harker-hydraulics.example")
        await page.get_by_label("I accept this quote on behalf of my company").check()
        await page.get_by_role("button", name="Accept the quote").click()
        way = page.get_by_role("alert").get_by_role("link")
        await expect(way).to_have_text("Please choose a quantity and service for 1. Bearing block.")
        assert await way.get_attribute("href") == "#line-1"
    assert await product.status(quote_id) == "sent"


@pytest.mark.parametrize("is_chosen", [False, True])
async def test_choosing_is_well_made(
    product: Product, chrome: Browser, tmp_path: Path, *, is_chosen: bool
) -> None:
    """Proves that axe finds nothing before and after something was chosen, on a phone and on a desk."""
    _, link, total = await offered(product)
    async with window(chrome, axe=True) as page:
        await page.goto(link)
        if is_chosen:
            await block(page, "25 pieces, Expedited service").check()
            await page.get_by_role("checkbox", name="3. Measurement report").check()
            await expect(page.locator("#deal-price")).to_contain_text(total)
        for width in (PHONE, 1280):
            await page.set_viewport_size({"width": width, "height": 740})
            await fits(page)
            await picture(page, tmp_path / f"choice-{is_chosen}-{width}.png")
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{width}: {found.generate_report()}"
